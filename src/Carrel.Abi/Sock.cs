namespace Carrel.Abi;

/// <summary>Constants of sockets, socket(7), that do not belong to one protocol.</summary>
public static class Sock
{
    // address families
    public const int AF_UNSPEC = 0;
    public const int AF_UNIX = 1;
    public const int AF_LOCAL = 1;
    public const int AF_INET = 2;
    public const int AF_AX25 = 3;
    public const int AF_IPX = 4;
    public const int AF_APPLETALK = 5;
    public const int AF_X25 = 9;
    public const int AF_INET6 = 10;
    public const int AF_KEY = 15;
    public const int AF_NETLINK = 16;
    public const int AF_ROUTE = 16;
    public const int AF_PACKET = 17;
    public const int AF_TIPC = 30;
    public const int AF_BLUETOOTH = 31;
    public const int AF_ALG = 38;
    public const int AF_VSOCK = 40;
    public const int AF_XDP = 44;
    public const int AF_MCTP = 45;
    public const int AF_MAX = 46;

    // types
    public const int SOCK_STREAM = 1;
    public const int SOCK_DGRAM = 2;
    public const int SOCK_RAW = 3;
    public const int SOCK_RDM = 4;
    public const int SOCK_SEQPACKET = 5;
    public const int SOCK_DCCP = 6;
    public const int SOCK_PACKET = 10;
    public const int SOCK_CLOEXEC = 524288;
    public const int SOCK_NONBLOCK = 2048;

    public const int SOCK_TYPE_MASK = 15;

    // levels
    public const int SOL_IP = 0;
    public const int SOL_SOCKET = 1;
    public const int SOL_TCP = 6;
    public const int SOL_UDP = 17;
    public const int SOL_IPV6 = 41;
    public const int SOL_ICMPV6 = 58;
    public const int SOL_RAW = 255;
    public const int SOL_PACKET = 263;
    public const int SOL_NETLINK = 270;
    public const int SOL_VSOCK = 287;

