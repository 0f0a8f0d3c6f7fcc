// AF_UNIX addresses: bind, autobind, the abstract name space, getsockname, getpeername.
#include "sockets.h"

TEST(bind_makes_a_socket_file_under_the_umask)
{
    struct stat st;
    umask(027);
    EXPECT_OK(bind_to(new_socket(SOCK_STREAM), "s"));
    EXPECT_OK(lstat("s", &st));
    EXPECT_EQ(st.st_mode, S_IFSOCK | 0750);
}

TEST(bind_to_an_existing_name_gives_EADDRINUSE)
{
    EXPECT_OK(bind_to(new_socket(SOCK_STREAM), "s"));
    EXPECT_ERRNO(bind_to(new_socket(SOCK_STREAM), "s"), EADDRINUSE);
    EXPECT_OK(symlink("missing", "link"));
    EXPECT_ERRNO(bind_to(new_socket(SOCK_DGRAM), "link"), EADDRINUSE);
    EXPECT_ERRNO(bind_to(new_socket(SOCK_DGRAM), "."), EADDRINUSE);
}

TEST(bind_names_the_usual_path_errors)
{
    EXPECT_ERRNO(bind_to(new_socket(SOCK_STREAM), "missing/s"), ENOENT);
    EXPECT_OK(open("file", O_CREAT | O_WRONLY, 0644));
    EXPECT_ERRNO(bind_to(new_socket(SOCK_STREAM), "file/s"), ENOTDIR);
    EXPECT_ERRNO(bind(new_socket(SOCK_STREAM), BAD_ADDRESS, 20), EFAULT);
}

TEST(bind_twice_gives_EINVAL)
{
    int s = new_socket(SOCK_STREAM);
    EXPECT_OK(bind_to(s, "a"));
    EXPECT_ERRNO(bind_to(s, "b"), EINVAL);
}

TEST(bind_checks_family_and_length)
{
    struct sockaddr_un address = address_of("s");
    int s = new_socket(SOCK_STREAM);
    EXPECT_ERRNO(bind(s, (void *)&address, 1), EINVAL);
    EXPECT_ERRNO(bind(s, (void *)&address, sizeof address + 1), EINVAL);
    EXPECT_ERRNO(bind(s, (void *)&address, 1000), EINVAL);
    EXPECT_ERRNO(bind(s, (void *)&address, -1), EINVAL);
    address.sun_family = AF_INET;
    EXPECT_ERRNO(bind(s, (void *)&address, sizeof address), EINVAL);
}

TEST(a_path_may_fill_all_108_bytes_without_terminator)
{
    struct sockaddr_un address = { AF_UNIX }, back;
    socklen_t size = sizeof back;
    int s = new_socket(SOCK_STREAM);
    memset(address.sun_path, 'n', sizeof address.sun_path);
    EXPECT_OK(bind(s, (void *)&address, sizeof address));
    struct stat st;
    char name[109] = { 0 };
    memset(name, 'n', 108);
    EXPECT_OK(lstat(name, &st));
    EXPECT_OK(getsockname(s, (void *)&back, &size));
    // The terminator the kernel adds does not fit and is counted.
    EXPECT_EQ(size, sizeof back + 1);
}

TEST(getsockname_returns_the_path_with_its_terminator)
{
    struct sockaddr_un back;
    socklen_t size = sizeof back;
    int s = new_socket(SOCK_STREAM);
    EXPECT_OK(bind_to(s, "name"));
    EXPECT_OK(getsockname(s, (void *)&back, &size));
    EXPECT_EQ(size, offsetof(struct sockaddr_un, sun_path) + 5);
    EXPECT_STREQ(back.sun_path, "name");
}

TEST(getsockname_of_an_unbound_socket_is_the_family_only)
{
    struct sockaddr_un back;
    socklen_t size = sizeof back;
    EXPECT_OK(getsockname(new_socket(SOCK_STREAM), (void *)&back, &size));
    EXPECT_EQ(size, 2);
    EXPECT_EQ(back.sun_family, AF_UNIX);
}

