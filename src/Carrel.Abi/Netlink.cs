namespace Carrel.Abi;

/// <summary>netlink(7).</summary>
public static class Netlink
{
    // protocols
    public const int NETLINK_ROUTE = 0;
    public const int NETLINK_UNUSED = 1;
    public const int NETLINK_USERSOCK = 2;
    public const int NETLINK_FIREWALL = 3;
    public const int NETLINK_SOCK_DIAG = 4;
    public const int NETLINK_NFLOG = 5;
    public const int NETLINK_XFRM = 6;
    public const int NETLINK_SELINUX = 7;
    public const int NETLINK_ISCSI = 8;
    public const int NETLINK_AUDIT = 9;
    public const int NETLINK_FIB_LOOKUP = 10;
    public const int NETLINK_CONNECTOR = 11;
    public const int NETLINK_NETFILTER = 12;
    public const int NETLINK_IP6_FW = 13;
    public const int NETLINK_DNRTMSG = 14;
    public const int NETLINK_KOBJECT_UEVENT = 15;
    public const int NETLINK_GENERIC = 16;
    public const int NETLINK_CRYPTO = 21;
    public const int NETLINK_INET_DIAG = 4;

    // nlmsg_flags
    public const int NLM_F_REQUEST = 1;
    public const int NLM_F_MULTI = 2;
    public const int NLM_F_ACK = 4;
    public const int NLM_F_ECHO = 8;
    public const int NLM_F_DUMP_INTR = 0x10;
    public const int NLM_F_DUMP_FILTERED = 0x20;
    public const int NLM_F_ROOT = 0x100;
    public const int NLM_F_MATCH = 0x200;
    public const int NLM_F_ATOMIC = 0x400;
    public const int NLM_F_DUMP = 0x300;
    public const int NLM_F_REPLACE = 0x100;
    public const int NLM_F_EXCL = 0x200;
    public const int NLM_F_CREATE = 0x400;
    public const int NLM_F_APPEND = 0x800;
    public const int NLM_F_NONREC = 0x100;
    public const int NLM_F_BULK = 0x200;
    public const int NLM_F_CAPPED = 0x100;
    public const int NLM_F_ACK_TLVS = 0x200;

    // nlmsg_type
    public const int NLMSG_NOOP = 1;
    public const int NLMSG_ERROR = 2;
    public const int NLMSG_DONE = 3;
    public const int NLMSG_OVERRUN = 4;
    public const int NLMSG_MIN_TYPE = 16;
    public const int NLMSG_ALIGNTO = 4;

    // options of SOL_NETLINK
    public const int NETLINK_ADD_MEMBERSHIP = 1;
    public const int NETLINK_DROP_MEMBERSHIP = 2;
    public const int NETLINK_PKTINFO = 3;
    public const int NETLINK_BROADCAST_ERROR = 4;
    public const int NETLINK_NO_ENOBUFS = 5;
    public const int NETLINK_LISTEN_ALL_NSID = 8;
    public const int NETLINK_LIST_MEMBERSHIPS = 9;
    public const int NETLINK_CAP_ACK = 10;
    public const int NETLINK_EXT_ACK = 11;
    public const int NETLINK_GET_STRICT_CHK = 12;

    // attributes
    public const int NLA_F_NESTED = 0x8000;
    public const int NLA_F_NET_BYTEORDER = 0x4000;
    public const int NLA_TYPE_MASK = unchecked((int)0xFFFF3FFF);
    public const int NLA_ALIGNTO = 4;
    public const int NLMSGERR_ATTR_MSG = 1;
    public const int NLMSGERR_ATTR_OFFS = 2;
}

/// <summary>rtnetlink(7).</summary>
public static class Rtnetlink
{
    // message types
    public const int RTM_NEWLINK = 16;
    public const int RTM_DELLINK = 17;
    public const int RTM_GETLINK = 18;
    public const int RTM_SETLINK = 19;
    public const int RTM_NEWADDR = 20;
    public const int RTM_DELADDR = 21;
    public const int RTM_GETADDR = 22;
    public const int RTM_NEWROUTE = 24;
    public const int RTM_DELROUTE = 25;
    public const int RTM_GETROUTE = 26;
    public const int RTM_NEWNEIGH = 28;
    public const int RTM_DELNEIGH = 29;
    public const int RTM_GETNEIGH = 30;
    public const int RTM_NEWRULE = 32;
    public const int RTM_DELRULE = 33;
    public const int RTM_GETRULE = 34;
    public const int RTM_NEWQDISC = 36;
    public const int RTM_DELQDISC = 37;
    public const int RTM_GETQDISC = 38;
    public const int RTM_NEWNSID = 88;
    public const int RTM_GETNSID = 90;
    public const int RTM_GETSTATS = 94;

