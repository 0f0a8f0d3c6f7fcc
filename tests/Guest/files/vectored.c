// readv(2), writev(2), preadv(2), preadv2(2) and their RWF_* flags.
#include "files.h"

static int scratch(const char *text)
{
    make_file("file", text);
    return EXPECT_OK(open("file", O_RDWR));
}

TEST(writev_gathers_and_readv_scatters_in_order)
{
    char a[3], b[8];
    int fd = scratch("");
    struct iovec out[] = { { "he", 2 }, { "", 0 }, { "llo", 3 } };
    struct iovec in[] = { { a, 3 }, { 0, 0 }, { b, 8 } };
    EXPECT_EQ(writev(fd, out, 3), 5);
    EXPECT_EQ(lseek(fd, 0, SEEK_SET), 0);
    EXPECT_EQ(readv(fd, in, 3), 5);
    EXPECT_MEMEQ(a, "hel", 3);
    EXPECT_MEMEQ(b, "lo", 2);
}

TEST(no_vector_at_all_is_zero_bytes)
{
    int fd = scratch("text");
    EXPECT_EQ(readv(fd, BAD_ADDRESS, 0), 0);
    EXPECT_EQ(writev(fd, BAD_ADDRESS, 0), 0);
}

TEST(more_than_1024_vectors_give_EINVAL)
{
    static struct iovec many[1025];
    int fd = scratch("text");
    EXPECT_EQ(readv(fd, many, 1024), 0);
    EXPECT_ERRNO(readv(fd, many, 1025), EINVAL);
    EXPECT_ERRNO(syscall(SYS_readv, fd, many, -1L), EINVAL);
}

TEST(a_bad_vector_pointer_gives_EFAULT)
{
    int fd = scratch("text");
    EXPECT_ERRNO(readv(fd, BAD_ADDRESS, 1), EFAULT);
    EXPECT_ERRNO(writev(fd, BAD_ADDRESS, 2), EFAULT);
}

TEST(a_negative_length_gives_EINVAL)
{
    char c;
    int fd = scratch("text");
    struct iovec v[] = { { &c, 1 }, { &c, ~0ul } };
    EXPECT_ERRNO(readv(fd, v, 2), EINVAL);
}

TEST(a_fault_after_some_bytes_returns_those)
{
    char a[2];
    int fd = scratch("text");
    struct iovec v[] = { { a, 2 }, { BAD_ADDRESS, 2 } };
    EXPECT_EQ(readv(fd, v, 2), 2);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 2);
}

TEST(a_fault_in_the_first_vector_gives_EFAULT)
{
    char a[2];
    int fd = scratch("text");
    struct iovec v[] = { { BAD_ADDRESS, 2 }, { a, 2 } };
    EXPECT_ERRNO(readv(fd, v, 2), EFAULT);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

TEST(preadv_and_pwritev_use_their_own_offset)
{
    char a[2], b[2];
    int fd = scratch("0123456789");
    struct iovec in[] = { { a, 2 }, { b, 2 } };
    EXPECT_EQ(preadv(fd, in, 2, 4), 4);
    EXPECT_MEMEQ(a, "45", 2);
    EXPECT_MEMEQ(b, "67", 2);
    struct iovec out[] = { { "A", 1 }, { "B", 1 } };
    EXPECT_EQ(pwritev(fd, out, 2, 8), 2);
    EXPECT_STREQ(file_text("file"), "01234567AB");
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
    EXPECT_ERRNO(preadv(fd, in, 2, -1), EINVAL);
}

TEST(preadv2_with_offset_minus_1_uses_and_moves_the_file_offset)
{
    char a[2];
    int fd = scratch("0123");
    struct iovec in = { a, 2 };
    EXPECT_EQ(preadv2(fd, &in, 1, -1, 0), 2);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 2);
    EXPECT_EQ(preadv2(fd, &in, 1, -1, 0), 2);
    EXPECT_MEMEQ(a, "23", 2);
    EXPECT_ERRNO(preadv2(fd, &in, 1, -2, 0), EINVAL);
}

TEST(preadv2_refuses_unknown_flags_with_EOPNOTSUPP)
{
    char a[2];
    int fd = scratch("0123");
    struct iovec in = { a, 2 };
    EXPECT_ERRNO(preadv2(fd, &in, 1, 0, 0x40000000), EOPNOTSUPP);
}

TEST(RWF_APPEND_appends_for_one_call)
{
    int fd = scratch("0123");
    struct iovec out = { "x", 1 };
    EXPECT_EQ(pwritev2(fd, &out, 1, 0, RWF_APPEND), 1);
    EXPECT_STREQ(file_text("file"), "0123x");
    EXPECT_EQ(pwritev2(fd, &out, 1, 0, 0), 1);
    EXPECT_STREQ(file_text("file"), "x123x");
}

TEST(RWF_DSYNC_and_RWF_HIPRI_are_accepted)
{
    int fd = scratch("0123");
    struct iovec out = { "x", 1 };
    EXPECT_EQ(pwritev2(fd, &out, 1, 0, RWF_DSYNC), 1);
    EXPECT_EQ(pwritev2(fd, &out, 1, 0, RWF_SYNC), 1);
}

TEST(preadv_on_a_pipe_gives_ESPIPE_and_offset_minus_1_reads_it)
{
    int p[2];
    char a[2];
    EXPECT_OK(pipe(p));
    EXPECT_EQ(write(p[1], "ab", 2), 2);
    struct iovec in = { a, 2 };
    EXPECT_ERRNO(preadv(p[0], &in, 1, 0), ESPIPE);
    EXPECT_EQ(preadv2(p[0], &in, 1, -1, 0), 2);
}

TEST(RWF_NOWAIT_on_an_empty_pipe_gives_EAGAIN)
{
    int p[2];
    char a[2];
    EXPECT_OK(pipe(p));
    struct iovec in = { a, 2 };
    EXPECT_ERRNO(preadv2(p[0], &in, 1, -1, RWF_NOWAIT), EAGAIN);
}

TEST(the_access_mode_is_checked_before_the_vector)
{
    make_file("file", "text");
    int fd = EXPECT_OK(open("file", O_WRONLY));
    EXPECT_ERRNO(readv(fd, BAD_ADDRESS, 1), EBADF);
}