TEST(getsockname_cuts_at_the_room_given_and_reports_the_full_size)
{
    struct sockaddr_un back;
    memset(&back, '#', sizeof back);
    socklen_t size = 4;
    int s = new_socket(SOCK_STREAM);
    EXPECT_OK(bind_to(s, "name"));
    EXPECT_OK(getsockname(s, (void *)&back, &size));
    EXPECT_EQ(size, 7);
    EXPECT_MEMEQ(back.sun_path, "na#", 3);
    size = -1;
    EXPECT_ERRNO(getsockname(s, (void *)&back, &size), EINVAL);
    EXPECT_ERRNO(getsockname(s, (void *)&back, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(getsockname(99, (void *)&back, &size), EBADF);
    EXPECT_ERRNO(getsockname(EXPECT_OK(open("/", O_RDONLY)), (void *)&back, &size), ENOTSOCK);
}

TEST(an_abstract_name_makes_no_file_and_may_hold_zeros)
{
    struct sockaddr_un address = { AF_UNIX, "\0abstract\0name" }, back;
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + 14, size = sizeof back;
    snprintf(address.sun_path + 10, 20, "%06d", getpid());
    int l = new_socket(SOCK_STREAM), c = new_socket(SOCK_STREAM);
    EXPECT_OK(bind(l, (void *)&address, length));
    EXPECT_OK(listen(l, 1));
    EXPECT_OK(getsockname(l, (void *)&back, &size));
    EXPECT_EQ(size, length);
    EXPECT_MEMEQ(back.sun_path, address.sun_path, 14);
    EXPECT_OK(connect(c, (void *)&address, length));
    // Another length is another name.
    EXPECT_ERRNO(connect(new_socket(SOCK_STREAM), (void *)&address, length - 1), ECONNREFUSED);
    EXPECT_ERRNO(bind(new_socket(SOCK_STREAM), (void *)&address, length), EADDRINUSE);
    close(l);
    EXPECT_OK(bind(new_socket(SOCK_STREAM), (void *)&address, length));
}

TEST(autobind_gives_five_hexadecimal_digits)
{
    struct sockaddr_un address = { AF_UNIX }, back;
    socklen_t size = sizeof back;
    int s = new_socket(SOCK_STREAM);
    EXPECT_OK(bind(s, (void *)&address, 2));
    EXPECT_OK(getsockname(s, (void *)&back, &size));
    EXPECT_EQ(size, 8);
    EXPECT_EQ(back.sun_path[0], 0);
    for (int i = 1; i < 6; i++)
        EXPECT_TRUE(strchr("0123456789abcdef", back.sun_path[i]) != 0);
}

TEST(SO_PASSCRED_binds_automatically_at_connect)
{
    struct sockaddr_un back;
    socklen_t size = sizeof back;
    listen_at("s", SOCK_STREAM, 1);
    int c = new_socket(SOCK_STREAM);
    EXPECT_OK(set_option(c, SO_PASSCRED, 1));
    EXPECT_OK(connect_to(c, "s"));
    EXPECT_OK(getsockname(c, (void *)&back, &size));
    EXPECT_EQ(size, 8);
}

TEST(getpeername_names_the_other_side)
{
    struct sockaddr_un back;
    socklen_t size = sizeof back;
    struct pair p = connected("s", SOCK_STREAM);
    EXPECT_OK(getpeername(p.a, (void *)&back, &size));
    EXPECT_STREQ(back.sun_path, "s");
    size = sizeof back;
    EXPECT_OK(getsockname(p.b, (void *)&back, &size));
    EXPECT_STREQ(back.sun_path, "s");
    size = sizeof back;
    EXPECT_OK(getpeername(p.b, (void *)&back, &size));
    EXPECT_EQ(size, 2);
    EXPECT_ERRNO(getpeername(new_socket(SOCK_STREAM), (void *)&back, &size), ENOTCONN);
}

TEST(getpeername_still_works_after_the_peer_has_gone)
{
    struct sockaddr_un back;
    socklen_t size = sizeof back;
    struct pair p = connected("s", SOCK_STREAM);
    close(p.b);
    EXPECT_OK(getpeername(p.a, (void *)&back, &size));
    EXPECT_STREQ(back.sun_path, "s");
}

TEST(the_address_of_the_connecting_client_is_returned_by_accept)
{
    struct sockaddr_un back;
    socklen_t size = sizeof back;
    int l = listen_at("server", SOCK_STREAM, 1), c = new_socket(SOCK_STREAM);
    EXPECT_OK(bind_to(c, "client"));
    EXPECT_OK(connect_to(c, "server"));
    EXPECT_OK(accept(l, (void *)&back, &size));
    EXPECT_STREQ(back.sun_path, "client");
    EXPECT_EQ(size, 2 + 7);
}

TEST(unlinking_the_socket_file_refuses_new_connections_only)
{
    int l = listen_at("s", SOCK_STREAM, 5), c = new_socket(SOCK_STREAM);
    EXPECT_OK(connect_to(c, "s"));
    EXPECT_OK(unlink("s"));
    EXPECT_ERRNO(connect_to(new_socket(SOCK_STREAM), "s"), ENOENT);
    EXPECT_OK(accept(l, 0, 0));
}

TEST(renaming_the_socket_file_moves_the_address)
{
    listen_at("s", SOCK_STREAM, 5);
    EXPECT_OK(rename("s", "t"));
    EXPECT_OK(connect_to(new_socket(SOCK_STREAM), "t"));
}
