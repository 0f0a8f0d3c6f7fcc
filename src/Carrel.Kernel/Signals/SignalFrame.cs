using System;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The frame that a handler runs on, and the way back from it (arch/x86/kernel/signal_64.c and signal.c).</summary>
internal static class SignalFrame
{
    // Bits that rt_sigreturn may change (FIX_EFLAGS): AC OF DF TF SF ZF AF PF CF RF.
    private const ulong RestorableFlags = 0x50dd5;
    private const ulong TrapFlag = 0x100, DirectionFlag = 0x400, ResumeFlag = 0x10000;

    private static readonly int FrameSize = Marshalled.Size<RtSigFrame>();
    private static readonly int InfoOffset = FrameSize - Marshalled.Size<SigInfo>();

    /// <summary>Pushes the frame and points the thread at the handler. False: it cannot be written, which is SIGSEGV. The thread is Trapped.</summary>
    public static bool Setup(Task task, in SigInfo info, in KernelSigaction action)
    {
        GuestThread thread = task.Thread;
        ref Registers registers = ref thread.Registers;
        TaskSignals signals = task.Signals;
        if ((action.Flags & SigAction.SA_RESTORER) == 0)
        {
            return false;
        }

        bool isOnAlternate = IsOnStack(signals.AlternateStack, registers.Rsp);
        ulong sp = registers.Rsp - Ucontext.RED_ZONE;
        if ((action.Flags & SigAction.SA_ONSTACK) != 0 && StackFlags(signals.AlternateStack, sp) == 0)
        {
            sp = signals.AlternateStack.Sp + signals.AlternateStack.Size;
            isOnAlternate = true;
        }

        int fpSize = task.Kernel.Platform.FpStateSize;
        ulong fpState = (sp - (ulong)fpSize) & ~63UL;
        ulong frame = ((fpState - (ulong)FrameSize) & ~15UL) - 8;
        // Never run over the end of the alternate stack: die instead.
        if (isOnAlternate && !Contains(signals.AlternateStack, frame))
        {
            return false;
        }

        var image = new byte[fpSize];
        thread.ReadFpState(image);
        RtSigFrame content = Build(task, registers, info, action, fpState);
        var bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<RtSigFrame>(ref content));
        if ((action.Flags & SigAction.SA_SIGINFO) == 0)
        {
            bytes = bytes[..InfoOffset];
        }

        if (!task.Mm.Write(fpState, image) || !task.Mm.Write(frame, bytes))
        {
            return false;
        }

        if ((signals.AlternateStack.Flags & unchecked((int)SignalStack.SS_AUTODISARM)) != 0)
        {
            signals.AlternateStack = new StackT { Flags = SignalStack.SS_DISABLE };
        }

