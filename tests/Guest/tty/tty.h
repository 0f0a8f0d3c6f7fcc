// Small helpers shared by the programs of this family. What one side of a pseudoterminal writes arrives at the other
// a moment later (Linux pushes it from a work queue), so nothing here expects it at once.
#pragma once
#include "../harness.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

struct tty {
    int m, s;
    char name[32];
};

static HARNESS_UNUSED int open_master(void)
{
    int m = open("/dev/ptmx", O_RDWR | O_NOCTTY);
    if (m == -1)
        m = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
    return EXPECT_OK(m);
}

static HARNESS_UNUSED struct tty open_tty(void)
{
    struct tty t = { open_master(), -1, "" };
    int unlock = 0, number;
    EXPECT_OK(ioctl(t.m, TIOCSPTLCK, &unlock));
    EXPECT_OK(ioctl(t.m, TIOCGPTN, &number));
    snprintf(t.name, sizeof t.name, "/dev/pts/%d", number);
    t.s = EXPECT_OK(open(t.name, O_RDWR | O_NOCTTY));
    return t;
}

// Changes local, input and output flags: first those to clear, then those to set.
static HARNESS_UNUSED void change(int fd, int iclear, int iset, int oclear, int oset, int lclear, int lset)
{
    struct termios o;
    EXPECT_OK(tcgetattr(fd, &o));
    o.c_iflag = (o.c_iflag & ~iclear) | iset;
    o.c_oflag = (o.c_oflag & ~oclear) | oset;
    o.c_lflag = (o.c_lflag & ~lclear) | lset;
    EXPECT_OK(tcsetattr(fd, TCSANOW, &o));
}

static HARNESS_UNUSED void quiet(int fd) { change(fd, 0, 0, 0, 0, ECHO, 0); }

static HARNESS_UNUSED void make_raw(int fd, int vmin, int vtime)
{
    struct termios o;
    EXPECT_OK(tcgetattr(fd, &o));
    cfmakeraw(&o);
    o.c_cc[VMIN] = vmin;
    o.c_cc[VTIME] = vtime;
    EXPECT_OK(tcsetattr(fd, TCSANOW, &o));
}

static HARNESS_UNUSED void put_bytes(int fd, const char *text, size_t size) { EXPECT_EQ(write(fd, text, size), size); }
static HARNESS_UNUSED void put(int fd, const char *text) { put_bytes(fd, text, strlen(text)); }

static HARNESS_UNUSED int ready(int fd, int events, int ms)
{
    struct pollfd p = { fd, events, 0 };
    EXPECT_OK(poll(&p, 1, ms));
    return p.revents;
}

// Nothing more comes.
static HARNESS_UNUSED void expect_quiet(int fd) { EXPECT_EQ(ready(fd, POLLIN, 50), 0); }

// One read gives exactly this.
static HARNESS_UNUSED void expect_line(int fd, const char *text)
{
    char buffer[8192];
    ssize_t n = EXPECT_OK(read(fd, buffer, sizeof buffer - 1));
    buffer[n] = 0;
    EXPECT_STREQ(buffer, text);
}

// This much comes, in however many pieces.
static HARNESS_UNUSED void expect_bytes(int fd, const char *text)
{
    char buffer[8192];
    size_t got = 0, size = strlen(text);
    while (got < size) {
        if (!ready(fd, POLLIN, 3000))
            break;
        got += EXPECT_OK(read(fd, buffer + got, size - got));
    }
    buffer[got] = 0;
    EXPECT_STREQ(buffer, text);
}

static HARNESS_UNUSED int input_bytes(int fd)
{
    int n = -1;
    EXPECT_OK(ioctl(fd, FIONREAD, &n));
    return n;
}

// Runs the statements in the leader of a new session whose terminal is the slave of t; the pid is the value.
#define SESSION(T, ...)                                                              \
    FORK(EXPECT_OK(setsid()); EXPECT_OK(ioctl((T).s, TIOCSCTTY, 0)); __VA_ARGS__)
