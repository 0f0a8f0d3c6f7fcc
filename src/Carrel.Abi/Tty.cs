namespace Carrel.Abi;

/// <summary>Terminals: ioctl_tty(2), termios(3).</summary>
public static class Tty
{
    // ioctls
    public const uint TCGETS = 0x5401;
    public const uint TCSETS = 0x5402;
    public const uint TCSETSW = 0x5403;
    public const uint TCSETSF = 0x5404;
    public const uint TCGETA = 0x5405;
    public const uint TCSETA = 0x5406;
    public const uint TCSETAW = 0x5407;
    public const uint TCSETAF = 0x5408;
    public const uint TCSBRK = 0x5409;
    public const uint TCXONC = 0x540A;
    public const uint TCFLSH = 0x540B;
    public const uint TCSBRKP = 0x5425;
    public const uint TCGETS2 = 0x802C542A;
    public const uint TCSETS2 = 0x402C542B;
    public const uint TCSETSW2 = 0x402C542C;
    public const uint TCSETSF2 = 0x402C542D;
    public const uint TCGETX = 0x5432;
    public const uint TCSETX = 0x5433;
    public const uint TCSETXF = 0x5434;
    public const uint TCSETXW = 0x5435;

    public const uint TIOCEXCL = 0x540C;
    public const uint TIOCNXCL = 0x540D;
    public const uint TIOCSCTTY = 0x540E;
    public const uint TIOCGPGRP = 0x540F;
    public const uint TIOCSPGRP = 0x5410;
    public const uint TIOCOUTQ = 0x5411;
    public const uint TIOCSTI = 0x5412;
    public const uint TIOCGWINSZ = 0x5413;
    public const uint TIOCSWINSZ = 0x5414;
    public const uint TIOCMGET = 0x5415;
    public const uint TIOCMBIS = 0x5416;
    public const uint TIOCMBIC = 0x5417;
    public const uint TIOCMSET = 0x5418;
    public const uint TIOCGSOFTCAR = 0x5419;
    public const uint TIOCSSOFTCAR = 0x541A;
    public const uint TIOCINQ = 0x541B;
    public const uint TIOCLINUX = 0x541C;
    public const uint TIOCCONS = 0x541D;
    public const uint TIOCGSERIAL = 0x541E;
    public const uint TIOCSSERIAL = 0x541F;
    public const uint TIOCPKT = 0x5420;
    public const uint TIOCNOTTY = 0x5422;
    public const uint TIOCSETD = 0x5423;
    public const uint TIOCGETD = 0x5424;
    public const uint TIOCSBRK = 0x5427;
    public const uint TIOCCBRK = 0x5428;
    public const uint TIOCGSID = 0x5429;
    public const uint TIOCGRS485 = 0x542E;
    public const uint TIOCSRS485 = 0x542F;
    public const uint TIOCGPTN = 0x80045430;
    public const uint TIOCSPTLCK = 0x40045431;
    public const uint TIOCGDEV = 0x80045432;
    public const uint TIOCSIG = 0x40045436;
    public const uint TIOCVHANGUP = 0x5437;
    public const uint TIOCGPKT = 0x80045438;
    public const uint TIOCGPTLCK = 0x80045439;
    public const uint TIOCGEXCL = 0x80045440;
    public const uint TIOCGPTPEER = 0x5441;
    public const uint TIOCGLCKTRMIOS = 0x5456;
    public const uint TIOCSLCKTRMIOS = 0x5457;
    public const uint TIOCMIWAIT = 0x545C;
    public const uint TIOCGICOUNT = 0x545D;

    // TCXONC, TCFLSH, TCSETS
    public const int TCOOFF = 0;
    public const int TCOON = 1;
    public const int TCIOFF = 2;
    public const int TCION = 3;
    public const int TCIFLUSH = 0;
    public const int TCOFLUSH = 1;
    public const int TCIOFLUSH = 2;
    public const int TCSANOW = 0;
    public const int TCSADRAIN = 1;
    public const int TCSAFLUSH = 2;

