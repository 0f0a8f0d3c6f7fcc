using System;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Kernel.Ptrace;

namespace Carrel.Kernel.Syscalls;

/// <summary>ptrace(2).</summary>
public static class PtraceSyscalls
{
    [Syscall(Nr.ptrace, Missing = "hardware breakpoints, GS base, PTRACE_SYSEMU, PTRACE_SINGLEBLOCK")]
    public static SyscallResult Ptrace(Task task, long request, int pid, ulong address, ulong data)
    {
        if (request == PtraceRequest.PTRACE_TRACEME)
        {
            return Attaching.TraceMe(task);
        }

        if (task.Pids.FindTask(pid) is not { } target)
        {
            return Errno.ESRCH;
        }

        if (request is PtraceRequest.PTRACE_ATTACH or PtraceRequest.PTRACE_SEIZE)
        {
            return Attaching.Attach(task, target, request == PtraceRequest.PTRACE_SEIZE, address, data);
        }

        // ptrace_check_attach(): ours, and held but for the two requests that a running tracee takes.
        bool mayRun = request is PtraceRequest.PTRACE_KILL or PtraceRequest.PTRACE_INTERRUPT;
        bool isHeld = target is { State: TaskState.Traced, IsReady: false, Tracing.IsListening: false };
        if (target.Tracing?.Tracer != task || target.State is TaskState.Zombie or TaskState.Dead || !(isHeld || mayRun))
        {
            return Errno.ESRCH;
        }

        return Request(task, target, (int)request, address, data);
    }

    private static SyscallResult Request(Task task, Task target, int request, ulong address, ulong data)
    {
        Tracing tracing = target.Tracing!;
        switch (request)
        {
            case PtraceRequest.PTRACE_PEEKTEXT or PtraceRequest.PTRACE_PEEKDATA:
                return Peek(task, target, address, data);
            case PtraceRequest.PTRACE_POKETEXT or PtraceRequest.PTRACE_POKEDATA:
                return Poke(target, address, data);
            case PtraceRequest.PTRACE_PEEKUSR:
                Result<ulong> word = TraceRegisters.GetWord(target, address);
                return word.Failed ? word.Error : Put(task, data, word.Value);
            case PtraceRequest.PTRACE_POKEUSR:
                return TraceRegisters.SetWord(target, address, data);
            case PtraceRequest.PTRACE_CONT or PtraceRequest.PTRACE_SYSCALL or PtraceRequest.PTRACE_SINGLESTEP:
                return Attaching.Resume(target, request, data);
            case PtraceRequest.PTRACE_KILL:
                return target.State == TaskState.Traced ? Attaching.Resume(target, PtraceRequest.PTRACE_CONT, Signal.SIGKILL) : 0;
            case PtraceRequest.PTRACE_DETACH:
                return Attaching.Detach(target, data);
            case PtraceRequest.PTRACE_INTERRUPT:
                return Attaching.Interrupt(target);
            case PtraceRequest.PTRACE_LISTEN:
                return Attaching.Listen(target);
            case PtraceRequest.PTRACE_SETOPTIONS or PtraceRequest.PTRACE_OLDSETOPTIONS:
                Errno allowed = Attaching.CheckOptions(task, data);
                tracing.Options = allowed == Errno.OK ? (int)data : tracing.Options;
                return allowed;
            case PtraceRequest.PTRACE_GETEVENTMSG:
                return Put(task, data, tracing.Message);
            case PtraceRequest.PTRACE_GETSIGINFO:
                return tracing.Info is not { } info ? Errno.EINVAL : new UserPtr<SigInfo>(data).TryWrite(task, info) ? 0 : Errno.EFAULT;
            case PtraceRequest.PTRACE_SETSIGINFO:
                return SetInfo(task, tracing, data);
            case PtraceRequest.PTRACE_PEEKSIGINFO:
                return PeekSignals(task, target, address, data);
            case PtraceRequest.PTRACE_GETSIGMASK:
                return address != sizeof(ulong) ? Errno.EINVAL : Put(task, data, target.Signals.SavedMask ?? target.Signals.Blocked).Failed ? Errno.EFAULT : 0;
            case PtraceRequest.PTRACE_SETSIGMASK:
                return SetMask(task, target, address, data);
            case PtraceRequest.PTRACE_GETREGS:
                return new UserPtr<UserRegs>(data).TryWrite(task, TraceRegisters.Get(target)) ? 0 : Errno.EIO;
            case PtraceRequest.PTRACE_SETREGS:
                return new UserPtr<UserRegs>(data).TryRead(task, out UserRegs regs) ? TraceRegisters.Set(target, regs) : Errno.EFAULT;
            case PtraceRequest.PTRACE_GETFPREGS:
                return task.Mm.Write(data, TraceRegisters.GetSet(target, Elf.NT_PRFPREG).Value) ? 0 : Errno.EIO;
            case PtraceRequest.PTRACE_SETFPREGS:
                var fp = new byte[512];
                return task.Mm.Read(data, fp) ? TraceRegisters.SetSet(target, Elf.NT_PRFPREG, fp) : Errno.EFAULT;
            case PtraceRequest.PTRACE_GETREGSET or PtraceRequest.PTRACE_SETREGSET:
                return RegisterSet(task, target, request == PtraceRequest.PTRACE_GETREGSET, address, data);
            case PtraceRequest.PTRACE_SECCOMP_GET_FILTER:
                return SeccompInspection.GetFilter(task, target, address, data);
            case PtraceRequest.PTRACE_SECCOMP_GET_METADATA:
                return SeccompInspection.GetMetadata(task, target, address, data);
            case PtraceRequest.PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG or PtraceRequest.PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG:
                return UserDispatchConfig(task, target, isGet: request == PtraceRequest.PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG, address, data);
            case PtraceRequest.PTRACE_GET_SYSCALL_INFO:
                return GetSyscallInfo(task, target, address, data);
            default:
                return Errno.EIO;
        }
    }

