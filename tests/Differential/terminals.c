// Pseudo terminals: every ioctl with good and bad arguments, settings that survive a round trip; and which kinds of sockets there are.
#include "differential.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <asm/termbits.h>

static int master, slave;

static void open_pair(void)
{
    int number, unlock = 0;
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
    ioctl(master, TIOCSPTLCK, &unlock);
    ioctl(master, TIOCGPTN, &number);
    slave = open(fmt("/dev/pts/%d", number), O_RDWR | O_NOCTTY | O_NONBLOCK);
}

static void close_pair(void)
{
    close(master);
    close(slave);
}

static void requests(void)
{
    static const unsigned long commands[] = {
        TCGETS, TCSETS, TCSETSW, TCSETSF, TCGETA, TCSETA, TCSETAW, TCSETAF, TCSBRK, TCXONC, TCFLSH, TIOCEXCL, TIOCNXCL, TIOCGPGRP, TIOCSPGRP,
        TIOCOUTQ, TIOCGWINSZ, TIOCSWINSZ, TIOCMGET, TIOCMBIS, TIOCMBIC, TIOCMSET, TIOCGSOFTCAR, TIOCSSOFTCAR, FIONREAD, TIOCLINUX, TIOCGSERIAL, TIOCSSERIAL,
        TIOCPKT, FIONBIO, TIOCNOTTY, TIOCGETD, TCSBRKP, TIOCSBRK, TIOCCBRK, TIOCGSID, 0x802c542a, 0x402c542b, TIOCGPTN, TIOCSPTLCK, TIOCGDEV, TIOCSIG,
        TIOCGPKT, TIOCGPTLCK, TIOCGEXCL, 0x5441, TIOCGLCKTRMIOS, TIOCSLCKTRMIOS, FIOASYNC, FIOCLEX, FIONCLEX, FIOQSIZE, 0x5499,
    };
    static char space[256];
    for (unsigned c = 0; c < sizeof commands / sizeof *commands; c++)
        for (int end = 0; end < 2; end++) {
            const char *kind = end ? "slave" : "master";
            open_pair();
            memset(space, 0, sizeof space);
            SHOW(fmt("ioctl_%lx", commands[c]), kind, ({ long r = ioctl(end ? slave : master, commands[c], space); r > 0 ? 1 : r; }));
            SHOW(fmt("ioctl_bad_%lx", commands[c]), kind, ({ long r = ioctl(end ? slave : master, commands[c], 1); r > 0 ? 1 : r; }));
            SHOW(fmt("ioctl_0_%lx", commands[c]), kind, ({ long r = ioctl(end ? slave : master, commands[c], 0); r > 0 ? 1 : r; }));
            close_pair();
        }
    for (int argument = -1; argument < 5; argument++)
        for (int end = 0; end < 2; end++) {
            open_pair();
            SHOW(fmt("tcflsh_%d", argument), end ? "slave" : "master", ioctl(end ? slave : master, TCFLSH, argument));
            SHOW(fmt("tcxonc_%d", argument), end ? "slave" : "master", ioctl(end ? slave : master, TCXONC, argument));
            SHOW(fmt("tiocsig_%d", argument), end ? "slave" : "master", ioctl(end ? slave : master, TIOCSIG, argument));
            SHOW(fmt("setd_%d", argument), end ? "slave" : "master", ioctl(end ? slave : master, TIOCSETD, &argument) == -1 && argument > 0 ? -2 : 0);
            close_pair();
        }
}

