using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>`run` and `exec` without --detach: the command stands in for the program, with its terminal, its signals and its exit status.</summary>
internal static class Foreground
{
    private const int SignalBase = 128;

    /// <summary>Starts and waits.</summary>
    /// <param name="start">Starts the program; gets a taker for the master side of its terminal.</param>
    internal static int Run(bool adoptsOrphans, Func<Action<int>, ForegroundProgram> start)
    {
        if (adoptsOrphans)
        {
            HostProcess.Prctl(PrctlOption.PR_SET_CHILD_SUBREAPER, 1);
        }

        int master = -1;
        // Signals that come while the container is made wait until there is somebody to get them.
        using var signals = new SignalRelay();
        ForegroundProgram program = start(fd => master = fd);
        signals.PassTo(program.Signal);
        int status;
        if (master >= 0)
        {
            using var relay = new TerminalRelay(master);
            signals.WindowChanged = relay.Resize;
            relay.Run(program.Pid);
            status = Reap(program.Pid);
            relay.Drain();
        }
        else
        {
            ReleaseStreams();
            status = Reap(program.Pid);
        }

        program.Ended();
        return status;
    }

    /// <summary>The program holds stdin and stdout now: who is at their other end must see it when the program closes them. stderr stays for our own message.</summary>
    internal static void ReleaseStreams()
    {
        int nothing = HostPath.OpenAt(At.AT_FDCWD, "/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
        if (nothing >= 0)
        {
            HostFd.Dup3(nothing, 0, 0);
            HostFd.Dup3(nothing, 1, 0);
            HostFd.Close(nothing);
        }
    }

    /// <summary>Waits for the program and takes care of orphans meanwhile.</summary>
    private static int Reap(int pid)
    {
        while (true)
        {
            int ended = HostProcess.Wait(-1, (int)WaitOptions.__WALL, out int status);
            if (ended == pid)
            {
                return (status & 0x7f) == 0 ? (status >> 8) & 0xff : SignalBase + (status & 0x7f);
            }

            if (ended is < 0 and not -(int)Errno.EINTR)
            {
                throw new RuntimeException($"waiting for process {pid}: {HostError.Describe((Errno)(-ended))}");
            }
        }
    }
}
