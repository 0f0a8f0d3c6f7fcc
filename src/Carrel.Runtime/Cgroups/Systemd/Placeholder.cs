using System.Collections.Concurrent;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime.Cgroups;

/// <summary>
/// A process that does nothing: a scope cannot be made, and does not last, without a process in it, and the container's own is not born yet. It ends when the first process of
/// the container is in, at the latest with the runtime.
/// </summary>
internal static class Placeholder
{
    // mov $SYS_pause,%eax; syscall; jmp back.
    private static readonly byte[] Code = [0xB8, 34, 0, 0, 0, 0x0F, 0x05, 0xEB, 0xF7];

    private static readonly ConcurrentDictionary<string, int> Running = [];

    /// <summary>Starts one for a unit; its pid.</summary>
    public static int Start(string unit)
    {
        int file = HostFd.CreateMemory("carrel-placeholder", MemfdFlags.MFD_CLOEXEC);
        if (file < 0 || HostFd.Write(file, TinyElf.Make(Code)) < 0)
        {
            throw new RuntimeException($"systemd: start a process for {unit}: {(Errno)(-file)}");
        }

        using var spawner = new HostSpawner();
        spawner.Add(Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, Signal.SIGKILL);
        spawner.AddExec(file, "", ["carrel-placeholder"], []);
        SpawnOutcome outcome = spawner.Start();
        HostFd.Close(file);
        if (outcome.Pid > 0)
        {
            Running[unit] = outcome.Pid;
        }

        if (!outcome.Succeeded)
        {
            End(unit);
            throw new RuntimeException($"systemd: start a process for {unit}: {outcome.Error}");
        }

        return outcome.Pid;
    }

    public static void End(string? unit)
    {
        if (unit is not null && Running.TryRemove(unit, out int pid))
        {
            HostProcess.Kill(pid, Signal.SIGKILL);
            HostProcess.WaitFor(pid, out _);
        }
    }
}
