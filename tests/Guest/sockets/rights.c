// SCM_RIGHTS: descriptors as passengers of a message (unix(7)).
#include "sockets.h"
#include <sched.h>

// Sends one byte and these descriptors.
static long send_fds(int s, const int *fds, int count)
{
    char control[CMSG_SPACE(300 * sizeof(int))] __attribute__((aligned(8))) = { 0 };
    struct iovec v = { "x", 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
                        .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    return sendmsg(s, &m, 0);
}

// Receives one byte and up to the number of descriptors that fit; returns how many came.
static int recv_fds(int s, int *fds, int room, int flags, int *msg_flags)
{
    char control[CMSG_SPACE(300 * sizeof(int))] __attribute__((aligned(8)));
    char byte;
    struct iovec v = { &byte, 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control,
                        .msg_controllen = room ? CMSG_LEN(room * sizeof(int)) : 0 };
    EXPECT_EQ(recvmsg(s, &m, flags), 1);
    if (msg_flags)
        *msg_flags = m.msg_flags;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (!c)
        return 0;
    EXPECT_EQ(c->cmsg_level, SOL_SOCKET);
    EXPECT_EQ(c->cmsg_type, SCM_RIGHTS);
    int count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds, CMSG_DATA(c), count * sizeof(int));
    return count;
}

static int file_with(const char *text)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_TRUNC | O_RDWR, 0644));
    put(fd, text);
    return fd;
}

TEST(a_passed_descriptor_is_the_same_description_under_a_new_number)
{
    struct pair p = pair_of(SOCK_STREAM);
    int fd = file_with("hello"), got;
    EXPECT_OK(send_fds(p.a, &fd, 1));
    EXPECT_EQ(recv_fds(p.b, &got, 1, 0, 0), 1);
    EXPECT_NE(got, fd);
    EXPECT_EQ(lseek(got, 2, SEEK_SET), 2);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 2);
    EXPECT_EQ(fcntl(got, F_GETFD), 0);
}

TEST(a_descriptor_in_flight_survives_the_close_of_the_sender)
{
    struct pair p = pair_of(SOCK_STREAM), q = pair_of(SOCK_STREAM);
    int got;
    EXPECT_OK(send_fds(p.a, &q.b, 1));
    close(q.b);
    put(q.a, "still open");
    EXPECT_EQ(recv_fds(p.b, &got, 1, 0, 0), 1);
    expect_recv(got, 0, "still open");
}

