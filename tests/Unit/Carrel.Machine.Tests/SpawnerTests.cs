using Carrel.Abi;
using Carrel.Host;
using Xunit;

namespace Carrel.Tests.Machine;

public sealed class SpawnerTests
{
    [Fact]
    public void Start_Program_RunsIt()
    {
        using var spawner = new HostSpawner();
        spawner.AddExec(At.AT_FDCWD, "/bin/sh", ["sh", "-c", "exit $CODE"], ["CODE=42"]);
        SpawnOutcome outcome = spawner.Start();
        Assert.True(outcome.Succeeded);
        Assert.Equal(outcome.Pid, HostProcess.Wait(outcome.Pid, 0, out int status));
        Assert.Equal(42 << 8, status);
    }

    [Fact]
    public void Start_FailingStep_IsNamed()
    {
        using var spawner = new HostSpawner();
        spawner.AddOptional(Nr.close, 12345);
        int open = spawner.Add(Nr.openat, At.AT_FDCWD, spawner.Text("/dev/null"), (long)OpenFlags.O_RDONLY);
        int duplicate = spawner.Add(Nr.dup3, 0, 77, 0);
        spawner.UseResult(duplicate, 0, open);
        int failing = spawner.Add(Nr.chdir, spawner.Text("/does/not/exist"));
        spawner.AddExec(At.AT_FDCWD, "/bin/true", ["true"], []);
        SpawnOutcome outcome = spawner.Start();
        Assert.False(outcome.Succeeded);
        Assert.Equal(failing, outcome.FailedStep);
        Assert.Equal(Errno.ENOENT, outcome.Error);
        HostProcess.Wait(outcome.Pid, 0, out int status);
        Assert.Equal(127 << 8, status);
    }
}
