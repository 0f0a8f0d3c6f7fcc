// MSG_OOB on SOCK_STREAM of AF_UNIX: one urgent byte, which ordinary reads stop at and then pass over (Linux >= 5.15).
#include "sockets.h"
#include <poll.h>
#include <sys/ioctl.h>

#ifndef SIOCATMARK
#define SIOCATMARK 0x8905
#endif

static void urge(int fd, const char *text)
{
    EXPECT_EQ(send(fd, text, strlen(text), MSG_OOB), strlen(text));
}

static void expect_read(int fd, int flags, const char *text)
{
    char got[16] = { 0 };
    EXPECT_EQ(recv(fd, got, sizeof got - 1, flags | MSG_DONTWAIT), strlen(text));
    EXPECT_STREQ(got, text);
}

static int at_mark(int fd)
{
    int mark = -1;
    EXPECT_OK(ioctl(fd, SIOCATMARK, &mark));
    return mark;
}

TEST(the_last_byte_is_urgent_and_received_apart)
{
    struct pair p = pair_of(SOCK_STREAM);
    char c;
    urge(p.a, "hello");
    expect_read(p.b, MSG_OOB | MSG_PEEK, "o");
    expect_read(p.b, MSG_OOB, "o");
    EXPECT_ERRNO(recv(p.b, &c, 1, MSG_OOB), EINVAL);
    expect_read(p.b, 0, "hell");
    EXPECT_ERRNO(recv(p.b, &c, 1, MSG_DONTWAIT), EAGAIN);
    EXPECT_ERRNO(send(p.a, "", 0, MSG_OOB), EOPNOTSUPP);
}

TEST(a_read_stops_at_the_mark_and_the_next_passes_over_the_byte)
{
    struct pair p = pair_of(SOCK_STREAM);
    urge(p.a, "hello");
    put(p.a, "world");
    EXPECT_EQ(at_mark(p.b), 0);
    expect_read(p.b, MSG_PEEK, "hell");
    expect_read(p.b, 0, "hell");
    EXPECT_EQ(at_mark(p.b), 1);
    expect_read(p.b, 0, "world");
    EXPECT_EQ(at_mark(p.b), 0);
}

TEST(a_mark_stays_when_its_byte_was_received)
{
    struct pair p = pair_of(SOCK_STREAM);
    urge(p.a, "hello");
    put(p.a, "world");
    expect_read(p.b, MSG_OOB, "o");
    expect_read(p.b, 0, "hell");
    EXPECT_EQ(at_mark(p.b), 1);
    expect_read(p.b, 0, "world");
}

TEST(a_newer_urgent_byte_makes_the_older_one_ordinary)
{
    struct pair p = pair_of(SOCK_STREAM);
    urge(p.a, "ab");
    urge(p.a, "cd");
    expect_read(p.b, 0, "abc");
    expect_read(p.b, MSG_OOB, "d");
}

TEST(inline_the_byte_is_read_in_its_place)
{
    struct pair p = pair_of(SOCK_STREAM);
    int on = 1;
    char c;
    EXPECT_OK(setsockopt(p.b, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
    urge(p.a, "hello");
    put(p.a, "!");
    EXPECT_ERRNO(recv(p.b, &c, 1, MSG_OOB), EINVAL);
    expect_read(p.b, 0, "hell");
    EXPECT_EQ(at_mark(p.b), 1);
    expect_read(p.b, 0, "o!");
}

TEST(poll_tells_of_it_by_POLLPRI)
{
    struct pair p = pair_of(SOCK_STREAM);
    struct pollfd f = { p.b, POLLPRI | POLLIN, 0 };
    put(p.a, "x");
    EXPECT_EQ(poll(&f, 1, 0), 1);
    EXPECT_EQ(f.revents, POLLIN);
    urge(p.a, "y");
    EXPECT_EQ(poll(&f, 1, 0), 1);
    EXPECT_EQ(f.revents, POLLIN | POLLPRI);
    expect_read(p.b, MSG_OOB, "y");
    EXPECT_EQ(poll(&f, 1, 0), 1);
    EXPECT_EQ(f.revents, POLLIN);
}

static volatile sig_atomic_t urged;

static void on_urgent(int number)
{
    urged = number;
}

TEST(the_owner_gets_SIGURG)
{
    struct pair p = pair_of(SOCK_STREAM);
    signal(SIGURG, on_urgent);
    urge(p.a, "x");
    EXPECT_EQ(urged, 0);
    EXPECT_OK(fcntl(p.b, F_SETOWN, getpid()));
    urge(p.a, "y");
    EXPECT_EQ(urged, SIGURG);
}

TEST(other_kinds_of_sockets_have_none)
{
    struct pair p = pair_of(SOCK_SEQPACKET), d = pair_of(SOCK_DGRAM);
    int mark;
    char c;
    EXPECT_ERRNO(send(p.a, "x", 1, MSG_OOB), EOPNOTSUPP);
    EXPECT_ERRNO(send(d.a, "x", 1, MSG_OOB), EOPNOTSUPP);
    EXPECT_ERRNO(recv(d.a, &c, 1, MSG_OOB), EOPNOTSUPP);
    EXPECT_ERRNO(ioctl(d.a, SIOCATMARK, &mark), EOPNOTSUPP);
}
