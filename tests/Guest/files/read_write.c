// read(2), write(2), pread(2), pwrite(2) on regular files.
#include "files.h"
#include <sys/resource.h>

static int scratch(const char *text)
{
    make_file("file", text);
    return EXPECT_OK(open("file", O_RDWR));
}

TEST(read_returns_what_is_left_and_then_zero)
{
    char buffer[16];
    int fd = scratch("hello");
    EXPECT_EQ(read(fd, buffer, 3), 3);
    EXPECT_EQ(read(fd, buffer, 16), 2);
    EXPECT_MEMEQ(buffer, "lo", 2);
    EXPECT_EQ(read(fd, buffer, 16), 0);
}

TEST(read_beyond_the_end_returns_zero)
{
    char c;
    int fd = scratch("hello");
    EXPECT_EQ(pread(fd, &c, 1, 5), 0);
    EXPECT_EQ(pread(fd, &c, 1, 1l << 40), 0);
}

TEST(reading_or_writing_nothing_returns_zero)
{
    int fd = scratch("hello");
    EXPECT_EQ(read(fd, BAD_ADDRESS, 0), 0);
    EXPECT_EQ(write(fd, BAD_ADDRESS, 0), 0);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

TEST(a_bad_buffer_gives_EFAULT_and_moves_nothing)
{
    int fd = scratch("hello");
    EXPECT_ERRNO(read(fd, BAD_ADDRESS, 5), EFAULT);
    EXPECT_ERRNO(write(fd, BAD_ADDRESS, 5), EFAULT);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
    EXPECT_STREQ(file_text("file"), "hello");
}

TEST(a_buffer_in_kernel_space_gives_EFAULT)
{
    int fd = scratch("hello");
    EXPECT_ERRNO(read(fd, (void *)0xffff888000000000, 1), EFAULT);
    EXPECT_ERRNO(write(fd, (void *)0x7fffffffffff, 16), EFAULT);
}

TEST(read_into_read_only_memory_gives_EFAULT)
{
    int fd = scratch("hello");
    void *page = EXPECT_OK(mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_ERRNO(read(fd, page, 5), EFAULT);
}

TEST(writing_from_memory_of_PROT_NONE_gives_EFAULT)
{
    int fd = scratch("hello");
    void *page = EXPECT_OK(mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_ERRNO(write(fd, page, 5), EFAULT);
}

TEST(a_read_that_runs_into_a_hole_in_memory_is_short)
{
    char *page = EXPECT_OK(mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_OK(munmap(page + 4096, 4096));
    int fd = scratch("hello");
    ssize_t n = read(fd, page + 4094, 5);
    EXPECT_EQ(n, 2);
    EXPECT_MEMEQ(page + 4094, "he", 2);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 2);
}

TEST(a_bad_descriptor_gives_EBADF)
{
    char c;
    EXPECT_ERRNO(read(99, &c, 1), EBADF);
    EXPECT_ERRNO(write(-1, &c, 1), EBADF);
    EXPECT_ERRNO(pread(99, &c, 1, 0), EBADF);
    EXPECT_ERRNO(pwrite(99, &c, 1, 0), EBADF);
    EXPECT_ERRNO(close(99), EBADF);
}

TEST(a_negative_offset_gives_EINVAL_even_for_a_bad_descriptor)
{
    char c;
    int fd = scratch("hello");
    EXPECT_ERRNO(pread(fd, &c, 1, -1), EINVAL);
    EXPECT_ERRNO(pwrite(fd, &c, 1, -1), EINVAL);
    EXPECT_ERRNO(pread(99, &c, 1, -1), EINVAL);
}

TEST(a_size_that_leaves_user_space_gives_EFAULT)
{
    int fd = scratch("hello");
    char c;
    EXPECT_ERRNO(syscall(SYS_read, fd, &c, ~0ul), EFAULT);
    EXPECT_ERRNO(syscall(SYS_write, fd, &c, 1ul << 63), EFAULT);
}

TEST(pread_and_pwrite_do_not_move_the_offset)
{
    char c;
    int fd = scratch("hello");
    EXPECT_EQ(pread(fd, &c, 1, 4), 1);
    EXPECT_EQ(c, 'o');
    EXPECT_EQ(pwrite(fd, "J", 1, 0), 1);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
    EXPECT_STREQ(file_text("file"), "Jello");
}

TEST(pread_on_a_pipe_gives_ESPIPE)
{
    int p[2];
    char c;
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(pread(p[0], &c, 1, 0), ESPIPE);
    EXPECT_ERRNO(pwrite(p[1], &c, 1, 0), ESPIPE);
}

TEST(writing_past_the_end_leaves_a_hole_of_zeros)
{
    char buffer[8], zeros[6] = { 0 };
    int fd = scratch("a");
    EXPECT_EQ(pwrite(fd, "b", 1, 7), 1);
    EXPECT_EQ(fstat_of(fd).st_size, 8);
    EXPECT_EQ(pread(fd, buffer, 8, 0), 8);
    EXPECT_MEMEQ(buffer + 1, zeros, 6);
    EXPECT_EQ(buffer[7], 'b');
}

TEST(a_file_beyond_RLIMIT_FSIZE_gives_EFBIG_and_SIGXFSZ)
{
    int fd = scratch("");
    struct rlimit limit = { 4, 4 };
    EXPECT_OK(setrlimit(RLIMIT_FSIZE, &limit));
    EXPECT_EQ(write(fd, "abcdef", 6), 4);
    EXPECT_SIGNALED(FORK(write(fd, "x", 1)), SIGXFSZ);
    signal(SIGXFSZ, SIG_IGN);
    EXPECT_ERRNO(write(fd, "x", 1), EFBIG);
    EXPECT_ERRNO(ftruncate(fd, 5), EFBIG);
}

TEST(the_offset_is_shared_by_parent_and_child)
{
    int fd = scratch("hello");
    char c;
    IN_CHILD(EXPECT_EQ(read(fd, &c, 1), 1));
    EXPECT_EQ(read(fd, &c, 1), 1);
    EXPECT_EQ(c, 'e');
}

TEST(a_megabyte_is_written_and_read_back_in_one_call)
{
    enum { SIZE = 1 << 20 };
    unsigned char *out = malloc(SIZE), *in = malloc(SIZE);
    for (int i = 0; i < SIZE; i++)
        out[i] = i * 31 + (i >> 8);
    int fd = scratch("");
    EXPECT_EQ(write(fd, out, SIZE), SIZE);
    EXPECT_EQ(pread(fd, in, SIZE, 0), SIZE);
    EXPECT_MEMEQ(in, out, SIZE);
}

TEST(unaligned_writes_across_page_borders_keep_the_rest)
{
    char buffer[12288];
    int fd = scratch("");
    memset(buffer, 'a', sizeof buffer);
    EXPECT_EQ(write(fd, buffer, sizeof buffer), sizeof buffer);
    EXPECT_EQ(pwrite(fd, "bbbb", 4, 4094), 4);
    EXPECT_EQ(pread(fd, buffer, sizeof buffer, 0), sizeof buffer);
    EXPECT_MEMEQ(buffer + 4092, "aabbbbaa", 8);
}

TEST(reading_a_directory_gives_EISDIR)
{
    char c;
    int fd = EXPECT_OK(open(".", O_RDONLY));
    EXPECT_ERRNO(read(fd, &c, 1), EISDIR);
    EXPECT_ERRNO(pread(fd, &c, 1, 0), EISDIR);
    EXPECT_ERRNO(read(fd, BAD_ADDRESS, 1), EISDIR);
}

TEST(an_end_beyond_the_largest_offset_gives_EINVAL)
{
    int fd = scratch("");
    signal(SIGXFSZ, SIG_IGN);
    EXPECT_ERRNO(pwrite(fd, "x", 1, INT64_MAX), EINVAL);
}
