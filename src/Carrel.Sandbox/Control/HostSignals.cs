using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Kernel;

namespace Carrel.Sandbox;

/// <summary>Signals that the host sends to this process stand for its guest's init: somebody killed the pid of the container. SIGWINCH tells of the terminal.</summary>
internal sealed class HostSignals : PollSource
{
    /// <summary>Blocked since before our program ran, and read from a descriptor.</summary>
    internal const ulong Mask = 1UL << (Signal.SIGHUP - 1) | 1UL << (Signal.SIGINT - 1) | 1UL << (Signal.SIGQUIT - 1) | 1UL << (Signal.SIGUSR1 - 1)
        | 1UL << (Signal.SIGUSR2 - 1) | 1UL << (Signal.SIGALRM - 1) | 1UL << (Signal.SIGTERM - 1) | 1UL << (Signal.SIGCONT - 1) | 1UL << (Signal.SIGWINCH - 1);

    private readonly byte[] _info = new byte[128];

    private readonly GuestSetup _guest;

    internal HostSignals(GuestSetup guest)
        : base(HostFd.SignalFd(Mask)) => _guest = guest;

    internal override void OnReady(LinuxKernel kernel, PollEvents events)
    {
        if (HostFd.Read(Fd, _info) != _info.Length)
        {
            return;
        }

        SignalfdSiginfo info = MemoryMarshal.Read<SignalfdSiginfo>(_info);
        kernel.Enter(() =>
        {
            if (info.Signo == Signal.SIGWINCH && _guest.Console is { } console)
            {
                console.Resize();
            }
            else if (info.Code <= Si.SI_USER)
            {
                // What the host's terminal sends (SI_KERNEL) our own terminal sends, too.
                kernel.Signals.SendToInitFromOutside((int)info.Signo);
            }
        });
    }
}
