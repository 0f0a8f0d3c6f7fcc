using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>What the machine code makes of a list: jumps, checks, results, forks.</summary>
public sealed class StepListTests
{
    private const CloneFlags Shared = CloneFlags.CLONE_VM | CloneFlags.CLONE_VFORK;

    private static int StatusOf(StepList list, CloneFlags flags = Shared)
    {
        using var run = new StepRun(list);
        SpawnOutcome outcome = run.OutcomeOf(run.Start(flags));
        Assert.True(outcome.Succeeded, $"{list.NameOf(outcome.FailedStep)}: {outcome.Error}");
        HostProcess.Wait(outcome.Pid, 0, out int status);
        return status >> 8;
    }

    [Fact]
    public void Jumps_GoWhereTheyAreTold()
    {
        var list = new StepList();
        int open = list.Add("open", Nr.openat, At.AT_FDCWD, list.Text("/no/such/file"), 0, 0);
        list.Tolerate(open, Errno.EPERM, Errno.ENOENT);
        list.Add("exit", Nr.exit_group, 1);
        list.OnFailure(open, list.Count);
        int other = list.Add("open", Nr.openat, At.AT_FDCWD, list.Text("/dev/null"), 0, 0);
        list.Add("exit", Nr.exit_group, 2);
        list.OnSuccess(other, list.Count);
        list.Add("exit", Nr.exit_group, 42);
        Assert.Equal(42, StatusOf(list));
    }

    [Fact]
    public void Failure_OfAnotherKind_IsNotTolerated()
    {
        var list = new StepList();
        int open = list.Add("opening it", Nr.openat, At.AT_FDCWD, list.Text("/no/such/file"), 0, 0);
        list.Tolerate(open, Errno.EPERM);
        using var run = new StepRun(list);
        SpawnOutcome outcome = run.OutcomeOf(run.Start(Shared));
        HostProcess.Wait(outcome.Pid, 0, out _);
        Assert.Equal((open, Errno.ENOENT), (outcome.FailedStep, outcome.Error));
    }

    [Theory]
    [InlineData(7, false, true)]
    [InlineData(6, false, false)]
    [InlineData(7, true, false)]
    [InlineData(6, true, true)]
    public void Check_ComparesMemory(int value, bool isNegated, bool passes)
    {
        var list = new StepList();
        StepArgument cell = list.Buffer(8);
        list.AddStore(cell, 0x107);
        list.AddCheck("check", cell, 0xff, (ulong)value, Errno.ERANGE, isNegated);
        using var run = new StepRun(list);
        SpawnOutcome outcome = run.OutcomeOf(run.Start(Shared));
        HostProcess.Wait(outcome.Pid, 0, out _);
        Assert.Equal(passes, outcome.Succeeded);
        Assert.Equal(passes ? 0 : (int)Errno.ERANGE, (int)outcome.Error);
    }

    [Fact]
    public void SetResult_ReplacesAnEarlierOne()
    {
        var list = new StepList();
        int place = list.AddNothing();
        list.AddSetResult(place, 33);
        list.Add("exit", Nr.exit_group, StepArgument.ResultOf(place));
        Assert.Equal(33, StatusOf(list));
    }

    [Theory]
    [InlineData(Shared)]
    [InlineData((CloneFlags)0)]
    public void Fork_ChildOfTheRuntimeGoesOn(CloneFlags flags)
    {
        var list = new StepList();
        list.AddFork("fork");
        list.Add("exit", Nr.exit_group, 5);
        using var run = new StepRun(list);
        SpawnOutcome outcome = run.OutcomeOf(run.Start(flags));
        Assert.True(outcome.Succeeded);
        HostProcess.Wait(outcome.Pid, 0, out int first);
        Assert.Equal(0, first);
        Assert.True(HostProcess.IsChild(run.ForkedPid));
        Assert.Equal(run.ForkedPid, HostProcess.Wait(run.ForkedPid, 0, out int second));
        Assert.Equal(5 << 8, second);
        Assert.False(HostProcess.IsChild(run.ForkedPid));
    }

    /// <summary>Somebody could find the host's proc in a process that waits for its start: its descriptor goes as soon as the profile is set.</summary>
    [Fact]
    public void ApparmorProfile_IsSetAndTheHostsProcIsClosed()
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("carrel-test-").FullName;
        System.IO.Directory.CreateDirectory(folder + "/self/attr/apparmor"); // as /proc has it
        System.IO.File.WriteAllText(folder + "/self/attr/apparmor/exec", "");
        using var plan = new StepPlan();
        int proc = plan.Open(folder, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, folder);
        var container = new Container { Id = "one", Spec = new OciSpec() };
        var process = new OciProcess { ApparmorProfile = "of-the-host" };
        new ProcessPlan(plan, process, new ContainerContext(container, container.Spec, isInitial: true), null) { Proc = proc }.AddProfile();
        plan.Add("is it there", Nr.fcntl, proc, Fcntl.F_GETFD, 0);
        using var run = new StepRun(plan.List);
        SpawnOutcome outcome = run.OutcomeOf(run.Start(CloneFlags.CLONE_VFORK));
        HostProcess.Wait(outcome.Pid, 0, out _);
        Assert.Equal((Errno.EBADF, "is it there"), (outcome.Error, plan.List.NameOf(outcome.FailedStep)));
        Assert.Equal("exec of-the-host", System.IO.File.ReadAllText(folder + "/self/attr/apparmor/exec"));
        System.IO.Directory.Delete(folder, recursive: true);
    }
}
