using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct nlmsghdr, netlink(7).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NlMsgHdr
{
    public uint Len;
    public ushort Type;
    public ushort Flags;
    public uint Seq;
    public uint Pid;
}

/// <summary>struct nlmsgerr.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NlMsgErr
{
    public int Error;
    public NlMsgHdr Msg;
}

/// <summary>struct rtattr and struct nlattr.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RtAttr
{
    public ushort Len;
    public ushort Type;
}

/// <summary>struct rtgenmsg.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RtGenMsg
{
    public byte Family;
}

/// <summary>struct ifinfomsg, RTM_NEWLINK.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IfInfoMsg
{
    public byte Family;
    private readonly byte _pad;
    public ushort Type;
    public int Index;
    public uint Flags;
    public uint Change;
}

/// <summary>struct ifaddrmsg, RTM_NEWADDR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IfAddrMsg
{
    public byte Family;
    public byte Prefixlen;
    public byte Flags;
    public byte Scope;
    public uint Index;
}

/// <summary>struct ifa_cacheinfo, IFA_CACHEINFO.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IfaCacheinfo
{
    public uint Prefered;
    public uint Valid;
    public uint Cstamp;
    public uint Tstamp;
}

/// <summary>struct rtmsg, RTM_NEWROUTE.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RtMsg
{
    public byte Family;
    public byte DstLen;
    public byte SrcLen;
    public byte Tos;
    public byte Table;
    public byte Protocol;
    public byte Scope;
    public byte Type;
    public uint Flags;
}

/// <summary>struct ndmsg, RTM_NEWNEIGH.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct NdMsg
{
    public byte Family;
    private readonly byte _pad1;
    private readonly ushort _pad2;
    public int Ifindex;
    public ushort State;
    public byte Flags;
    public byte Type;
}

/// <summary>struct rtentry, SIOCADDRT.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RtEntry
{
    private readonly ulong _pad1;
    public SockaddrIn Dst;
    public SockaddrIn Gateway;
    public SockaddrIn Genmask;
    public ushort Flags;
    private readonly short _pad2;
    private readonly uint _hole;
    private readonly ulong _pad3;
    private readonly ulong _pad4;
    public short Metric;
    private readonly short _hole2;
    private readonly int _hole3;
    public ulong Dev;
    public ulong Mtu;
    public ulong Window;
    public ushort Irtt;
    private readonly ushort _hole4;
    private readonly uint _hole5;
}

/// <summary>struct rtnl_link_stats64, IFLA_STATS64, up to rx_nohandler.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RtnlLinkStats64
{
    public ulong RxPackets;
    public ulong TxPackets;
    public ulong RxBytes;
    public ulong TxBytes;
    public ulong RxErrors;
    public ulong TxErrors;
    public ulong RxDropped;
    public ulong TxDropped;
    public ulong Multicast;
    public ulong Collisions;
    public ulong RxLengthErrors;
    public ulong RxOverErrors;
    public ulong RxCrcErrors;
    public ulong RxFrameErrors;
    public ulong RxFifoErrors;
    public ulong RxMissedErrors;
    public ulong TxAbortedErrors;
    public ulong TxCarrierErrors;
    public ulong TxFifoErrors;
    public ulong TxHeartbeatErrors;
    public ulong TxWindowErrors;
    public ulong RxCompressed;
    public ulong TxCompressed;
    public ulong RxNohandler;
}
