using System;
using System.IO;
using System.Runtime.Versioning;
using System.Threading.Tasks;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>The state directory: who may see it, and who waits for whom.</summary>
[SupportedOSPlatform("linux")]
public sealed class ContainerStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("carrel-test-").FullName;

    private ContainerStore Store => new(Path.Combine(_folder, "deep/er/state"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("a", true)]
    [InlineData("A-1_b.c+d", true)]
    [InlineData("..", false)]
    [InlineData(".", false)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("a\n", false)]
    [InlineData("ä", false)]
    public void Id_IsValid_IfItIsHarmlessAsAName(string id, bool isValid) => Assert.Equal(isValid, ContainerId.IsValid(id));

    [Fact]
    public void Id_ThatIsTooLong_IsNone() => Assert.False(ContainerId.IsValid(new string('a', 256)));

    [Fact]
    public void Directories_AreForTheOwnerAlone()
    {
        ContainerStore store = Store;
        using ContainerEntry entry = store.Create("one");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(entry.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(store.Root));
    }

    [Fact]
    public void Directory_ThatOthersCanWrite_IsNotUsed()
    {
        ContainerStore store = Store;
        store.Create("one").Dispose();
        File.SetUnixFileMode(Path.Combine(store.Root, "one"), (UnixFileMode)0x1ff);
        Assert.Contains("others", Assert.Throws<RuntimeException>(() => store.Find("one")).Message);
    }

    [Fact]
    public void Symlink_InPlaceOfADirectory_IsNotFollowed()
    {
        ContainerStore store = Store;
        store.Create("one").Dispose();
        Directory.CreateSymbolicLink(Path.Combine(store.Root, "two"), Path.Combine(store.Root, "one"));
        Assert.Null(store.Find("two"));
    }

    [Fact]
    public void Lock_IsHeldByOne()
    {
        ContainerStore store = Store;
        using ContainerEntry first = store.Create("one");
        using ContainerEntry second = store.Find("one")!;
        Assert.True(second.IsLockedByOther());
        Assert.False(second.TryLock(20_000_000));
        first.Unlock();
        Assert.True(second.TryLock(0));
    }

    [Fact]
    public async Task Lock_OfADirectoryRemovedMeanwhile_IsNotHad()
    {
        ContainerStore store = Store;
        using ContainerEntry first = store.Create("one");
        using ContainerEntry second = store.Find("one")!;
        Task<bool> waiting = Task.Run(() => second.TryLock(20_000_000_000));
        await Task.Delay(50);
        first.Remove();
        first.Dispose();
        Assert.False(await waiting);
        Assert.False(Directory.Exists(first.Path));
    }

    [Fact]
    public void Remove_DoesNotFollowLinksOut()
    {
        ContainerStore store = Store;
        string outside = Path.Combine(_folder, "outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "file"), "");
        using ContainerEntry entry = store.Create("one");
        Directory.CreateSymbolicLink(Path.Combine(entry.Path, "link"), outside);
        Directory.CreateDirectory(Path.Combine(entry.Path, "sub/deeper"));
        entry.Remove();
        Assert.False(Directory.Exists(entry.Path));
        Assert.True(File.Exists(Path.Combine(outside, "file")));
    }
}
