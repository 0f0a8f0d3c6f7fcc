using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Kernel;

namespace Carrel.Sandbox;

/// <summary>The socket to the command that started this carrel and waits for its end.</summary>
internal sealed class CommandChannel(HostPoller poller, GuestSetup guest, bool isDetached) : PollSource(ProcessFds.Control)
{
    private readonly byte[] _message = new byte[64];
    private bool _mayOutlive;

    internal override void OnReady(LinuxKernel kernel, PollEvents events)
    {
        long n = HostSocket.Receive(Fd, _message, [], Sock.MSG_DONTWAIT, out _);
        if (n == -(int)Errno.EAGAIN || n == -(int)Errno.EINTR)
        {
            return;
        }

        if (n <= 0 && !_mayOutlive)
        {
            // The command is gone, and with it the reason to run: it waits, or it has written down nothing yet by which we could be found. Init of a pid namespace takes all stubs with it.
            HostProcess.Exit(0);
        }

        kernel.Enter(() =>
        {
            ReadOnlySpan<byte> message = _message.AsSpan(0, (int)Math.Max(n, 0));
            if (message.IsEmpty)
            {
                poller.Remove(this);
            }
            else if ((ControlKind)message[0] == ControlKind.Done)
            {
                _mayOutlive = isDetached;
            }
            else if ((ControlKind)message[0] == ControlKind.Signal && ControlMessage.TryReadNumber(message, out int signal))
            {
                kernel.Signals.SendToInitFromOutside(signal);
            }
            else if (ControlMessage.TryReadWindowSize(message, out WinSize size))
            {
                guest.Console?.Resize(size);
            }
        });
    }
}