    // TIOCPKT
    public const int TIOCPKT_DATA = 0;
    public const int TIOCPKT_FLUSHREAD = 1;
    public const int TIOCPKT_FLUSHWRITE = 2;
    public const int TIOCPKT_STOP = 4;
    public const int TIOCPKT_START = 8;
    public const int TIOCPKT_NOSTOP = 0x10;
    public const int TIOCPKT_DOSTOP = 0x20;
    public const int TIOCPKT_IOCTL = 0x40;

    // TIOCMGET
    public const int TIOCM_LE = 1;
    public const int TIOCM_DTR = 2;
    public const int TIOCM_RTS = 4;
    public const int TIOCM_ST = 8;
    public const int TIOCM_SR = 0x10;
    public const int TIOCM_CTS = 0x20;
    public const int TIOCM_CAR = 0x40;
    public const int TIOCM_RNG = 0x80;
    public const int TIOCM_DSR = 0x100;
    public const int TIOCM_CD = 0x40;
    public const int TIOCM_RI = 0x80;
    public const int TIOCM_OUT1 = 0x2000;
    public const int TIOCM_OUT2 = 0x4000;
    public const int TIOCM_LOOP = 0x8000;

    // c_cc
    public const int VINTR = 0;
    public const int VQUIT = 1;
    public const int VERASE = 2;
    public const int VKILL = 3;
    public const int VEOF = 4;
    public const int VTIME = 5;
    public const int VMIN = 6;
    public const int VSWTC = 7;
    public const int VSTART = 8;
    public const int VSTOP = 9;
    public const int VSUSP = 10;
    public const int VEOL = 11;
    public const int VREPRINT = 12;
    public const int VDISCARD = 13;
    public const int VWERASE = 14;
    public const int VLNEXT = 15;
    public const int VEOL2 = 16;

    // c_cc values, include/linux/tty.h
    public const int _POSIX_VDISABLE = 0;
    public const int INIT_NCCS = 19;

    // line disciplines
    public const int N_TTY = 0;
    public const int N_SLIP = 1;
    public const int N_PPP = 3;
    public const int N_HDLC = 13;

    // console and keyboard
    public const uint KDGKBTYPE = 0x4B33;
    public const uint KDGETMODE = 0x4B3B;
    public const uint KDSETMODE = 0x4B3A;
    public const uint KD_TEXT = 0;
    public const uint KD_GRAPHICS = 1;
    public const uint KDGKBMODE = 0x4B44;
    public const uint KDSKBMODE = 0x4B45;
    public const uint VT_OPENQRY = 0x5600;
    public const uint VT_GETSTATE = 0x5603;
    public const uint VT_ACTIVATE = 0x5606;
}

/// <summary>Flag bits of struct termios, termios(3).</summary>
public static class Termio
{
    // c_iflag
    public const uint IGNBRK = 1;
    public const uint BRKINT = 2;
    public const uint IGNPAR = 4;
    public const uint PARMRK = 8;
    public const uint INPCK = 0x10;
    public const uint ISTRIP = 0x20;
    public const uint INLCR = 0x40;
    public const uint IGNCR = 0x80;
    public const uint ICRNL = 0x100;
    public const uint IUCLC = 0x200;
    public const uint IXON = 0x400;
    public const uint IXANY = 0x800;
    public const uint IXOFF = 0x1000;
    public const uint IMAXBEL = 0x2000;
    public const uint IUTF8 = 0x4000;

