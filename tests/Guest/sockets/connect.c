// listen(2), connect(2), accept4(2), the backlog, the ends of a connection.
#include "sockets.h"

TEST(a_connection_is_made_before_accept)
{
    int l = listen_at("s", SOCK_STREAM, 1), c = new_socket(SOCK_STREAM);
    EXPECT_OK(connect_to(c, "s"));
    put(c, "early");
    close(c);
    int a = EXPECT_OK(accept(l, 0, 0));
    expect_recv(a, 0, "early");
    expect_recv(a, 0, "");
}

TEST(connect_names_the_usual_errors)
{
    struct sockaddr_un address = address_of("s");
    int s = new_socket(SOCK_STREAM);
    EXPECT_ERRNO(connect_to(s, "missing"), ENOENT);
    EXPECT_OK(open("file", O_CREAT | O_WRONLY, 0644));
    EXPECT_ERRNO(connect_to(s, "file"), ECONNREFUSED);
    EXPECT_ERRNO(connect_to(s, "file/x"), ENOTDIR);
    EXPECT_ERRNO(connect(s, BAD_ADDRESS, sizeof address), EFAULT);
    EXPECT_ERRNO(connect(s, (void *)&address, 1), EINVAL);
    address.sun_family = AF_INET;
    EXPECT_ERRNO(connect(s, (void *)&address, sizeof address), EINVAL);
}

TEST(connecting_to_a_bound_socket_that_does_not_listen_gives_ECONNREFUSED)
{
    int b = new_socket(SOCK_STREAM);
    EXPECT_OK(bind_to(b, "s"));
    EXPECT_ERRNO(connect_to(new_socket(SOCK_STREAM), "s"), ECONNREFUSED);
    close(b);
    EXPECT_ERRNO(connect_to(new_socket(SOCK_STREAM), "s"), ECONNREFUSED);
}

TEST(connecting_with_another_type_gives_EPROTOTYPE)
{
    listen_at("s", SOCK_STREAM, 1);
    EXPECT_ERRNO(connect_to(new_socket(SOCK_SEQPACKET), "s"), EPROTOTYPE);
    EXPECT_ERRNO(connect_to(new_socket(SOCK_DGRAM), "s"), EPROTOTYPE);
}

TEST(connecting_twice_gives_EISCONN)
{
    listen_at("s", SOCK_STREAM, 5);
    int c = new_socket(SOCK_STREAM);
    EXPECT_OK(connect_to(c, "s"));
    EXPECT_ERRNO(connect_to(c, "s"), EISCONN);
    EXPECT_ERRNO(connect_to(pair_of(SOCK_STREAM).a, "s"), EISCONN);
}

TEST(a_listener_does_not_connect)
{
    int l = listen_at("s", SOCK_STREAM, 5);
    EXPECT_ERRNO(connect_to(l, "s"), EINVAL);
}

TEST(listen_wants_a_bound_connection_oriented_socket)
{
    EXPECT_ERRNO(listen(new_socket(SOCK_STREAM), 1), EINVAL);
    int d = new_socket(SOCK_DGRAM);
    EXPECT_OK(bind_to(d, "d"));
    EXPECT_ERRNO(listen(d, 1), EOPNOTSUPP);
    EXPECT_ERRNO(listen(pair_of(SOCK_STREAM).a, 1), EINVAL);
}

TEST(SO_ACCEPTCONN_shows_a_listener)
{
    int l = listen_at("s", SOCK_STREAM, 1);
    EXPECT_EQ(option(l, SO_ACCEPTCONN), 1);
    EXPECT_OK(listen(l, 5));
}

TEST(accept_wants_a_listener)
{
    EXPECT_ERRNO(accept(new_socket(SOCK_STREAM), 0, 0), EINVAL);
    EXPECT_ERRNO(accept(pair_of(SOCK_STREAM).a, 0, 0), EINVAL);
    EXPECT_ERRNO(accept(new_socket(SOCK_DGRAM), 0, 0), EOPNOTSUPP);
}

TEST(accept_on_a_nonblocking_listener_gives_EAGAIN)
{
    int l = listen_at("s", SOCK_STREAM | SOCK_NONBLOCK, 1);
    EXPECT_ERRNO(accept(l, 0, 0), EAGAIN);
    EXPECT_EQ(ready(l, POLLIN), 0);
    EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "s"));
    EXPECT_EQ(ready(l, POLLIN), POLLIN);
    int a = EXPECT_OK(accept(l, 0, 0));
    EXPECT_EQ(fcntl(a, F_GETFL) & O_NONBLOCK, 0);
}

TEST(accept4_sets_its_flags_and_refuses_others)
{
    int l = listen_at("s", SOCK_STREAM, 5);
    EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "s"));
    EXPECT_ERRNO(accept4(l, 0, 0, 0x100), EINVAL);
    int a = EXPECT_OK(accept4(l, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK));
    EXPECT_EQ(fcntl(a, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(a, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

TEST(accept_waits_for_a_client)
{
    int l = listen_at("s", SOCK_STREAM, 1);
    pid_t pid = FORK(sleep_ms(30); EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "s")));
    EXPECT_OK(accept(l, 0, 0));
    EXPECT_EXIT(pid, 0);
}

TEST(a_full_backlog_gives_EAGAIN_to_a_nonblocking_client)
{
    listen_at("s", SOCK_STREAM, 1);
    EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "s"));
    EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "s"));
    EXPECT_ERRNO(connect_to(new_socket(SOCK_STREAM | SOCK_NONBLOCK), "s"), EAGAIN);
}