    // options of SOL_SOCKET
    public const int SO_DEBUG = 1;
    public const int SO_REUSEADDR = 2;
    public const int SO_TYPE = 3;
    public const int SO_ERROR = 4;
    public const int SO_DONTROUTE = 5;
    public const int SO_BROADCAST = 6;
    public const int SO_SNDBUF = 7;
    public const int SO_RCVBUF = 8;
    public const int SO_SNDBUFFORCE = 32;
    public const int SO_RCVBUFFORCE = 33;
    public const int SO_KEEPALIVE = 9;
    public const int SO_OOBINLINE = 10;
    public const int SO_NO_CHECK = 11;
    public const int SO_PRIORITY = 12;
    public const int SO_LINGER = 13;
    public const int SO_BSDCOMPAT = 14;
    public const int SO_REUSEPORT = 15;
    public const int SO_PASSCRED = 16;
    public const int SO_PEERCRED = 17;
    public const int SO_RCVLOWAT = 18;
    public const int SO_SNDLOWAT = 19;
    public const int SO_RCVTIMEO_OLD = 20;
    public const int SO_SNDTIMEO_OLD = 21;
    public const int SO_SECURITY_AUTHENTICATION = 22;
    public const int SO_SECURITY_ENCRYPTION_TRANSPORT = 23;
    public const int SO_SECURITY_ENCRYPTION_NETWORK = 24;
    public const int SO_BINDTODEVICE = 25;
    public const int SO_ATTACH_FILTER = 26;
    public const int SO_DETACH_FILTER = 27;
    public const int SO_GET_FILTER = 26;
    public const int SO_PEERNAME = 28;
    public const int SO_ACCEPTCONN = 30;
    public const int SO_PEERSEC = 31;
    public const int SO_PASSSEC = 34;
    public const int SO_MARK = 36;
    public const int SO_PROTOCOL = 38;
    public const int SO_DOMAIN = 39;
    public const int SO_RXQ_OVFL = 40;
    public const int SO_WIFI_STATUS = 41;
    public const int SO_PEEK_OFF = 42;
    public const int SO_NOFCS = 43;
    public const int SO_LOCK_FILTER = 44;
    public const int SO_SELECT_ERR_QUEUE = 45;
    public const int SO_BUSY_POLL = 46;
    public const int SO_MAX_PACING_RATE = 47;
    public const int SO_BPF_EXTENSIONS = 48;
    public const int SO_INCOMING_CPU = 49;
    public const int SO_ATTACH_BPF = 50;
    public const int SO_DETACH_BPF = 27;
    public const int SO_ATTACH_REUSEPORT_CBPF = 51;
    public const int SO_ATTACH_REUSEPORT_EBPF = 52;
    public const int SO_CNX_ADVICE = 53;
    public const int SO_MEMINFO = 55;
    public const int SO_INCOMING_NAPI_ID = 56;
    public const int SO_COOKIE = 57;
    public const int SO_PEERGROUPS = 59;
    public const int SO_ZEROCOPY = 60;
    public const int SO_TXTIME = 61;
    public const int SO_BINDTOIFINDEX = 62;
    public const int SO_TIMESTAMP_OLD = 29;
    public const int SO_TIMESTAMPNS_OLD = 35;
    public const int SO_TIMESTAMPING_OLD = 37;
    public const int SO_TIMESTAMP_NEW = 63;
    public const int SO_TIMESTAMPNS_NEW = 64;
    public const int SO_TIMESTAMPING_NEW = 65;
    public const int SO_RCVTIMEO_NEW = 66;
    public const int SO_SNDTIMEO_NEW = 67;
    public const int SO_DETACH_REUSEPORT_BPF = 68;
    public const int SO_PREFER_BUSY_POLL = 69;
    public const int SO_BUSY_POLL_BUDGET = 70;
    public const int SO_NETNS_COOKIE = 71;
    public const int SO_BUF_LOCK = 72;
    public const int SO_RESERVE_MEM = 73;
    public const int SO_TXREHASH = 74;
    public const int SO_RCVMARK = 75;
    public const int SO_TIMESTAMP = 29;
    public const int SO_TIMESTAMPNS = 35;
    public const int SO_TIMESTAMPING = 37;
    public const int SO_RCVTIMEO = 20;
    public const int SO_SNDTIMEO = 21;
    public const int SO_PASSPIDFD = 76;
    public const int SO_PEERPIDFD = 77;
    public const int SO_DEVMEM_LINEAR = 78;
    public const int SO_DEVMEM_DMABUF = 79;
    public const int SO_DEVMEM_DONTNEED = 80;
    public const int SO_RCVPRIORITY = 82;
    public const int SO_PASSRIGHTS = 83;
    public const int SO_INQ = 84;

    // flags of send(2) and recv(2)
    public const int MSG_OOB = 1;
    public const int MSG_PEEK = 2;
    public const int MSG_DONTROUTE = 4;
    public const int MSG_CTRUNC = 8;
    public const int MSG_PROXY = 0x10;
    public const int MSG_TRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_EOR = 0x80;
    public const int MSG_WAITALL = 0x100;
    public const int MSG_FIN = 0x200;
    public const int MSG_SYN = 0x400;
    public const int MSG_CONFIRM = 0x800;
    public const int MSG_RST = 0x1000;
    public const int MSG_ERRQUEUE = 0x2000;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_MORE = 0x8000;
    public const int MSG_WAITFORONE = 0x10000;
    public const int MSG_BATCH = 0x40000;
    public const int MSG_ZEROCOPY = 0x4000000;
    public const int MSG_FASTOPEN = 0x20000000;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;
    public const int MSG_PROBE = 0x10;
    public const int MSG_SOCK_DEVMEM = 0x2000000;

    // control messages of SOL_SOCKET
    public const int SCM_RIGHTS = 1;
    public const int SCM_CREDENTIALS = 2;
    public const int SCM_SECURITY = 3;
    public const int SCM_PIDFD = 4;
    public const int SCM_TIMESTAMP = 29;
    public const int SCM_TIMESTAMPNS = 35;
    public const int SCM_TIMESTAMPING = 37;
    public const int SCM_MAX_FD = 253;

