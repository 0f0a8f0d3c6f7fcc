using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct ipc64_perm of x86-64.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IpcPerm
{
    public int Key;
    public uint Uid;
    public uint Gid;
    public uint Cuid;
    public uint Cgid;
    public uint Mode;
    public ushort Seq;
    private readonly ushort _pad2;
    private readonly uint _hole;
    private readonly ULongs2 _unused;
}

/// <summary>struct shmid64_ds.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShmidDs
{
    public IpcPerm Perm;
    public ulong Segsz;
    public long Atime;
    public long Dtime;
    public long Ctime;
    public int Cpid;
    public int Lpid;
    public ulong Nattch;
    private readonly ULongs2 _unused;
}

/// <summary>struct shminfo64, IPC_INFO of shmctl(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShmInfo64
{
    public ulong Max;
    public ulong Min;
    public ulong Mni;
    public ulong Seg;
    public ulong All;
    private readonly ULongs4 _unused;
}

/// <summary>struct shm_info, SHM_INFO of shmctl(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShmInfo
{
    public int UsedIds;
    private readonly int _hole;
    public ulong Tot;
    public ulong Rss;
    public ulong Swp;
    public ulong SwapAttempts;
    public ulong SwapSuccesses;
}

/// <summary>struct semid64_ds of x86-64.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SemidDs
{
    public IpcPerm Perm;
    public long Otime;
    private readonly ulong _unused1;
    public long Ctime;
    private readonly ulong _unused2;
    public ulong Nsems;
    private readonly ULongs2 _unused3;
}

/// <summary>struct sembuf, semop(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SemBuf
{
    public ushort Num;
    public short Op;
    public short Flg;
}

/// <summary>struct seminfo, IPC_INFO of semctl(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SemInfo
{
    public int Map;
    public int Mni;
    public int Mns;
    public int Mnu;
    public int Msl;
    public int Opm;
    public int Ume;
    public int Usz;
    public int Vmx;
    public int Aem;
}

/// <summary>struct msqid64_ds.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MsqidDs
{
    public IpcPerm Perm;
    public long Stime;
    public long Rtime;
    public long Ctime;
    public ulong Cbytes;
    public ulong Qnum;
    public ulong Qbytes;
    public int Lspid;
    public int Lrpid;
    private readonly ULongs2 _unused;
}

/// <summary>struct msginfo, IPC_INFO of msgctl(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MsgInfo
{
    public int Pool;
    public int Map;
    public int Max;
    public int Mnb;
    public int Mni;
    public int Ssz;
    public int Tql;
    public ushort Seg;
    private readonly ushort _hole;
}

/// <summary>struct mq_attr, mq_getsetattr(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MqAttr
{
    public long Flags;
    public long Maxmsg;
    public long Msgsize;
    public long Curmsgs;
    private readonly ULongs4 _reserved;
}
