using System;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Ptrace;

/// <summary>A held task's registers as its tracer sees them (arch/x86/kernel/ptrace.c).</summary>
internal static class TraceRegisters
{
    public const int RegsSize = 27 * sizeof(ulong);

    /// <summary>sizeof(struct user).</summary>
    private const int UserSize = 912;

    private const int LegacyFpSize = 512;

    // FLAG_MASK: what a debugger may change of the flags.
    private const ulong ChangeableFlags = 0x50dd5;

    /// <summary>A system call is in progress: orig_rax is its number.</summary>
    private static bool IsInCall(Task task) => task.HasResult || task.TraceStage is TraceStage.SyscallEntry or TraceStage.Seccomp or TraceStage.Event;

    public static UserRegs Get(Task task)
    {
        ref Registers r = ref task.Thread.Registers;
        return new UserRegs
        {
            R15 = r.R15, R14 = r.R14, R13 = r.R13, R12 = r.R12, Rbp = r.Rbp, Rbx = r.Rbx, R11 = r.R11, R10 = r.R10, R9 = r.R9, R8 = r.R8,
            Rax = task.HasResult ? (ulong)task.Result : r.Rax,
            Rcx = r.Rcx, Rdx = r.Rdx, Rsi = r.Rsi, Rdi = r.Rdi,
            OrigRax = IsInCall(task) ? (ulong)task.SyscallNumber : ulong.MaxValue,
            Rip = r.Rip, Cs = Ucontext.USER_CS, Eflags = r.Rflags, Rsp = r.Rsp, Ss = Ucontext.USER_DS, FsBase = task.FsBase, GsBase = task.GsBase,
        };
    }

    /// <summary>EIO for what the machine cannot do.</summary>
    public static Errno Set(Task task, in UserRegs regs)
    {
        if ((regs.Cs != 0 && (regs.Cs | 3) != Ucontext.USER_CS) || regs.FsBase >= task.Mm.AddressLimit || regs.GsBase != task.GsBase)
        {
            return Errno.EIO;
        }

        ref Registers r = ref task.Thread.Registers;
        ulong flags = (r.Rflags & ~ChangeableFlags) | (regs.Eflags & ChangeableFlags);
        r = new Registers
        {
            R15 = regs.R15, R14 = regs.R14, R13 = regs.R13, R12 = regs.R12, Rbp = regs.Rbp, Rbx = regs.Rbx, R11 = regs.R11, R10 = regs.R10, R9 = regs.R9,
            R8 = regs.R8, Rax = regs.Rax, Rcx = regs.Rcx, Rdx = regs.Rdx, Rsi = regs.Rsi, Rdi = regs.Rdi, Rip = regs.Rip, Rflags = flags, Rsp = regs.Rsp,
        };
        if (regs.FsBase != task.FsBase)
        {
            task.FsBase = regs.FsBase;
            task.Thread.SetFsBase(regs.FsBase);
        }

        task.Result = (long)regs.Rax;
        if (task.TraceStage is TraceStage.SyscallEntry or TraceStage.Seccomp)
        {
            task.SyscallNumber = (int)regs.OrigRax;
        }
        else if ((int)regs.OrigRax < 0)
        {
            // No system call to restart any more.
            task.HasResult = false;
        }

        return Errno.OK;
    }

    public static Result<ulong> GetWord(Task task, ulong offset)
    {
        if ((offset & 7) != 0 || offset >= UserSize)
        {
            return Errno.EIO;
        }

        if (offset >= RegsSize)
        {
            // Debug registers and the rest of struct user: nothing there.
            return 0UL;
        }

        UserRegs regs = Get(task);
        return MemoryMarshal.Cast<UserRegs, ulong>(new Span<UserRegs>(ref regs))[(int)(offset / 8)];
    }

    public static Errno SetWord(Task task, ulong offset, ulong value)
    {
        if ((offset & 7) != 0 || offset >= UserSize)
        {
            return Errno.EIO;
        }

        if (offset >= RegsSize)
        {
            // No hardware breakpoints.
            return value == 0 ? Errno.OK : Errno.EINVAL;
        }

        UserRegs regs = Get(task);
        MemoryMarshal.Cast<UserRegs, ulong>(new Span<UserRegs>(ref regs))[(int)(offset / 8)] = value;
        return Set(task, regs);
    }

    /// <summary>The bytes of a register set; EINVAL for one that there is not.</summary>
    public static Result<byte[]> GetSet(Task task, uint type)
    {
        switch (type)
        {
            case Elf.NT_PRSTATUS:
                return Marshalled.ToBytes(Get(task));
            case Elf.NT_PRFPREG:
                return GetFp(task)[..LegacyFpSize];
            case Elf.NT_X86_XSTATE:
                byte[] image = GetFp(task);
                FpxSwBytes software = Marshalled.FromBytes<FpxSwBytes>(image.AsSpan(Ucontext.FPX_SW_OFFSET));
                int size = (int)Math.Clamp(software.XstateSize, LegacyFpSize + 64, (uint)image.Length);
                byte[] state = image[..size];
                // XSTATE_FX_SW: the mask of what the machine saves stands where a signal frame has its magic.
                state.AsSpan(Ucontext.FPX_SW_OFFSET, 48).Clear();
                BitConverter.TryWriteBytes(state.AsSpan(Ucontext.FPX_SW_OFFSET), software.Xfeatures);
                return state;
            default:
                return Errno.EINVAL;
        }
    }

    public static Errno SetSet(Task task, uint type, ReadOnlySpan<byte> bytes)
    {
        switch (type)
        {
            case Elf.NT_PRSTATUS:
                byte[] regs = Marshalled.ToBytes(Get(task));
                bytes[..Math.Min(bytes.Length, regs.Length)].CopyTo(regs);
                return Set(task, Marshalled.FromBytes<UserRegs>(regs));
            case Elf.NT_PRFPREG or Elf.NT_X86_XSTATE:
                byte[] image = GetFp(task);
                Span<byte> software = stackalloc byte[48];
                image.AsSpan(Ucontext.FPX_SW_OFFSET, software.Length).CopyTo(software);
                int room = type == Elf.NT_PRFPREG ? LegacyFpSize : image.Length - Ucontext.FP_XSTATE_MAGIC2_SIZE;
                bytes[..Math.Min(bytes.Length, room)].CopyTo(image);
                software.CopyTo(image.AsSpan(Ucontext.FPX_SW_OFFSET));
                if (type == Elf.NT_PRFPREG)
                {
                    // The x87 and SSE parts count as in use now (XSTATE_BV).
                    image[LegacyFpSize] |= 3;
                }

                return task.Thread.WriteFpState(image) ? Errno.OK : Errno.EINVAL;
            default:
                return Errno.EINVAL;
        }
    }

    private static byte[] GetFp(Task task)
    {
        var image = new byte[task.Kernel.Platform.FpStateSize];
        task.Thread.ReadFpState(image);
        return image;
    }
}
