// dup(2), dup2, dup3, fcntl(2) on descriptors and descriptions, close_range(2).
#include "files.h"
#include <linux/close_range.h>
#include <sys/resource.h>

static int open_root(void) { return EXPECT_OK(open("/", O_RDONLY)); }

TEST(a_duplicate_is_the_lowest_free_number_and_shares_the_offset)
{
    make_file("file", "text");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    close(0);
    EXPECT_EQ(dup(fd), 0);
    EXPECT_EQ(lseek(fd, 2, SEEK_SET), 2);
    EXPECT_EQ(lseek(0, 0, SEEK_CUR), 2);
}

TEST(dup_shares_status_flags_but_not_close_on_exec)
{
    make_file("file", "");
    int fd = EXPECT_OK(open("file", O_RDWR | O_CLOEXEC)), copy = EXPECT_OK(dup(fd));
    EXPECT_EQ(fcntl(copy, F_GETFD), 0);
    EXPECT_OK(fcntl(copy, F_SETFL, O_APPEND | O_NONBLOCK));
    EXPECT_EQ(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK), O_APPEND | O_NONBLOCK);
}

TEST(dup2_closes_what_was_there)
{
    int p[2];
    char c;
    EXPECT_OK(pipe(p));
    EXPECT_EQ(dup2(open_root(), p[1]), p[1]);
    EXPECT_EQ(read(p[0], &c, 1), 0);
}

TEST(dup2_onto_itself_does_nothing)
{
    int fd = EXPECT_OK(open("/", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(dup2(fd, fd), fd);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_ERRNO(dup2(99, 99), EBADF);
}

TEST(dup3_refuses_the_same_number_and_unknown_flags)
{
    int fd = open_root();
    EXPECT_ERRNO(dup3(fd, fd, 0), EINVAL);
    EXPECT_ERRNO(dup3(fd, 50, O_APPEND), EINVAL);
    EXPECT_EQ(dup3(fd, 50, O_CLOEXEC), 50);
    EXPECT_EQ(fcntl(50, F_GETFD), FD_CLOEXEC);
}

TEST(a_bad_descriptor_or_a_number_beyond_the_limit_gives_EBADF)
{
    struct rlimit limit;
    int fd = open_root();
    EXPECT_OK(getrlimit(RLIMIT_NOFILE, &limit));
    EXPECT_ERRNO(dup(99), EBADF);
    EXPECT_ERRNO(dup2(99, 5), EBADF);
    EXPECT_ERRNO(dup2(fd, -1), EBADF);
    EXPECT_ERRNO(dup2(fd, limit.rlim_cur), EBADF);
    EXPECT_ERRNO(dup3(fd, 1 << 30, 0), EBADF);
}

TEST(F_DUPFD_takes_the_lowest_number_from_its_argument_on)
{
    int fd = open_root();
    EXPECT_EQ(fcntl(fd, F_DUPFD, 20), 20);
    EXPECT_EQ(fcntl(fd, F_DUPFD, 20), 21);
    EXPECT_EQ(fcntl(fd, F_DUPFD_CLOEXEC, 0), 4);
    EXPECT_EQ(fcntl(4, F_GETFD), FD_CLOEXEC);
    EXPECT_ERRNO(fcntl(fd, F_DUPFD, -1), EINVAL);
    EXPECT_ERRNO(fcntl(fd, F_DUPFD, 1 << 30), EINVAL);
}

TEST(F_SETFD_knows_close_on_exec_only)
{
    int fd = open_root();
    EXPECT_OK(fcntl(fd, F_SETFD, FD_CLOEXEC | 0x70));
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_OK(fcntl(fd, F_SETFD, 0));
    EXPECT_EQ(fcntl(fd, F_GETFD), 0);
}

TEST(F_SETFL_does_not_change_the_access_mode)
{
    make_file("file", "");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_OK(fcntl(fd, F_SETFL, O_RDWR | O_APPEND | O_CREAT | O_TRUNC));
    EXPECT_EQ(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_CREAT | O_TRUNC), O_RDONLY | O_APPEND);
    EXPECT_OK(fcntl(fd, F_SETFL, 0));
    EXPECT_EQ(fcntl(fd, F_GETFL) & O_APPEND, 0);
}

TEST(O_APPEND_set_later_appends)
{
    make_file("file", "ab");
    int fd = EXPECT_OK(open("file", O_WRONLY));
    EXPECT_OK(fcntl(fd, F_SETFL, O_APPEND));
    EXPECT_EQ(write(fd, "c", 1), 1);
    EXPECT_STREQ(file_text("file"), "abc");
}

TEST(fcntl_refuses_unknown_commands_and_bad_descriptors)
{
    EXPECT_ERRNO(fcntl(open_root(), 9999, 0), EINVAL);
    EXPECT_ERRNO(fcntl(99, F_GETFD), EBADF);
    EXPECT_ERRNO(fcntl(99, 9999, 0), EBADF);
}

TEST(F_SETOWN_and_F_GETOWN_keep_a_process_or_a_group)
{
    int p[2];
    EXPECT_OK(pipe(p));
    EXPECT_EQ(fcntl(p[0], F_GETOWN), 0);
    EXPECT_OK(fcntl(p[0], F_SETOWN, getpid()));
    EXPECT_EQ(fcntl(p[0], F_GETOWN), getpid());
    struct f_owner_ex owner = { F_OWNER_PGRP, getpgrp() };
    EXPECT_OK(fcntl(p[0], F_SETOWN_EX, &owner));
    memset(&owner, 0, sizeof owner);
    EXPECT_OK(fcntl(p[0], F_GETOWN_EX, &owner));
    EXPECT_EQ(owner.type, F_OWNER_PGRP);
    EXPECT_EQ(owner.pid, getpgrp());
    EXPECT_ERRNO(fcntl(p[0], F_SETOWN, 999999999), ESRCH);
}

TEST(O_ASYNC_on_a_pipe_sends_SIGIO_to_the_owner)
{
    int p[2];
    sigset_t set;
    EXPECT_OK(pipe(p));
    sigemptyset(&set);
    sigaddset(&set, SIGIO);
    sigprocmask(SIG_BLOCK, &set, 0);
    EXPECT_OK(fcntl(p[0], F_SETOWN, getpid()));
    EXPECT_OK(fcntl(p[0], F_SETFL, O_ASYNC));
    EXPECT_EQ(write(p[1], "x", 1), 1);
    struct timespec limit = { 2, 0 };
    EXPECT_EQ(sigtimedwait(&set, 0, &limit), SIGIO);
}

TEST(a_forked_descriptor_shares_its_description)
{
    make_file("file", "text");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    IN_CHILD(EXPECT_EQ(lseek(fd, 3, SEEK_SET), 3); close(fd));
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 3);
}

