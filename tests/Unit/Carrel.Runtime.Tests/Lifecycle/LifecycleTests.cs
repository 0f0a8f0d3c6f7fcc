using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>What the verbs promise, whatever the wall: states, errors, and that nothing is left behind.</summary>
public sealed class LifecycleTests
{
    [Fact]
    public void Verbs_InTheirOrder_GoThroughTheStates()
    {
        using var bench = new LifecycleBench();
        Container container = bench.Create("one");
        Assert.Equal("created", bench.StatusOf("one"));
        bench.Lifecycle.Start("one");
        Assert.Equal("running", bench.StatusOf("one"));
        bench.Lifecycle.Pause("one");
        Assert.Equal("paused", bench.StatusOf("one"));
        bench.Lifecycle.Resume("one");
        bench.Lifecycle.Kill("one", 15, all: false);
        Assert.Equal("running", bench.StatusOf("one"));
        bench.Lifecycle.Kill("one", 9, all: true);
        Assert.Equal("stopped", bench.StatusOf("one"));
        bench.Lifecycle.Delete("one", force: false);
        Assert.Equal(["create", "start", "signal 15", "signal 9 all", "destroy"], bench.Wall.Calls);
        Assert.Empty(bench.Lifecycle.List());
        Assert.False(Directory.Exists(container.Directory));
    }

    [Theory]
    [InlineData("start", "cannot start an already running container")]
    [InlineData("delete", "cannot delete container one that is not stopped: running")]
    [InlineData("resume", "container not paused")]
    public void Verb_AtTheWrongTime_IsRefused(string verb, string message)
    {
        using var bench = new LifecycleBench();
        bench.Create("one");
        bench.Lifecycle.Start("one");
        var error = Assert.Throws<RuntimeException>(() =>
        {
            switch (verb)
            {
                case "start": bench.Lifecycle.Start("one"); break;
                case "delete": bench.Lifecycle.Delete("one", force: false); break;
                default: bench.Lifecycle.Resume("one"); break;
            }
        });
        Assert.Equal(message, error.Message);
        Assert.Equal("running", bench.StatusOf("one"));
    }

    [Fact]
    public void Kill_OfStopped_SaysWhatContainerdLooksFor()
    {
        using var bench = new LifecycleBench();
        bench.Create("one");
        bench.Lifecycle.Kill("one", 9, all: false);
        Assert.Equal("container not running", Assert.Throws<RuntimeException>(() => bench.Lifecycle.Kill("one", 15, all: false)).Message);
        bench.Lifecycle.Kill("one", 9, all: true);
    }

    [Fact]
    public void Missing_IsAnErrorExceptForForcedDelete()
    {
        using var bench = new LifecycleBench();
        Assert.Equal("container does not exist", Assert.Throws<RuntimeException>(() => bench.Lifecycle.Get("none")).Message);
        Assert.Equal("container does not exist", Assert.Throws<RuntimeException>(() => bench.Lifecycle.Kill("none", 9, all: false)).Message);
        Assert.Equal("container does not exist", Assert.Throws<RuntimeException>(() => bench.Lifecycle.Delete("none", force: false)).Message);
        bench.Lifecycle.Delete("none", force: true);
    }

    [Fact]
    public void Delete_OfCreatedOne_NeedsNoForce()
    {
        using var bench = new LifecycleBench();
        bench.Create("one");
        bench.Lifecycle.Delete("one", force: false);
        Assert.Empty(bench.Lifecycle.List());
    }

    [Fact]
    public void Create_WithAUsedId_LeavesTheFirstAlone()
    {
        using var bench = new LifecycleBench();
        bench.Create("one");
        Assert.Contains("already exists", Assert.Throws<RuntimeException>(() => bench.Create("one")).Message);
        Assert.Equal("created", bench.StatusOf("one"));
    }

    [Fact]
    public void Create_ThatFails_LeavesNothing()
    {
        using var bench = new LifecycleBench();
        bench.Wall.CreateFailure = "mount proc on /proc: EPERM";
        Assert.Equal("mount proc on /proc: EPERM", Assert.Throws<RuntimeException>(() => bench.Create("one")).Message);
        Assert.Equal(["create", "destroy"], bench.Wall.Calls);
        Assert.Empty(Directory.EnumerateFileSystemEntries(bench.Root));
    }

    [Fact]
    public void Create_WhileItRuns_ShowsCreatingAndIsLeftInPeace()
    {
        using var bench = new LifecycleBench();
        string? status = null;
        bench.Wall.WhileCreating = () => status = bench.StatusOf("one");
        bench.Create("one");
        Assert.Equal("creating", status);
    }

    [Fact]
    public void PidFile_IsTheNumberAndNothingElse()
    {
        using var bench = new LifecycleBench();
        string file = bench.PathOf("pid");
        Container container = bench.Lifecycle.Create(bench.Options("one", file), terminal: null);
        Assert.Equal(container.Pid.ToString(CultureInfo.InvariantCulture), File.ReadAllText(file));
    }

    [Fact]
    public void Status_OfAPidThatWasGivenOutAgain_IsStopped()
    {
        using var bench = new LifecycleBench();
        Container container = bench.Create("one");
        string record = Path.Combine(container.Directory, "state.json");
        File.WriteAllText(record, File.ReadAllText(record).Replace($"\"pidStart\":{container.PidStart}", "\"pidStart\":1", System.StringComparison.Ordinal));
        Assert.Equal("stopped", bench.StatusOf("one"));
        Process.GetProcessById(container.Pid).Kill();
    }

    [Fact]
    public void Update_ReachesTheWall()
    {
        using var bench = new LifecycleBench();
        bench.Create("one");
        bench.Lifecycle.Update("one", new OciResources { Pids = new OciPids { Limit = 7 } });
        Assert.Contains("update 7", bench.Wall.Calls);
    }

    [Fact]
    public void Execute_TakesTheProcessOfTheConfiguration()
    {
        using var bench = new LifecycleBench();
        bench.Create("one");
        bench.Lifecycle.Execute(new ExecuteOptions { Id = "one", Arguments = ["ls", "-l"], IsDetached = true }, terminal: null);
        Assert.Contains("exec ls -l", bench.Wall.Calls);
        bench.Lifecycle.Pause("one");
        Assert.Contains("paused", Assert.Throws<RuntimeException>(() => bench.Lifecycle.Execute(new ExecuteOptions { Id = "one", Arguments = ["ls"] }, terminal: null)).Message);
    }

    [Fact]
    public void Creators_OfOneIdAtATime_OneWins()
    {
        using var bench = new LifecycleBench();
        int won = 0;
        List<string> refused = [];
        Parallel.For(0, 8, _ =>
        {
            try
            {
                bench.Create("one");
                Interlocked.Increment(ref won);
            }
            catch (RuntimeException e)
            {
                lock (refused)
                {
                    refused.Add(e.Message);
                }
            }
        });
        Assert.Equal(1, won);
        Assert.All(refused, message => Assert.Contains("already exists", message));
        Assert.Equal("created", bench.StatusOf("one"));
    }

    [Fact]
    public void List_HasAllAndSurvivesADamagedOne()
    {
        using var bench = new LifecycleBench();
        bench.Create("b");
        bench.Create("a");
        Container damaged = bench.Create("c");
        File.WriteAllText(Path.Combine(damaged.Directory, "state.json"), "{ not json");
        Assert.Equal(["a", "b"], bench.Lifecycle.List().Select(each => each.Container.Id));
        Assert.Single(bench.Log.Warnings);
        bench.Lifecycle.Delete("c", force: true);
        Process.GetProcessById(damaged.Pid).Kill();
    }
}
