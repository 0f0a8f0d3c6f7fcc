using Carrel.Abi;
using Carrel.Kernel.Fs.Procfs;

namespace Carrel.Kernel.Ptrace;

/// <summary>Becoming a tracer and ceasing to be one (kernel/ptrace.c).</summary>
internal static class Attaching
{
    /// <summary>PTRACE_TRACEME.</summary>
    public static Errno TraceMe(Task task)
    {
        if (task.Tracing is not null || task.Group.ParentThread is not { IsExiting: false } parent)
        {
            return Errno.EPERM;
        }

        TraceEvents.Link(task, new Tracing(parent, isSeized: false, options: 0));
        return Errno.OK;
    }

    /// <summary>PTRACE_ATTACH and PTRACE_SEIZE.</summary>
    public static Errno Attach(Task tracer, Task task, bool isSeize, ulong address, ulong options)
    {
        if (isSeize && address != 0)
        {
            return Errno.EIO;
        }

        // ptrace_attach() says EIO for what check_ptrace_options() calls EINVAL.
        Errno allowed = isSeize ? CheckOptions(tracer, options) : Errno.OK;
        if (allowed != Errno.OK)
        {
            return allowed == Errno.EINVAL ? Errno.EIO : allowed;
        }

        if (task.Group == tracer.Group || ProcAccess.Check(tracer, task) != Errno.OK || task.IsExiting || task.Tracing is not null)
        {
            return Errno.EPERM;
        }

        TraceEvents.Link(task, new Tracing(tracer, isSeize, isSeize ? (int)options : 0));
        if (!isSeize)
        {
            tracer.Kernel.Signals.Send(task, SignalInfo.Kernel(Signal.SIGSTOP), isForced: true);
        }

        if (task.State == TaskState.Stopped)
        {
            // From the group's stop into the tracer's.
            task.Signals.IsTrapPending = true;
            tracer.Kernel.Scheduler.Resume(task);
        }

        return Errno.OK;
    }

    /// <summary>check_ptrace_options(): only who is privileged and has no filters himself may suspend those of others.</summary>
    public static Errno CheckOptions(Task tracer, ulong options)
    {
        if ((options & ~(ulong)PtraceRequest.PTRACE_O_MASK) != 0)
        {
            return Errno.EINVAL;
        }

        bool maySuspend = tracer.IsCapable(Capability.CAP_SYS_ADMIN) && tracer.SeccompMode == Seccomp.SECCOMP_MODE_DISABLED
            && !(tracer.Tracing?.Has(PtraceRequest.PTRACE_O_SUSPEND_SECCOMP) ?? false);
        return (options & PtraceRequest.PTRACE_O_SUSPEND_SECCOMP) != 0 && !maySuspend ? Errno.EPERM : Errno.OK;
    }

    /// <summary>PTRACE_DETACH with a signal for the road.</summary>
    public static Errno Detach(Task task, ulong signal)
    {
        if (signal > Signal.NSIG)
        {
            return Errno.EIO;
        }

        task.Tracing!.Injected = (int)signal;
        task.Kernel.TraceEvents.Detach(task);
        return Errno.OK;
    }

    /// <summary>ptrace_resume().</summary>
    public static Errno Resume(Task task, int request, ulong signal)
    {
        if (signal > Signal.NSIG)
        {
            return Errno.EIO;
        }

        Tracing tracing = task.Tracing!;
        tracing.StopsAtSyscalls = request == PtraceRequest.PTRACE_SYSCALL;
        tracing.IsStepping = request == PtraceRequest.PTRACE_SINGLESTEP;
        tracing.Injected = (int)signal;
        tracing.Code = 0;
        tracing.IsListening = false;
        task.Kernel.Scheduler.Resume(task);
        return Errno.OK;
    }

    /// <summary>PTRACE_INTERRUPT.</summary>
    public static Errno Interrupt(Task task)
    {
        if (!task.Tracing!.IsSeized)
        {
            return Errno.EIO;
        }

        task.Signals.IsTrapPending = true;
        if (task.Tracing.IsListening)
        {
            task.Kernel.Scheduler.Resume(task);
        }
        else
        {
            task.Kernel.Signals.Wake(task, isFatal: false);
        }

        return Errno.OK;
    }

    /// <summary>PTRACE_LISTEN: stays held, but hears of SIGCONT.</summary>
    public static Errno Listen(Task task)
    {
        Tracing tracing = task.Tracing!;
        if (!tracing.IsSeized || task.TraceStage != TraceStage.Group)
        {
            return Errno.EIO;
        }

        tracing.IsListening = true;
        if (task.Signals.IsTrapPending)
        {
            // Something happened between the stop and now: stop again for it.
            task.Kernel.Scheduler.Resume(task);
        }

        return Errno.OK;
    }
}