TEST(MSG_CMSG_CLOEXEC_sets_close_on_exec)
{
    struct pair p = pair_of(SOCK_STREAM);
    int fd = file_with(""), got, flags;
    EXPECT_OK(send_fds(p.a, &fd, 1));
    EXPECT_EQ(recv_fds(p.b, &got, 1, MSG_CMSG_CLOEXEC, &flags), 1);
    EXPECT_EQ(fcntl(got, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(flags & MSG_CMSG_CLOEXEC, MSG_CMSG_CLOEXEC);
}

TEST(too_little_room_drops_the_rest_and_sets_MSG_CTRUNC)
{
    struct pair p = pair_of(SOCK_STREAM), q = pair_of(SOCK_STREAM | SOCK_NONBLOCK);
    int fds[3] = { q.b, q.b, q.b }, got[3], flags;
    EXPECT_OK(send_fds(p.a, fds, 3));
    close(q.b);
    EXPECT_EQ(recv_fds(p.b, got, 1, 0, &flags), 1);
    EXPECT_EQ(flags & MSG_CTRUNC, MSG_CTRUNC);
    EXPECT_EQ(ready(q.a, POLLIN), 0);
    close(got[0]);
    // All copies are closed now, also those that did not fit.
    EXPECT_EQ(ready(q.a, POLLIN), POLLIN | POLLHUP);
}

TEST(a_read_without_control_buffer_closes_the_descriptors)
{
    struct pair p = pair_of(SOCK_STREAM), q = pair_of(SOCK_STREAM);
    char c;
    EXPECT_OK(send_fds(p.a, &q.b, 1));
    close(q.b);
    EXPECT_EQ(ready(q.a, POLLIN), 0);
    EXPECT_EQ(read(p.b, &c, 1), 1);
    EXPECT_EQ(ready(q.a, POLLIN), POLLIN | POLLHUP);
}

TEST(closing_the_socket_closes_descriptors_in_flight)
{
    struct pair p = pair_of(SOCK_STREAM), q = pair_of(SOCK_STREAM);
    EXPECT_OK(send_fds(p.a, &q.b, 1));
    close(q.b);
    close(p.a);
    close(p.b);
    EXPECT_SOON(ready(q.a, POLLIN) == (POLLIN | POLLHUP));
}

TEST(a_socket_is_passed_over_a_passed_socket)
{
    struct pair outer = pair_of(SOCK_STREAM), inner = pair_of(SOCK_STREAM);
    int fd = file_with("deep"), got, file;
    EXPECT_OK(send_fds(inner.a, &fd, 1));
    EXPECT_OK(send_fds(outer.a, &inner.b, 1));
    close(inner.b);
    close(fd);
    EXPECT_EQ(recv_fds(outer.b, &got, 1, 0, 0), 1);
    EXPECT_EQ(recv_fds(got, &file, 1, 0, 0), 1);
    EXPECT_EQ(lseek(file, 0, SEEK_END), 4);
}

TEST(a_socket_may_carry_itself_and_still_goes_away)
{
    // A cycle that only the garbage collector of the kernel can find.
    struct pair p = pair_of(SOCK_STREAM), q = pair_of(SOCK_STREAM);
    int fds[2] = { p.b, q.b };
    EXPECT_OK(send_fds(p.a, fds, 2));
    close(p.a);
    close(p.b);
    close(q.b);
    // Another socket being closed with descriptors in flight starts the collection.
    struct pair r = pair_of(SOCK_STREAM);
    EXPECT_OK(send_fds(r.a, &r.a, 1));
    close(r.a);
    close(r.b);
    EXPECT_SOON(ready(q.a, POLLIN) == (POLLIN | POLLHUP));
}

TEST(several_descriptors_keep_their_order)
{
    struct pair p = pair_of(SOCK_STREAM);
    int fds[10], got[10];
    struct stat a, b;
    for (int i = 0; i < 10; i++) {
        char name[8];
        snprintf(name, sizeof name, "f%d", i);
        fds[i] = EXPECT_OK(open(name, O_CREAT | O_RDWR, 0644));
    }
    EXPECT_OK(send_fds(p.a, fds, 10));
    EXPECT_EQ(recv_fds(p.b, got, 10, 0, 0), 10);
    for (int i = 0; i < 10; i++) {
        EXPECT_OK(fstat(fds[i], &a));
        EXPECT_OK(fstat(got[i], &b));
        EXPECT_EQ(a.st_ino, b.st_ino);
    }
}

TEST(at_most_253_descriptors_go_in_one_message)
{
    struct pair p = pair_of(SOCK_STREAM);
    int fds[254], got[254];
    for (int i = 0; i < 254; i++)
        fds[i] = 0;
    EXPECT_ERRNO(send_fds(p.a, fds, 254), EINVAL);
    EXPECT_OK(send_fds(p.a, fds, 253));
    EXPECT_EQ(recv_fds(p.b, got, 254, 0, 0), 253);
}

TEST(a_bad_descriptor_gives_EBADF_and_sends_nothing)
{
    struct pair p = pair_of(SOCK_STREAM | SOCK_NONBLOCK);
    int fds[2] = { 0, 99 };
    char c;
    EXPECT_ERRNO(send_fds(p.a, fds, 2), EBADF);
    EXPECT_ERRNO(read(p.b, &c, 1), EAGAIN);
}

TEST(malformed_control_messages_give_EINVAL)
{
    struct pair p = pair_of(SOCK_STREAM);
    char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8))) = { 0 };
    struct iovec v = { "x", 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = 1000;
    EXPECT_ERRNO(sendmsg(p.a, &m, 0), EINVAL);
    c->cmsg_len = 3;
    EXPECT_ERRNO(sendmsg(p.a, &m, 0), EINVAL);
    c->cmsg_len = CMSG_LEN(sizeof(int));
    c->cmsg_type = 77;
    EXPECT_ERRNO(sendmsg(p.a, &m, 0), EINVAL);
    m.msg_control = BAD_ADDRESS;
    EXPECT_ERRNO(sendmsg(p.a, &m, 0), EFAULT);
}

TEST(a_stream_read_stops_after_a_message_with_descriptors)
{
    struct pair p = pair_of(SOCK_STREAM);
    int fd = file_with(""), got;
    char text[16];
    EXPECT_OK(send_fds(p.a, &fd, 1));
    put(p.a, "after");
    put(p.a, "wards");
    EXPECT_EQ(recv_fds(p.b, &got, 1, 0, 0), 1);
    EXPECT_OK(send_fds(p.a, &fd, 1));
    put(p.a, "tail");
    // What comes before is glued to it, what follows is not.
    EXPECT_EQ(read(p.b, text, sizeof text), 11);
    EXPECT_EQ(read(p.b, text, sizeof text), 4);
}

TEST(MSG_PEEK_installs_its_own_copies)
{
    struct pair p = pair_of(SOCK_STREAM);
    int fd = file_with(""), first, second;
    EXPECT_OK(send_fds(p.a, &fd, 1));
    EXPECT_EQ(recv_fds(p.b, &first, 1, MSG_PEEK, 0), 1);
    EXPECT_EQ(recv_fds(p.b, &second, 1, 0, 0), 1);
    EXPECT_NE(first, second);
    EXPECT_OK(fcntl(first, F_GETFD));
    EXPECT_OK(fcntl(second, F_GETFD));
}

