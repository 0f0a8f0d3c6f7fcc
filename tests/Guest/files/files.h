// Small helpers shared by the programs of this family.
#pragma once
#include "../harness.h"
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/uio.h>

// Never given to a user of the host: what we need is only that it is not 0.
#define SOMEBODY 12345
#define ANYBODY 23456

// Creates or replaces a file with this text.
static HARNESS_UNUSED void make_file(const char *path, const char *text)
{
    int fd = EXPECT_OK(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    EXPECT_EQ(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

// The text of a file, in a static buffer.
static HARNESS_UNUSED const char *file_text(const char *path)
{
    static char text[65536];
    int fd = EXPECT_OK(open(path, O_RDONLY | O_CLOEXEC));
    ssize_t n = EXPECT_OK(read(fd, text, sizeof text - 1));
    close(fd);
    text[n] = 0;
    return text;
}

static HARNESS_UNUSED struct stat stat_of(const char *path)
{
    struct stat st;
    EXPECT_OK(lstat(path, &st));
    return st;
}

static HARNESS_UNUSED struct stat fstat_of(int fd)
{
    struct stat st;
    EXPECT_OK(fstat(fd, &st));
    return st;
}

static HARNESS_UNUSED int exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

// A directory with a fresh tmpfs on it, in a mount namespace of our own.
static HARNESS_UNUSED void enter_mount_namespace(void)
{
    if (unshare(CLONE_NEWNS) == -1)
        SKIP("no mount namespace: %s", harness_errno_name(errno));
    EXPECT_OK(mount("none", "/", 0, MS_REC | MS_PRIVATE, 0));
}

static HARNESS_UNUSED void mount_tmpfs(const char *directory, unsigned long flags, const char *options)
{
    EXPECT_OK(mkdir(directory, 0755));
    EXPECT_OK(mount("tmpfs", directory, "tmpfs", flags, options));
}
