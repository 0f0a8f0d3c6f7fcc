namespace Carrel.Abi;

/// <summary>Requests, options and events of ptrace(2).</summary>
public static class PtraceRequest
{
    public const int PTRACE_TRACEME = 0;
    public const int PTRACE_PEEKTEXT = 1;
    public const int PTRACE_PEEKDATA = 2;
    public const int PTRACE_PEEKUSR = 3;
    public const int PTRACE_POKETEXT = 4;
    public const int PTRACE_POKEDATA = 5;
    public const int PTRACE_POKEUSR = 6;
    public const int PTRACE_CONT = 7;
    public const int PTRACE_KILL = 8;
    public const int PTRACE_SINGLESTEP = 9;
    public const int PTRACE_GETREGS = 12;
    public const int PTRACE_SETREGS = 13;
    public const int PTRACE_GETFPREGS = 14;
    public const int PTRACE_SETFPREGS = 15;
    public const int PTRACE_ATTACH = 16;
    public const int PTRACE_DETACH = 17;
    public const int PTRACE_GETFPXREGS = 18;
    public const int PTRACE_SETFPXREGS = 19;
    public const int PTRACE_OLDSETOPTIONS = 21;
    public const int PTRACE_SYSCALL = 24;
    public const int PTRACE_GET_THREAD_AREA = 25;
    public const int PTRACE_SET_THREAD_AREA = 26;
    public const int PTRACE_ARCH_PRCTL = 30;
    public const int PTRACE_SYSEMU = 31;
    public const int PTRACE_SYSEMU_SINGLESTEP = 32;
    public const int PTRACE_SINGLEBLOCK = 33;

    public const int PTRACE_SETOPTIONS = 0x4200;
    public const int PTRACE_GETEVENTMSG = 0x4201;
    public const int PTRACE_GETSIGINFO = 0x4202;
    public const int PTRACE_SETSIGINFO = 0x4203;
    public const int PTRACE_GETREGSET = 0x4204;
    public const int PTRACE_SETREGSET = 0x4205;
    public const int PTRACE_SEIZE = 0x4206;
    public const int PTRACE_INTERRUPT = 0x4207;
    public const int PTRACE_LISTEN = 0x4208;
    public const int PTRACE_PEEKSIGINFO = 0x4209;
    public const int PTRACE_GETSIGMASK = 0x420A;
    public const int PTRACE_SETSIGMASK = 0x420B;
    public const int PTRACE_SECCOMP_GET_FILTER = 0x420C;
    public const int PTRACE_SECCOMP_GET_METADATA = 0x420D;
    public const int PTRACE_GET_SYSCALL_INFO = 0x420E;
    public const int PTRACE_GET_RSEQ_CONFIGURATION = 0x420F;
    public const int PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG = 0x4210;
    public const int PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG = 0x4211;
    public const int PTRACE_SET_SYSCALL_INFO = 0x4212;

    // PTRACE_SETOPTIONS
    public const int PTRACE_O_TRACESYSGOOD = 1;
    public const int PTRACE_O_TRACEFORK = 2;
    public const int PTRACE_O_TRACEVFORK = 4;
    public const int PTRACE_O_TRACECLONE = 8;
    public const int PTRACE_O_TRACEEXEC = 0x10;
    public const int PTRACE_O_TRACEVFORKDONE = 0x20;
    public const int PTRACE_O_TRACEEXIT = 0x40;
    public const int PTRACE_O_TRACESECCOMP = 0x80;
    public const int PTRACE_O_EXITKILL = 0x100000;
    public const int PTRACE_O_SUSPEND_SECCOMP = 0x200000;
    public const int PTRACE_O_MASK = 0x3000FF;

    // PTRACE_GETEVENTMSG
    public const int PTRACE_EVENT_FORK = 1;
    public const int PTRACE_EVENT_VFORK = 2;
    public const int PTRACE_EVENT_CLONE = 3;
    public const int PTRACE_EVENT_EXEC = 4;
    public const int PTRACE_EVENT_VFORK_DONE = 5;
    public const int PTRACE_EVENT_EXIT = 6;
    public const int PTRACE_EVENT_SECCOMP = 7;
    public const int PTRACE_EVENT_STOP = 128;

    // arguments
    public const int PTRACE_PEEKSIGINFO_SHARED = 1;
    public const int PTRACE_SYSCALL_INFO_NONE = 0;
    public const int PTRACE_SYSCALL_INFO_ENTRY = 1;
    public const int PTRACE_SYSCALL_INFO_EXIT = 2;
    public const int PTRACE_SYSCALL_INFO_SECCOMP = 3;
    public const int PTRACE_EVENTMSG_SYSCALL_ENTRY = 1;
    public const int PTRACE_EVENTMSG_SYSCALL_EXIT = 2;
}
