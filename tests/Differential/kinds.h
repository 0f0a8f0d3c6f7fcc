// Descriptors of many kinds, for the programs that try each call with each of them.
#ifndef KINDS_H
#define KINDS_H
#include "differential.h"
#include <linux/falloc.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <termios.h>

static const char *names[64];
static char buf[8192], path[128];
static struct iovec iov[2] = {{buf, 4}, {buf + 10, 4}};
static struct stat st;
static struct statx sx;
static struct timespec ts[2] = {{1, 2000000000}, {0, 0}};
static struct sockaddr_un a = {AF_UNIX, ""};
static socklen_t al, ol = 4;
static int one = 1;

// The path of a file of the test's directory.
static const char *inside(const char *name)
{
    static char file[sizeof dir + 8];
    snprintf(file, sizeof file, "%s/%s", dir, name);
    return file;
}

// One end of a pair of sockets; the other becomes the descriptor given.
static int pair(int type, int other)
{
    int p[2];
    socketpair(AF_UNIX, type | SOCK_NONBLOCK, 0, p);
    dup2(p[1], other);
    close(p[1]);
    return p[0];
}

// A new descriptor of a kind; -2 after the last kind.
static int mk(int k)
{
    int p[2], fd;
    struct sockaddr_un a = {AF_UNIX, ""};
    switch (k) {
    case 0: names[k] = "-1"; return -1;
    case 1: names[k] = "badfd"; return 777;
    case 2:
        names[k] = "file_rw";
        fd = open(inside("rw"), O_RDWR | O_CREAT | O_TRUNC, 0600);
        write(fd, "0123456789", 10);
        lseek(fd, 0, 0);
        return fd;
    case 3: names[k] = "file_ro"; return open(inside("rw"), O_RDONLY);
    case 4: names[k] = "file_wo"; return open(inside("rw"), O_WRONLY);
    case 5: names[k] = "file_app"; return open(inside("rw"), O_RDWR | O_APPEND);
    case 6: names[k] = "dir"; return open(dir, O_RDONLY | O_DIRECTORY);
    case 7: names[k] = "opath_file"; return open(inside("rw"), O_PATH);
    case 8: names[k] = "opath_dir"; return open(dir, O_PATH);
    case 9:
        names[k] = "pipe_r";
        pipe2(p, O_NONBLOCK);
        write(p[1], "abc", 3);
        dup2(p[1], 300 + k);
        close(p[1]);
        return p[0];
    case 10:
        names[k] = "pipe_w";
        pipe2(p, O_NONBLOCK);
        dup2(p[0], 300 + k);
        close(p[0]);
        return p[1];
    case 11:
        names[k] = "pipe_w_broken";
        pipe2(p, O_NONBLOCK);
        close(p[0]);
        return p[1];
    case 12: names[k] = "eventfd"; return eventfd(3, EFD_NONBLOCK);
    case 13: names[k] = "timerfd"; return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    case 14: {
        names[k] = "signalfd";
        sigset_t s;
        sigemptyset(&s);
        sigaddset(&s, SIGUSR1);
        return signalfd(-1, &s, SFD_NONBLOCK);
    }
    case 15: names[k] = "epoll"; return epoll_create1(0);
    case 16: names[k] = "inotify"; return inotify_init1(IN_NONBLOCK);
    case 17: names[k] = "sock_stream_pair"; return pair(SOCK_STREAM, 300 + k);
    case 18: names[k] = "sock_dgram_pair"; return pair(SOCK_DGRAM, 300 + k);
    case 19: names[k] = "sock_seq_pair"; return pair(SOCK_SEQPACKET, 300 + k);
    case 20: names[k] = "sock_stream_new"; return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    case 21: names[k] = "sock_dgram_new"; return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    case 22:
        names[k] = "sock_listen";
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        strcpy(a.sun_path, inside("ls"));
        unlink(a.sun_path);
        bind(fd, (void *)&a, sizeof a);
        listen(fd, 5);
        return fd;
    case 23:
        names[k] = "sock_peer_gone";
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, p);
        close(p[1]);
        return p[0];
    case 24:
        names[k] = "memfd";
        fd = memfd_create("m", MFD_ALLOW_SEALING);
        write(fd, "0123456789", 10);
        return fd;
    case 25: names[k] = "devnull"; return open("/dev/null", O_RDWR);
    case 26: names[k] = "devzero"; return open("/dev/zero", O_RDWR);
    case 27: names[k] = "devfull"; return open("/dev/full", O_RDWR);
    case 28: names[k] = "urandom"; return open("/dev/urandom", O_RDONLY);
    case 29: names[k] = "proc_file"; return open("/proc/self/comm", O_RDWR);
    case 30: names[k] = "proc_dir"; return open("/proc/self", O_RDONLY);
    case 31: names[k] = "pidfd"; return syscall(SYS_pidfd_open, getpid(), 0);
    case 32: names[k] = "ptmx"; return open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
    case 33: {
        names[k] = "pts";
        int m = open("/dev/ptmx", O_RDWR | O_NOCTTY);
        grantpt(m);
        unlockpt(m);
        char *n = ptsname(m);
        fd = open(n, O_RDWR | O_NOCTTY | O_NONBLOCK);
        dup2(m, 300 + k);
        close(m);
        return fd;
    }
    case 34:
        names[k] = "fifo";
        mkfifo(inside("ff"), 0600);
        return open(inside("ff"), O_RDWR | O_NONBLOCK);
    case 35: names[k] = "nsfd"; return open("/proc/self/ns/uts", O_RDONLY);
    case 36: names[k] = "tmpfile"; return open(dir, O_TMPFILE | O_RDWR, 0600);
    case 37:
        names[k] = "sealed";
        fd = memfd_create("m", MFD_ALLOW_SEALING);
        write(fd, "0123456789", 10);
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
        return fd;
    case 38:
        names[k] = "opath_symlink";
        symlink("rw", inside("sl"));
        return open(inside("sl"), O_PATH | O_NOFOLLOW);
    }
    return -2;
}

static void restore(void)
{
    int e = errno;
    close_all();
    chmod(dir, 0700);
    if (chdir("/") != 0)
        _exit(2);
    errno = e;
}

#define T(label, call)                                                                                                                     \
    do {                                                                                                                                   \
        int fd = mk(k);                                                                                                                    \
        (void)fd;                                                                                                                          \
        SHOW(label, names[k], call);                                                                                                       \
        restore();                                                                                                                         \
    } while (0)
#define Z(label, call)                                                                                                                     \
    do {                                                                                                                                   \
        int fd = mk(k);                                                                                                                    \
        (void)fd;                                                                                                                          \
        OK(label, names[k], call);                                                                                                         \
        restore();                                                                                                                         \
    } while (0)

// Runs each group of calls with each kind; a program's exit code.
static int with_each_kind(void (*const groups[])(int), int count)
{
    static const int ignored[] = {SIGPIPE, SIGIO, SIGURG, SIGXFSZ};
    begin();
    for (int i = 0; i < 4; i++)
        signal(ignored[i], SIG_IGN);
    int kinds = 0;
    while (mk(kinds) != -2)
        kinds++;
    restore();
    for (int k = 0; k < kinds; k++)
        for (int i = 0; i < count; i++)
            groups[i](k);
    return end();
}

#endif
