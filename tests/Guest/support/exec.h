// Executing programs and looking at what they say and how they end.
#pragma once
#include "role.h"

// A copy of this program in the working directory.
static HARNESS_UNUSED void copy_self(const char *name, mode_t mode)
{
    static char block[1 << 16];
    int from = EXPECT_OK(open(SELF, O_RDONLY)), to = EXPECT_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700));
    ssize_t n;
    while ((n = EXPECT_OK(read(from, block, sizeof block))) > 0)
        EXPECT_EQ(write(to, block, n), n);
    EXPECT_OK(fchmod(to, mode));
    close(from);
    close(to);
}

static HARNESS_UNUSED void write_file(const char *name, const void *data, size_t size, mode_t mode)
{
    int fd = EXPECT_OK(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700));
    EXPECT_EQ(write(fd, data, size), size);
    EXPECT_OK(fchmod(fd, mode));
    close(fd);
}

#define WRITE_TEXT(NAME, TEXT, MODE) write_file(NAME, TEXT, strlen(TEXT), MODE)

// The wait status of the program, or -errno if it could not be executed.
static HARNESS_UNUSED int run_program(const char *path, char *const argv[], char *const envp[])
{
    volatile int error = 0;
    pid_t child = EXPECT_OK(vfork());
    if (child == 0) {
        syscall(SYS_execve, path, argv, envp);
        error = errno;
        _exit(127);
    }
    int status;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return error ? -error : status;
}

#define ARGV(...) ((char *[]){ __VA_ARGS__, 0 })
#define RUN(PATH) run_program(PATH, ARGV((char *)(PATH)), environ)
#define EXPECT_RUNS(PATH, CODE) EXPECT_EQ(RUN(PATH), (CODE) << 8)
#define EXPECT_DIES(PATH, NUMBER) EXPECT_EQ(RUN(PATH) & ~0x80, NUMBER)
#define EXPECT_REFUSED(PATH, NUMBER) EXPECT_EQ(RUN(PATH), -(NUMBER))

// What the program writes to its standard output; it must end with 0.
static HARNESS_UNUSED char *output_of(const char *path, char *const argv[], char *const envp[])
{
    static char text[1 << 16];
    int fds[2];
    EXPECT_OK(pipe2(fds, O_CLOEXEC));
    pid_t child = EXPECT_OK(fork());
    if (child == 0) {
        dup2(fds[1], 1);
        syscall(SYS_execve, path, argv, envp);
        FAIL("exec of %s failed with %s", path, harness_errno_name(errno));
    }
    close(fds[1]);
    size_t size = 0;
    ssize_t n;
    while (size < sizeof text - 1 && (n = EXPECT_OK(read(fds[0], text + size, sizeof text - 1 - size))) > 0)
        size += n;
    text[size] = 0;
    close(fds[0]);
    EXPECT_EXIT(child, 0);
    return text;
}