        registers.Rdi = (ulong)info.Signo;
        registers.Rax = 0;
        registers.Rsi = frame + (ulong)InfoOffset;
        registers.Rdx = frame + 8;
        registers.Rip = action.Handler;
        registers.Rsp = frame;
        registers.Rflags &= ~(TrapFlag | DirectionFlag | ResumeFlag);
        thread.WriteFpState([]);
        return true;
    }

    private static RtSigFrame Build(Task task, in Registers registers, in SigInfo info, in KernelSigaction action, ulong fpState)
    {
        TaskSignals signals = task.Signals;
        RtSigFrame frame = default;
        frame.Pretcode = action.Restorer;
        frame.Uc.Flags = Ucontext.UC_FP_XSTATE | Ucontext.UC_SIGCONTEXT_SS | Ucontext.UC_STRICT_RESTORE_SS;
        frame.Uc.Stack = signals.AlternateStack;
        frame.Uc.Sigmask = signals.SavedMask ?? signals.Blocked;
        frame.Info = info;
        ref SigContext context = ref frame.Uc.Mcontext;
        context.R8 = registers.R8;
        context.R9 = registers.R9;
        context.R10 = registers.R10;
        context.R11 = registers.R11;
        context.R12 = registers.R12;
        context.R13 = registers.R13;
        context.R14 = registers.R14;
        context.R15 = registers.R15;
        context.Rdi = registers.Rdi;
        context.Rsi = registers.Rsi;
        context.Rbp = registers.Rbp;
        context.Rbx = registers.Rbx;
        context.Rdx = registers.Rdx;
        context.Rax = registers.Rax;
        context.Rcx = registers.Rcx;
        context.Rsp = registers.Rsp;
        context.Rip = registers.Rip;
        context.Eflags = registers.Rflags;
        context.Cs = Ucontext.USER_CS;
        context.Ss = Ucontext.USER_DS;
        context.Err = task.LastTrap.ErrorCode;
        context.Trapno = task.LastTrap.Vector;
        context.Cr2 = task.LastTrap.IsPageFault ? task.LastTrap.Address : 0;
        context.Oldmask = frame.Uc.Sigmask;
        context.Fpstate = fpState;
        return frame;
    }

    /// <summary>rt_sigreturn(2). False: the frame is bad, which is SIGSEGV.</summary>
    public static bool Restore(Task task)
    {
        ref Registers registers = ref task.Thread.Registers;
        ulong address = registers.Rsp - 8;
        if (!new UserPtr<UContext>(address + 8).TryRead(task, out UContext context))
        {
            return false;
        }

        task.Signals.SetBlocked(context.Sigmask);
        SigContext saved = context.Mcontext;
        registers = new Registers
        {
            R8 = saved.R8,
            R9 = saved.R9,
            R10 = saved.R10,
            R11 = saved.R11,
            R12 = saved.R12,
            R13 = saved.R13,
            R14 = saved.R14,
            R15 = saved.R15,
            Rdi = saved.Rdi,
            Rsi = saved.Rsi,
            Rbp = saved.Rbp,
            Rbx = saved.Rbx,
            Rdx = saved.Rdx,
            Rax = saved.Rax,
            Rcx = saved.Rcx,
            Rsp = saved.Rsp,
            Rip = saved.Rip,
            Rflags = (registers.Rflags & ~RestorableFlags) | (saved.Eflags & RestorableFlags),
        };
        // The registers first: a handler for the SIGSEGV that a bad FPU state brings returns to where the frame's owner was.
        if (!RestoreFpState(task, saved.Fpstate))
        {
            task.Thread.WriteFpState([]);
            return false;
        }

        if ((saved.Cs | 3) != Ucontext.USER_CS || ((context.Flags & Ucontext.UC_STRICT_RESTORE_SS) != 0 && (saved.Ss | 3) != Ucontext.USER_DS))
        {
            // The return to user mode would fault (fixup_bad_iret()).
            return false;
        }

        // restore_altstack(): a bad stack is left out without an error.
        SetAlternateStack(task, context.Stack, registers.Rsp, minimumSize: SignalStack.MINSIGSTKSZ);
        return true;
    }

    private static bool RestoreFpState(Task task, ulong address)
    {
        if (address == 0)
        {
            return task.Thread.WriteFpState([]);
        }

        if ((address & 63) != 0)
        {
            return false;
        }

        var image = new byte[task.Kernel.Platform.FpStateSize];
        return task.Mm.Read(address, image) && task.Thread.WriteFpState(image);
    }

    /// <summary>do_sigaltstack() for a new stack.</summary>
    public static Errno SetAlternateStack(Task task, in StackT stack, ulong sp, ulong minimumSize)
    {
        TaskSignals signals = task.Signals;
        if (IsOnStack(signals.AlternateStack, sp))
        {
            return Errno.EPERM;
        }

        int flags = stack.Flags;
        int mode = flags & ~unchecked((int)SignalStack.SS_FLAG_BITS);
        if (mode is not (SignalStack.SS_DISABLE or SignalStack.SS_ONSTACK or 0))
        {
            return Errno.EINVAL;
        }

        if (mode == SignalStack.SS_DISABLE)
        {
            signals.AlternateStack = new StackT { Flags = flags };
            return Errno.OK;
        }

        if (stack.Size < minimumSize)
        {
            return Errno.ENOMEM;
        }

        signals.AlternateStack = stack;
        return Errno.OK;
    }

    /// <summary>sas_ss_flags().</summary>
    public static int StackFlags(in StackT stack, ulong sp) =>
        stack.Size == 0 ? SignalStack.SS_DISABLE : IsOnStack(stack, sp) ? SignalStack.SS_ONSTACK : 0;

    /// <summary>on_sig_stack(): never with SS_AUTODISARM, where being in the handler does not keep the stack in use.</summary>
    private static bool IsOnStack(in StackT stack, ulong sp) =>
        (stack.Flags & unchecked((int)SignalStack.SS_AUTODISARM)) == 0 && Contains(stack, sp);

    private static bool Contains(in StackT stack, ulong sp) => sp > stack.Sp && sp - stack.Sp <= stack.Size;
}