    // shutdown(2)
    public const int SHUT_RD = 0;
    public const int SHUT_WR = 1;
    public const int SHUT_RDWR = 2;

    public const int SOMAXCONN = 4096;

    // SO_TIMESTAMPING
    public const int SOF_TIMESTAMPING_TX_HARDWARE = 1;
    public const int SOF_TIMESTAMPING_TX_SOFTWARE = 2;
    public const int SOF_TIMESTAMPING_RX_HARDWARE = 4;
    public const int SOF_TIMESTAMPING_RX_SOFTWARE = 8;
    public const int SOF_TIMESTAMPING_SOFTWARE = 16;

    // address sizes
    public const int SOCKADDR_UN_SIZE = 110;
    public const int UNIX_PATH_MAX = 108;
    public const int SOCKADDR_STORAGE_SIZE = 128;

    // ioctls
    public const uint SIOCINQ = 0x541B;
    public const uint SIOCOUTQ = 0x5411;
    public const uint FIOSETOWN = 0x8901;
    public const uint SIOCSPGRP = 0x8902;
    public const uint FIOGETOWN = 0x8903;
    public const uint SIOCGPGRP = 0x8904;
    public const uint SIOCATMARK = 0x8905;
    public const uint SIOCGSTAMP_OLD = 0x8906;
    public const uint SIOCGSTAMPNS_OLD = 0x8907;
    public const uint SIOCGIFNAME = 0x8910;
    public const uint SIOCSIFLINK = 0x8911;
    public const uint SIOCGIFCONF = 0x8912;
    public const uint SIOCGIFFLAGS = 0x8913;
    public const uint SIOCSIFFLAGS = 0x8914;
    public const uint SIOCGIFADDR = 0x8915;
    public const uint SIOCSIFADDR = 0x8916;
    public const uint SIOCGIFDSTADDR = 0x8917;
    public const uint SIOCSIFDSTADDR = 0x8918;
    public const uint SIOCGIFBRDADDR = 0x8919;
    public const uint SIOCSIFBRDADDR = 0x891A;
    public const uint SIOCGIFNETMASK = 0x891B;
    public const uint SIOCSIFNETMASK = 0x891C;
    public const uint SIOCGIFMETRIC = 0x891D;
    public const uint SIOCSIFMETRIC = 0x891E;
    public const uint SIOCGIFMEM = 0x891F;
    public const uint SIOCSIFMEM = 0x8920;
    public const uint SIOCGIFMTU = 0x8921;
    public const uint SIOCSIFMTU = 0x8922;
    public const uint SIOCSIFNAME = 0x8923;
    public const uint SIOCSIFHWADDR = 0x8924;
    public const uint SIOCGIFENCAP = 0x8925;
    public const uint SIOCSIFENCAP = 0x8926;
    public const uint SIOCGIFHWADDR = 0x8927;
    public const uint SIOCGIFSLAVE = 0x8929;
    public const uint SIOCSIFSLAVE = 0x8930;
    public const uint SIOCGIFINDEX = 0x8933;
    public const uint SIOCSIFPFLAGS = 0x8934;
    public const uint SIOCGIFPFLAGS = 0x8935;
    public const uint SIOCDIFADDR = 0x8936;
    public const uint SIOCSIFHWBROADCAST = 0x8937;
    public const uint SIOCGIFCOUNT = 0x8938;
    public const uint SIOCGIFBR = 0x8940;
    public const uint SIOCSIFBR = 0x8941;
    public const uint SIOCGIFTXQLEN = 0x8942;
    public const uint SIOCSIFTXQLEN = 0x8943;
    public const uint SIOCDARP = 0x8953;
    public const uint SIOCGARP = 0x8954;
    public const uint SIOCSARP = 0x8955;
    public const uint SIOCGIFMAP = 0x8970;
    public const uint SIOCSIFMAP = 0x8971;
    public const uint SIOCGIFVLAN = 0x8982;
    public const uint SIOCSIFVLAN = 0x8983;
    public const uint SIOCDELRT = 0x890C;
    public const uint SIOCADDRT = 0x890B;
    public const uint SIOCETHTOOL = 0x8946;
}
