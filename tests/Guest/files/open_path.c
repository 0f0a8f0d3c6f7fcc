// O_PATH: a descriptor that is a place, not an open file.
#include "files.h"
#include <poll.h>
#include <sys/ioctl.h>

static int open_path(const char *path, int flags)
{
    return EXPECT_OK(open(path, O_PATH | flags));
}

TEST(an_O_PATH_descriptor_refuses_io_with_EBADF)
{
    char c;
    make_file("file", "text");
    int fd = open_path("file", 0);
    EXPECT_ERRNO(read(fd, &c, 1), EBADF);
    EXPECT_ERRNO(write(fd, &c, 1), EBADF);
    EXPECT_ERRNO(pread(fd, &c, 1, 0), EBADF);
    EXPECT_ERRNO(lseek(fd, 0, SEEK_SET), EBADF);
    EXPECT_ERRNO(ftruncate(fd, 0), EBADF);
    EXPECT_ERRNO(fchmod(fd, 0600), EBADF);
    EXPECT_ERRNO(fchown(fd, 0, 0), EBADF);
    EXPECT_ERRNO(fsync(fd), EBADF);
    EXPECT_ERRNO(ioctl(fd, FIONREAD, &c), EBADF);
    EXPECT_ERRNO(mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 0), EBADF);
    EXPECT_ERRNO(fcntl(fd, F_SETFL, 0), EBADF);
    EXPECT_ERRNO(futimens(fd, 0), EBADF);
}

TEST(an_O_PATH_descriptor_can_be_duplicated_and_described)
{
    make_file("file", "text");
    int fd = open_path("file", O_CLOEXEC);
    EXPECT_EQ(fstat_of(fd).st_size, 4);
    EXPECT_EQ(fcntl(fd, F_GETFL) & O_PATH, O_PATH);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fstat_of(EXPECT_OK(dup(fd))).st_size, 4);
    EXPECT_OK(fcntl(fd, F_SETFD, 0));
    EXPECT_OK(close(fd));
}

TEST(an_O_PATH_descriptor_of_a_directory_serves_as_a_starting_point)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "text");
    int fd = open_path("dir", O_DIRECTORY);
    EXPECT_OK(openat(fd, "file", O_RDONLY));
    EXPECT_OK(fchdir(fd));
    EXPECT_TRUE(exists("file"));
}

TEST(O_PATH_with_O_NOFOLLOW_opens_the_symlink_itself)
{
    char text[16];
    EXPECT_OK(symlink("target", "link"));
    int fd = open_path("link", O_NOFOLLOW);
    EXPECT_TRUE(S_ISLNK(fstat_of(fd).st_mode));
    EXPECT_EQ(readlinkat(fd, "", text, sizeof text), 6);
    EXPECT_MEMEQ(text, "target", 6);
}

TEST(O_PATH_needs_no_permission_on_the_file_itself)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(open("file", O_RDONLY), EACCES); open_path("file", 0));
}

TEST(O_PATH_ignores_flags_other_than_DIRECTORY_NOFOLLOW_CLOEXEC)
{
    make_file("file", "text");
    int fd = open_path("file", O_TRUNC | O_RDWR | O_APPEND);
    EXPECT_EQ(stat_of("file").st_size, 4);
    EXPECT_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND), 0);
    EXPECT_ERRNO(open("missing", O_PATH | O_CREAT, 0644), ENOENT);
}

TEST(O_PATH_on_a_fifo_does_not_block)
{
    EXPECT_OK(mkfifo("fifo", 0644));
    EXPECT_TRUE(S_ISFIFO(fstat_of(open_path("fifo", 0)).st_mode));
}

TEST(AT_EMPTY_PATH_stats_the_O_PATH_descriptor)
{
    struct stat st;
    make_file("file", "text");
    int fd = open_path("file", 0);
    EXPECT_OK(fstatat(fd, "", &st, AT_EMPTY_PATH));
    EXPECT_EQ(st.st_size, 4);
    EXPECT_ERRNO(fstatat(fd, "", &st, 0), ENOENT);
}

TEST(an_O_PATH_descriptor_is_reopened_through_proc)
{
    char path[64], c;
    make_file("file", "text");
    int fd = open_path("file", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    EXPECT_EQ(read(EXPECT_OK(open(path, O_RDONLY)), &c, 1), 1);
    EXPECT_EQ(c, 't');
}

TEST(poll_reports_POLLNVAL_for_an_O_PATH_descriptor)
{
    struct pollfd p = { open_path(".", 0), POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLNVAL);
}