TEST(datagrams_carry_descriptors_too)
{
    struct pair p = pair_of(SOCK_DGRAM);
    int fd = file_with("text"), got;
    EXPECT_OK(send_fds(p.a, &fd, 1));
    EXPECT_EQ(recv_fds(p.b, &got, 1, 0, 0), 1);
    EXPECT_EQ(lseek(got, 0, SEEK_END), 4);
}

TEST(an_O_PATH_descriptor_may_be_passed)
{
    struct pair p = pair_of(SOCK_STREAM);
    int fd = EXPECT_OK(open(".", O_PATH)), got;
    EXPECT_OK(send_fds(p.a, &fd, 1));
    EXPECT_EQ(recv_fds(p.b, &got, 1, 0, 0), 1);
    EXPECT_OK(fchdir(got));
}

TEST(descriptors_pass_between_processes)
{
    struct pair p = pair_of(SOCK_STREAM);
    int got;
    pid_t pid = FORK(int fd = file_with("from the child"); EXPECT_OK(send_fds(p.a, &fd, 1)));
    EXPECT_EQ(recv_fds(p.b, &got, 1, 0, 0), 1);
    EXPECT_EQ(lseek(got, 0, SEEK_END), 14);
    EXPECT_EXIT(pid, 0);
}

TEST(what_can_still_be_received_is_no_garbage)
{
    // q.b lies in a message to p.b, which lies in a message to a socket that somebody has open.
    struct pair p = pair_of(SOCK_STREAM), q = pair_of(SOCK_STREAM), r = pair_of(SOCK_STREAM);
    EXPECT_OK(send_fds(p.a, &q.b, 1));
    EXPECT_OK(send_fds(p.a, &p.b, 1));
    EXPECT_OK(send_fds(r.a, &p.b, 1));
    close(p.b);
    close(q.b);
    struct pair s = pair_of(SOCK_STREAM);
    close(s.a);
    close(s.b);
    int got, inner;
    EXPECT_EQ(recv_fds(r.b, &got, 1, 0, 0), 1);
    EXPECT_EQ(recv_fds(got, &inner, 1, 0, 0), 1);
    EXPECT_EQ(write(q.a, "x", 1), 1);
    char c;
    EXPECT_EQ(read(inner, &c, 1), 1);
}

TEST(garbage_does_not_pile_up_while_no_socket_is_closed)
{
    // Each round leaves a socket that carries itself many times. The first of all carries the end of a pipe, too.
    int ends[2], fds[250];
    EXPECT_OK(pipe(ends));
    for (int i = 0; i < 80; i++) {
        struct pair p = pair_of(SOCK_STREAM);
        for (int k = 0; k < 250; k++)
            fds[k] = p.b;
        if (i == 0)
            fds[0] = ends[1];
        if (send_fds(p.a, fds, 250) < 0 && errno == ETOOMANYREFS)
            SKIP("only root may have so many sockets in flight");
        EXPECT_OK(send_fds(p.b, &p.a, 1));
        close(p.a);
        close(p.b);
        if (i == 0)
            close(ends[1]);
    }
    EXPECT_SOON(ready(ends[0], POLLIN) == POLLHUP);
}

// How many sockets of a kind the network namespace has, by /proc/net/protocols.
static int sockets_of(const char *kind)
{
    char line[256];
    int size, count = -1;
    FILE *f = fopen("/proc/net/protocols", "r");
    EXPECT_TRUE(f != 0);
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, kind, strlen(kind)))
            sscanf(line + strlen(kind), "%d %d", &size, &count);
    fclose(f);
    return count;
}

TEST(a_listener_that_only_a_connection_to_itself_holds_is_collected)
{
    if (unshare(CLONE_NEWNET) == -1)
        SKIP("no network namespace: %s", harness_errno_name(errno));
    EXPECT_EQ(sockets_of("UNIX-STREAM "), 0);
    int l = listen_at("l", SOCK_STREAM, 5), client = new_socket(SOCK_STREAM);
    EXPECT_OK(connect_to(client, "l"));
    EXPECT_EQ(sockets_of("UNIX-STREAM "), 3);
    char control[CMSG_SPACE(sizeof l)] __attribute__((aligned(8))) = { 0 };
    struct iovec v = { "x", 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){ CMSG_LEN(sizeof l), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(c), &l, sizeof l);
    EXPECT_EQ(sendmsg(client, &m, 0), 1);
    close(l);
    close(client);
    EXPECT_SOON(sockets_of("UNIX-STREAM ") == 0);
}
