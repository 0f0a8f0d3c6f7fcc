namespace Carrel.Abi;

/// <summary>seccomp(2).</summary>
public static class Seccomp
{
    public const int SECCOMP_MODE_DISABLED = 0;
    public const int SECCOMP_MODE_STRICT = 1;
    public const int SECCOMP_MODE_FILTER = 2;
    public const int SECCOMP_SET_MODE_STRICT = 0;
    public const int SECCOMP_SET_MODE_FILTER = 1;
    public const int SECCOMP_GET_ACTION_AVAIL = 2;
    public const int SECCOMP_GET_NOTIF_SIZES = 3;

    public const int SECCOMP_FILTER_FLAG_TSYNC = 1;
    public const int SECCOMP_FILTER_FLAG_LOG = 2;
    public const int SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;
    public const int SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
    public const int SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 0x10;
    public const int SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 0x20;

    public const uint SECCOMP_RET_KILL_PROCESS = 0x80000000;
    public const uint SECCOMP_RET_KILL_THREAD = 0;
    public const uint SECCOMP_RET_KILL = 0;
    public const uint SECCOMP_RET_TRAP = 0x30000;
    public const uint SECCOMP_RET_ERRNO = 0x50000;
    public const uint SECCOMP_RET_USER_NOTIF = 0x7FC00000;
    public const uint SECCOMP_RET_TRACE = 0x7FF00000;
    public const uint SECCOMP_RET_LOG = 0x7FFC0000;
    public const uint SECCOMP_RET_ALLOW = 0x7FFF0000;
    public const uint SECCOMP_RET_ACTION_FULL = 0xFFFF0000;
    public const uint SECCOMP_RET_ACTION = 0x7FFF0000;
    public const uint SECCOMP_RET_DATA = 0xFFFF;

    // notification
    public const int SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
    public const int SECCOMP_ADDFD_FLAG_SETFD = 1;
    public const int SECCOMP_ADDFD_FLAG_SEND = 2;
    public const int SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1;

    public const uint SECCOMP_IOCTL_NOTIF_RECV = 0xC0502100;
    public const uint SECCOMP_IOCTL_NOTIF_SEND = 0xC0182101;
    public const uint SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102;
    public const uint SECCOMP_IOCTL_NOTIF_ADDFD = 0x40182103;
    public const uint SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104;
}

/// <summary>Instructions of classic BPF, include/uapi/linux/bpf_common.h and filter.h.</summary>
public static class Bpf
{
    public const ushort BPF_LD = 0;
    public const ushort BPF_LDX = 1;
    public const ushort BPF_ST = 2;
    public const ushort BPF_STX = 3;
    public const ushort BPF_ALU = 4;
    public const ushort BPF_JMP = 5;
    public const ushort BPF_RET = 6;
    public const ushort BPF_MISC = 7;

    // size and mode of loads
    public const ushort BPF_W = 0;
    public const ushort BPF_H = 8;
    public const ushort BPF_B = 0x10;
    public const ushort BPF_IMM = 0;
    public const ushort BPF_ABS = 0x20;
    public const ushort BPF_IND = 0x40;
    public const ushort BPF_MEM = 0x60;
    public const ushort BPF_LEN = 0x80;
    public const ushort BPF_MSH = 0xA0;

    // alu and jumps
    public const ushort BPF_ADD = 0;
    public const ushort BPF_SUB = 0x10;
    public const ushort BPF_MUL = 0x20;
    public const ushort BPF_DIV = 0x30;
    public const ushort BPF_OR = 0x40;
    public const ushort BPF_AND = 0x50;
    public const ushort BPF_LSH = 0x60;
    public const ushort BPF_RSH = 0x70;
    public const ushort BPF_NEG = 0x80;
    public const ushort BPF_MOD = 0x90;
    public const ushort BPF_XOR = 0xA0;
    public const ushort BPF_JA = 0;
    public const ushort BPF_JEQ = 0x10;
    public const ushort BPF_JGT = 0x20;
    public const ushort BPF_JGE = 0x30;
    public const ushort BPF_JSET = 0x40;
    public const ushort BPF_K = 0;
    public const ushort BPF_X = 8;
    public const ushort BPF_A = 0x10;
    public const ushort BPF_TAX = 0;
    public const ushort BPF_TXA = 0x80;
    public const ushort BPF_MAXINSNS = 0x1000;
    public const ushort BPF_MEMWORDS = 0x10;
}

/// <summary>The arch of struct seccomp_data.</summary>
public static class AuditArch
{
    public const uint AUDIT_ARCH_X86_64 = 0xC000003E;
    public const uint AUDIT_ARCH_I386 = 0x40000003;

    // bit of an x32 system call number
    public const uint __X32_SYSCALL_BIT = 0x40000000;
}
