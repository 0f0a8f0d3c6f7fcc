// AF_UNIX datagram and seqpacket sockets, sendmmsg(2), recvmmsg(2).
#include "sockets.h"

static int bound(const char *path)
{
    int s = new_socket(SOCK_DGRAM);
    EXPECT_OK(bind_to(s, path));
    return s;
}

static long send_to(int s, const char *text, const char *path)
{
    struct sockaddr_un address = address_of(path);
    return sendto(s, text, strlen(text), 0, (void *)&address, sizeof address);
}

TEST(a_datagram_arrives_whole_and_names_its_sender)
{
    struct sockaddr_un from;
    socklen_t size = sizeof from;
    char text[16];
    int a = bound("a"), b = bound("b");
    EXPECT_EQ(send_to(a, "one", "b"), 3);
    EXPECT_EQ(send_to(a, "two", "b"), 3);
    EXPECT_EQ(recvfrom(b, text, sizeof text, 0, (void *)&from, &size), 3);
    EXPECT_STREQ(from.sun_path, "a");
    expect_recv(b, 0, "two");
}

TEST(an_unbound_sender_has_no_name)
{
    struct sockaddr_un from;
    socklen_t size = sizeof from;
    char text[16];
    int b = bound("b");
    EXPECT_EQ(send_to(new_socket(SOCK_DGRAM), "x", "b"), 1);
    EXPECT_EQ(recvfrom(b, text, sizeof text, 0, (void *)&from, &size), 1);
    EXPECT_EQ(size, 0);
}

