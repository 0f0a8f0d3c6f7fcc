// Small helpers shared by the programs of this family.
#pragma once
#include "../harness.h"
#include <ctype.h>
#include <limits.h>

// A whole file, read to its end; a static buffer each of four calls.
static HARNESS_UNUSED char *slurp(const char *path)
{
    enum { ROOM = 1 << 20 };
    static char buffers[4][ROOM];
    static int turn;
    char *buffer = buffers[turn++ % 4];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        FAIL("open(%s) failed with %s", path, harness_errno_name(errno));
    size_t got = 0;
    for (ssize_t n; got < ROOM - 1 && (n = EXPECT_OK(read(fd, buffer + got, ROOM - 1 - got))) > 0;)
        got += n;
    close(fd);
    buffer[got] = 0;
    return buffer;
}

// The text behind "Name:" and blanks on its line of a file like /proc/self/status; a static buffer.
static HARNESS_UNUSED const char *field(const char *path, const char *name)
{
    static char value[4][512];
    static int turn;
    char *at = slurp(path), *out = value[turn++ % 4];
    size_t length = strlen(name);
    for (; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : 0)
        if (!strncmp(at, name, length) && at[length] == ':') {
            at += length + 1;
            at += strspn(at, " \t");
            snprintf(out, sizeof value[0], "%.*s", (int)strcspn(at, "\n"), at);
            return out;
        }
    FAIL("%s has no field %s", path, name);
}

static HARNESS_UNUSED const char *link_text(const char *path)
{
    static char target[PATH_MAX];
    ssize_t n = readlink(path, target, sizeof target - 1);
    if (n == -1)
        FAIL("readlink(%s) failed with %s", path, harness_errno_name(errno));
    target[n] = 0;
    return target;
}

static HARNESS_UNUSED int lines_of(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}
