// sendfile(2) and copy_file_range(2).
#include "files.h"
#include <sys/sendfile.h>
#include <sys/socket.h>

static int source(void)
{
    make_file("in", "0123456789");
    return EXPECT_OK(open("in", O_RDONLY));
}

static int sink(void) { return EXPECT_OK(open("out", O_CREAT | O_TRUNC | O_RDWR, 0644)); }

TEST(sendfile_copies_from_the_offset_of_the_input)
{
    int in = source(), out = sink();
    EXPECT_EQ(lseek(in, 2, SEEK_SET), 2);
    EXPECT_EQ(sendfile(out, in, 0, 4), 4);
    EXPECT_EQ(lseek(in, 0, SEEK_CUR), 6);
    EXPECT_EQ(sendfile(out, in, 0, 100), 4);
    EXPECT_EQ(sendfile(out, in, 0, 100), 0);
    EXPECT_STREQ(file_text("out"), "23456789");
}

TEST(sendfile_with_an_offset_updates_that_and_not_the_file)
{
    int in = source(), out = sink();
    off_t at = 3;
    EXPECT_EQ(sendfile(out, in, &at, 4), 4);
    EXPECT_EQ(at, 7);
    EXPECT_EQ(lseek(in, 0, SEEK_CUR), 0);
    EXPECT_STREQ(file_text("out"), "3456");
}

TEST(sendfile_feeds_a_pipe_and_a_socket)
{
    int in = source(), p[2], s[2];
    char buffer[16];
    EXPECT_OK(pipe(p));
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    off_t at = 0;
    EXPECT_EQ(sendfile(p[1], in, &at, 10), 10);
    EXPECT_EQ(read(p[0], buffer, 16), 10);
    at = 5;
    EXPECT_EQ(sendfile(s[1], in, &at, 10), 5);
    EXPECT_EQ(read(s[0], buffer, 16), 5);
    EXPECT_MEMEQ(buffer, "56789", 5);
}

TEST(sendfile_from_a_socket_gives_EINVAL)
{
    int s[2];
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    EXPECT_ERRNO(sendfile(sink(), s[0], 0, 1), EINVAL);
}

TEST(sendfile_to_an_append_descriptor_gives_EINVAL)
{
    int in = source();
    int out = EXPECT_OK(open("out", O_CREAT | O_WRONLY | O_APPEND, 0644));
    EXPECT_ERRNO(sendfile(out, in, 0, 1), EINVAL);
}

TEST(sendfile_checks_descriptors_modes_and_pointers)
{
    int in = source(), out = sink(), p[2];
    off_t at = -1;
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(sendfile(out, 99, 0, 1), EBADF);
    EXPECT_ERRNO(sendfile(99, in, 0, 1), EBADF);
    EXPECT_ERRNO(sendfile(in, in, 0, 1), EBADF);
    EXPECT_ERRNO(sendfile(out, EXPECT_OK(open("out", O_WRONLY)), 0, 1), EBADF);
    EXPECT_ERRNO(sendfile(out, in, &at, 1), EINVAL);
    EXPECT_ERRNO(sendfile(out, in, BAD_ADDRESS, 1), EFAULT);
    at = 0;
    EXPECT_ERRNO(sendfile(out, p[0], &at, 1), ESPIPE);
}

TEST(sendfile_into_a_full_nonblocking_pipe_gives_EAGAIN)
{
    int in = source(), p[2];
    static char junk[1 << 20];
    EXPECT_OK(pipe2(p, O_NONBLOCK));
    EXPECT_GT(write(p[1], junk, sizeof junk), 0);
    EXPECT_ERRNO(sendfile(p[1], in, 0, 10), EAGAIN);
    EXPECT_EQ(lseek(in, 0, SEEK_CUR), 0);
}

TEST(sendfile_of_a_megabyte_arrives_whole)
{
    enum { SIZE = 1 << 20 };
    int in = EXPECT_OK(open("in", O_CREAT | O_RDWR, 0644)), out = sink(), total = 0;
    char *a = malloc(SIZE), *b = malloc(SIZE);
    for (int i = 0; i < SIZE; i++)
        a[i] = i * 7 + (i >> 10);
    EXPECT_EQ(write(in, a, SIZE), SIZE);
    EXPECT_EQ(lseek(in, 0, SEEK_SET), 0);
    for (ssize_t n; (n = EXPECT_OK(sendfile(out, in, 0, SIZE))) > 0;)
        total += n;
    EXPECT_EQ(total, SIZE);
    EXPECT_EQ(pread(out, b, SIZE, 0), SIZE);
    EXPECT_MEMEQ(a, b, SIZE);
}

TEST(copy_file_range_copies_between_files_and_moves_both_offsets)
{
    int in = source(), out = sink();
    EXPECT_EQ(copy_file_range(in, 0, out, 0, 4, 0), 4);
    EXPECT_EQ(lseek(in, 0, SEEK_CUR), 4);
    EXPECT_EQ(lseek(out, 0, SEEK_CUR), 4);
    EXPECT_EQ(copy_file_range(in, 0, out, 0, 100, 0), 6);
    EXPECT_EQ(copy_file_range(in, 0, out, 0, 100, 0), 0);
    EXPECT_STREQ(file_text("out"), "0123456789");
}

TEST(copy_file_range_with_offsets_leaves_the_files_alone)
{
    int in = source(), out = sink();
    off_t from = 5, to = 2;
    EXPECT_EQ(copy_file_range(in, &from, out, &to, 3, 0), 3);
    EXPECT_EQ(from, 8);
    EXPECT_EQ(to, 5);
    EXPECT_EQ(lseek(in, 0, SEEK_CUR), 0);
    EXPECT_EQ(lseek(out, 0, SEEK_CUR), 0);
    EXPECT_MEMEQ(file_text("out"), "\0\000567", 5);
}

TEST(copy_file_range_within_one_file_must_not_overlap)
{
    make_file("file", "0123456789");
    int fd = EXPECT_OK(open("file", O_RDWR));
    off_t from = 0, to = 5;
    EXPECT_EQ(copy_file_range(fd, &from, fd, &to, 5, 0), 5);
    EXPECT_STREQ(file_text("file"), "0123401234");
    from = 0, to = 3;
    EXPECT_ERRNO(copy_file_range(fd, &from, fd, &to, 5, 0), EINVAL);
}

TEST(copy_file_range_checks_types_modes_and_flags)
{
    int in = source(), out = sink(), p[2], dir = EXPECT_OK(open(".", O_RDONLY));
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(copy_file_range(in, 0, out, 0, 1, 1), EINVAL);
    EXPECT_ERRNO(copy_file_range(99, 0, out, 0, 1, 0), EBADF);
    EXPECT_ERRNO(copy_file_range(in, 0, in, 0, 1, 0), EBADF);
    EXPECT_ERRNO(copy_file_range(p[0], 0, out, 0, 1, 0), EINVAL);
    EXPECT_ERRNO(copy_file_range(in, 0, p[1], 0, 1, 0), EINVAL);
    EXPECT_ERRNO(copy_file_range(dir, 0, out, 0, 1, 0), EISDIR);
    EXPECT_ERRNO(copy_file_range(in, BAD_ADDRESS, out, 0, 1, 0), EFAULT);
    int append = EXPECT_OK(open("out", O_WRONLY | O_APPEND));
    EXPECT_ERRNO(copy_file_range(in, 0, append, 0, 1, 0), EBADF);
}
