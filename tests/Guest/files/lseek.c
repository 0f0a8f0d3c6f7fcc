// lseek(2), SEEK_DATA and SEEK_HOLE among its ways.
#include "files.h"

TEST(lseek_counts_from_start_offset_and_end)
{
    make_file("file", "0123456789");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_EQ(lseek(fd, 4, SEEK_SET), 4);
    EXPECT_EQ(lseek(fd, 2, SEEK_CUR), 6);
    EXPECT_EQ(lseek(fd, -1, SEEK_END), 9);
    EXPECT_EQ(lseek(fd, 5, SEEK_END), 15);
}

TEST(lseek_before_the_start_gives_EINVAL_and_stays)
{
    make_file("file", "0123");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_EQ(lseek(fd, 2, SEEK_SET), 2);
    EXPECT_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
    EXPECT_ERRNO(lseek(fd, -3, SEEK_CUR), EINVAL);
    EXPECT_ERRNO(lseek(fd, -5, SEEK_END), EINVAL);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 2);
}

TEST(an_unknown_whence_gives_EINVAL)
{
    make_file("file", "0123");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_ERRNO(lseek(fd, 0, 5), EINVAL);
    EXPECT_ERRNO(lseek(fd, 0, -1), EINVAL);
}

TEST(an_offset_that_overflows_is_refused)
{
    make_file("file", "0123");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_EQ(lseek(fd, 1, SEEK_SET), 1);
    EXPECT_EQ(lseek(fd, INT64_MAX, SEEK_CUR), -1);
    EXPECT_TRUE(errno == EINVAL || errno == EOVERFLOW);
}

TEST(lseek_on_a_pipe_socket_or_fifo_gives_ESPIPE)
{
    int p[2];
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(lseek(p[0], 0, SEEK_SET), ESPIPE);
    EXPECT_OK(mkfifo("fifo", 0644));
    EXPECT_ERRNO(lseek(EXPECT_OK(open("fifo", O_RDWR)), 0, SEEK_CUR), ESPIPE);
}

TEST(lseek_on_a_bad_descriptor_gives_EBADF)
{
    EXPECT_ERRNO(lseek(99, 0, SEEK_SET), EBADF);
}

TEST(seeking_past_the_end_does_not_grow_the_file)
{
    char c;
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    EXPECT_EQ(lseek(fd, 100, SEEK_SET), 100);
    EXPECT_EQ(fstat_of(fd).st_size, 0);
    EXPECT_EQ(read(fd, &c, 1), 0);
    EXPECT_EQ(write(fd, "x", 1), 1);
    EXPECT_EQ(fstat_of(fd).st_size, 101);
}

TEST(SEEK_DATA_and_SEEK_HOLE_walk_a_sparse_file)
{
    enum { MEG = 1 << 20 };
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    EXPECT_EQ(pwrite(fd, "x", 1, MEG), 1);
    EXPECT_OK(ftruncate(fd, 3 * MEG));
    EXPECT_EQ(lseek(fd, 0, SEEK_HOLE), 0);
    off_t data = EXPECT_OK(lseek(fd, 0, SEEK_DATA));
    // A file system may know no holes at all; then all is data.
    if (data == 0)
        SKIP("the file system has no holes");
    EXPECT_EQ(data, MEG);
    off_t hole = EXPECT_OK(lseek(fd, MEG, SEEK_HOLE));
    EXPECT_GT(hole, MEG);
    EXPECT_LE(hole, MEG + 65536);
    EXPECT_ERRNO(lseek(fd, hole, SEEK_DATA), ENXIO);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), hole);
}

TEST(SEEK_HOLE_in_a_full_file_finds_its_end)
{
    make_file("file", "0123");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_EQ(lseek(fd, 1, SEEK_HOLE), 4);
    EXPECT_EQ(lseek(fd, 1, SEEK_DATA), 1);
}

TEST(SEEK_DATA_and_SEEK_HOLE_at_or_past_the_end_give_ENXIO)
{
    make_file("file", "0123");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_ERRNO(lseek(fd, 4, SEEK_DATA), ENXIO);
    EXPECT_ERRNO(lseek(fd, 4, SEEK_HOLE), ENXIO);
    EXPECT_ERRNO(lseek(fd, 100, SEEK_HOLE), ENXIO);
    EXPECT_ERRNO(lseek(fd, -1, SEEK_DATA), ENXIO);
}

TEST(dev_null_and_dev_zero_seek_to_zero)
{
    int fd = EXPECT_OK(open("/dev/null", O_RDWR));
    EXPECT_EQ(lseek(fd, 100, SEEK_SET), 0);
    EXPECT_EQ(lseek(fd, 5, SEEK_END), 0);
}