    // route types, protocols, scopes and tables
    public const int RTN_UNSPEC = 0;
    public const int RTN_UNICAST = 1;
    public const int RTN_LOCAL = 2;
    public const int RTN_BROADCAST = 3;
    public const int RTN_ANYCAST = 4;
    public const int RTN_MULTICAST = 5;
    public const int RTN_BLACKHOLE = 6;
    public const int RTN_UNREACHABLE = 7;
    public const int RTN_PROHIBIT = 8;
    public const int RTPROT_UNSPEC = 0;
    public const int RTPROT_REDIRECT = 1;
    public const int RTPROT_KERNEL = 2;
    public const int RTPROT_BOOT = 3;
    public const int RTPROT_STATIC = 4;
    public const int RTPROT_RA = 9;
    public const int RTPROT_DHCP = 16;
    public const int RT_SCOPE_UNIVERSE = 0;
    public const int RT_SCOPE_SITE = 200;
    public const int RT_SCOPE_LINK = 253;
    public const int RT_SCOPE_HOST = 254;
    public const int RT_SCOPE_NOWHERE = 255;
    public const int RT_TABLE_UNSPEC = 0;
    public const int RT_TABLE_COMPAT = 252;
    public const int RT_TABLE_DEFAULT = 253;
    public const int RT_TABLE_MAIN = 254;
    public const int RT_TABLE_LOCAL = 255;

    // route attributes and flags
    public const int RTA_UNSPEC = 0;
    public const int RTA_DST = 1;
    public const int RTA_SRC = 2;
    public const int RTA_IIF = 3;
    public const int RTA_OIF = 4;
    public const int RTA_GATEWAY = 5;
    public const int RTA_PRIORITY = 6;
    public const int RTA_PREFSRC = 7;
    public const int RTA_METRICS = 8;
    public const int RTA_MULTIPATH = 9;
    public const int RTA_FLOW = 11;
    public const int RTA_CACHEINFO = 12;
    public const int RTA_TABLE = 15;
    public const int RTA_MARK = 16;
    public const int RTA_VIA = 18;
    public const int RTA_PREF = 20;
    public const int RTAX_MTU = 2;
    public const int RTAX_ADVMSS = 8;
    public const int RTAX_HOPLIMIT = 10;
    public const int RTM_F_NOTIFY = 256;
    public const int RTM_F_CLONED = 512;
    public const int RTM_F_LOOKUP_TABLE = 4096;
    public const int RTM_F_FIB_MATCH = 8192;
    public const int RTF_UP = 1;
    public const int RTF_GATEWAY = 2;
    public const int RTF_HOST = 4;

    // link attributes
    public const int IFLA_UNSPEC = 0;
    public const int IFLA_ADDRESS = 1;
    public const int IFLA_BROADCAST = 2;
    public const int IFLA_IFNAME = 3;
    public const int IFLA_MTU = 4;
    public const int IFLA_LINK = 5;
    public const int IFLA_QDISC = 6;
    public const int IFLA_STATS = 7;
    public const int IFLA_MASTER = 10;
    public const int IFLA_PROTINFO = 12;
    public const int IFLA_TXQLEN = 13;
    public const int IFLA_MAP = 14;
    public const int IFLA_WEIGHT = 15;
    public const int IFLA_OPERSTATE = 16;
    public const int IFLA_LINKMODE = 17;
    public const int IFLA_LINKINFO = 18;
    public const int IFLA_NET_NS_PID = 19;
    public const int IFLA_IFALIAS = 20;
    public const int IFLA_NUM_VF = 21;
    public const int IFLA_VFINFO_LIST = 22;
    public const int IFLA_STATS64 = 23;
    public const int IFLA_AF_SPEC = 26;
    public const int IFLA_GROUP = 27;
    public const int IFLA_NET_NS_FD = 28;
    public const int IFLA_EXT_MASK = 29;
    public const int IFLA_PROMISCUITY = 30;
    public const int IFLA_NUM_TX_QUEUES = 31;
    public const int IFLA_NUM_RX_QUEUES = 32;
    public const int IFLA_CARRIER = 33;
    public const int IFLA_PHYS_PORT_ID = 34;
    public const int IFLA_CARRIER_CHANGES = 35;
    public const int IFLA_LINK_NETNSID = 37;
    public const int IFLA_PROTO_DOWN = 39;
    public const int IFLA_GSO_MAX_SEGS = 40;
    public const int IFLA_GSO_MAX_SIZE = 41;
    public const int IFLA_XDP = 43;
    public const int IFLA_MIN_MTU = 50;
    public const int IFLA_MAX_MTU = 51;
    public const int IFLA_PERM_ADDRESS = 54;
    public const int IFLA_INFO_KIND = 1;
    public const int IFLA_INFO_DATA = 2;
    public const int IF_OPER_UNKNOWN = 0;
    public const int IF_OPER_DOWN = 2;
    public const int IF_OPER_UP = 6;

