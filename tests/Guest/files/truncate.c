// truncate(2) and ftruncate(2).
#include "files.h"

TEST(truncate_cuts_and_extends_with_zeros)
{
    char buffer[8];
    make_file("file", "0123");
    EXPECT_OK(truncate("file", 2));
    EXPECT_OK(truncate("file", 4));
    int fd = EXPECT_OK(open("file", O_RDWR));
    EXPECT_EQ(read(fd, buffer, 8), 4);
    EXPECT_MEMEQ(buffer, "01\0\0", 4);
    EXPECT_OK(ftruncate(fd, 1));
    EXPECT_EQ(fstat_of(fd).st_size, 1);
}

TEST(ftruncate_does_not_move_the_offset)
{
    char c;
    make_file("file", "0123");
    int fd = EXPECT_OK(open("file", O_RDWR));
    EXPECT_EQ(lseek(fd, 3, SEEK_SET), 3);
    EXPECT_OK(ftruncate(fd, 1));
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 3);
    EXPECT_EQ(read(fd, &c, 1), 0);
}

TEST(cutting_in_the_middle_of_a_page_clears_what_comes_back)
{
    char buffer[4096], zeros[4096] = { 0 };
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    memset(buffer, 'x', sizeof buffer);
    EXPECT_EQ(write(fd, buffer, 4096), 4096);
    EXPECT_OK(ftruncate(fd, 10));
    EXPECT_OK(ftruncate(fd, 4096));
    EXPECT_EQ(pread(fd, buffer, 4096, 0), 4096);
    EXPECT_MEMEQ(buffer + 10, zeros, 4086);
    EXPECT_EQ(buffer[9], 'x');
}

TEST(a_negative_length_gives_EINVAL)
{
    make_file("file", "0123");
    int fd = EXPECT_OK(open("file", O_RDWR));
    EXPECT_ERRNO(truncate("file", -1), EINVAL);
    EXPECT_ERRNO(truncate("missing", -1), EINVAL);
    EXPECT_ERRNO(ftruncate(fd, -1), EINVAL);
    EXPECT_ERRNO(ftruncate(99, -1), EINVAL);
}

TEST(truncate_of_what_is_no_file_is_refused)
{
    int p[2];
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(mkfifo("fifo", 0644));
    EXPECT_ERRNO(truncate("dir", 0), EISDIR);
    EXPECT_ERRNO(truncate("fifo", 0), EINVAL);
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(ftruncate(p[1], 0), EINVAL);
    EXPECT_ERRNO(ftruncate(EXPECT_OK(open("dir", O_RDONLY)), 0), EINVAL);
}

TEST(truncate_names_the_usual_path_errors)
{
    make_file("file", "");
    EXPECT_ERRNO(truncate("missing", 0), ENOENT);
    EXPECT_ERRNO(truncate("file/x", 0), ENOTDIR);
    EXPECT_ERRNO(truncate(BAD_ADDRESS, 0), EFAULT);
    EXPECT_ERRNO(ftruncate(99, 0), EBADF);
}

TEST(truncate_needs_write_permission_but_ftruncate_only_the_descriptor)
{
    NEED_ROOT();
    make_file("file", "0123");
    EXPECT_OK(chmod("file", 0444));
    int fd = EXPECT_OK(open("file", O_RDWR));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(truncate("file", 0), EACCES); EXPECT_OK(ftruncate(fd, 2)));
    EXPECT_EQ(stat_of("file").st_size, 2);
}

TEST(truncate_follows_symlinks)
{
    make_file("file", "0123");
    EXPECT_OK(symlink("file", "link"));
    EXPECT_OK(truncate("link", 1));
    EXPECT_EQ(stat_of("file").st_size, 1);
}

TEST(truncate_to_the_same_size_still_updates_the_times)
{
    make_file("file", "0123");
    struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    EXPECT_OK(utimensat(AT_FDCWD, "file", old, 0));
    int fd = EXPECT_OK(open("file", O_RDWR));
    EXPECT_OK(ftruncate(fd, 2));
    EXPECT_GT(stat_of("file").st_mtime, 1000);
}
