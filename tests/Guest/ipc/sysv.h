// System V IPC lives longer than the process that made it: each test works in an IPC namespace of its own, which goes with it.
#pragma once
#include "../harness.h"
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define OWN_NAMESPACE()                                                              \
    do {                                                                             \
        if (unshare(CLONE_NEWIPC) == -1)                                             \
            SKIP("needs an IPC namespace: %s", harness_errno_name(errno));           \
    } while (0)

static HARNESS_UNUSED void on_signal(int number)
{
    (void)number;
}

static HARNESS_UNUSED void catch_signal(int number, int flags)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };
    EXPECT_OK(sigaction(number, &action, 0));
}

// The state letter of a process.
static HARNESS_UNUSED char state_of(pid_t pid)
{
    char path[64], text[256] = "";
    sprintf(path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    char *end = n > 0 ? strrchr(text, ')') : 0;
    return end ? end[2] : '?';
}

// Until the child sleeps in the call it is about to make.
#define EXPECT_ASLEEP(PID) EXPECT_SOON(state_of(PID) == 'S')

static HARNESS_UNUSED int has_line(const char *path, const char *line)
{
    char text[8192] = "";
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 && strstr(text, line);
}