    // address attributes and flags
    public const int IFA_UNSPEC = 0;
    public const int IFA_ADDRESS = 1;
    public const int IFA_LOCAL = 2;
    public const int IFA_LABEL = 3;
    public const int IFA_BROADCAST = 4;
    public const int IFA_ANYCAST = 5;
    public const int IFA_CACHEINFO = 6;
    public const int IFA_MULTICAST = 7;
    public const int IFA_FLAGS = 8;
    public const int IFA_RT_PRIORITY = 9;
    public const int IFA_F_SECONDARY = 1;
    public const int IFA_F_TEMPORARY = 1;
    public const int IFA_F_NODAD = 2;
    public const int IFA_F_DADFAILED = 8;
    public const int IFA_F_DEPRECATED = 32;
    public const int IFA_F_TENTATIVE = 64;
    public const int IFA_F_PERMANENT = 128;

    // neighbour attributes and states
    public const int NDA_UNSPEC = 0;
    public const int NDA_DST = 1;
    public const int NDA_LLADDR = 2;
    public const int NDA_CACHEINFO = 3;
    public const int NUD_INCOMPLETE = 1;
    public const int NUD_REACHABLE = 2;
    public const int NUD_STALE = 4;
    public const int NUD_DELAY = 8;
    public const int NUD_PROBE = 16;
    public const int NUD_FAILED = 32;
    public const int NUD_NOARP = 64;
    public const int NUD_PERMANENT = 128;
    public const int NUD_NONE = 0;

    // multicast groups
    public const int RTMGRP_LINK = 1;
    public const int RTMGRP_NOTIFY = 2;
    public const int RTMGRP_NEIGH = 4;
    public const int RTMGRP_IPV4_IFADDR = 16;
    public const int RTMGRP_IPV4_ROUTE = 64;
    public const int RTMGRP_IPV6_IFADDR = 256;
    public const int RTMGRP_IPV6_ROUTE = 1024;
    public const int RTNLGRP_LINK = 1;
    public const int RTNLGRP_NEIGH = 3;
    public const int RTNLGRP_IPV4_IFADDR = 5;
    public const int RTNLGRP_IPV4_ROUTE = 7;
    public const int RTNLGRP_IPV6_IFADDR = 9;
    public const int RTNLGRP_IPV6_ROUTE = 11;
}

/// <summary>Network interfaces, netdevice(7).</summary>
public static class NetDevice
{
    // IFF_
    public const int IFF_UP = 1;
    public const int IFF_BROADCAST = 2;
    public const int IFF_DEBUG = 4;
    public const int IFF_LOOPBACK = 8;
    public const int IFF_POINTOPOINT = 0x10;
    public const int IFF_NOTRAILERS = 0x20;
    public const int IFF_RUNNING = 0x40;
    public const int IFF_NOARP = 0x80;
    public const int IFF_PROMISC = 0x100;
    public const int IFF_ALLMULTI = 0x200;
    public const int IFF_MASTER = 0x400;
    public const int IFF_SLAVE = 0x800;
    public const int IFF_MULTICAST = 0x1000;
    public const int IFF_PORTSEL = 0x2000;
    public const int IFF_AUTOMEDIA = 0x4000;
    public const int IFF_DYNAMIC = 0x8000;
    public const int IFF_LOWER_UP = 0x10000;
    public const int IFF_DORMANT = 0x20000;

    public const int IFNAMSIZ = 16;
    public const int ARPHRD_ETHER = 1;
    public const int ARPHRD_NETROM = 0;
    public const int ARPHRD_NONE = 65534;
    public const int ARPHRD_LOOPBACK = 772;
    public const int ARPHRD_VOID = 65535;
    public const int ETH_P_ALL = 3;
    public const int ETH_P_IP = 2048;
    public const int ETH_P_ARP = 2054;
    public const int ETH_P_IPV6 = 34525;
    public const int ETH_ALEN = 6;
}
