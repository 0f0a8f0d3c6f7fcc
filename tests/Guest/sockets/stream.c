// AF_UNIX stream sockets: transfer, shutdown, flags, timeouts, the end of a peer.
#include "sockets.h"

TEST(bytes_are_a_stream_without_borders)
{
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "hello ");
    put(p.a, "world");
    expect_recv(p.b, 0, "hello world");
}

TEST(a_short_read_leaves_the_rest)
{
    char c;
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "abc");
    EXPECT_EQ(read(p.b, &c, 1), 1);
    expect_recv(p.b, 0, "bc");
}

TEST(closing_one_side_is_the_end_of_file_for_the_other)
{
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "last");
    close(p.a);
    expect_recv(p.b, 0, "last");
    expect_recv(p.b, 0, "");
}

TEST(writing_to_a_closed_peer_gives_EPIPE_and_SIGPIPE)
{
    struct pair p = pair_of(SOCK_STREAM);
    close(p.a);
    EXPECT_SIGNALED(FORK(write(p.b, "x", 1)), SIGPIPE);
    EXPECT_ERRNO(send(p.b, "x", 1, MSG_NOSIGNAL), EPIPE);
}

TEST(closing_with_unread_data_resets_the_peer)
{
    char c;
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "unread");
    close(p.b);
    EXPECT_ERRNO(read(p.a, &c, 1), ECONNRESET);
    EXPECT_EQ(read(p.a, &c, 1), 0);
}

TEST(SO_ERROR_gives_the_reset_once)
{
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "unread");
    close(p.b);
    EXPECT_EQ(ready(p.a, POLLIN) & POLLERR, POLLERR);
    EXPECT_EQ(option(p.a, SO_ERROR), ECONNRESET);
    EXPECT_EQ(option(p.a, SO_ERROR), 0);
}

TEST(shutdown_for_writing_is_the_end_of_file_and_the_other_direction_works_on)
{
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "last");
    EXPECT_OK(shutdown(p.a, SHUT_WR));
    EXPECT_ERRNO(send(p.a, "x", 1, MSG_NOSIGNAL), EPIPE);
    expect_recv(p.b, 0, "last");
    expect_recv(p.b, 0, "");
    put(p.b, "answer");
    expect_recv(p.a, 0, "answer");
}

TEST(shutdown_for_reading_stops_the_sender)
{
    struct pair p = pair_of(SOCK_STREAM);
    EXPECT_OK(shutdown(p.a, SHUT_RD));
    expect_recv(p.a, 0, "");
    EXPECT_ERRNO(send(p.b, "x", 1, MSG_NOSIGNAL), EPIPE);
    put(p.a, "still");
    expect_recv(p.b, 0, "still");
}

TEST(what_came_before_the_shutdown_for_reading_is_still_read)
{
    struct pair p = pair_of(SOCK_STREAM);
    put(p.b, "before");
    EXPECT_OK(shutdown(p.a, SHUT_RD));
    expect_recv(p.a, 0, "before");
    expect_recv(p.a, 0, "");
}

TEST(shutdown_checks_its_arguments)
{
    EXPECT_ERRNO(shutdown(pair_of(SOCK_STREAM).a, 3), EINVAL);
    EXPECT_ERRNO(shutdown(pair_of(SOCK_STREAM).a, -1), EINVAL);
    // An unconnected one has nothing to shut down, and no error either.
    EXPECT_OK(shutdown(new_socket(SOCK_STREAM), SHUT_RDWR));
    EXPECT_ERRNO(shutdown(99, SHUT_RD), EBADF);
}

TEST(an_unconnected_socket_gives_ENOTCONN_and_EINVAL)
{
    char c;
    int s = new_socket(SOCK_STREAM);
    EXPECT_ERRNO(send(s, "x", 1, MSG_NOSIGNAL), ENOTCONN);
    EXPECT_ERRNO(read(s, &c, 1), EINVAL);
}

