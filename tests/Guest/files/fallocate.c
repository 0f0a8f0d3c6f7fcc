// fallocate(2) and its modes.
#include "files.h"
#include <linux/falloc.h>

static int scratch(int size)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR | O_TRUNC, 0644));
    char *text = malloc(size);
    memset(text, 'x', size);
    EXPECT_EQ(write(fd, text, size), size);
    free(text);
    return fd;
}

static void allocate(int fd, int mode, off_t offset, off_t size)
{
    if (fallocate(fd, mode, offset, size) == -1) {
        if (errno == EOPNOTSUPP)
            SKIP("the file system does not know fallocate mode %#x", mode);
        FAIL("fallocate mode %#x failed with %s", mode, harness_errno_name(errno));
    }
}

TEST(fallocate_grows_the_file_and_keeps_what_is_there)
{
    int fd = scratch(4);
    char buffer[16];
    allocate(fd, 0, 0, 16);
    EXPECT_EQ(fstat_of(fd).st_size, 16);
    EXPECT_EQ(pread(fd, buffer, 16, 0), 16);
    EXPECT_MEMEQ(buffer, "xxxx\0\0\0\0\0\0\0\0\0\0\0\0", 16);
}

TEST(fallocate_never_shrinks)
{
    int fd = scratch(100);
    allocate(fd, 0, 0, 10);
    EXPECT_EQ(fstat_of(fd).st_size, 100);
}

TEST(KEEP_SIZE_allocates_beyond_the_end_without_growing)
{
    int fd = scratch(4);
    allocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1 << 20);
    struct stat st = fstat_of(fd);
    EXPECT_EQ(st.st_size, 4);
    EXPECT_GE(st.st_blocks, (1 << 20) / 512);
}

TEST(PUNCH_HOLE_reads_back_as_zeros_and_frees_blocks)
{
    int fd = scratch(16384);
    char buffer[8192], zeros[4096] = { 0 };
    allocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096);
    EXPECT_EQ(fstat_of(fd).st_size, 16384);
    EXPECT_EQ(pread(fd, buffer, 8192, 2048), 8192);
    EXPECT_EQ(buffer[2047], 'x');
    EXPECT_MEMEQ(buffer + 2048, zeros, 4096);
    EXPECT_EQ(buffer[6144], 'x');
}

TEST(PUNCH_HOLE_inside_one_page_zeroes_those_bytes_only)
{
    int fd = scratch(4096);
    char buffer[30], zeros[10] = { 0 };
    allocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 10, 10);
    EXPECT_EQ(pread(fd, buffer, 30, 0), 30);
    EXPECT_EQ(buffer[9], 'x');
    EXPECT_MEMEQ(buffer + 10, zeros, 10);
    EXPECT_EQ(buffer[20], 'x');
}

TEST(ZERO_RANGE_zeroes_and_may_grow)
{
    int fd = scratch(100);
    char buffer[150];
    allocate(fd, FALLOC_FL_ZERO_RANGE, 50, 100);
    EXPECT_EQ(fstat_of(fd).st_size, 150);
    EXPECT_EQ(pread(fd, buffer, 150, 0), 150);
    EXPECT_EQ(buffer[49], 'x');
    for (int i = 50; i < 150; i++)
        EXPECT_EQ(buffer[i], 0);
}

TEST(COLLAPSE_RANGE_removes_whole_blocks)
{
    int fd = scratch(3 * 65536);
    EXPECT_EQ(pwrite(fd, "y", 1, 2 * 65536), 1);
    allocate(fd, FALLOC_FL_COLLAPSE_RANGE, 65536, 65536);
    char c;
    EXPECT_EQ(fstat_of(fd).st_size, 2 * 65536);
    EXPECT_EQ(pread(fd, &c, 1, 65536), 1);
    EXPECT_EQ(c, 'y');
}

TEST(PUNCH_HOLE_without_KEEP_SIZE_gives_EOPNOTSUPP)
{
    int fd = scratch(10);
    EXPECT_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10), EOPNOTSUPP);
}

TEST(an_unknown_mode_gives_EOPNOTSUPP)
{
    int fd = scratch(10);
    EXPECT_ERRNO(fallocate(fd, 0x4000, 0, 10), EOPNOTSUPP);
}

TEST(a_zero_or_negative_length_gives_EINVAL)
{
    int fd = scratch(10);
    EXPECT_ERRNO(fallocate(fd, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(fallocate(fd, 0, 0, -1), EINVAL);
    EXPECT_ERRNO(fallocate(fd, 0, -1, 10), EINVAL);
}

TEST(an_end_beyond_the_largest_offset_gives_EFBIG)
{
    int fd = scratch(10);
    EXPECT_ERRNO(fallocate(fd, 0, INT64_MAX - 5, 10), EFBIG);
}

TEST(fallocate_needs_a_writable_regular_file)
{
    int p[2];
    scratch(10);
    EXPECT_ERRNO(fallocate(99, 0, 0, 10), EBADF);
    EXPECT_ERRNO(fallocate(EXPECT_OK(open("file", O_RDONLY)), 0, 0, 10), EBADF);
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(fallocate(p[1], 0, 0, 10), ESPIPE);
    int null = EXPECT_OK(open("/dev/null", O_RDWR));
    EXPECT_ERRNO(fallocate(null, 0, 0, 10), ENODEV);
    EXPECT_ERRNO(fallocate(EXPECT_OK(open(".", O_RDONLY)), 0, 0, 10), EBADF);
}

TEST(PUNCH_HOLE_works_anywhere_on_an_append_descriptor)
{
    scratch(8192);
    int fd = EXPECT_OK(open("file", O_RDWR | O_APPEND));
    char c;
    allocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096);
    EXPECT_EQ(pread(fd, &c, 1, 0), 1);
    EXPECT_EQ(c, 0);
}
