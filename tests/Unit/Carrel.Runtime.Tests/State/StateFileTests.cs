using System;
using System.IO;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>Files of the state directory change as a whole, and nothing stays beside them.</summary>
public sealed class StateFileTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("carrel-state").FullName;
    private readonly int _directory;

    public StateFileTests() => _directory = HostPath.OpenAt(At.AT_FDCWD, _path, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);

    [Fact]
    public void Write_OverAnOldOne_LeavesTheReaderOfTheOldOneAlone()
    {
        StateFile.Write(_directory, "record", "one"u8);
        using FileStream reader = File.OpenRead(_path + "/record");
        StateFile.Write(_directory, "record", "another"u8);
        Assert.Equal("one", new StreamReader(reader, Encoding.UTF8).ReadToEnd());
        Assert.Equal("another", File.ReadAllText(_path + "/record"));
        Assert.Equal(["record"], StateFile.Names(_directory));
    }

    public void Dispose()
    {
        HostFd.Close(_directory);
        Directory.Delete(_path, recursive: true);
    }
}
