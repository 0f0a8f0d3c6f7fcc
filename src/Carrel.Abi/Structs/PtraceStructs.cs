using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct user_regs_struct of x86-64: PTRACE_GETREGS, NT_PRSTATUS.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UserRegs
{
    public ulong R15;
    public ulong R14;
    public ulong R13;
    public ulong R12;
    public ulong Rbp;
    public ulong Rbx;
    public ulong R11;
    public ulong R10;
    public ulong R9;
    public ulong R8;
    public ulong Rax;
    public ulong Rcx;
    public ulong Rdx;
    public ulong Rsi;
    public ulong Rdi;
    public ulong OrigRax;
    public ulong Rip;
    public ulong Cs;
    public ulong Eflags;
    public ulong Rsp;
    public ulong Ss;
    public ulong FsBase;
    public ulong GsBase;
    public ulong Ds;
    public ulong Es;
    public ulong Fs;
    public ulong Gs;
}

/// <summary>struct ptrace_peeksiginfo_args.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PtracePeeksiginfoArgs
{
    public ulong Off;
    public uint Flags;
    public int Nr;
}

/// <summary>struct ptrace_syscall_info; which of the overlapping fields mean something follows from Op.</summary>
[StructLayout(LayoutKind.Explicit, Size = 88)]
public struct PtraceSyscallInfo
{
    [FieldOffset(0)] public byte Op;
    [FieldOffset(4)] public uint Arch;
    [FieldOffset(8)] public ulong InstructionPointer;
    [FieldOffset(16)] public ulong StackPointer;

    // entry and seccomp
    [FieldOffset(24)] public ulong Nr;
    [FieldOffset(32)] public ULongs6 Args;
    [FieldOffset(80)] public uint RetData;

    // exit
    [FieldOffset(24)] public long Rval;
    [FieldOffset(32)] public byte IsError;
}
