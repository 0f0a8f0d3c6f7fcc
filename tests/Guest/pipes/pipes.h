// Small helpers shared by the programs of this family.
#pragma once
#include "../harness.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

struct pipe {
    int r, w;
};

static HARNESS_UNUSED struct pipe new_pipe(int flags)
{
    int p[2];
    EXPECT_OK(pipe2(p, flags));
    return (struct pipe){ p[0], p[1] };
}

static HARNESS_UNUSED void put(int fd, const char *text) { EXPECT_EQ(write(fd, text, strlen(text)), strlen(text)); }

// Reads once and compares.
static HARNESS_UNUSED void expect_read(int fd, const char *text)
{
    char buffer[256];
    ssize_t n = EXPECT_OK(read(fd, buffer, sizeof buffer - 1));
    buffer[n] = 0;
    EXPECT_STREQ(buffer, text);
}

static HARNESS_UNUSED int readable_bytes(int fd)
{
    int n = -1;
    EXPECT_OK(ioctl(fd, FIONREAD, &n));
    return n;
}

// What poll says at once.
static HARNESS_UNUSED int ready(int fd, int events)
{
    struct pollfd p = { fd, events, 0 };
    EXPECT_OK(poll(&p, 1, 0));
    return p.revents;
}

// Writes single bytes in chunks until the pipe is full; the descriptor must be nonblocking.
static HARNESS_UNUSED long fill(int fd)
{
    static char chunk[4096];
    long total = 0;
    for (ssize_t n; (n = write(fd, chunk, sizeof chunk)) > 0;)
        total += n;
    EXPECT_EQ(errno, EAGAIN);
    return total;
}
