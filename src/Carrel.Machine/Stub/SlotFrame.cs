using System;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>The signal frame in a thread's slot. Guest code can write there at any time: it is copied once, and the copy is used.</summary>
internal static unsafe class SlotFrame
{
    /// <summary>Flags that rt_sigreturn lets user code set (FIX_EFLAGS: AC OF DF TF SF ZF AF PF CF RF), and those that are always set.</summary>
    private const ulong FlagsMask = 0x50dd5;
    private const ulong FlagsFixed = 0x202;

    /// <summary>Copies the frame; false if it is not where and what the host makes.</summary>
    internal static bool TryRead(Slot slot, SlotGeometry geometry, out RtSigFrame frame)
    {
        fixed (RtSigFrame* p = &frame)
        {
            if (!FaultTolerant.Copy(p, slot.Memory + geometry.Frame, SlotGeometry.FrameSize))
            {
                return false;
            }

            return p->Uc.Mcontext.Fpstate == slot.Address + (ulong)geometry.Fp;
        }
    }

    /// <summary>Copies as much of the FPU state as there is room for.</summary>
    internal static bool TryReadFp(Slot slot, SlotGeometry geometry, Span<byte> destination)
    {
        fixed (byte* p = destination)
        {
            return FaultTolerant.Copy(p, slot.Memory + geometry.Fp, Math.Min(destination.Length, geometry.FpSize));
        }
    }

    /// <summary>The FPU state of a thread that has not computed yet.</summary>
    internal static byte[] InitialFp(SlotGeometry geometry) => geometry.Template.AsSpan(geometry.Fp - geometry.Frame, geometry.FpSize).ToArray();

    internal static void Load(in SigContext context, ref Registers r)
    {
        (r.R8, r.R9, r.R10, r.R11) = (context.R8, context.R9, context.R10, context.R11);
        (r.R12, r.R13, r.R14, r.R15) = (context.R12, context.R13, context.R14, context.R15);
        (r.Rdi, r.Rsi, r.Rbp, r.Rbx) = (context.Rdi, context.Rsi, context.Rbp, context.Rbx);
        (r.Rdx, r.Rax, r.Rcx, r.Rsp) = (context.Rdx, context.Rax, context.Rcx, context.Rsp);
        (r.Rip, r.Rflags) = (context.Rip, context.Eflags);
    }

    /// <summary>Writes the frame's head anew from the registers; the FPU state stays. False if the slot cannot be written.</summary>
    internal static bool TryWrite(Slot slot, SlotGeometry geometry, in Registers r)
    {
        RtSigFrame frame = MemoryMarshal.Read<RtSigFrame>(geometry.Template);
        frame.Uc.Stack.Sp = slot.Address + SlotGeometry.ListSize;
        ref SigContext context = ref frame.Uc.Mcontext;
        (context.R8, context.R9, context.R10, context.R11) = (r.R8, r.R9, r.R10, r.R11);
        (context.R12, context.R13, context.R14, context.R15) = (r.R12, r.R13, r.R14, r.R15);
        (context.Rdi, context.Rsi, context.Rbp, context.Rbx) = (r.Rdi, r.Rsi, r.Rbp, r.Rbx);
        (context.Rdx, context.Rax, context.Rcx, context.Rsp) = (r.Rdx, r.Rax, r.Rcx, r.Rsp);
        (context.Rip, context.Eflags) = (r.Rip, (r.Rflags & FlagsMask) | FlagsFixed);
        (context.Cs, context.Ss, context.Fs, context.Gs) = (Ucontext.USER_CS, Ucontext.USER_DS, 0, 0);
        context.Fpstate = slot.Address + (ulong)geometry.Fp;
        frame.Uc.Sigmask = 0;

        // The siginfo behind it does not matter to rt_sigreturn.
        return slot.TryWrite(geometry.Frame, new ReadOnlySpan<byte>(&frame, SlotGeometry.InfoInFrame));
    }

    /// <summary>What the kernel is told of the frame of <paramref name="signal"/>.</summary>
    internal static TrapInfo Describe(in RtSigFrame frame, int signal)
    {
        ref readonly SigContext context = ref frame.Uc.Mcontext;
        TrapReason reason = TrapReason.Fault;
        if (signal == Signal.SIGSYS)
        {
            reason = frame.Info.Arch == AuditArch.AUDIT_ARCH_X86_64 ? TrapReason.Syscall : TrapReason.ForeignSyscall;
        }

        ulong address = context.Trapno == 14 ? context.Cr2 : frame.Info.Addr;
        return new TrapInfo(reason, signal, frame.Info.Code, address, context.Err, context.Trapno);
    }
}
