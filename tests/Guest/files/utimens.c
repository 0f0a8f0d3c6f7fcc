// utimensat(2), futimens, utimes, utime: setting the times of a file.
#include "files.h"
#include <sys/time.h>
#include <utime.h>

static int set(const char *path, long atime, long atime_ns, long mtime, long mtime_ns)
{
    struct timespec t[2] = { { atime, atime_ns }, { mtime, mtime_ns } };
    return utimensat(AT_FDCWD, path, t, 0);
}

TEST(both_times_are_set_to_the_nanosecond)
{
    make_file("file", "");
    EXPECT_OK(set("file", 1000, 123456789, 2000, 987654321));
    struct stat st = stat_of("file");
    EXPECT_EQ(st.st_atim.tv_sec, 1000);
    EXPECT_EQ(st.st_atim.tv_nsec, 123456789);
    EXPECT_EQ(st.st_mtim.tv_sec, 2000);
    EXPECT_EQ(st.st_mtim.tv_nsec, 987654321);
}

TEST(times_before_1970_are_allowed)
{
    make_file("file", "");
    EXPECT_OK(set("file", -1000, 0, -1, 500000000));
    EXPECT_EQ(stat_of("file").st_mtim.tv_sec, -1);
    EXPECT_EQ(stat_of("file").st_mtim.tv_nsec, 500000000);
}

TEST(no_times_means_now)
{
    make_file("file", "");
    EXPECT_OK(set("file", 1000, 0, 1000, 0));
    time_t now = time(0);
    EXPECT_OK(utimensat(AT_FDCWD, "file", 0, 0));
    EXPECT_GE(stat_of("file").st_mtime, now - 1);
    EXPECT_GE(stat_of("file").st_atime, now - 1);
}

TEST(UTIME_OMIT_keeps_and_UTIME_NOW_sets_one_of_them)
{
    make_file("file", "");
    EXPECT_OK(set("file", 1000, 0, 2000, 0));
    EXPECT_OK(set("file", 99, UTIME_OMIT, 3000, 0));
    EXPECT_EQ(stat_of("file").st_atime, 1000);
    EXPECT_EQ(stat_of("file").st_mtime, 3000);
    EXPECT_OK(set("file", 4000, 0, 0, UTIME_NOW));
    EXPECT_EQ(stat_of("file").st_atime, 4000);
    EXPECT_GT(stat_of("file").st_mtime, 4000);
}

TEST(both_UTIME_OMIT_does_nothing_even_to_a_missing_file)
{
    EXPECT_OK(set("missing", 0, UTIME_OMIT, 0, UTIME_OMIT));
}

TEST(nanoseconds_out_of_range_give_EINVAL)
{
    make_file("file", "");
    EXPECT_ERRNO(set("file", 0, 1000000000, 0, 0), EINVAL);
    EXPECT_ERRNO(set("file", 0, 0, 0, -1), EINVAL);
}

TEST(utimensat_refuses_unknown_flags_and_bad_pointers)
{
    make_file("file", "");
    struct timespec t[2] = { { 0, 0 }, { 0, 0 } };
    EXPECT_ERRNO(syscall(SYS_utimensat, AT_FDCWD, "file", t, 0x40000000), EINVAL);
    EXPECT_ERRNO(syscall(SYS_utimensat, AT_FDCWD, "file", BAD_ADDRESS, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_utimensat, AT_FDCWD, "missing", t, 0), ENOENT);
    EXPECT_ERRNO(syscall(SYS_utimensat, 99, "file", t, 0), EBADF);
}

TEST(a_null_path_names_the_descriptor)
{
    make_file("file", "");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    struct timespec t[2] = { { 1, 0 }, { 2, 0 } };
    EXPECT_OK(futimens(fd, t));
    EXPECT_EQ(stat_of("file").st_mtime, 2);
    EXPECT_ERRNO(syscall(SYS_utimensat, AT_FDCWD, 0, t, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_utimensat, 99, 0, t, 0), EBADF);
}

TEST(NOFOLLOW_sets_the_times_of_the_symlink)
{
    EXPECT_OK(symlink("missing", "link"));
    struct timespec t[2] = { { 1, 0 }, { 2, 0 } };
    EXPECT_OK(utimensat(AT_FDCWD, "link", t, AT_SYMLINK_NOFOLLOW));
    EXPECT_EQ(stat_of("link").st_mtime, 2);
    EXPECT_ERRNO(utimensat(AT_FDCWD, "link", t, 0), ENOENT);
}

TEST(a_writer_may_set_now_but_only_the_owner_any_time)
{
    NEED_ROOT();
    make_file("w", "");
    EXPECT_OK(chmod("w", 0666));
    make_file("r", "");
    AS_USER(SOMEBODY, SOMEBODY,
            EXPECT_OK(utimensat(AT_FDCWD, "w", 0, 0));
            EXPECT_OK(set("w", 0, UTIME_NOW, 0, UTIME_NOW));
            EXPECT_ERRNO(set("w", 1, 0, 2, 0), EPERM);
            EXPECT_ERRNO(set("w", 0, UTIME_NOW, 0, UTIME_OMIT), EPERM);
            EXPECT_ERRNO(utimensat(AT_FDCWD, "r", 0, 0), EACCES));
}

TEST(utime_and_utimes_set_seconds_and_microseconds)
{
    make_file("file", "");
    struct utimbuf u = { 1000, 2000 };
    EXPECT_OK(syscall(SYS_utime, "file", &u));
    EXPECT_EQ(stat_of("file").st_mtime, 2000);
    struct timeval v[2] = { { 3000, 5 }, { 4000, 6 } };
    EXPECT_OK(syscall(SYS_utimes, "file", v));
    EXPECT_EQ(stat_of("file").st_mtim.tv_sec, 4000);
    EXPECT_EQ(stat_of("file").st_mtim.tv_nsec, 6000);
    v[0].tv_usec = 1000000;
    EXPECT_ERRNO(syscall(SYS_utimes, "file", v), EINVAL);
}

TEST(reading_moves_the_access_time_and_not_the_modification_time)
{
    make_file("file", "text");
    EXPECT_OK(set("file", 1000, 0, 2000, 0));
    EXPECT_STREQ(file_text("file"), "text");
    EXPECT_EQ(stat_of("file").st_mtime, 2000);
    // relatime: the access time was older than the modification time; a mount with noatime leaves it.
    struct stat st = stat_of("file");
    EXPECT_TRUE(st.st_atime > 2000 || st.st_atime == 1000);
}

TEST(writing_moves_modification_and_change_time_together)
{
    make_file("file", "");
    EXPECT_OK(set("file", 1000, 0, 1000, 0));
    int fd = EXPECT_OK(open("file", O_WRONLY));
    EXPECT_EQ(write(fd, "x", 1), 1);
    struct stat st = fstat_of(fd);
    EXPECT_EQ(st.st_mtim.tv_sec, st.st_ctim.tv_sec);
    EXPECT_EQ(st.st_mtim.tv_nsec, st.st_ctim.tv_nsec);
}
