using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Syscalls;

namespace Carrel.Kernel.Trace;

/// <summary>--strace: one line for each system call when it is done, in strace's words, with the task's id in front; signals and ends.</summary>
/// <param name="sink">Takes a line, without its newline.</param>
public sealed class SyscallTracer(Action<string> sink) : ISyscallTracer
{
    private static readonly SyscallInfo?[] Calls = ByNumber();

    private readonly Dictionary<Task, PendingCall> _pending = [];

    /// <summary>A call in progress: arguments as they were on entry, null where the kernel fills them.</summary>
    private sealed record PendingCall(int Number, string?[] Arguments)
    {
        public bool IsDone { get; set; }
    }

    public void OnEnter(Task task)
    {
        // A vfork parent goes round by restart_syscall to wait for its child: to the guest that is still the vfork.
        if (task.SyscallNumber == Nr.restart_syscall && task.Parked is not null)
        {
            return;
        }

        var formatter = new ArgumentFormatter(task, task.SyscallNumber);
        var arguments = new List<string?>();
        if (Find(task.SyscallNumber) is { } call)
        {
            int register = 0;
            foreach (SyscallParameter parameter in call.Parameters)
            {
                arguments.Add(formatter.Before(parameter, register));
                register += parameter.Registers;
            }
        }
        else
        {
            Machine.SyscallArguments a = task.SyscallArguments;
            foreach (ulong value in (ulong[])[a.A0, a.A1, a.A2, a.A3, a.A4, a.A5])
            {
                arguments.Add(string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));
            }
        }

        _pending[task] = new PendingCall(task.SyscallNumber, [.. arguments]);
    }

    public void OnExit(Task task, SyscallResult result)
    {
        // Not an end: the same handler runs again with the registers at hand, or after the vfork child is done.
        if (task.WantsRegisters || task.Parked is not null || !_pending.TryGetValue(task, out PendingCall? pending))
        {
            return;
        }

        pending.IsDone = true;
        var text = new StringBuilder(Name(pending.Number)).Append('(');
        AppendArguments(text, task, pending, result);
        Pad(text.Append(')'));
        sink(Line(task, text.Append(" = ").Append(ResultText(task, pending.Number, result)).ToString()));
    }

    public void OnSignal(Task task, in SigInfo info) => sink(Line(task, $"--- {SignalText.Name(info.Signo)} {SignalText.Info(info)} ---"));

    public void OnTaskExit(Task task, int waitStatus)
    {
        if (_pending.Remove(task, out PendingCall? pending) && !pending.IsDone)
        {
            bool isExit = pending.Number is Nr.exit or Nr.exit_group;
            var text = new StringBuilder(Name(pending.Number)).Append('(');
            AppendArguments(text, task, pending, null);
            sink(Line(task, isExit ? Pad(text.Append(')')).Append(" = ?").ToString() : Pad(text.Append(" <unfinished ...>)")).Append(" = ?").ToString()));
        }

        int signal = waitStatus & 0x7f;
        sink(Line(task, signal == 0
            ? string.Create(CultureInfo.InvariantCulture, $"+++ exited with {(waitStatus >> 8) & 0xff} +++")
            : $"+++ killed by {SignalText.Name(signal)}{((waitStatus & 0x80) != 0 ? " (core dumped)" : "")} +++"));
    }

    private static void AppendArguments(StringBuilder text, Task task, PendingCall pending, SyscallResult? result)
    {
        var formatter = new ArgumentFormatter(task, pending.Number);
        SyscallInfo? call = Find(pending.Number);
        int register = 0;
        for (int i = 0; i < pending.Arguments.Length; i++)
        {
            text.Append(i == 0 || pending.Arguments[i] is "" ? "" : ", ");
            if (pending.Arguments[i] is { } known)
            {
                text.Append(known);
            }
            else
            {
                text.Append(formatter.After(call!.Parameters[i], register, result ?? Errno.EINTR));
            }

            register += call?.Parameters[i].Registers ?? 1;
        }
    }

    private static string ResultText(Task task, int number, SyscallResult result)
    {
        if (result.Failed)
        {
            string name = ConstantNames.Errors.Format((uint)result.Error);
            bool isRestart = (int)result.Error >= (int)Errno.ERESTARTSYS;
            return $"{(isRestart ? "?" : "-1")} {name} ({ErrnoText.Of(result.Error)})";
        }

        if (result.IsNoReturn)
        {
            // rt_sigreturn brings back the interrupted call's register.
            return number == Nr.rt_sigreturn && task.IsTrapped ? ((long)task.Thread.Registers.Rax).ToString(CultureInfo.InvariantCulture) : "0";
        }

        return number switch
        {
            _ when result.IsNative => "0",
            Nr.mmap or Nr.mremap or Nr.brk or Nr.shmat => Quoting.Address((ulong)result.Value),
            Nr.umask => "0" + Convert.ToString(result.Value, 8),
            _ when ReturnsDescriptor(task, number) => new ArgumentFormatter(task, number).Descriptor((int)result.Value),
            _ => result.Value.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static bool ReturnsDescriptor(Task task, int number) => number switch
    {
        Nr.open or Nr.openat or Nr.openat2 or Nr.creat or Nr.dup or Nr.dup2 or Nr.dup3 or Nr.socket or Nr.accept or Nr.accept4
            or Nr.epoll_create or Nr.epoll_create1 or Nr.eventfd or Nr.eventfd2 or Nr.signalfd or Nr.signalfd4 or Nr.timerfd_create
            or Nr.memfd_create or Nr.inotify_init or Nr.inotify_init1 or Nr.pidfd_open or Nr.pidfd_getfd or Nr.mq_open
            or Nr.fsopen or Nr.fsmount or Nr.fspick or Nr.open_tree => true,
        Nr.fcntl => (int)task.SyscallArguments.A1 is Fcntl.F_DUPFD or Fcntl.F_DUPFD_CLOEXEC,
        _ => false,
    };

    // Results in one column, as far as the calls are short.
    private static StringBuilder Pad(StringBuilder text)
    {
        const int ResultColumn = 39;
        return text.Append(' ', Math.Max(0, ResultColumn - text.Length));
    }

    private static string Line(Task task, string text) => string.Create(CultureInfo.InvariantCulture, $"{task.Tid,5} {text}");

    private static string Name(int number) => SyscallTable.Name(number) ?? string.Create(CultureInfo.InvariantCulture, $"syscall_0x{number:x}");

    private static SyscallInfo? Find(int number) => (uint)number < (uint)Calls.Length ? Calls[number] : null;

    private static SyscallInfo?[] ByNumber()
    {
        var calls = new SyscallInfo?[Nr.Count];
        foreach (SyscallInfo call in SyscallTable.All)
        {
            calls[call.Number] = call;
        }

        return calls;
    }
}
