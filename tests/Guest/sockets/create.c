// socket(2) and socketpair(2).
#include "sockets.h"

TEST(socket_flags_set_close_on_exec_and_nonblocking)
{
    int s = EXPECT_OK(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    EXPECT_EQ(fcntl(s, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(s, F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK | O_RDWR);
}

TEST(an_unknown_family_gives_EAFNOSUPPORT)
{
    EXPECT_ERRNO(socket(77, SOCK_STREAM, 0), EAFNOSUPPORT);
    EXPECT_ERRNO(socket(-1, SOCK_STREAM, 0), EAFNOSUPPORT);
    EXPECT_ERRNO(socket(AF_UNSPEC, SOCK_STREAM, 0), EAFNOSUPPORT);
}

TEST(an_unknown_type_gives_EINVAL_or_ESOCKTNOSUPPORT)
{
    EXPECT_ERRNO(socket(AF_UNIX, 15, 0), EINVAL);
    EXPECT_ERRNO(socket(AF_UNIX, SOCK_STREAM | 0x100, 0), EINVAL);
    EXPECT_ERRNO(socket(AF_UNIX, SOCK_RDM, 0), ESOCKTNOSUPPORT);
    EXPECT_ERRNO(socket(AF_UNIX, 0, 0), ESOCKTNOSUPPORT);
}

TEST(AF_UNIX_knows_protocol_0_and_1_only)
{
    EXPECT_OK(socket(AF_UNIX, SOCK_STREAM, 1));
    EXPECT_ERRNO(socket(AF_UNIX, SOCK_STREAM, 6), EPROTONOSUPPORT);
}

TEST(SOCK_RAW_of_AF_UNIX_is_a_datagram_socket)
{
    EXPECT_EQ(option(new_socket(SOCK_RAW), SO_TYPE), SOCK_DGRAM);
}

TEST(AF_INET_works_or_is_not_supported)
{
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (s == -1)
        EXPECT_EQ(errno, EAFNOSUPPORT);
    else
        EXPECT_EQ(option(s, SO_DOMAIN), AF_INET);
}

TEST(AF_INET6_and_AF_NETLINK_work_or_are_not_supported)
{
    int s = socket(AF_INET6, SOCK_DGRAM, 0);
    EXPECT_TRUE(s >= 0 || errno == EAFNOSUPPORT);
    s = socket(AF_NETLINK, SOCK_RAW, 0);
    EXPECT_TRUE(s >= 0 || errno == EAFNOSUPPORT || errno == EPROTONOSUPPORT);
}

TEST(the_options_describe_the_socket)
{
    int s = new_socket(SOCK_SEQPACKET);
    EXPECT_EQ(option(s, SO_TYPE), SOCK_SEQPACKET);
    EXPECT_EQ(option(s, SO_DOMAIN), AF_UNIX);
    EXPECT_EQ(option(s, SO_PROTOCOL), 0);
    EXPECT_EQ(option(s, SO_ERROR), 0);
    EXPECT_EQ(option(s, SO_ACCEPTCONN), 0);
}

TEST(a_pair_is_connected_both_ways)
{
    int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET };
    for (int i = 0; i < 3; i++) {
        struct pair p = pair_of(types[i]);
        put(p.a, "one");
        put(p.b, "two");
        expect_recv(p.b, 0, "one");
        expect_recv(p.a, 0, "two");
    }
}

TEST(socketpair_takes_the_lowest_numbers_and_sets_flags)
{
    int s[2];
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s));
    EXPECT_EQ(s[0], 3);
    EXPECT_EQ(s[1], 4);
    EXPECT_EQ(fcntl(4, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(4, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

TEST(socketpair_refuses_other_families_and_bad_pointers)
{
    int s[2];
    EXPECT_EQ(socketpair(AF_INET, SOCK_STREAM, 0, s), -1);
    EXPECT_TRUE(errno == EOPNOTSUPP || errno == EAFNOSUPPORT);
    EXPECT_ERRNO(socketpair(AF_UNIX, SOCK_STREAM, 0, BAD_ADDRESS), EFAULT);
    EXPECT_EQ(open("/", O_RDONLY), 3);
}

TEST(socket_calls_on_other_descriptors_give_ENOTSOCK_and_EBADF)
{
    int fd = EXPECT_OK(open("/", O_RDONLY));
    EXPECT_ERRNO(listen(fd, 1), ENOTSOCK);
    EXPECT_ERRNO(accept(fd, 0, 0), ENOTSOCK);
    EXPECT_ERRNO(send(fd, "x", 1, 0), ENOTSOCK);
    EXPECT_ERRNO(shutdown(fd, SHUT_RD), ENOTSOCK);
    EXPECT_ERRNO(connect_to(fd, "x"), ENOTSOCK);
    EXPECT_ERRNO(listen(99, 1), EBADF);
    EXPECT_ERRNO(send(99, "x", 1, 0), EBADF);
}

TEST(the_link_in_proc_names_the_inode)
{
    char path[64], target[64] = { 0 }, expected[64];
    struct stat st;
    int s = new_socket(SOCK_STREAM);
    EXPECT_OK(fstat(s, &st));
    snprintf(path, sizeof path, "/proc/self/fd/%d", s);
    snprintf(expected, sizeof expected, "socket:[%lu]", st.st_ino);
    EXPECT_OK(readlink(path, target, sizeof target - 1));
    EXPECT_STREQ(target, expected);
    EXPECT_ERRNO(open(path, O_RDWR), ENXIO);
}

TEST(options_are_cut_and_checked)
{
    int s = new_socket(SOCK_STREAM), value = 77;
    socklen_t size = 2;
    EXPECT_OK(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &size));
    EXPECT_EQ(size, 2);
    EXPECT_EQ(value & 0xffff, SOCK_STREAM);
    size = -1;
    EXPECT_ERRNO(getsockopt(s, SOL_SOCKET, SO_TYPE, &value, &size), EINVAL);
    size = sizeof value;
    EXPECT_ERRNO(getsockopt(s, SOL_SOCKET, 7777, &value, &size), ENOPROTOOPT);
    EXPECT_ERRNO(setsockopt(s, SOL_SOCKET, 7777, &value, 4), ENOPROTOOPT);
    EXPECT_ERRNO(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &value, 3), EINVAL);
    EXPECT_ERRNO(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, BAD_ADDRESS, 4), EFAULT);
    EXPECT_ERRNO(setsockopt(s, SOL_SOCKET, SO_TYPE, &value, 4), ENOPROTOOPT);
    EXPECT_ERRNO(setsockopt(s, 77, 1, &value, 4), EOPNOTSUPP);
}

TEST(boolean_options_are_kept)
{
    int s = new_socket(SOCK_STREAM);
    int names[] = { SO_REUSEADDR, SO_PASSCRED, SO_BROADCAST, SO_OOBINLINE };
    for (int i = 0; i < 4; i++) {
        EXPECT_EQ(option(s, names[i]), 0);
        EXPECT_OK(set_option(s, names[i], 5));
        EXPECT_EQ(option(s, names[i]), 1);
    }
}

TEST(SO_SNDBUF_and_SO_RCVBUF_are_doubled_with_a_floor)
{
    int s = new_socket(SOCK_STREAM);
    EXPECT_OK(set_option(s, SO_SNDBUF, 20000));
    EXPECT_OK(set_option(s, SO_RCVBUF, 30000));
    EXPECT_EQ(option(s, SO_SNDBUF), 40000);
    EXPECT_EQ(option(s, SO_RCVBUF), 60000);
    EXPECT_OK(set_option(s, SO_SNDBUF, 0));
    EXPECT_OK(set_option(s, SO_RCVBUF, 0));
    EXPECT_GT(option(s, SO_SNDBUF), 1000);
    EXPECT_GT(option(s, SO_RCVBUF), 1000);
}