TEST(a_short_buffer_cuts_the_datagram_and_MSG_TRUNC_gives_its_length)
{
    char text[2];
    struct pair p = pair_of(SOCK_DGRAM);
    put(p.a, "abcdef");
    put(p.a, "ghijkl");
    EXPECT_EQ(recv(p.b, text, 2, 0), 2);
    EXPECT_EQ(recv(p.b, text, 2, MSG_TRUNC), 6);
    EXPECT_MEMEQ(text, "gh", 2);
    put(p.a, "abcdef");
    struct iovec v = { text, 2 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
    EXPECT_EQ(recvmsg(p.b, &m, 0), 2);
    EXPECT_EQ(m.msg_flags & MSG_TRUNC, MSG_TRUNC);
}

TEST(an_empty_datagram_is_received_as_zero_bytes)
{
    char c;
    struct pair p = pair_of(SOCK_DGRAM | SOCK_NONBLOCK);
    EXPECT_EQ(send(p.a, "", 0, 0), 0);
    EXPECT_EQ(ready(p.b, POLLIN), POLLIN);
    EXPECT_EQ(read(p.b, &c, 1), 0);
    EXPECT_ERRNO(read(p.b, &c, 1), EAGAIN);
}

TEST(sending_names_the_usual_errors)
{
    int s = new_socket(SOCK_DGRAM);
    EXPECT_ERRNO(send(s, "x", 1, 0), ENOTCONN);
    EXPECT_ERRNO(send_to(s, "x", "missing"), ENOENT);
    listen_at("stream", SOCK_STREAM, 1);
    EXPECT_ERRNO(send_to(s, "x", "stream"), EPROTOTYPE);
    close(bound("gone"));
    EXPECT_ERRNO(send_to(s, "x", "gone"), ECONNREFUSED);
}

TEST(a_connected_datagram_socket_sends_without_address_and_may_reconnect)
{
    int a = new_socket(SOCK_DGRAM), b = bound("b"), c = bound("c");
    EXPECT_OK(connect_to(a, "b"));
    put(a, "to b");
    EXPECT_OK(connect_to(a, "c"));
    put(a, "to c");
    expect_recv(b, 0, "to b");
    expect_recv(c, 0, "to c");
    struct sockaddr_un none = { AF_UNSPEC };
    EXPECT_OK(connect(a, (void *)&none, sizeof none));
    EXPECT_ERRNO(send(a, "x", 1, 0), ENOTCONN);
}

TEST(a_socket_connected_elsewhere_refuses_strangers)
{
    int a = bound("a"), stranger = new_socket(SOCK_DGRAM);
    bound("b");
    EXPECT_OK(connect_to(a, "b"));
    EXPECT_ERRNO(send_to(stranger, "x", "a"), EPERM);
}

TEST(a_closed_receiver_gives_ECONNREFUSED)
{
    int a = new_socket(SOCK_DGRAM), b = bound("b");
    EXPECT_OK(connect_to(a, "b"));
    close(b);
    EXPECT_ERRNO(send(a, "x", 1, 0), ECONNREFUSED);
}

TEST(a_full_receiver_queue_gives_EAGAIN)
{
    struct pair p = pair_of(SOCK_DGRAM | SOCK_NONBLOCK);
    int n = 0;
    while (send(p.a, "x", 1, 0) == 1)
        n++;
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_GE(n, 5);
    char c;
    EXPECT_EQ(read(p.b, &c, 1), 1);
    while (recv(p.b, &c, 1, 0) == 1)
        n--;
    EXPECT_EQ(n, 1);
}

TEST(a_datagram_larger_than_the_send_buffer_gives_EMSGSIZE)
{
    struct pair p = pair_of(SOCK_DGRAM);
    void *big = calloc(1, 8 << 20);
    EXPECT_ERRNO(send(p.a, big, 8 << 20, 0), EMSGSIZE);
}

TEST(sending_to_oneself_works)
{
    int a = bound("a");
    EXPECT_EQ(send_to(a, "self", "a"), 4);
    expect_recv(a, 0, "self");
}

TEST(a_closed_pair_of_datagram_sockets_refuses)
{
    struct pair p = pair_of(SOCK_DGRAM);
    close(p.b);
    EXPECT_EQ(send(p.a, "x", 1, MSG_NOSIGNAL), -1);
    EXPECT_TRUE(errno == ECONNREFUSED || errno == ENOTCONN);
}

TEST(FIONREAD_of_a_datagram_socket_is_the_size_of_the_next)
{
    int n;
    struct pair p = pair_of(SOCK_DGRAM);
    EXPECT_OK(ioctl(p.b, FIONREAD, &n));
    EXPECT_EQ(n, 0);
    put(p.a, "abc");
    put(p.a, "defgh");
    EXPECT_OK(ioctl(p.b, FIONREAD, &n));
    EXPECT_EQ(n, 3);
}

TEST(seqpacket_keeps_borders_and_the_connection)
{
    struct pair p = connected("s", SOCK_SEQPACKET);
    put(p.a, "one");
    put(p.a, "two");
    expect_recv(p.b, 0, "one");
    expect_recv(p.b, 0, "two");
    close(p.a);
    expect_recv(p.b, 0, "");
    EXPECT_ERRNO(send(p.b, "x", 1, MSG_NOSIGNAL), EPIPE);
}

TEST(a_short_read_of_a_packet_drops_its_rest_and_a_full_one_ends_a_record)
{
    char text[8];
    struct pair p = pair_of(SOCK_SEQPACKET);
    put(p.a, "abcdef");
    put(p.a, "gh");
    EXPECT_EQ(read(p.b, text, 2), 2);
    struct iovec v = { text, 8 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
    EXPECT_EQ(recvmsg(p.b, &m, 0), 2);
    EXPECT_MEMEQ(text, "gh", 2);
    EXPECT_EQ(m.msg_flags & MSG_TRUNC, 0);
}

TEST(an_unconnected_seqpacket_gives_ENOTCONN)
{
    char c;
    int s = new_socket(SOCK_SEQPACKET);
    EXPECT_ERRNO(send(s, "x", 1, MSG_NOSIGNAL), ENOTCONN);
    EXPECT_ERRNO(read(s, &c, 1), ENOTCONN);
}

TEST(sendmmsg_and_recvmmsg_move_several_messages)
{
    struct pair p = pair_of(SOCK_DGRAM);
    struct iovec out[] = { { "a", 1 }, { "bb", 2 }, { "ccc", 3 } };
    struct mmsghdr m[4] = { 0 };
    for (int i = 0; i < 3; i++)
        m[i].msg_hdr = (struct msghdr){ .msg_iov = &out[i], .msg_iovlen = 1 };
    EXPECT_EQ(sendmmsg(p.a, m, 3, 0), 3);
    EXPECT_EQ(m[2].msg_len, 3);
    char text[4][8];
    struct iovec in[4];
    for (int i = 0; i < 4; i++) {
        in[i] = (struct iovec){ text[i], 8 };
        m[i].msg_hdr = (struct msghdr){ .msg_iov = &in[i], .msg_iovlen = 1 };
    }
    EXPECT_EQ(recvmmsg(p.b, m, 4, MSG_DONTWAIT, 0), 3);
    EXPECT_EQ(m[1].msg_len, 2);
    EXPECT_MEMEQ(text[2], "ccc", 3);
    EXPECT_ERRNO(recvmmsg(p.b, m, 4, MSG_DONTWAIT, 0), EAGAIN);
}

TEST(MSG_WAITFORONE_returns_what_is_there_after_the_first)
{
    struct pair p = pair_of(SOCK_DGRAM);
    char text[2];
    struct iovec in = { text, 2 };
    struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &in, .msg_iovlen = 1 } },
                            { .msg_hdr = { .msg_iov = &in, .msg_iovlen = 1 } } };
    put(p.a, "x");
    EXPECT_EQ(recvmmsg(p.b, m, 2, MSG_WAITFORONE, 0), 1);
}

TEST(sendmmsg_reports_an_error_only_for_the_first_message)
{
    struct pair p = pair_of(SOCK_DGRAM);
    struct iovec good = { "a", 1 }, bad = { BAD_ADDRESS, 1 };
    struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &good, .msg_iovlen = 1 } },
                            { .msg_hdr = { .msg_iov = &bad, .msg_iovlen = 1 } } };
    EXPECT_EQ(sendmmsg(p.a, m, 2, 0), 1);
    EXPECT_ERRNO(sendmmsg(p.a, m + 1, 1, 0), EFAULT);
    EXPECT_EQ(sendmmsg(p.a, m, 0, 0), 0);
}

TEST(sendmsg_gathers_and_checks_its_header)
{
    struct pair p = pair_of(SOCK_DGRAM);
    struct iovec v[] = { { "ab", 2 }, { "cd", 2 } };
    struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };
    EXPECT_EQ(sendmsg(p.a, &m, 0), 4);
    expect_recv(p.b, 0, "abcd");
    EXPECT_ERRNO(sendmsg(p.a, BAD_ADDRESS, 0), EFAULT);
    m.msg_iovlen = 1025;
    EXPECT_ERRNO(sendmsg(p.a, &m, 0), EMSGSIZE);
    EXPECT_ERRNO(recvmsg(p.a, &m, 0), EMSGSIZE);
}
