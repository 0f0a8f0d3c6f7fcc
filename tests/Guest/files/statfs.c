// statfs(2), fstatfs(2), statvfs(3), and the sync family.
#include "files.h"
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#ifndef PIPEFS_MAGIC
#define PIPEFS_MAGIC 0x50495045
#endif

TEST(statfs_says_how_large_the_file_system_is)
{
    struct statfs s;
    EXPECT_OK(statfs(".", &s));
    EXPECT_GT(s.f_bsize, 0);
    EXPECT_GE(s.f_blocks, s.f_bfree);
    EXPECT_GE(s.f_bfree, s.f_bavail);
    EXPECT_EQ(s.f_namelen, 255);
}

TEST(each_virtual_file_system_has_its_magic_number)
{
    struct statfs s;
    int p[2];
    EXPECT_OK(statfs("/proc", &s));
    EXPECT_EQ(s.f_type, PROC_SUPER_MAGIC);
    EXPECT_OK(statfs("/sys", &s));
    EXPECT_EQ(s.f_type, SYSFS_MAGIC);
    EXPECT_OK(statfs("/dev/pts", &s));
    EXPECT_EQ(s.f_type, DEVPTS_SUPER_MAGIC);
    EXPECT_OK(statfs("/dev/shm", &s));
    EXPECT_EQ(s.f_type, TMPFS_MAGIC);
    EXPECT_OK(pipe(p));
    EXPECT_OK(fstatfs(p[0], &s));
    EXPECT_EQ(s.f_type, PIPEFS_MAGIC);
}

TEST(statfs_and_fstatfs_agree)
{
    struct statfs a, b;
    EXPECT_OK(statfs(".", &a));
    EXPECT_OK(fstatfs(EXPECT_OK(open(".", O_PATH)), &b));
    EXPECT_EQ(a.f_type, b.f_type);
    EXPECT_EQ(a.f_bsize, b.f_bsize);
    EXPECT_MEMEQ(&a.f_fsid, &b.f_fsid, sizeof a.f_fsid);
}

TEST(the_mount_flags_show_in_statvfs)
{
    NEED_ROOT();
    struct statvfs s;
    enter_mount_namespace();
    mount_tmpfs("t", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, 0);
    EXPECT_OK(statvfs("t", &s));
    unsigned long all = ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC;
    EXPECT_EQ(s.f_flag & all, all);
}

TEST(a_tmpfs_has_the_size_it_was_given)
{
    NEED_ROOT();
    struct statfs s;
    enter_mount_namespace();
    mount_tmpfs("t", 0, "size=1m,nr_inodes=10");
    EXPECT_OK(statfs("t", &s));
    EXPECT_EQ(s.f_blocks * s.f_bsize, 1 << 20);
    EXPECT_EQ(s.f_files, 10);
    EXPECT_EQ(s.f_ffree, 9);
}

TEST(statfs_names_the_usual_errors)
{
    struct statfs s;
    make_file("file", "");
    EXPECT_ERRNO(statfs("missing", &s), ENOENT);
    EXPECT_ERRNO(statfs("file/x", &s), ENOTDIR);
    EXPECT_ERRNO(statfs(BAD_ADDRESS, &s), EFAULT);
    EXPECT_ERRNO(syscall(SYS_statfs, ".", BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(fstatfs(99, &s), EBADF);
}

TEST(fsync_and_fdatasync_take_files_and_directories)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    EXPECT_EQ(write(fd, "text", 4), 4);
    EXPECT_OK(fsync(fd));
    EXPECT_OK(fdatasync(fd));
    EXPECT_OK(fsync(EXPECT_OK(open("file", O_RDONLY))));
    EXPECT_OK(fsync(EXPECT_OK(open(".", O_RDONLY))));
}

TEST(fsync_of_a_pipe_gives_EINVAL_and_of_no_descriptor_EBADF)
{
    int p[2];
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(fsync(p[0]), EINVAL);
    EXPECT_ERRNO(fdatasync(p[1]), EINVAL);
    EXPECT_ERRNO(fsync(99), EBADF);
}

TEST(sync_file_range_checks_its_arguments)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644)), p[2];
    EXPECT_OK(pipe(p));
    EXPECT_OK(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
    EXPECT_ERRNO(sync_file_range(fd, 0, 0, 0x80), EINVAL);
    EXPECT_ERRNO(sync_file_range(fd, -1, 10, 0), EINVAL);
    EXPECT_ERRNO(sync_file_range(p[0], 0, 0, SYNC_FILE_RANGE_WRITE), ESPIPE);
    EXPECT_ERRNO(sync_file_range(99, 0, 0, 0), EBADF);
}

TEST(syncfs_takes_any_descriptor_of_the_file_system)
{
    NEED_ROOT();
    enter_mount_namespace();
    mount_tmpfs("t", 0, 0);
    EXPECT_OK(syncfs(EXPECT_OK(open("t", O_RDONLY))));
    EXPECT_ERRNO(syncfs(99), EBADF);
}

TEST(posix_fadvise_and_readahead_check_their_arguments)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644)), p[2];
    EXPECT_OK(pipe(p));
    for (int advice = 0; advice < 6; advice++)
        EXPECT_EQ(posix_fadvise(fd, 0, 0, advice), 0);
    EXPECT_EQ(posix_fadvise(fd, 0, 0, 77), EINVAL);
    EXPECT_EQ(posix_fadvise(p[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
    EXPECT_EQ(posix_fadvise(99, 0, 0, POSIX_FADV_NORMAL), EBADF);
    EXPECT_OK(readahead(fd, 0, 4096));
    EXPECT_ERRNO(readahead(99, 0, 4096), EBADF);
    EXPECT_ERRNO(readahead(EXPECT_OK(open("file", O_WRONLY)), 0, 4096), EBADF);
}