TEST(close_frees_the_number_at_once)
{
    int fd = open_root();
    EXPECT_OK(close(fd));
    EXPECT_ERRNO(close(fd), EBADF);
    EXPECT_EQ(open_root(), fd);
}

TEST(close_range_closes_the_range_and_ignores_gaps)
{
    int fd = open_root();
    EXPECT_EQ(dup2(fd, 10), 10);
    EXPECT_EQ(dup2(fd, 12), 12);
    EXPECT_EQ(dup2(fd, 14), 14);
    EXPECT_OK(close_range(9, 12, 0));
    EXPECT_ERRNO(fcntl(10, F_GETFD), EBADF);
    EXPECT_ERRNO(fcntl(12, F_GETFD), EBADF);
    EXPECT_OK(fcntl(14, F_GETFD));
    EXPECT_OK(close_range(13, ~0u, 0));
    EXPECT_ERRNO(fcntl(14, F_GETFD), EBADF);
}

TEST(close_range_with_CLOEXEC_only_marks)
{
    int fd = open_root();
    EXPECT_OK(close_range(fd, ~0u, CLOSE_RANGE_CLOEXEC));
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

TEST(close_range_with_UNSHARE_leaves_the_table_of_the_parent)
{
    int fd = open_root();
    IN_CHILD(EXPECT_OK(close_range(fd, fd, CLOSE_RANGE_UNSHARE)); EXPECT_ERRNO(fcntl(fd, F_GETFD), EBADF));
    EXPECT_OK(fcntl(fd, F_GETFD));
}

TEST(close_range_refuses_a_backward_range_and_unknown_flags)
{
    EXPECT_ERRNO(syscall(SYS_close_range, 5u, 4u, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_close_range, 5u, 6u, 0x80), EINVAL);
}
