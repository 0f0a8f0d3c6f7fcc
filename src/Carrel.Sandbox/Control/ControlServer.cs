using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;
using Carrel.Kernel;

namespace Carrel.Sandbox;

/// <summary>
/// The control socket of a detached carrel. A request is one datagram of a fixed size with its sender's user id, by the host's word, and a socket for the
/// reply: nothing is accepted, no connection is kept for who does not ask for a program.
/// </summary>
internal sealed class ControlServer : PollSource
{
    /// <summary>Programs started from outside that may run at once.</summary>
    private const int MaxSessions = 512;

    private const int StandardDescriptors = 5;
    private const int MaxDescriptors = StandardDescriptors + ProcessCodec.MaxPreserved;

    private readonly SandboxSpec _spec;
    private readonly GuestSetup _guest;
    private readonly HostPoller _poller;
    private readonly byte[] _message = new byte[2 * Wire.Size<ControlRequest>()];
    private readonly int[] _fds = new int[MaxDescriptors];
    private int _sessions;

    internal ControlServer(SandboxSpec spec, GuestSetup guest, HostPoller poller)
        : base(ProcessFds.Requests)
    {
        _spec = spec;
        _guest = guest;
        _poller = poller;
    }

    internal override void OnReady(LinuxKernel kernel, PollEvents events)
    {
        long n = HostSocket.ReceiveWithCredentials(Fd, _message, _fds, Sock.MSG_DONTWAIT, out int received, out Ucred sender);
        if (n < 0)
        {
            return;
        }

        Span<int> fds = _fds.AsSpan(0, received);
        bool isTrusted = sender.Uid == 0 || sender.Uid == _spec.Owner;
        if (!isTrusted || n != Wire.Size<ControlRequest>() || received == 0)
        {
            CloseAll(fds);
            return;
        }

        ControlRequest request = Wire.Read<ControlRequest>(_message);
        int[] descriptors = fds.ToArray();
        kernel.Enter(() =>
        {
            // A program's channel stays with its session.
            if (request.Operation == ControlOperation.Execute)
            {
                Execute(kernel, request, descriptors);
                return;
            }

            // Hooks may run first.
            if (request.Operation == ControlOperation.Start)
            {
                Start(kernel, descriptors);
                return;
            }

            // With the lock held: the carrel does not end before the reply is on its way.
            Send(descriptors[0], Serve(kernel, request));
            CloseAll(descriptors);
        });
    }

    private void Start(LinuxKernel kernel, int[] descriptors)
    {
        if (!_guest.IsHeld || _guest.IsReleased)
        {
            Send(descriptors[0], ControlMessage.Failed(1, "it has been started already"));
            CloseAll(descriptors);
            return;
        }

        _guest.Release(failure =>
        {
            if (failure is not null)
            {
                kernel.Stop(failure.Status, null);
            }

            Send(descriptors[0], failure is null ? ControlMessage.Done() : ControlMessage.Failed(failure.Status, failure.Reason));
            CloseAll(descriptors);
        });
    }

    private byte[] Serve(LinuxKernel kernel, in ControlRequest request)
    {
        switch (request.Operation)
        {
            case ControlOperation.Signal:
                return Signal(kernel, request.Number, request.SecondNumber != 0) ? ControlMessage.Done() : ControlMessage.Failed(1, "not a signal");
            case ControlOperation.Status:
                return ControlMessage.Done(_guest.IsHeld ? 1 : 0);
            case ControlOperation.Processes:
                return ControlMessage.Pids(HostPids(kernel));
            case ControlOperation.Update:
                if (request.Number != 0)
                {
                    kernel.Options.PidsLimit = Math.Max(request.Number, 1);
                    kernel.Options.Cgroup.HasPidsLimit = true;
                }

                if (request.Size > 0)
                {
                    kernel.Frames.ChangeLimit(request.Size);
                    (kernel.Options.Cgroup.Memory, kernel.Options.Cgroup.OomSize) = (request.Limit, request.OomSize);
                }

                CgroupLimits shown = kernel.Options.Cgroup;
                shown.CpuQuota = request.CpuQuota != 0 ? Math.Max(request.CpuQuota, 0) : shown.CpuQuota;
                shown.CpuPeriod = request.CpuPeriod != 0 ? request.CpuPeriod : shown.CpuPeriod;
                shown.CpuWeight = request.CpuWeight != 0 ? request.CpuWeight : shown.CpuWeight;

                return ControlMessage.Done();
            default:
                return ControlMessage.Failed(1, "not a request");
        }
    }