static void settings(void)
{
    for (int word = 0; word < 4; word++)
        for (int bit = 0; bit < 32; bit++)
            for (int end = 0; end < 2; end++) {
                open_pair();
                struct termios t, got;
                ioctl(slave, TCGETS, &t);
                unsigned *flags = word == 0 ? &t.c_iflag : word == 1 ? &t.c_oflag : word == 2 ? &t.c_cflag : &t.c_lflag;
                *flags ^= 1u << bit;
                SHOW(fmt("termios_%d_%x", word, 1u << bit), end ? "slave" : "master", ({ long r = ioctl(end ? slave : master, TCSETS, &t); ioctl(slave, TCGETS, &got); r == -1 ? -1 : (long)got.c_iflag; }));
                printf("termios_got_%d_%x(%d)=%x %x %x %d\n", word, 1u << bit, end, got.c_oflag, got.c_cflag, got.c_lflag, got.c_line);
                close_pair();
            }
    struct winsize size = {-1, 5, 6, 7};
    open_pair();
    SHOW("winsize", "set", ioctl(master, TIOCSWINSZ, &size));
    size = (struct winsize){0, 0, 0, 0};
    SHOW("winsize", "get", ({ ioctl(slave, TIOCGWINSZ, &size); size.ws_row * 1000 + size.ws_col; }));
    close_pair();
}

static void job_control(void)
{
    for (int step = 0; step < 10; step++) {
        open_pair();
        printf("job_control(%d)=%s\n", step, ({
                   int code = IN_CHILD({
                       signal(SIGHUP, SIG_IGN);
                       signal(SIGTTOU, SIG_IGN);
                       int session, group = getpid(), other = 999999, zero = 0, minus = -1;
                       setsid();
                       errno = 0;
                       long r = step == 0   ? ioctl(slave, TIOCSCTTY, 0)
                                : step == 1 ? (ioctl(slave, TIOCSCTTY, 0), ioctl(slave, TIOCSCTTY, 0))
                                : step == 2 ? (ioctl(slave, TIOCSCTTY, 0), ioctl(slave, TIOCGSID, &session))
                                : step == 3 ? (ioctl(slave, TIOCSCTTY, 0), ioctl(slave, TIOCSPGRP, &group))
                                : step == 4 ? (ioctl(slave, TIOCSCTTY, 0), ioctl(slave, TIOCSPGRP, &other))
                                : step == 5 ? (ioctl(slave, TIOCSCTTY, 0), ioctl(slave, TIOCSPGRP, &zero))
                                : step == 6 ? (ioctl(slave, TIOCSCTTY, 0), ioctl(slave, TIOCSPGRP, &minus))
                                : step == 7 ? ioctl(slave, TIOCNOTTY, 0)
                                : step == 8 ? (ioctl(slave, TIOCSCTTY, 0), ioctl(slave, TIOCNOTTY, 0))
                                            : ioctl(slave, TIOCSCTTY, 1);
                       _exit(r == -1 ? errno : 200);
                   });
                   code == 200 ? "ok" : code > 999 ? "signal" : strerrorname_np(code);
               }));
        close_pair();
    }
    OK("dev_tty", "none", IN_CHILD({ setsid(); _exit(open("/dev/tty", O_RDWR) == -1 ? errno : 0); }));
}

static void sockets(void)
{
    static const int domains[] = {-1, 0, 1, 46, 47, 99, INT_MAX};
    for (unsigned d = 0; d < sizeof domains / sizeof *domains; d++)
        for (int type = -1; type < 12; type++)
            for (int protocol = -1; protocol < 3; protocol++)
                for (int extra = 0; extra < 3; extra++) {
                    int p[2], flags = extra == 0 ? 0 : extra == 1 ? SOCK_CLOEXEC | SOCK_NONBLOCK : 0x100;
                    const char *kind = fmt("%d_%d_%d", domains[d], type, protocol);
                    OK(fmt("socket_%d", extra), kind, socket(domains[d], type == -1 ? -1 : type | flags, protocol));
                    OK(fmt("socketpair_%d", extra), kind, socketpair(domains[d], type == -1 ? -1 : type | flags, protocol, p));
                    close_all();
                }
    SHOW("socketpair", "bad", syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, 1));
}

int main(void)
{
    begin();
    requests();
    settings();
    job_control();
    sockets();
    return end();
}
