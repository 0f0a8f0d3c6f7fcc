using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>struct ucred: SCM_CREDENTIALS, SO_PEERCRED.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Ucred
{
    public int Pid;
    public uint Uid;
    public uint Gid;
}

/// <summary>struct user_msghdr, sendmsg(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MsgHdr
{
    public ulong Name;
    public int Namelen;
    private readonly int _pad0;
    public ulong Iov;
    public ulong Iovlen;
    public ulong Control;
    public ulong Controllen;
    public uint Flags;
    private readonly int _pad1;
}

/// <summary>struct mmsghdr, sendmmsg(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MMsgHdr
{
    public MsgHdr Hdr;
    public uint Len;
    private readonly int _pad0;
}

/// <summary>struct cmsghdr, cmsg(3); the next one starts at the next multiple of 8.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CmsgHdr
{
    public ulong Len;
    public int Level;
    public int Type;
}

/// <summary>struct linger, SO_LINGER.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Linger
{
    public int Onoff;
    public int Seconds;
}

/// <summary>struct sockaddr_un, unix(7).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockaddrUn
{
    public ushort Family;
    public Bytes108 Path;
}

/// <summary>struct sockaddr_in, ip(7); Port and Addr are in network byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockaddrIn
{
    public ushort Family;
    public ushort Port;
    public uint Addr;
    private readonly ulong _zero;
}

/// <summary>struct sockaddr_in6, ipv6(7); Port, Flowinfo and Addr are in network byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockaddrIn6
{
    public ushort Family;
    public ushort Port;
    public uint Flowinfo;
    public Bytes16 Addr;
    public uint ScopeId;
}

/// <summary>struct sockaddr_nl, netlink(7).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockaddrNl
{
    public ushort Family;
    private readonly ushort _pad0;
    public uint Pid;
    public uint Groups;
}

/// <summary>struct sockaddr_ll, packet(7).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockaddrLl
{
    public ushort Family;
    public ushort Protocol;
    public int Ifindex;
    public ushort Hatype;
    public byte Pkttype;
    public byte Halen;
    public Bytes8 Addr;
}

/// <summary>struct ip_mreqn, IP_ADD_MEMBERSHIP; struct ip_mreq is its first two fields.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IpMreqn
{
    public uint Multiaddr;
    public uint Address;
    public int Ifindex;
}

/// <summary>struct ipv6_mreq, IPV6_ADD_MEMBERSHIP.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Ipv6Mreq
{
    public Bytes16 Multiaddr;
    public int Ifindex;
}

/// <summary>struct in_pktinfo, IP_PKTINFO.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InPktinfo
{
    public int Ifindex;
    public uint SpecDst;
    public uint Addr;
}

/// <summary>struct in6_pktinfo, IPV6_PKTINFO.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct In6Pktinfo
{
    public Bytes16 Addr;
    public int Ifindex;
}

/// <summary>struct sock_extended_err, IP_RECVERR.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SockExtendedErr
{
    public uint Errno;
    public byte Origin;
    public byte Type;
    public byte Code;
    private readonly byte _pad;
    public uint Info;
    public uint Data;
}

/// <summary>struct ifreq, netdevice(7): a name and a 24-byte union.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
public struct IfReq
{
    [FieldOffset(0)] public Bytes16 Name;
    [FieldOffset(16)] public SockaddrIn Addr;
    [FieldOffset(16)] public short Flags;
    [FieldOffset(16)] public int Ivalue;
    [FieldOffset(16)] public Bytes16 Newname;

    /// <summary>struct sockaddr of the hardware address: sa_family, then sa_data.</summary>
    [FieldOffset(16)] public ushort HwaddrFamily;
    [FieldOffset(18)] public Bytes8 HwaddrData;
}

/// <summary>struct ifconf, SIOCGIFCONF.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IfConf
{
    public int Len;
    private readonly int _pad0;
    public ulong Buf;
}

/// <summary>struct tcp_info, TCP_INFO, up to tcpi_reord_seen.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TcpInfo
{
    public byte State;
    public byte CaState;
    public byte Retransmits;
    public byte Probes;
    public byte Backoff;
    public byte Options;

    /// <summary>tcpi_snd_wscale in the low, tcpi_rcv_wscale in the high four bits.</summary>
    public byte Wscale;
    public byte DeliveryRateAppLimited;
    public uint Rto;
    public uint Ato;
    public uint SndMss;
    public uint RcvMss;
    public uint Unacked;
    public uint Sacked;
    public uint Lost;
    public uint Retrans;
    public uint Fackets;
    public uint LastDataSent;
    public uint LastAckSent;
    public uint LastDataRecv;
    public uint LastAckRecv;
    public uint Pmtu;
    public uint RcvSsthresh;
    public uint Rtt;
    public uint Rttvar;
    public uint SndSsthresh;
    public uint SndCwnd;
    public uint Advmss;
    public uint Reordering;
    public uint RcvRtt;
    public uint RcvSpace;
    public uint TotalRetrans;
    public ulong PacingRate;
    public ulong MaxPacingRate;
    public ulong BytesAcked;
    public ulong BytesReceived;
    public uint SegsOut;
    public uint SegsIn;
    public uint NotsentBytes;
    public uint MinRtt;
    public uint DataSegsIn;
    public uint DataSegsOut;
    public ulong DeliveryRate;
    public ulong BusyTime;
    public ulong RwndLimited;
    public ulong SndbufLimited;
    public uint Delivered;
    public uint DeliveredCe;
    public ulong BytesSent;
    public ulong BytesRetrans;
    public uint DsackDups;
    public uint ReordSeen;
}