    // c_oflag
    public const uint OPOST = 1;
    public const uint OLCUC = 2;
    public const uint ONLCR = 4;
    public const uint OCRNL = 8;
    public const uint ONOCR = 0x10;
    public const uint ONLRET = 0x20;
    public const uint OFILL = 0x40;
    public const uint OFDEL = 0x80;
    public const uint NLDLY = 0x100;
    public const uint NL0 = 0;
    public const uint NL1 = 0x100;
    public const uint CRDLY = 0x600;
    public const uint CR0 = 0;
    public const uint CR1 = 0x200;
    public const uint CR2 = 0x400;
    public const uint CR3 = 0x600;
    public const uint TABDLY = 0x1800;
    public const uint TAB0 = 0;
    public const uint TAB1 = 0x800;
    public const uint TAB2 = 0x1000;
    public const uint TAB3 = 0x1800;
    public const uint XTABS = 0x1800;
    public const uint BSDLY = 0x2000;
    public const uint BS0 = 0;
    public const uint BS1 = 0x2000;
    public const uint VTDLY = 0x4000;
    public const uint VT0 = 0;
    public const uint VT1 = 0x4000;
    public const uint FFDLY = 0x8000;
    public const uint FF0 = 0;
    public const uint FF1 = 0x8000;

    // c_cflag
    public const uint CBAUD = 0x100F;
    public const uint B0 = 0;
    public const uint B50 = 1;
    public const uint B75 = 2;
    public const uint B110 = 3;
    public const uint B134 = 4;
    public const uint B150 = 5;
    public const uint B200 = 6;
    public const uint B300 = 7;
    public const uint B600 = 8;
    public const uint B1200 = 9;
    public const uint B1800 = 0xA;
    public const uint B2400 = 0xB;
    public const uint B4800 = 0xC;
    public const uint B9600 = 0xD;
    public const uint B19200 = 0xE;
    public const uint B38400 = 0xF;
    public const uint EXTA = 0xE;
    public const uint EXTB = 0xF;
    public const uint CSIZE = 0x30;
    public const uint CS5 = 0;
    public const uint CS6 = 0x10;
    public const uint CS7 = 0x20;
    public const uint CS8 = 0x30;
    public const uint CSTOPB = 0x40;
    public const uint CREAD = 0x80;
    public const uint PARENB = 0x100;
    public const uint PARODD = 0x200;
    public const uint HUPCL = 0x400;
    public const uint CLOCAL = 0x800;
    public const uint CBAUDEX = 0x1000;
    public const uint BOTHER = 0x1000;
    public const uint B57600 = 0x1001;
    public const uint B115200 = 0x1002;
    public const uint B230400 = 0x1003;
    public const uint B460800 = 0x1004;
    public const uint B500000 = 0x1005;
    public const uint B576000 = 0x1006;
    public const uint B921600 = 0x1007;
    public const uint B1000000 = 0x1008;
    public const uint B1152000 = 0x1009;
    public const uint B1500000 = 0x100A;
    public const uint B2000000 = 0x100B;
    public const uint B2500000 = 0x100C;
    public const uint B3000000 = 0x100D;
    public const uint B3500000 = 0x100E;
    public const uint B4000000 = 0x100F;
    public const uint CIBAUD = 0x100F0000;
    public const uint IBSHIFT = 0x10;
    public const uint CMSPAR = 0x40000000;
    public const uint CRTSCTS = 0x80000000;
    public const uint ADDRB = 0x20000000;

    // c_lflag
    public const uint ISIG = 1;
    public const uint ICANON = 2;
    public const uint XCASE = 4;
    public const uint ECHO = 8;
    public const uint ECHOE = 0x10;
    public const uint ECHOK = 0x20;
    public const uint ECHONL = 0x40;
    public const uint NOFLSH = 0x80;
    public const uint TOSTOP = 0x100;
    public const uint ECHOCTL = 0x200;
    public const uint ECHOPRT = 0x400;
    public const uint ECHOKE = 0x800;
    public const uint FLUSHO = 0x1000;
    public const uint PENDIN = 0x4000;
    public const uint IEXTEN = 0x8000;
    public const uint EXTPROC = 0x10000;
}
