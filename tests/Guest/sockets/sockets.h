// Small helpers shared by the programs of this family.
#pragma once
#include "../harness.h"
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

struct pair {
    int a, b;
};

static HARNESS_UNUSED struct pair pair_of(int type)
{
    int s[2];
    EXPECT_OK(socketpair(AF_UNIX, type, 0, s));
    return (struct pair){ s[0], s[1] };
}

static HARNESS_UNUSED int new_socket(int type) { return EXPECT_OK(socket(AF_UNIX, type, 0)); }

static HARNESS_UNUSED struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = { AF_UNIX };
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return address;
}

static HARNESS_UNUSED int bind_to(int fd, const char *path)
{
    struct sockaddr_un address = address_of(path);
    return bind(fd, (void *)&address, sizeof address);
}

static HARNESS_UNUSED int connect_to(int fd, const char *path)
{
    struct sockaddr_un address = address_of(path);
    return connect(fd, (void *)&address, sizeof address);
}

// A listening socket at a path of the working directory.
static HARNESS_UNUSED int listen_at(const char *path, int type, int backlog)
{
    int fd = new_socket(type);
    EXPECT_OK(bind_to(fd, path));
    EXPECT_OK(listen(fd, backlog));
    return fd;
}

// A connected pair made by way of a listener.
static HARNESS_UNUSED struct pair connected(const char *path, int type)
{
    int l = listen_at(path, type, 5), client = new_socket(type);
    EXPECT_OK(connect_to(client, path));
    int server = EXPECT_OK(accept(l, 0, 0));
    close(l);
    return (struct pair){ client, server };
}

static HARNESS_UNUSED int option(int fd, int name)
{
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_OK(getsockopt(fd, SOL_SOCKET, name, &value, &size));
    return value;
}

static HARNESS_UNUSED int set_option(int fd, int name, int value)
{
    return setsockopt(fd, SOL_SOCKET, name, &value, sizeof value);
}

static HARNESS_UNUSED void put(int fd, const char *text) { EXPECT_EQ(write(fd, text, strlen(text)), strlen(text)); }

// Receives once and compares.
static HARNESS_UNUSED void expect_recv(int fd, int flags, const char *text)
{
    char buffer[256];
    ssize_t n = EXPECT_OK(recv(fd, buffer, sizeof buffer - 1, flags));
    buffer[n] = 0;
    EXPECT_STREQ(buffer, text);
}

static HARNESS_UNUSED int ready(int fd, int events)
{
    struct pollfd p = { fd, events, 0 };
    EXPECT_OK(poll(&p, 1, 0));
    return p.revents;
}