    private static SyscallResult Put(Task task, ulong address, ulong value) => new UserPtr<ulong>(address).TryWrite(task, value) ? 0 : Errno.EFAULT;

    private static SyscallResult Peek(Task task, Task target, ulong address, ulong data)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        return target.Mm.ReadForced(address, word) < word.Length ? Errno.EIO : task.Mm.Write(data, word) ? 0 : Errno.EFAULT;
    }

    private static SyscallResult Poke(Task target, ulong address, ulong data)
    {
        if (target.Mm.WriteForced(address, BitConverter.GetBytes(data)) < sizeof(ulong))
        {
            return Errno.EIO;
        }

        target.Mm.FlushRemote();
        return 0;
    }

    private static SyscallResult SetInfo(Task task, Tracing tracing, ulong data)
    {
        Result<SigInfo> info = KillSyscalls.ReadInfo(task, null, new UserPtr<SigInfo>(data));
        if (info.Failed || tracing.Info is null)
        {
            return info.Failed ? info.Error : Errno.EINVAL;
        }

        tracing.Info = info.Value;
        return 0;
    }

    /// <summary>ptrace_peek_siginfo(): how many were copied, an error only if none was.</summary>
    private static SyscallResult PeekSignals(Task task, Task target, ulong address, ulong data)
    {
        if (!new UserPtr<PtracePeeksiginfoArgs>(address).TryRead(task, out PtracePeeksiginfoArgs wanted))
        {
            return Errno.EFAULT;
        }

        if ((wanted.Flags & ~(uint)PtraceRequest.PTRACE_PEEKSIGINFO_SHARED) != 0 || wanted.Nr < 0)
        {
            return Errno.EINVAL;
        }

        PendingSignals pending = (wanted.Flags & PtraceRequest.PTRACE_PEEKSIGINFO_SHARED) != 0 ? target.Group.SharedPending : target.Signals.Pending;
        var to = new UserPtr<SigInfo>(data);
        long done = 0;
        foreach (SigInfo info in pending.Peek(wanted.Off, wanted.Nr))
        {
            if (!to.Element(done).TryWrite(task, info))
            {
                return done > 0 ? done : Errno.EFAULT;
            }

            done++;
        }

        return done;
    }

    private static SyscallResult SetMask(Task task, Task target, ulong size, ulong data)
    {
        if (size != sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (!new UserPtr<ulong>(data).TryRead(task, out ulong mask))
        {
            return Errno.EFAULT;
        }

        target.Signals.SavedMask = null;
        target.Signals.SetBlocked(mask);
        return 0;
    }

    /// <summary>ptrace_regset(): through an iovec whose length says how much there was.</summary>
    private static SyscallResult RegisterSet(Task task, Task target, bool isGet, ulong type, ulong data)
    {
        var words = new ulong[2];
        var vector = new UserPtr<ulong>(data);
        if (!vector.TryReadArray(task, words))
        {
            return Errno.EFAULT;
        }

        Result<byte[]> set = TraceRegisters.GetSet(target, (uint)type);
        if (set.Failed || words[1] % sizeof(ulong) != 0)
        {
            return Errno.EINVAL;
        }

        int length = (int)Math.Min(words[1], (ulong)set.Value.Length);
        if (isGet)
        {
            if (!task.Mm.Write(words[0], set.Value.AsSpan(0, length)))
            {
                return Errno.EFAULT;
            }
        }
        else
        {
            var bytes = new byte[length];
            if (!task.Mm.Read(words[0], bytes))
            {
                return Errno.EFAULT;
            }

            Errno error = TraceRegisters.SetSet(target, (uint)type, bytes);
            if (error != Errno.OK)
            {
                return error;
            }
        }

        return vector.Element(1).TryWrite(task, (ulong)length) ? 0 : Errno.EFAULT;
    }

    /// <summary>struct ptrace_sud_config: mode, selector, offset, length.</summary>
    private static SyscallResult UserDispatchConfig(Task task, Task target, bool isGet, ulong size, ulong data)
    {
        var words = new ulong[4];
        var pointer = new UserPtr<ulong>(data);
        if (size != (ulong)words.Length * sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (!isGet)
        {
            return pointer.TryReadArray(task, words) ? SyscallUserDispatch.Set(target, words[0], words[2], words[3], words[1]) : Errno.EFAULT;
        }

        if (target.UserDispatch is { } dispatch)
        {
            words = [PrctlOption.PR_SYS_DISPATCH_ON, dispatch.Selector, dispatch.Offset, dispatch.Length];
        }

        return pointer.TryWriteArray(task, words) ? 0 : Errno.EFAULT;
    }

    /// <summary>PTRACE_GET_SYSCALL_INFO: what strace asks at each stop. The result is the size there would have been room for.</summary>
    private static SyscallResult GetSyscallInfo(Task task, Task target, ulong size, ulong data)
    {
        UserRegs regs = TraceRegisters.Get(target);
        var info = new PtraceSyscallInfo { Arch = AuditArch.AUDIT_ARCH_X86_64, InstructionPointer = regs.Rip, StackPointer = regs.Rsp };
        int actual = 24;
        switch (target.TraceStage)
        {
            case TraceStage.SyscallEntry or TraceStage.Seccomp:
                bool isEntry = target.TraceStage == TraceStage.SyscallEntry;
                info.Op = (byte)(isEntry ? PtraceRequest.PTRACE_SYSCALL_INFO_ENTRY : PtraceRequest.PTRACE_SYSCALL_INFO_SECCOMP);
                info.Nr = regs.OrigRax;
                ReadOnlySpan<ulong> arguments = [regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9];
                arguments.CopyTo(info.Args);
                info.RetData = isEntry ? 0 : (uint)target.Tracing!.Message;
                actual = isEntry ? 80 : 84;
                break;
            case TraceStage.SyscallExit:
                info.Op = PtraceRequest.PTRACE_SYSCALL_INFO_EXIT;
                info.Rval = (long)regs.Rax;
                info.IsError = (byte)(info.Rval is < 0 and >= -4095 ? 1 : 0);
                actual = 33;
                break;
        }

        byte[] bytes = Marshalled.ToBytes(info);
        return task.Mm.Write(data, bytes.AsSpan(0, (int)Math.Min(size, (ulong)actual))) ? actual : Errno.EFAULT;
    }
}
