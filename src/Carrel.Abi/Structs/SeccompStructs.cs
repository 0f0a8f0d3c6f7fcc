using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct seccomp_data: what a filter looks at.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SeccompData
{
    public int Nr;
    public uint Arch;
    public ulong InstructionPointer;
    public ULongs6 Args;
}

/// <summary>struct seccomp_notif.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SeccompNotif
{
    public ulong Id;
    public uint Pid;
    public uint Flags;
    public SeccompData Data;
}

/// <summary>struct seccomp_notif_resp.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SeccompNotifResp
{
    public ulong Id;
    public long Val;
    public int Error;
    public uint Flags;
}

/// <summary>struct seccomp_notif_addfd.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SeccompNotifAddfd
{
    public ulong Id;
    public uint Flags;
    public uint Srcfd;
    public uint Newfd;
    public uint NewfdFlags;
}

/// <summary>struct seccomp_notif_sizes, SECCOMP_GET_NOTIF_SIZES.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SeccompNotifSizes
{
    public ushort SeccompNotif;
    public ushort SeccompNotifResp;
    public ushort SeccompData;
}

/// <summary>struct sock_filter: one instruction of classic BPF.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockFilter
{
    public ushort Code;
    public byte Jt;
    public byte Jf;
    public uint K;
}

/// <summary>struct sock_fprog.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockFprog
{
    public ushort Len;
    private readonly ushort _hole;
    private readonly uint _hole2;
    public ulong Filter;
}
