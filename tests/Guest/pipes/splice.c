// splice(2), tee(2), vmsplice(2).
#include "pipes.h"
#include <sys/socket.h>

static int file_with(const char *text)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_TRUNC | O_RDWR, 0644));
    put(fd, text);
    EXPECT_EQ(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

TEST(splice_moves_bytes_from_a_file_into_a_pipe_and_back)
{
    struct pipe p = new_pipe(0);
    int in = file_with("0123456789"), out = EXPECT_OK(open("out", O_CREAT | O_RDWR, 0644));
    EXPECT_EQ(splice(in, 0, p.w, 0, 4, 0), 4);
    EXPECT_EQ(lseek(in, 0, SEEK_CUR), 4);
    EXPECT_EQ(readable_bytes(p.r), 4);
    EXPECT_EQ(splice(p.r, 0, out, 0, 100, 0), 4);
    char text[8];
    EXPECT_EQ(pread(out, text, 8, 0), 4);
    EXPECT_MEMEQ(text, "0123", 4);
}

TEST(splice_with_an_offset_leaves_the_file_position)
{
    struct pipe p = new_pipe(0);
    int in = file_with("0123456789");
    loff_t at = 6;
    EXPECT_EQ(splice(in, &at, p.w, 0, 100, 0), 4);
    EXPECT_EQ(at, 10);
    EXPECT_EQ(lseek(in, 0, SEEK_CUR), 0);
    expect_read(p.r, "6789");
    EXPECT_EQ(splice(in, &at, p.w, 0, 100, 0), 0);
}

TEST(splice_moves_between_two_pipes)
{
    struct pipe a = new_pipe(0), b = new_pipe(0);
    put(a.w, "hello");
    EXPECT_EQ(splice(a.r, 0, b.w, 0, 3, 0), 3);
    expect_read(b.r, "hel");
    expect_read(a.r, "lo");
}

TEST(splice_within_one_pipe_gives_EINVAL)
{
    struct pipe p = new_pipe(0);
    put(p.w, "x");
    EXPECT_ERRNO(splice(p.r, 0, p.w, 0, 1, 0), EINVAL);
}

TEST(splice_without_a_pipe_gives_EINVAL)
{
    int in = file_with("text"), out = EXPECT_OK(open("out", O_CREAT | O_RDWR, 0644));
    EXPECT_ERRNO(splice(in, 0, out, 0, 4, 0), EINVAL);
}

TEST(splice_with_an_offset_for_the_pipe_gives_ESPIPE)
{
    struct pipe p = new_pipe(0);
    int in = file_with("text");
    loff_t at = 0;
    EXPECT_ERRNO(splice(in, 0, p.w, &at, 4, 0), ESPIPE);
    put(p.w, "x");
    EXPECT_ERRNO(splice(p.r, &at, in, 0, 1, 0), ESPIPE);
}

TEST(splice_onto_an_append_file_gives_EINVAL)
{
    struct pipe p = new_pipe(0);
    put(p.w, "x");
    EXPECT_ERRNO(splice(p.r, 0, EXPECT_OK(open("out", O_CREAT | O_WRONLY | O_APPEND, 0644)), 0, 1, 0), EINVAL);
}

TEST(splice_checks_flags_and_descriptors)
{
    struct pipe p = new_pipe(0);
    int in = file_with("text");
    EXPECT_ERRNO(splice(in, 0, p.w, 0, 4, 0x100), EINVAL);
    EXPECT_ERRNO(splice(99, 0, p.w, 0, 4, 0), EBADF);
    EXPECT_ERRNO(splice(in, 0, 99, 0, 4, 0), EBADF);
    EXPECT_ERRNO(splice(p.w, 0, in, 0, 4, 0), EBADF);
    EXPECT_ERRNO(splice(in, 0, p.r, 0, 4, 0), EBADF);
    EXPECT_EQ(splice(99, 0, 98, 0, 0, 0), 0);
}

TEST(SPLICE_F_NONBLOCK_on_an_empty_or_full_pipe_gives_EAGAIN)
{
    struct pipe a = new_pipe(0), b = new_pipe(O_NONBLOCK);
    EXPECT_ERRNO(splice(a.r, 0, b.w, 0, 1, SPLICE_F_NONBLOCK), EAGAIN);
    fill(b.w);
    put(a.w, "x");
    EXPECT_ERRNO(splice(a.r, 0, b.w, 0, 1, SPLICE_F_NONBLOCK), EAGAIN);
    expect_read(a.r, "x");
}

TEST(splice_from_a_closed_empty_pipe_returns_zero)
{
    struct pipe a = new_pipe(0), b = new_pipe(0);
    close(a.w);
    EXPECT_EQ(splice(a.r, 0, b.w, 0, 10, 0), 0);
}

TEST(splice_moves_between_a_socket_and_a_pipe)
{
    struct pipe p = new_pipe(0);
    int s[2];
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    put(s[0], "hello");
    EXPECT_EQ(splice(s[1], 0, p.w, 0, 100, 0), 5);
    EXPECT_EQ(splice(p.r, 0, s[1], 0, 100, 0), 5);
    expect_read(s[0], "hello");
}

TEST(splice_to_dev_null_eats)
{
    struct pipe p = new_pipe(O_NONBLOCK);
    char c;
    put(p.w, "hello");
    EXPECT_EQ(splice(p.r, 0, EXPECT_OK(open("/dev/null", O_WRONLY)), 0, 100, 0), 5);
    EXPECT_ERRNO(read(p.r, &c, 1), EAGAIN);
}

TEST(tee_copies_without_eating)
{
    struct pipe a = new_pipe(0), b = new_pipe(0);
    put(a.w, "hello");
    EXPECT_EQ(tee(a.r, b.w, 100, 0), 5);
    expect_read(b.r, "hello");
    expect_read(a.r, "hello");
}

TEST(tee_wants_two_different_pipes)
{
    struct pipe a = new_pipe(0), b = new_pipe(0);
    int fd = file_with("text");
    put(a.w, "x");
    EXPECT_ERRNO(tee(a.r, a.w, 1, 0), EINVAL);
    EXPECT_ERRNO(tee(fd, b.w, 1, 0), EINVAL);
    EXPECT_ERRNO(tee(a.r, fd, 1, 0), EINVAL);
    EXPECT_ERRNO(tee(a.r, b.w, 1, 0x100), EINVAL);
    EXPECT_ERRNO(tee(99, b.w, 1, 0), EBADF);
    EXPECT_EQ(tee(99, b.w, 0, 0), 0);
}

TEST(tee_of_an_empty_pipe_gives_EAGAIN_or_end_of_file)
{
    struct pipe a = new_pipe(0), b = new_pipe(0);
    EXPECT_ERRNO(tee(a.r, b.w, 1, SPLICE_F_NONBLOCK), EAGAIN);
    close(a.w);
    EXPECT_EQ(tee(a.r, b.w, 1, 0), 0);
}

TEST(vmsplice_puts_memory_into_a_pipe_and_takes_it_out)
{
    char out[8] = { 0 };
    struct pipe p = new_pipe(0);
    struct iovec v[] = { { "hel", 3 }, { "lo", 2 } }, in = { out, 8 };
    EXPECT_EQ(vmsplice(p.w, v, 2, 0), 5);
    EXPECT_EQ(vmsplice(p.r, &in, 1, 0), 5);
    EXPECT_STREQ(out, "hello");
}

TEST(vmsplice_checks_its_arguments)
{
    struct pipe p = new_pipe(0);
    struct iovec v = { "x", 1 };
    EXPECT_ERRNO(vmsplice(p.w, &v, 1, 0x100), EINVAL);
    EXPECT_ERRNO(vmsplice(99, &v, 1, 0), EBADF);
    EXPECT_ERRNO(vmsplice(file_with("text"), &v, 1, 0), EBADF);
    EXPECT_ERRNO(vmsplice(p.w, BAD_ADDRESS, 1, 0), EFAULT);
    EXPECT_EQ(vmsplice(p.w, &v, 0, 0), 0);
}
