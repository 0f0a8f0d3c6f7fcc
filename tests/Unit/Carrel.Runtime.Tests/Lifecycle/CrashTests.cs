using System.IO;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>A runtime that was killed between two steps: the next verb finds its way.</summary>
public sealed class CrashTests
{
    [Fact]
    public void Directory_WithoutARecord_CanBeDeletedAndCreatedAnew()
    {
        using var bench = new LifecycleBench();
        new ContainerStore(bench.Root).Create("half").Dispose();
        Assert.Equal("stopped", Assert.Single(bench.Lifecycle.List()).Status.ToText());
        Assert.Throws<RuntimeException>(() => bench.Lifecycle.Start("half"));
        bench.Lifecycle.Delete("half", force: false);
        bench.Create("half");
        Assert.Equal("created", bench.StatusOf("half"));
    }

    [Fact]
    public void Creator_KilledWhileItRanHooks_LeavesOneThatCanOnlyBeDeleted()
    {
        using var bench = new LifecycleBench();
        Container container = bench.Create("half");
        string record = Path.Combine(container.Directory, "state.json");
        File.WriteAllText(record, File.ReadAllText(record).Replace("\"isMade\":true", "\"isMade\":false", System.StringComparison.Ordinal));
        Assert.Equal("creating", bench.StatusOf("half"));
        Assert.Contains("delete it with --force", Assert.Throws<RuntimeException>(() => bench.Lifecycle.Start("half")).Message);
        Assert.Throws<RuntimeException>(() => bench.Lifecycle.Delete("half", force: false));
        bench.Lifecycle.Delete("half", force: true);
        Assert.Contains("destroy", bench.Wall.Calls);
        Assert.Empty(bench.Lifecycle.List());
    }

    [Fact]
    public void Cgroup_IsInTheRecordBeforeItIsMade()
    {
        using var bench = new LifecycleBench();
        string? record = null;
        bench.Wall.BeforeCgroup = container => record = File.ReadAllText(Path.Combine(container.Directory, "state.json"));
        Container made = bench.Create("one");
        if (made.Cgroup is { Paths.Count: > 0 } cgroup)
        {
            Assert.All(cgroup.Paths.Values, path => Assert.Contains(path, record));
        }
    }

    [Fact]
    public void Cgroup_WhoseMakingFailed_IsNotRemoved()
    {
        using var bench = new LifecycleBench();
        bench.Wall.BeforeCgroup = _ => throw new RuntimeException("cgroup /x is in use");
        CgroupRecord? atDestroy = new();
        bench.Wall.Destroying = container => atDestroy = container.Cgroup;
        Assert.Throws<RuntimeException>(() => bench.Create("one"));
        Assert.Null(atDestroy);
    }

    [Fact]
    public void Record_HalfWritten_IsNeverSeen()
    {
        using var bench = new LifecycleBench();
        Container container = bench.Create("one");
        File.WriteAllText(Path.Combine(container.Directory, ".state.json.12345"), "{ \"id\": ");
        Assert.Equal("created", bench.StatusOf("one"));
        bench.Lifecycle.Delete("one", force: true);
        Assert.False(Directory.Exists(container.Directory));
    }

    [Fact]
    public void Delete_KilledBeforeItsLastStep_IsFinishedByTheNext()
    {
        using var bench = new LifecycleBench();
        Container container = bench.Create("one");
        bench.Lifecycle.Kill("one", 9, all: true);
        File.Delete(Path.Combine(container.Directory, "state.json"));
        bench.Lifecycle.Delete("one", force: true);
        Assert.False(Directory.Exists(container.Directory));
    }
}
