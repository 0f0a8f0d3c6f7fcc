// openat2(2): strict flags and the RESOLVE_* restrictions.
#include "files.h"
#include <linux/openat2.h>

static int openat2_of(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct open_how how = { .flags = flags, .mode = mode, .resolve = resolve };
    return syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

TEST(openat2_opens_and_creates_like_open)
{
    EXPECT_ERRNO(openat2_of(AT_FDCWD, "file", O_RDONLY, 0, 0), ENOENT);
    EXPECT_OK(openat2_of(AT_FDCWD, "file", O_CREAT | O_RDWR, 0600, 0));
    EXPECT_EQ(stat_of("file").st_mode & 07777, 0600);
}

TEST(openat2_refuses_unknown_flags_and_resolve_bits)
{
    EXPECT_ERRNO(openat2_of(AT_FDCWD, ".", 0x40000000, 0, 0), EINVAL);
    EXPECT_ERRNO(openat2_of(AT_FDCWD, ".", 1ull << 40, 0, 0), EINVAL);
    EXPECT_ERRNO(openat2_of(AT_FDCWD, ".", O_RDONLY, 0, 1 << 20), EINVAL);
}

TEST(openat2_refuses_a_mode_without_creation)
{
    EXPECT_ERRNO(openat2_of(AT_FDCWD, ".", O_RDONLY, 0600, 0), EINVAL);
    EXPECT_ERRNO(openat2_of(AT_FDCWD, "file", O_CREAT | O_RDWR, 0200000, 0), EINVAL);
}

TEST(openat2_refuses_O_PATH_with_other_flags)
{
    EXPECT_ERRNO(openat2_of(AT_FDCWD, ".", O_PATH | O_APPEND, 0, 0), EINVAL);
    EXPECT_OK(openat2_of(AT_FDCWD, ".", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, 0));
}

TEST(openat2_checks_the_size_of_its_argument)
{
    struct { struct open_how how; uint64_t more; } big = { { .flags = O_RDONLY }, 0 };
    EXPECT_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", &big, 8), EINVAL);
    EXPECT_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", &big, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", &big, 5000), E2BIG);
    EXPECT_OK(syscall(SYS_openat2, AT_FDCWD, ".", &big, sizeof big));
    big.more = 1;
    EXPECT_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", &big, sizeof big), E2BIG);
    EXPECT_ERRNO(syscall(SYS_openat2, AT_FDCWD, ".", BAD_ADDRESS, sizeof big.how), EFAULT);
}

TEST(RESOLVE_BENEATH_refuses_to_leave_the_directory)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("outside", "");
    make_file("dir/inside", "");
    EXPECT_OK(symlink("../outside", "dir/escape"));
    EXPECT_OK(symlink("inside", "dir/link"));
    int fd = EXPECT_OK(open("dir", O_PATH));
    EXPECT_OK(openat2_of(fd, "inside", O_RDONLY, 0, RESOLVE_BENEATH));
    EXPECT_OK(openat2_of(fd, "link", O_RDONLY, 0, RESOLVE_BENEATH));
    EXPECT_OK(openat2_of(fd, "./inside", O_RDONLY, 0, RESOLVE_BENEATH));
    EXPECT_ERRNO(openat2_of(fd, "../outside", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    EXPECT_ERRNO(openat2_of(fd, "escape", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    EXPECT_ERRNO(openat2_of(fd, "..", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
    EXPECT_ERRNO(openat2_of(fd, "/", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
}

TEST(RESOLVE_BENEATH_allows_dotdot_that_stays_inside)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(mkdir("dir/sub", 0755));
    make_file("dir/inside", "");
    int fd = EXPECT_OK(open("dir", O_PATH));
    EXPECT_OK(openat2_of(fd, "sub/../inside", O_RDONLY, 0, RESOLVE_BENEATH));
}

TEST(RESOLVE_IN_ROOT_treats_the_directory_as_the_root)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/inside", "");
    EXPECT_OK(symlink("/inside", "dir/absolute"));
    int fd = EXPECT_OK(open("dir", O_PATH));
    EXPECT_OK(openat2_of(fd, "/inside", O_RDONLY, 0, RESOLVE_IN_ROOT));
    EXPECT_OK(openat2_of(fd, "../../../inside", O_RDONLY, 0, RESOLVE_IN_ROOT));
    EXPECT_OK(openat2_of(fd, "absolute", O_RDONLY, 0, RESOLVE_IN_ROOT));
    EXPECT_ERRNO(openat2_of(fd, "/etc", O_RDONLY, 0, RESOLVE_IN_ROOT), ENOENT);
}

TEST(RESOLVE_BENEATH_and_IN_ROOT_exclude_each_other)
{
    EXPECT_ERRNO(openat2_of(AT_FDCWD, ".", O_RDONLY, 0, RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL);
}

TEST(RESOLVE_NO_SYMLINKS_refuses_symlinks_anywhere)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "");
    EXPECT_OK(symlink("dir", "link"));
    EXPECT_ERRNO(openat2_of(AT_FDCWD, "link/file", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), ELOOP);
    EXPECT_ERRNO(openat2_of(AT_FDCWD, "link", O_RDONLY, 0, RESOLVE_NO_SYMLINKS), ELOOP);
    EXPECT_OK(openat2_of(AT_FDCWD, "link", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS));
    EXPECT_OK(openat2_of(AT_FDCWD, "dir/file", O_RDONLY, 0, RESOLVE_NO_SYMLINKS));
}

TEST(RESOLVE_NO_MAGICLINKS_refuses_proc_links_only)
{
    char path[64];
    make_file("file", "");
    EXPECT_OK(symlink("file", "link"));
    int fd = EXPECT_OK(open("file", O_RDONLY));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    EXPECT_ERRNO(openat2_of(AT_FDCWD, path, O_RDONLY, 0, RESOLVE_NO_MAGICLINKS), ELOOP);
    EXPECT_OK(openat2_of(AT_FDCWD, "link", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS));
}

TEST(RESOLVE_BENEATH_refuses_magic_links)
{
    int fd = EXPECT_OK(open("/proc/self", O_PATH));
    EXPECT_ERRNO(openat2_of(fd, "cwd", O_RDONLY, 0, RESOLVE_BENEATH), EXDEV);
}

TEST(RESOLVE_NO_XDEV_refuses_mount_crossings)
{
    EXPECT_ERRNO(openat2_of(AT_FDCWD, "/proc/version", O_RDONLY, 0, RESOLVE_NO_XDEV), EXDEV);
    make_file("file", "");
    EXPECT_OK(openat2_of(AT_FDCWD, "file", O_RDONLY, 0, RESOLVE_NO_XDEV));
}
