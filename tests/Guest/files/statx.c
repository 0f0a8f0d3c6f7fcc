// statx(2).
#include "files.h"
#include <sys/sysmacros.h>

TEST(statx_agrees_with_stat)
{
    struct statx x;
    make_file("file", "text");
    struct stat st = stat_of("file");
    EXPECT_OK(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &x));
    EXPECT_EQ(x.stx_mask & STATX_BASIC_STATS, STATX_BASIC_STATS);
    EXPECT_EQ(x.stx_mode, st.st_mode);
    EXPECT_EQ(x.stx_ino, st.st_ino);
    EXPECT_EQ(x.stx_nlink, 1);
    EXPECT_EQ(x.stx_uid, st.st_uid);
    EXPECT_EQ(x.stx_size, 4);
    EXPECT_EQ(x.stx_mtime.tv_sec, st.st_mtim.tv_sec);
    EXPECT_EQ(x.stx_mtime.tv_nsec, st.st_mtim.tv_nsec);
    EXPECT_EQ(makedev(x.stx_dev_major, x.stx_dev_minor), st.st_dev);
    EXPECT_EQ(x.stx_blksize, st.st_blksize);
}

TEST(statx_may_fill_more_than_asked)
{
    struct statx x;
    EXPECT_OK(statx(AT_FDCWD, ".", 0, 0, &x));
    EXPECT_TRUE(S_ISDIR(x.stx_mode));
}

TEST(statx_gives_the_device_number_in_two_parts)
{
    struct statx x;
    EXPECT_OK(statx(AT_FDCWD, "/dev/null", 0, STATX_BASIC_STATS, &x));
    EXPECT_EQ(x.stx_rdev_major, 1);
    EXPECT_EQ(x.stx_rdev_minor, 3);
}

TEST(statx_with_AT_EMPTY_PATH_describes_the_descriptor)
{
    struct statx x;
    make_file("file", "text");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_OK(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &x));
    EXPECT_EQ(x.stx_size, 4);
    EXPECT_ERRNO(statx(fd, "", 0, STATX_SIZE, &x), ENOENT);
}

TEST(statx_with_NOFOLLOW_describes_the_symlink)
{
    struct statx x;
    EXPECT_OK(symlink("missing", "link"));
    EXPECT_OK(statx(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &x));
    EXPECT_TRUE(S_ISLNK(x.stx_mode));
    EXPECT_ERRNO(statx(AT_FDCWD, "link", 0, STATX_BASIC_STATS, &x), ENOENT);
}

TEST(statx_accepts_the_sync_modes_but_not_both)
{
    struct statx x;
    EXPECT_OK(statx(AT_FDCWD, ".", AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &x));
    EXPECT_OK(statx(AT_FDCWD, ".", AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &x));
    EXPECT_ERRNO(statx(AT_FDCWD, ".", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &x), EINVAL);
}

TEST(statx_refuses_the_reserved_mask_bit_and_unknown_flags)
{
    struct statx x;
    EXPECT_ERRNO(statx(AT_FDCWD, ".", 0, 0x80000000u, &x), EINVAL);
    EXPECT_ERRNO(statx(AT_FDCWD, ".", 0x40000000, STATX_BASIC_STATS, &x), EINVAL);
}

TEST(statx_with_a_bad_result_pointer_gives_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_statx, AT_FDCWD, ".", 0, STATX_BASIC_STATS, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(syscall(SYS_statx, AT_FDCWD, "missing", 0, STATX_BASIC_STATS, BAD_ADDRESS), ENOENT);
}

TEST(statx_marks_the_root_of_a_mount)
{
    struct statx x;
    EXPECT_OK(statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &x));
    EXPECT_TRUE(x.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT);
    EXPECT_TRUE(x.stx_attributes & STATX_ATTR_MOUNT_ROOT);
    EXPECT_OK(statx(AT_FDCWD, ".", 0, STATX_BASIC_STATS, &x));
    EXPECT_FALSE(x.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}
