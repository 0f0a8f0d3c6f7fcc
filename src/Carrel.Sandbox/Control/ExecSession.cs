using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Kernel;
using Carrel.Kernel.Terminals;

namespace Carrel.Sandbox;

/// <summary>A process that was started from outside (exec): its channel leads to the host process that stands for it there.</summary>
internal sealed class ExecSession(int channel, HostPoller poller) : PollSource(channel)
{
    private readonly byte[] _message = new byte[64];
    private ThreadGroup? _group;
    private ConsoleTerminal? _console;

    /// <summary>Called when the process has ended.</summary>
    internal Action? Ended { get; init; }

    /// <summary>Follows the process to its end.</summary>
    internal void Watch(ThreadGroup group, ConsoleTerminal? console)
    {
        _group = group;
        _console = console;
        poller.Add(this);
        ProcessEnd.Watch(group, OnEnd);
    }

    internal override void OnReady(LinuxKernel kernel, PollEvents events)
    {
        long n = HostSocket.Receive(Fd, _message, [], Sock.MSG_DONTWAIT, out _);
        if (n == -(int)Errno.EAGAIN || n == -(int)Errno.EINTR)
        {
            return;
        }

        kernel.Enter(() =>
        {
            ReadOnlySpan<byte> message = _message.AsSpan(0, (int)Math.Max(n, 0));
            if (message.IsEmpty)
            {
                // Who kills the process that stands for it means it.
                poller.Remove(this);
                Send(kernel, Signal.SIGKILL);
            }
            else if ((ControlKind)message[0] == ControlKind.Signal && ControlMessage.TryReadNumber(message, out int signal))
            {
                if (signal == Signal.SIGWINCH && _console is not null)
                {
                    _console.Resize();
                }
                else
                {
                    Send(kernel, signal);
                }
            }
        });
    }

    private void Send(LinuxKernel kernel, int signal)
    {
        if (_group is { IsZombie: false, IsReaped: false } group && SignalMask.IsValid(signal))
        {
            kernel.Signals.Send(group, new SigInfo { Signo = signal, Code = Si.SI_USER }, isForced: true);
        }
    }

    private void OnEnd(ThreadGroup group)
    {
        int status = group.ExitCode;
        Ended?.Invoke();
        Action report = () =>
        {
            HostSocket.Send(Fd, ControlMessage.Exit(status, null), [], Sock.MSG_NOSIGNAL | Sock.MSG_DONTWAIT);
            poller.Remove(this);
        };
        if (_console is { } console)
        {
            console.Close(report);
        }
        else
        {
            report();
        }
    }
}