TEST(a_full_backlog_makes_a_blocking_client_wait_for_accept)
{
    int l = listen_at("s", SOCK_STREAM, 0);
    EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "s"));
    pid_t pid = FORK(EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "s")));
    sleep_ms(30);
    EXPECT_EQ(waitpid(pid, 0, WNOHANG), 0);
    EXPECT_OK(accept(l, 0, 0));
    EXPECT_EXIT(pid, 0);
}

TEST(SO_SNDTIMEO_limits_the_wait_of_connect)
{
    listen_at("s", SOCK_STREAM, 0);
    EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "s"));
    int c = new_socket(SOCK_STREAM);
    struct timeval t = { 0, 50000 };
    EXPECT_OK(setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t));
    EXPECT_ERRNO(connect_to(c, "s"), EAGAIN);
}

TEST(closing_the_listener_resets_those_in_the_backlog)
{
    int l = listen_at("s", SOCK_STREAM, 5), c = new_socket(SOCK_STREAM);
    char byte;
    EXPECT_OK(connect_to(c, "s"));
    close(l);
    EXPECT_ERRNO(read(c, &byte, 1), ECONNRESET);
    signal(SIGPIPE, SIG_IGN);
    EXPECT_ERRNO(write(c, "x", 1), EPIPE);
    EXPECT_ERRNO(connect_to(new_socket(SOCK_STREAM), "s"), ECONNREFUSED);
}

TEST(a_shut_down_listener_gives_EINVAL_to_accept)
{
    int l = listen_at("s", SOCK_STREAM, 5);
    EXPECT_OK(shutdown(l, SHUT_RD));
    EXPECT_ERRNO(accept(l, 0, 0), EINVAL);
    EXPECT_ERRNO(connect_to(new_socket(SOCK_STREAM), "s"), ECONNREFUSED);
}

TEST(connecting_needs_write_permission_on_the_socket_file)
{
    if (geteuid() != 0)
        SKIP("needs root");
    listen_at("s", SOCK_STREAM, 5);
    EXPECT_OK(chmod("s", 0755));
    AS_USER(12345, 12345, EXPECT_ERRNO(connect_to(new_socket(SOCK_STREAM), "s"), EACCES));
    EXPECT_OK(chmod("s", 0722));
    AS_USER(12345, 12345, EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "s")));
}

TEST(SO_PEERCRED_names_the_other_process)
{
    struct ucred cred;
    socklen_t size = sizeof cred;
    int l = listen_at("s", SOCK_STREAM, 5);
    pid_t pid = FORK(int c = new_socket(SOCK_STREAM); EXPECT_OK(connect_to(c, "s")); pause());
    int a = EXPECT_OK(accept(l, 0, 0));
    EXPECT_OK(getsockopt(a, SOL_SOCKET, SO_PEERCRED, &cred, &size));
    EXPECT_EQ(cred.pid, pid);
    EXPECT_EQ(cred.uid, geteuid());
    EXPECT_EQ(cred.gid, getegid());
    EXPECT_OK(kill(pid, SIGKILL));
    EXPECT_SIGNALED(pid, SIGKILL);
}

TEST(the_client_sees_who_called_listen)
{
    struct ucred cred;
    socklen_t size = sizeof cred;
    listen_at("s", SOCK_STREAM, 5);
    pid_t parent = getpid();
    IN_CHILD(int c = new_socket(SOCK_STREAM); EXPECT_OK(connect_to(c, "s"));
             EXPECT_OK(getsockopt(c, SOL_SOCKET, SO_PEERCRED, &cred, &size)); EXPECT_EQ(cred.pid, parent));
}

TEST(SO_PEERCRED_of_an_unconnected_socket_is_nobody)
{
    struct ucred cred;
    socklen_t size = sizeof cred;
    EXPECT_OK(getsockopt(new_socket(SOCK_STREAM), SOL_SOCKET, SO_PEERCRED, &cred, &size));
    EXPECT_EQ(cred.pid, 0);
    EXPECT_EQ(cred.uid, (uid_t)-1);
}

TEST(a_pair_is_ones_own_peer)
{
    struct ucred cred;
    socklen_t size = sizeof cred;
    EXPECT_OK(getsockopt(pair_of(SOCK_STREAM).a, SOL_SOCKET, SO_PEERCRED, &cred, &size));
    EXPECT_EQ(cred.pid, getpid());
}

static void on_signal(int number) { (void)number; }

TEST(a_signal_interrupts_accept)
{
    int l = listen_at("s", SOCK_STREAM, 5);
    struct sigaction action = { .sa_handler = on_signal };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_ERRNO(accept(l, 0, 0), EINTR);
}
