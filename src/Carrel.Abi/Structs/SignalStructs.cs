using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct kernel_sigaction: what rt_sigaction(2) takes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct KernelSigaction
{
    public ulong Handler;
    public SigAction Flags;
    public ulong Restorer;
    public ulong Mask;
}

/// <summary>stack_t, sigaltstack(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StackT
{
    public ulong Sp;
    public int Flags;
    private readonly int _pad0;
    public ulong Size;
}

/// <summary>siginfo_t; which of the overlapping fields mean something follows from Signo and Code, sigaction(2).</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
public struct SigInfo
{
    [FieldOffset(0)] public int Signo;
    [FieldOffset(4)] public int Errno;
    [FieldOffset(8)] public int Code;

    // kill(2), sigqueue(3), SIGCHLD
    [FieldOffset(16)] public int Pid;
    [FieldOffset(20)] public uint Uid;

    /// <summary>sigval of sigqueue(3), timers and message queues: a pointer, or an int in the low half.</summary>
    [FieldOffset(24)] public ulong Value;

    // POSIX timers
    [FieldOffset(16)] public int TimerId;
    [FieldOffset(20)] public int Overrun;
    [FieldOffset(32)] public int SysPrivate;

    // SIGCHLD
    [FieldOffset(24)] public int Status;
    [FieldOffset(32)] public long Utime;
    [FieldOffset(40)] public long Stime;

    // SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP
    [FieldOffset(16)] public ulong Addr;
    [FieldOffset(24)] public short AddrLsb;
    [FieldOffset(32)] public ulong Lower;
    [FieldOffset(40)] public ulong Upper;
    [FieldOffset(32)] public uint Pkey;
    [FieldOffset(24)] public ulong PerfData;
    [FieldOffset(32)] public uint PerfType;
    [FieldOffset(36)] public uint PerfFlags;

    // SIGPOLL
    [FieldOffset(16)] public long Band;
    [FieldOffset(24)] public int Fd;

    // SIGSYS
    [FieldOffset(16)] public ulong CallAddr;
    [FieldOffset(24)] public int Syscall;
    [FieldOffset(28)] public uint Arch;
}

/// <summary>struct sigevent, timer_create(2), mq_notify(2).</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct SigEventBuf
{
    [FieldOffset(0)] public ulong Value;
    [FieldOffset(8)] public int Signo;
    [FieldOffset(12)] public int Notify;

    /// <summary>Thread id for SIGEV_THREAD_ID.</summary>
    [FieldOffset(16)] public int Tid;
}

/// <summary>struct sigcontext of x86-64: the registers of a signal frame.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SigContext
{
    public ulong R8;
    public ulong R9;
    public ulong R10;
    public ulong R11;
    public ulong R12;
    public ulong R13;
    public ulong R14;
    public ulong R15;
    public ulong Rdi;
    public ulong Rsi;
    public ulong Rbp;
    public ulong Rbx;
    public ulong Rdx;
    public ulong Rax;
    public ulong Rcx;
    public ulong Rsp;
    public ulong Rip;
    public ulong Eflags;
    public ushort Cs;
    public ushort Gs;
    public ushort Fs;
    public ushort Ss;
    public ulong Err;
    public ulong Trapno;
    public ulong Oldmask;
    public ulong Cr2;
    public ulong Fpstate;
    private readonly ULongs8 _reserved;
}

/// <summary>struct ucontext, the second argument word of an SA_SIGINFO handler.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UContext
{
    public ulong Flags;
    public ulong Link;
    public StackT Stack;
    public SigContext Mcontext;
    public ulong Sigmask;
}

/// <summary>struct rt_sigframe, arch/x86/include/asm/sigframe.h: what lies at the stack pointer when a handler begins.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RtSigFrame
{
    public ulong Pretcode;
    public UContext Uc;
    public SigInfo Info;
}

/// <summary>struct _fpx_sw_bytes: what the kernel writes at <see cref="Ucontext.FPX_SW_OFFSET"/> of the FPU image in a signal frame.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FpxSwBytes
{
    public uint Magic1;
    public uint ExtendedSize;
    public ulong Xfeatures;
    public uint XstateSize;
    private readonly UInts7 _padding;
}

/// <summary>Offsets in struct ucontext and constants of an x86-64 signal frame.</summary>
public static class Ucontext
{
    public const int UC_FLAGS = 0;
    public const int UC_LINK = 8;
    public const int UC_STACK = 16;
    public const int R8 = 40;
    public const int R9 = 48;
    public const int R10 = 56;
    public const int R11 = 64;
    public const int R12 = 72;
    public const int R13 = 80;
    public const int R14 = 88;
    public const int R15 = 96;
    public const int RDI = 104;
    public const int RSI = 112;
    public const int RBP = 120;
    public const int RBX = 128;
    public const int RDX = 136;
    public const int RAX = 144;
    public const int RCX = 152;
    public const int RSP = 160;
    public const int RIP = 168;
    public const int EFLAGS = 176;
    public const int CS = 184;
    public const int GS = 186;
    public const int FS = 188;
    public const int SS = 190;
    public const int ERR = 192;
    public const int TRAPNO = 200;
    public const int OLDMASK = 208;
    public const int CR2 = 216;
    public const int FPSTATE = 224;
    public const int SIGMASK = 296;
    public const int SIZE = 304;

    // uc_flags
    public const int UC_FP_XSTATE = 1;
    public const int UC_SIGCONTEXT_SS = 2;
    public const int UC_STRICT_RESTORE_SS = 4;

    // struct _fpx_sw_bytes
    public const int FPX_SW_OFFSET = 464;
    public const uint FP_XSTATE_MAGIC1 = 0x46505853;
    public const uint FP_XSTATE_MAGIC2 = 0x46505845;
    public const int FP_XSTATE_MAGIC2_SIZE = 4;

    /// <summary>Selectors of 64-bit user code and of user data, __USER_CS and __USER_DS.</summary>
    public const ushort USER_CS = 0x33;
    public const ushort USER_DS = 0x2B;

    /// <summary>Bytes below the stack pointer that a leaf function may use; a frame starts under them.</summary>
    public const int RED_ZONE = 128;
}
