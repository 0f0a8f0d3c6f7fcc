using System;
using System.Collections.Generic;
using System.Threading;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>
/// Starts a process from a plan. The child may stop at points of the list until the runtime has done something for it (id maps, hooks): clone blocks
/// a thread of its own meanwhile (CLONE_VFORK), and what is to be done is done on the caller's.
/// </summary>
internal sealed class Rendezvous : IDisposable
{
    private const byte Granted = 1;

    private readonly StepPlan _plan;
    private readonly List<Action<int>> _actions = [];
    private readonly int _child;
    private int _ours;

    internal Rendezvous(StepPlan plan)
    {
        _plan = plan;
        ErrorText.Check(HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_SEQPACKET | Sock.SOCK_CLOEXEC, out int first, out int second), "socketpair");
        _ours = first;
        _child = plan.Take(second);
        plan.CloseFd(first); // or the child would never see the end of the runtime
    }

    /// <summary>Set when the list forks: the process that was asked for is the grandchild.</summary>
    internal bool Forks { get; set; }

    /// <summary>The child waits here until the runtime has called <paramref name="action"/>.</summary>
    /// <param name="action">Gets a descriptor that the child sends along, or -1.</param>
    /// <param name="fd">The descriptor to send.</param>
    internal void AddMeeting(string name, Action<int> action, StepArgument? fd = null)
    {
        _actions.Add(action);
        StepList list = _plan.List;
        StepArgument code = list.Data([checked((byte)_actions.Count)]);
        if (fd is { } sent)
        {
            StepArgument part = list.Struct(new IoVec(0, 1));
            list.SetPointer(part, code);
            var control = new byte[24];
            BitConverter.TryWriteBytes(control, 20L); // struct cmsghdr: one SCM_RIGHTS of one descriptor
            BitConverter.TryWriteBytes(control.AsSpan(8), Sock.SOL_SOCKET);
            BitConverter.TryWriteBytes(control.AsSpan(12), Sock.SCM_RIGHTS);
            StepArgument rights = list.Data(control);
            list.AddStore(rights.Plus(16), sent);
            StepArgument message = list.Struct(new MsgHdr { Iovlen = 1, Controllen = 24 });
            list.SetPointer(message.Plus(16), part);
            list.SetPointer(message.Plus(32), rights);
            list.Add(name, Nr.sendmsg, _child, message, Sock.MSG_NOSIGNAL);
        }
        else
        {
            list.Add(name, Nr.sendto, _child, code, 1, Sock.MSG_NOSIGNAL, 0, 0);
        }

        StepArgument answer = list.Buffer(8);
        list.Add(name, Nr.read, _child, answer, 1);
        list.AddCheck(name, answer, 0xff, Granted, Errno.ECANCELED);
    }

    /// <summary>The pid while the child waits.</summary>
    internal int Pid { get; private set; }

    /// <summary>Starts the child and sees it through.</summary>
    /// <returns>Its pid. It has executed its program.</returns>
    internal int Run(CloneFlags flags, int cgroup = -1)
    {
        using var run = new StepRun(_plan.List) { Cgroup = cgroup };
        SpawnOutcome outcome = default;
        var thread = new Thread(() =>
        {
            outcome = run.Start(flags);
            HostSocket.Shutdown(_ours, 2); // ends Serve
        }, 256 << 10);
        thread.Start();
        Exception? failure = Serve(run);
        if (failure is not null)
        {
            HostSocket.Shutdown(_ours, 2);
        }

        thread.Join();
        int child = outcome.Pid;
        if (child < 0)
        {
            throw ErrorText.Failure("clone", (Errno)(-child));
        }

        int forked = Forks && HostProcess.IsChild(run.ForkedPid) ? run.ForkedPid : 0;
        bool succeeded = failure is null && outcome.Succeeded && (!Forks || forked > 0);
        if (Forks || !succeeded)
        {
            Reap(child);
        }

        if (succeeded)
        {
            return Forks ? forked : child;
        }

        if (forked > 0)
        {
            HostProcess.Kill(forked, Signal.SIGKILL);
            Reap(forked);
        }

        throw failure ?? (outcome.FailedStep < 0
            ? new RuntimeException("the process ended while it was being made")
            : ErrorText.Failure(_plan.List.NameOf(outcome.FailedStep), outcome.Error));
    }

    public void Dispose()
    {
        if (_ours >= 0)
        {
            HostFd.Close(_ours);
            _ours = -1;
        }
    }

    private Exception? Serve(StepRun run)
    {
        var code = new byte[8];
        var descriptors = new int[1];
        while (true)
        {
            long n = HostSocket.Receive(_ours, code, descriptors, 0, out int received);
            if (n == -(int)Errno.EINTR)
            {
                continue;
            }

            if (n <= 0)
            {
                return null;
            }

            Pid = run.ForkedPid > 0 ? run.ForkedPid : run.ChildPid;
            try
            {
                int index = code[0] - 1;
                if (index < 0 || index >= _actions.Count)
                {
                    return new RuntimeException("the process that is being made asks for something unknown");
                }

                _actions[index](received > 0 ? descriptors[0] : -1);
            }
            catch (Exception e) // whatever it is, the child must not go on; the caller gets it
            {
                return e;
            }

            HostSocket.Send(_ours, [Granted], [], Sock.MSG_NOSIGNAL);
        }
    }

    private static void Reap(int pid)
    {
        while (HostProcess.Wait(pid, 0, out _) == -(int)Errno.EINTR)
        {
        }
    }
}
