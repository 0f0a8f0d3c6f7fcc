using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>
/// Starts a carrel that outlives the command: its kernel process is a child of the command's for now, then of who takes in orphans, and its exit status
/// is the program's. Orders reach it by <see cref="ControlClient"/>.
/// </summary>
public sealed class DetachedCarrel : IDisposable
{
    private int _control;
    private int _filesPid;

    private DetachedCarrel(int control) => _control = control;

    /// <summary>The kernel process.</summary>
    public int Pid { get; private set; }

    /// <summary>Starts the two processes. <see cref="WaitUntilReady"/> tells whether the carrel came up.</summary>
    /// <param name="spec">With IsDetached.</param>
    /// <param name="stdio">For the program's 0, 1 and 2 (-1: closed) and, behind them, what else it inherits.</param>
    /// <param name="requests">From <see cref="ControlClient.Listen"/>.</param>
    /// <param name="cgroupFiles">Files, open for writing, and directory of the groups to enter.</param>
    /// <param name="users">The user namespace whose numbers owners of files have for the guest, with a user of it; null: the host's.</param>
    /// <param name="mapIds">For a user with id maps: writes those of a process that waits in its new user namespace.</param>
    /// <param name="kernelStarted">Called with the pid of the kernel process, if the carrel awaits the command before anything is mounted.</param>
    public static DetachedCarrel Start(
        SandboxSpec spec, ReadOnlySpan<int> stdio, int requests, IReadOnlyList<int> cgroupFiles, (int Namespace, uint User, uint Group)? users, Action<int>? mapIds,
        Action<int> kernelStarted)
    {
        using var starter = new ProcessStarter(spec)
        {
            RequestSocket = requests, CgroupFiles = cgroupFiles, MapIds = mapIds, FilesUsers = users?.Namespace ?? -1, FilesOwner = (users?.User ?? 0, users?.Group ?? 0),
        };
        var carrel = new DetachedCarrel(starter.TakeControl());
        try
        {
            carrel.Pid = starter.StartKernel(stdio);
            if (spec.AwaitsCommand)
            {
                kernelStarted(carrel.Pid);
            }

            carrel._filesPid = starter.StartFiles();
            if (spec.AwaitsCommand)
            {
                HostSocket.Send(carrel._control, ControlMessage.Done(), [], Sock.MSG_NOSIGNAL);
            }

            return carrel;
        }
        catch
        {
            carrel.Kill();
            carrel.Dispose();
            throw;
        }
    }

    /// <summary>Waits until the carrel is set up (and, unless it is held, its program runs). Otherwise it has ended, and this is the reason.</summary>
    public CarrelResult? WaitUntilReady()
    {
        var message = new byte[ControlMessage.MaxSize];
        long n;
        do
        {
            n = HostSocket.Receive(_control, message, [], 0, out _);
        }
        while (n == -(int)Errno.EINTR);

        ReadOnlySpan<byte> received = message.AsSpan(0, (int)Math.Max(n, 0));
        if (!received.IsEmpty && (ControlKind)received[0] == ControlKind.Done)
        {
            return null;
        }

        CarrelResult result = !received.IsEmpty && (ControlKind)received[0] == ControlKind.Exit && ControlMessage.TryReadNumber(received, out int status)
            ? new CarrelResult(status & 0xff, ControlMessage.ReadReason(received))
            : new CarrelResult(125, "the kernel process ended unexpectedly");
        Kill();
        return result;
    }

    /// <summary>The caller has written down the pid: from now on the carrel lives without it.</summary>
    /// <param name="mayOutlive">False: it still ends with this process, however that ends.</param>
    public void LetGo(bool mayOutlive)
    {
        if (mayOutlive)
        {
            HostSocket.Send(_control, ControlMessage.Done(), [], Sock.MSG_NOSIGNAL | Sock.MSG_DONTWAIT);
        }
        else
        {
            _control = -1; // stays open
        }
    }

    /// <summary>Ends both processes, as long as they are the caller's children.</summary>
    public void Kill()
    {
        foreach (int pid in (ReadOnlySpan<int>)[Pid, _filesPid])
        {
            if (pid > 0)
            {
                HostProcess.Kill(pid, Signal.SIGKILL);
                HostProcess.WaitFor(pid, out _);
            }
        }

        Pid = _filesPid = 0;
    }

    public void Dispose()
    {
        if (_control >= 0)
        {
            HostFd.Close(_control);
            _control = -1;
        }
    }
}