    /// <summary>A program that has not been started dies of what would have ended it.</summary>
    private bool Signal(LinuxKernel kernel, int signal, bool isForAll)
    {
        if (!SignalMask.IsValid(signal))
        {
            return signal == 0;
        }

        if (_guest.IsHeld)
        {
            if (signal is Abi.Signal.SIGKILL or Abi.Signal.SIGTERM or Abi.Signal.SIGINT or Abi.Signal.SIGQUIT or Abi.Signal.SIGHUP)
            {
                kernel.Stop(128 + signal, null);
            }

            return true;
        }

        foreach (ThreadGroup group in isForAll ? new List<ThreadGroup>(kernel.Pids.Groups) : [])
        {
            if (group != kernel.Init)
            {
                kernel.Signals.Send(group, new SigInfo { Signo = signal, Code = Si.SI_USER }, isForced: true);
            }
        }

        kernel.Signals.SendToInitFromOutside(signal);
        return true;
    }

    private static List<int> HostPids(LinuxKernel kernel)
    {
        var pids = new List<int>();
        foreach (ThreadGroup group in kernel.Pids.Groups)
        {
            if (group.FirstLiveTask is { } task && task.Thread.Space.HostPid is > 0 and var pid && !pids.Contains(pid))
            {
                pids.Add(pid);
            }
        }

        return pids;
    }

    private void Execute(LinuxKernel kernel, in ControlRequest request, int[] fds)
    {
        CarrelExit? failure;
        if (fds.Length < StandardDescriptors || _sessions >= MaxSessions)
        {
            failure = new CarrelExit(1, "too many programs run");
        }
        else if (_guest.IsHeld || kernel.Init is null)
        {
            failure = new CarrelExit(1, "the container has not been started");
        }
        else if (ReadSpec(fds[1]) is not { } spec || spec.PreservedFlags.Count != fds.Length - StandardDescriptors)
        {
            failure = new CarrelExit(1, "not a program to run");
        }
        else
        {
            var session = new ExecSession(fds[0], _poller) { Ended = () => _sessions-- };
            failure = _guest.Execute(
                spec, [(fds[2], request.InputFlags), (fds[3], request.OutputFlags), (fds[4], request.ErrorFlags), .. fds[StandardDescriptors..].Zip(spec.PreservedFlags)], session);
            if (failure is null)
            {
                Send(fds[0], ControlMessage.Done());
                _sessions++;
                HostFd.Close(fds[1]);
                return;
            }

            // The streams have closed theirs.
            fds = fds[..2];
        }

        Send(fds[0], ControlMessage.Failed(failure.Status, failure.Reason));
        CloseAll(fds);
    }

    private static ProcessSpec? ReadSpec(int fd)
    {
        if (HostFd.Stat(fd, out Stat stat) < 0 || (stat.Mode & Mode.S_IFMT) != Mode.S_IFREG || stat.Size > ProcessCodec.MaxSize)
        {
            return null;
        }

        var bytes = new byte[stat.Size];
        for (int done = 0; done < bytes.Length;)
        {
            long n = HostFd.ReadAt(fd, bytes.AsSpan(done), done);
            if (n <= 0)
            {
                return null;
            }

            done += (int)n;
        }

        try
        {
            return ProcessCodec.Decode(bytes);
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private static void Send(int channel, byte[] message) => HostSocket.Send(channel, message, [], Sock.MSG_NOSIGNAL | Sock.MSG_DONTWAIT);

    private static void CloseAll(ReadOnlySpan<int> fds)
    {
        foreach (int fd in fds)
        {
            HostFd.Close(fd);
        }
    }
}
