using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>
/// Starts a process from a plan. Child and runtime go on side by side; at points of the list the child stops until the runtime has done something for it
/// (id maps, hooks). The end of the connection tells that it has executed its program.
/// </summary>
internal sealed class Rendezvous : IDisposable
{
    private const byte Granted = 1;

    private readonly StepPlan _plan;
    private readonly StepPlan _inside;
    private readonly List<(Action<int> Action, bool IsOfForked)> _actions = [];
    private readonly int _child;
    private Action<int>? _started;
    private bool _awaitsStarted;
    private int _told;
    private int _ours;

    /// <param name="plan">What the child of the runtime does.</param>
    /// <param name="inside">What it does as an <see cref="InitImage"/> after that, see <see cref="AddInit"/>: meetings are there then.</param>
    internal Rendezvous(StepPlan plan, StepPlan? inside = null)
    {
        _plan = plan;
        _inside = inside ?? plan;
        ErrorText.Check(HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_SEQPACKET | Sock.SOCK_CLOEXEC, out int first, out int second), "socketpair");
        _ours = first;
        _child = plan.Take(second);
        plan.CloseFd(first); // or the child would never see the end of the runtime
    }

    /// <summary>Set when the list forks: the process that was asked for is the grandchild.</summary>
    internal bool Forks { get; set; }

    /// <summary>It is the init's list that forks.</summary>
    internal bool ForksLater { get; set; }

    /// <summary>
    /// The child goes on as an <see cref="InitImage"/>, whose list is the last part: it tells of a fork and of a failure by messages, and its success is the end
    /// of the connection.
    /// </summary>
    internal StepPlan? Second { get; private set; }

    /// <summary>The child's end of the connection.</summary>
    internal int ChildEnd => _child;

    /// <summary>The last steps of the list: executes an init with the list <paramref name="second"/>. Descriptors in <paramref name="kept"/> are there under the same numbers.</summary>
    internal void AddInit(StepPlan second, params ReadOnlySpan<int> kept)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(_plan.FirstFreeFd, second.FirstFreeFd);
        int image = ErrorText.Check(InitImage.Create(second.List, _child), "making the init");
        int init = _plan.Take(image);
        foreach (int fd in (ReadOnlySpan<int>)[_child, .. kept])
        {
            _plan.Add("keeping descriptors", Nr.fcntl, fd, Fcntl.F_SETFD, 0);
        }

        _plan.Add("starting the init", Nr.execveat, init, _plan.Text(""), _plan.List.TextVector(["carrel-init"]), _plan.List.TextVector([]), At.AT_EMPTY_PATH);
        Second = second;
    }

    /// <summary>First step of an init's list: what it was given goes with the next exec.</summary>
    internal void AddTaken(StepPlan second) =>
        second.Add("taking descriptors", Nr.close_range, _plan.FirstFreeFd, uint.MaxValue, (long)CloseRangeFlags.CLOSE_RANGE_CLOEXEC);

    /// <summary>Called with the pid as soon as there is a process. It does not wait for that before its next meeting or <see cref="AwaitStarted"/>.</summary>
    internal void OnStarted(Action<int> started) => _started = started;

    /// <summary>The child waits here until what <see cref="OnStarted"/> was given has been done.</summary>
    internal void AwaitStarted()
    {
        if (_started is not null && !_awaitsStarted)
        {
            _awaitsStarted = true;
            AddAnswer(_plan.List, "recording the pid");
        }
    }

    /// <summary>The child waits here until the runtime has called <paramref name="action"/>.</summary>
    /// <param name="action">Gets a descriptor that the child sends along, or -1.</param>
    /// <param name="fd">The descriptor to send.</param>
    /// <param name="plan">The list it belongs to; null: that of the init if there is one.</param>
    internal void AddMeeting(string name, Action<int> action, StepArgument? fd = null, StepPlan? plan = null)
    {
        if (plan is null)
        {
            AwaitStarted(); // the answers come in turn
        }

        _actions.Add((action, ForksLater));
        StepList list = (plan ?? _inside).List;
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

        AddAnswer(list, name);
    }

    /// <summary>The pid while the child waits.</summary>
    internal int Pid { get; private set; }

    /// <summary>Starts the child and sees it through.</summary>
    /// <returns>Its pid. It has executed its program.</returns>
    internal int Run(CloneFlags flags, int cgroup = -1)
    {
        using var run = new StepRun(_plan.List) { Cgroup = cgroup };
        int child = run.Start(flags);
        if (child < 0)
        {
            throw ErrorText.Failure(cgroup < 0 ? "clone" : "clone into the cgroup", (Errno)(-child));
        }

        _plan.Release(_child); // now the end of the child is the end of the connection
        Exception? failure = (_started is null ? null : Grant(_started, child)) ?? Serve(run);
        if (failure is not null)
        {
            HostSocket.Shutdown(_ours, 2);
        }

        SpawnOutcome outcome = run.OutcomeOf(child);
        int told = ForksLater ? _told : run.ForkedPid;
        int forked = Forks && HostProcess.IsChild(told) ? told : 0;
        bool succeeded = failure is null && outcome.Succeeded && (!Forks || forked > 0);
        if (Forks || !succeeded)
        {
            HostProcess.WaitFor(child, out _);
        }

        if (succeeded)
        {
            return Forks ? forked : child;
        }

        if (forked > 0)
        {
            HostProcess.Kill(forked, Signal.SIGKILL);
            HostProcess.WaitFor(forked, out _);
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

    private void AddAnswer(StepList list, string name)
    {
        StepArgument answer = list.Buffer(8);
        list.Add(name, Nr.read, _child, answer, 1);
        list.AddCheck(name, answer, 0xff, Granted, Errno.ECANCELED);
    }

    private Exception? Serve(StepRun run)
    {
        var code = new byte[4096];
        var descriptors = new int[1];
        Queue<(int Code, int Fd)> waiting = [];
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

            if (n == sizeof(long) && Second is not null)
            {
                long number = BitConverter.ToInt64(code);
                if (number < 0)
                {
                    return Failure((Errno)(int)Math.Clamp(-number, 1, 4095));
                }

                _told = (int)Math.Min(number, int.MaxValue);
            }
            else
            {
                waiting.Enqueue((code[0], received > 0 ? descriptors[0] : -1));
            }

            // Whom it is about may be told after the child's first word.
            while (waiting.TryPeek(out (int Code, int Fd) asked) && (_told > 0 || !IsOfForked(asked.Code)))
            {
                waiting.Dequeue();
                Pid = _told > 0 ? _told : run.ForkedPid > 0 ? run.ForkedPid : run.ChildPid;
                if (asked.Code < 1 || asked.Code > _actions.Count)
                {
                    return new RuntimeException("the process that is being made asks for something unknown");
                }

                if (Grant(_actions[asked.Code - 1].Action, asked.Fd) is { } failure)
                {
                    return failure;
                }
            }
        }
    }

    private bool IsOfForked(int code) => code >= 1 && code <= _actions.Count && _actions[code - 1].IsOfForked;

    private Exception? Grant(Action<int> action, int argument)
    {
        try
        {
            action(argument);
        }
        catch (Exception e) // whatever it is, the child must not go on; the caller gets it
        {
            return e;
        }

        HostSocket.Send(_ours, [Granted], [], Sock.MSG_NOSIGNAL);
        return null;
    }

    /// <summary>The name of the step comes after its error.</summary>
    private RuntimeException Failure(Errno error)
    {
        var name = new byte[4096];
        long n;
        do
        {
            n = HostSocket.Receive(_ours, name, [], 0, out _);
        }
        while (n == -(int)Errno.EINTR);
        return ErrorText.Failure(System.Text.Encoding.Latin1.GetString(name.AsSpan(0, (int)Math.Max(n, 0))), error);
    }
}