TEST(sending_to_an_address_on_a_stream_is_refused)
{
    struct sockaddr_un address = address_of("x");
    struct pair p = pair_of(SOCK_STREAM);
    EXPECT_ERRNO(sendto(p.a, "x", 1, 0, (void *)&address, sizeof address), EISCONN);
    EXPECT_ERRNO(sendto(new_socket(SOCK_STREAM), "x", 1, 0, (void *)&address, sizeof address), EOPNOTSUPP);
}

TEST(MSG_PEEK_leaves_the_data)
{
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "abc");
    expect_recv(p.b, MSG_PEEK, "abc");
    expect_recv(p.b, MSG_PEEK, "abc");
    expect_recv(p.b, 0, "abc");
}

TEST(SO_PEEK_OFF_moves_with_each_peek)
{
    char text[4] = { 0 };
    struct pair p = pair_of(SOCK_STREAM);
    EXPECT_EQ(option(p.b, SO_PEEK_OFF), -1);
    EXPECT_OK(set_option(p.b, SO_PEEK_OFF, 1));
    put(p.a, "abcd");
    EXPECT_EQ(recv(p.b, text, 2, MSG_PEEK), 2);
    EXPECT_STREQ(text, "bc");
    EXPECT_EQ(recv(p.b, text, 2, MSG_PEEK), 1);
    EXPECT_EQ(text[0], 'd');
    expect_recv(p.b, 0, "abcd");
}

TEST(MSG_DONTWAIT_gives_EAGAIN_on_a_blocking_socket)
{
    char c;
    struct pair p = pair_of(SOCK_STREAM);
    EXPECT_ERRNO(recv(p.a, &c, 1, MSG_DONTWAIT), EAGAIN);
    EXPECT_OK(fcntl(p.a, F_SETFL, O_NONBLOCK));
    EXPECT_ERRNO(read(p.a, &c, 1), EAGAIN);
}

TEST(MSG_WAITALL_waits_for_the_whole_buffer)
{
    char text[7] = { 0 };
    struct pair p = pair_of(SOCK_STREAM);
    pid_t pid = FORK(put(p.a, "abc"); sleep_ms(30); put(p.a, "def"));
    EXPECT_EQ(recv(p.b, text, 6, MSG_WAITALL), 6);
    EXPECT_STREQ(text, "abcdef");
    EXPECT_EXIT(pid, 0);
}

TEST(MSG_WAITALL_ends_early_at_the_end_of_file)
{
    char text[7] = { 0 };
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "abc");
    close(p.a);
    EXPECT_EQ(recv(p.b, text, 6, MSG_WAITALL), 3);
}

