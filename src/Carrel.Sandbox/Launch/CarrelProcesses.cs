using System;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>How a carrel ended, for its caller.</summary>
/// <param name="Status">Exit status: the program's, 128 + n for a signal, 125 to 127 for failures before it ran.</param>
/// <param name="Message">What to tell the user, or null.</param>
public readonly record struct CarrelResult(int Status, string? Message);

/// <summary>The caller's terminal and the settings it had.</summary>
public readonly struct SavedTerminal(int fd, Termios settings)
{
    public readonly int Fd = fd;
    public readonly Termios Settings = settings;
}

/// <summary>
/// The two processes of a carrel, started and watched from the command: the kernel process and carrel-files. Both are this very program under another
/// role, in namespaces and an empty root of their own, without privileges, and die with the thread that started them.
/// </summary>
public sealed class CarrelProcesses : IDisposable
{
    /// <summary>First arguments that make the program take a role. Not for users.</summary>
    public const string KernelRole = "--role=kernel", FilesRole = "--role=files";

    // After so many nanoseconds it is no short run: what the start needed is given back.
    private const long IdleTime = 500_000_000;

    private int _control = -1;
    private int _kernelPid, _filesPid;

    /// <summary>The socket on which <see cref="Wait"/> listens, for messages of the caller's.</summary>
    public int Control => _control;

    /// <summary>Starts both. The caller's descriptors in <paramref name="stdio"/> (or -1) become the guest's 0, 1 and 2; a terminal in raw mode gets its settings back whatever happens.</summary>
    public void Start(SandboxSpec spec, ReadOnlySpan<int> stdio, SavedTerminal? terminal)
    {
        using var starter = new ProcessStarter(spec);
        _control = starter.TakeControl();
        _kernelPid = starter.StartKernel(stdio);
        _filesPid = starter.StartFiles(terminal);
    }

    /// <summary>Forwards a message to the kernel process.</summary>
    public void Send(byte[] message) => HostSocket.Send(_control, message, [], Sock.MSG_NOSIGNAL | Sock.MSG_DONTWAIT);

    /// <summary>Waits for the end.</summary>
    public CarrelResult Wait()
    {
        CarrelResult? report = null;
        var message = new byte[ControlMessage.MaxSize];
        Span<PollFd> control = [new PollFd { Fd = _control, Events = (short)PollEvents.POLLIN }];
        if (HostFd.Poll(control, IdleTime) == 0)
        {
            new HostProgram().DropUnusedCode();
        }

        while (report is null)
        {
            long n = HostSocket.Receive(_control, message, [], 0, out _);
            if (n == -(int)Errno.EINTR)
            {
                continue;
            }

            if (n <= 0)
            {
                break;
            }

            ReadOnlySpan<byte> received = message.AsSpan(0, (int)n);
            if ((ControlKind)received[0] == ControlKind.Exit && ControlMessage.TryReadNumber(received, out int status))
            {
                report = new CarrelResult(status & 0xff, ControlMessage.ReadReason(received));
            }
        }

        int ended = HostProcess.WaitFor(_kernelPid, out int waitStatus);
        HostProcess.WaitFor(_filesPid, out _);
        _kernelPid = _filesPid = 0;
        if (report is { } result)
        {
            return result;
        }

        string how = ended > 0 && (waitStatus & 0x7f) != 0 ? $"was killed by signal {waitStatus & 0x7f}" : $"ended unexpectedly (status {waitStatus >> 8})";
        return new CarrelResult(125, "the kernel process " + how);
    }

    public void Dispose()
    {
        foreach (int pid in (ReadOnlySpan<int>)[_kernelPid, _filesPid])
        {
            if (pid > 0)
            {
                HostProcess.Kill(pid, Signal.SIGKILL);
                HostProcess.WaitFor(pid, out _);
            }
        }

        if (_control >= 0)
        {
            HostFd.Close(_control);
            _control = -1;
        }
    }
}
