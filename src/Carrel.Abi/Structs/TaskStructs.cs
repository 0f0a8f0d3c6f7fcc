using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct clone_args, clone3(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CloneArgs
{
    public const int CLONE_ARGS_SIZE_VER0 = 64;
    public const int CLONE_ARGS_SIZE_VER1 = 80;
    public const int CLONE_ARGS_SIZE_VER2 = 88;

    public ulong Flags;
    public ulong Pidfd;
    public ulong ChildTid;
    public ulong ParentTid;
    public ulong ExitSignal;
    public ulong Stack;
    public ulong StackSize;
    public ulong Tls;
    public ulong SetTid;
    public ulong SetTidSize;
    public ulong Cgroup;
}

/// <summary>struct new_utsname, uname(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct UtsName
{
    public Bytes65 Sysname;
    public Bytes65 Nodename;
    public Bytes65 Release;
    public Bytes65 Version;
    public Bytes65 Machine;
    public Bytes65 Domainname;
}

/// <summary>struct sysinfo, sysinfo(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SysInfo
{
    public long Uptime;
    public ULongs3 Loads;
    public ulong Totalram;
    public ulong Freeram;
    public ulong Sharedram;
    public ulong Bufferram;
    public ulong Totalswap;
    public ulong Freeswap;
    public ushort Procs;
    private readonly ushort _pad0;
    private readonly uint _pad1;
    public ulong Totalhigh;
    public ulong Freehigh;
    public uint MemUnit;
    private readonly uint _pad2;
}

/// <summary>struct rusage, getrusage(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RusageBuf
{
    public TimeVal Utime;
    public TimeVal Stime;
    public long Maxrss;
    public long Ixrss;
    public long Idrss;
    public long Isrss;
    public long Minflt;
    public long Majflt;
    public long Nswap;
    public long Inblock;
    public long Oublock;
    public long Msgsnd;
    public long Msgrcv;
    public long Nsignals;
    public long Nvcsw;
    public long Nivcsw;
}

/// <summary>struct rlimit64, prlimit(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RlimitBuf
{
    public ulong Cur;
    public ulong Max;

    public RlimitBuf(ulong cur, ulong max)
    {
        Cur = cur;
        Max = max;
    }
}

/// <summary>struct sched_param.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SchedParam
{
    public int Priority;
}

/// <summary>struct sched_attr, sched_setattr(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SchedAttr
{
    public uint Size;
    public uint Policy;
    public ulong Flags;
    public int Nice;
    public uint Priority;
    public ulong Runtime;
    public ulong Deadline;
    public ulong Period;
    public uint UtilMin;
    public uint UtilMax;
}

/// <summary>struct __user_cap_header_struct, capget(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CapHeader
{
    public uint Version;
    public int Pid;
}

/// <summary>struct __user_cap_data_struct, capget(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CapData
{
    public uint Effective;
    public uint Permitted;
    public uint Inheritable;
}

/// <summary>struct vfs_ns_cap_data (revision 3) of security.capability; a revision 2 value lacks RootId.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfsCapData
{
    public uint MagicEtc;
    public uint Permitted0;
    public uint Inheritable0;
    public uint Permitted1;
    public uint Inheritable1;
    public uint RootId;
}

/// <summary>struct robust_list_head, set_robust_list(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RobustListHead
{
    public ulong Next;
    public long FutexOffset;
    public ulong ListOpPending;
}

/// <summary>struct futex_waitv, futex_waitv(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FutexWaitv
{
    public ulong Val;
    public ulong Uaddr;
    public uint Flags;
    private readonly uint _reserved;
}

/// <summary>struct rseq, the original 32 bytes, rseq(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Rseq
{
    public uint CpuIdStart;
    public uint CpuId;
    public ulong RseqCs;
    public uint Flags;
    public uint NodeId;
    public uint MmCid;
    private readonly uint _pad0;
}

/// <summary>struct rseq_cs, a critical section's descriptor.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RseqCs
{
    public uint Version;
    public uint Flags;
    public ulong StartIp;
    public ulong PostCommitOffset;
    public ulong AbortIp;
}