TEST(SO_RCVTIMEO_limits_the_wait)
{
    char c;
    struct pair p = pair_of(SOCK_STREAM);
    struct timeval t = { 0, 50000 }, back;
    socklen_t size = sizeof back;
    EXPECT_OK(setsockopt(p.a, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    EXPECT_OK(getsockopt(p.a, SOL_SOCKET, SO_RCVTIMEO, &back, &size));
    EXPECT_LE(back.tv_usec - 50000, 10000);
    long start = now_ms();
    EXPECT_ERRNO(read(p.a, &c, 1), EAGAIN);
    EXPECT_GE(now_ms() - start, 40);
    t.tv_usec = 1000000;
    EXPECT_ERRNO(setsockopt(p.a, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), EDOM);
    EXPECT_ERRNO(setsockopt(p.a, SOL_SOCKET, SO_RCVTIMEO, &t, 4), EINVAL);
}

TEST(a_full_socket_gives_EAGAIN_and_room_later)
{
    static char junk[65536];
    struct pair p = pair_of(SOCK_STREAM | SOCK_NONBLOCK);
    long total = 0;
    for (ssize_t n; (n = send(p.a, junk, 4096, 0)) > 0;)
        total += n;
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_GE(total, 16384);
    EXPECT_EQ(ready(p.a, POLLOUT), 0);
    for (ssize_t n; total > 0 && (n = EXPECT_OK(read(p.b, junk, sizeof junk))) > 0;)
        total -= n;
    EXPECT_EQ(total, 0);
    EXPECT_EQ(ready(p.a, POLLOUT), POLLOUT);
}

TEST(a_blocking_sender_sends_everything)
{
    enum { SIZE = 2 << 20 };
    char *out = malloc(SIZE), *in = malloc(SIZE);
    for (int i = 0; i < SIZE; i++)
        out[i] = i * 13 + (i >> 8);
    struct pair p = pair_of(SOCK_STREAM);
    pid_t pid = FORK(close(p.b); EXPECT_EQ(write(p.a, out, SIZE), SIZE));
    close(p.a);
    EXPECT_EQ(recv(p.b, in, SIZE, MSG_WAITALL), SIZE);
    EXPECT_MEMEQ(in, out, SIZE);
    EXPECT_EXIT(pid, 0);
}

TEST(FIONREAD_and_SIOCOUTQ_count_bytes)
{
    int n;
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "abc");
    put(p.a, "de");
    EXPECT_OK(ioctl(p.b, FIONREAD, &n));
    EXPECT_EQ(n, 5);
    EXPECT_OK(ioctl(p.a, TIOCOUTQ, &n));
    EXPECT_GT(n, 0);
    EXPECT_OK(ioctl(p.b, TIOCOUTQ, &n));
    EXPECT_EQ(n, 0);
}

TEST(poll_reports_hangup_after_both_directions_are_shut)
{
    struct pair p = pair_of(SOCK_STREAM);
    EXPECT_OK(shutdown(p.a, SHUT_RDWR));
    EXPECT_EQ(ready(p.b, POLLIN | POLLOUT | POLLRDHUP), POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
    EXPECT_EQ(ready(p.a, POLLIN | POLLRDHUP), POLLIN | POLLRDHUP | POLLHUP);
}

TEST(a_bad_buffer_gives_EFAULT_and_keeps_the_data)
{
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "abc");
    EXPECT_ERRNO(read(p.b, BAD_ADDRESS, 3), EFAULT);
    EXPECT_ERRNO(write(p.b, BAD_ADDRESS, 3), EFAULT);
    expect_recv(p.b, 0, "abc");
}

TEST(empty_messages_do_nothing_on_a_stream)
{
    char c;
    struct pair p = pair_of(SOCK_STREAM | SOCK_NONBLOCK);
    EXPECT_EQ(send(p.a, "", 0, 0), 0);
    EXPECT_ERRNO(read(p.b, &c, 1), EAGAIN);
}

TEST(a_socket_does_not_seek)
{
    char c;
    EXPECT_ERRNO(lseek(pair_of(SOCK_STREAM).a, 0, SEEK_SET), ESPIPE);
    EXPECT_ERRNO(pread(pair_of(SOCK_STREAM).a, &c, 1, 0), ESPIPE);
}

TEST(recvfrom_names_no_address_for_an_unbound_peer)
{
    struct sockaddr_un from = { 77 };
    socklen_t size = sizeof from;
    char c;
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "x");
    EXPECT_EQ(recvfrom(p.b, &c, 1, 0, (void *)&from, &size), 1);
    EXPECT_EQ(size, 0);
}

TEST(a_small_send_buffer_is_felt)
{
    struct pair p = pair_of(SOCK_STREAM);
    static char block[16384];
    int size = 1;
    socklen_t length = sizeof size;
    EXPECT_OK(setsockopt(p.a, SOL_SOCKET, SO_SNDBUF, &size, length));
    EXPECT_OK(getsockopt(p.a, SOL_SOCKET, SO_SNDBUF, &size, &length));
    EXPECT_LT(size, sizeof block);
    ssize_t sent = EXPECT_OK(send(p.a, block, sizeof block, MSG_DONTWAIT));
    EXPECT_LE(sent, size);
    EXPECT_ERRNO(send(p.a, block, 1, MSG_DONTWAIT), EAGAIN);
    EXPECT_EQ(recv(p.b, block, sizeof block, 0), sent);
}
