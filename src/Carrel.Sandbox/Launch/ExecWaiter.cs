using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>The host process that stands for a program that was started in a carrel from outside: a page of machine code (Native/waiter.S), nothing else.</summary>
internal static class ExecWaiter
{
    /// <summary>Starts it.</summary>
    /// <param name="channel">Where its program's end is told.</param>
    /// <param name="terminal">The host's side of the program's terminal, whose window it watches, or -1.</param>
    /// <param name="cgroupFiles">Files, open for writing, and directory of the groups to enter.</param>
    /// <returns>Its pid.</returns>
    internal static int Start(int channel, int terminal, IReadOnlyList<int> cgroupFiles)
    {
        int image = HostFd.CreateMemory("carrel-exec", MemfdFlags.MFD_CLOEXEC | MemfdFlags.MFD_ALLOW_SEALING);
        try
        {
            if (image < 0 || HostFd.Write(image, NativeImages.Waiter) != NativeImages.Waiter.Length)
            {
                throw new LaunchException("no memory for the process that stands for the program");
            }

            HostFd.Fcntl(image, Fcntl.F_ADD_SEALS, Fcntl.F_SEAL_SEAL | Fcntl.F_SEAL_SHRINK | Fcntl.F_SEAL_GROW | Fcntl.F_SEAL_WRITE);
            using var plan = new SpawnPlan(0);
            plan.EnterCgroups(cgroupFiles);
            int kept = plan.Keep(image);
            plan.Place(channel, 0);
            if (terminal >= 0)
            {
                plan.Place(terminal, 1);
            }

            plan.NewSession();
            if (terminal >= 0)
            {
                plan.ControllingTerminal(1);
            }

            plan.CloseOthers(terminal >= 0 ? 2 : 1);
            plan.Limit(Rlimit.RLIMIT_CORE, 0);
            plan.Seal(diesWithParent: false);
            return plan.Start(kept, ["carrel-exec"], [], blockedSignals: ulong.MaxValue);
        }
        finally
        {
            HostFd.Close(image);
        }
    }
}
