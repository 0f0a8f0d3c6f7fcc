// signalfd(2).
#include "../harness.h"
#include <poll.h>
#include <sys/signalfd.h>

static sigset_t block(int a, int b)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, a);
    if (b)
        sigaddset(&set, b);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
    return set;
}

TEST(a_pending_signal_is_read_with_its_sender)
{
    struct signalfd_siginfo info;
    sigset_t set = block(SIGUSR1, 0), pending;
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    EXPECT_ERRNO(read(fd, &info, sizeof info), EAGAIN);
    EXPECT_OK(kill(getpid(), SIGUSR1));
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(sizeof info, 128);
    EXPECT_EQ(info.ssi_signo, SIGUSR1);
    EXPECT_EQ(info.ssi_code, SI_USER);
    EXPECT_EQ(info.ssi_pid, getpid());
    EXPECT_EQ(info.ssi_uid, getuid());
    EXPECT_OK(sigpending(&pending));
    EXPECT_FALSE(sigismember(&pending, SIGUSR1));
}

TEST(a_queued_signal_carries_its_value)
{
    struct signalfd_siginfo info;
    sigset_t set = block(SIGRTMIN, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    union sigval value = { .sival_int = 42 };
    EXPECT_OK(sigqueue(getpid(), SIGRTMIN, value));
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(info.ssi_int, 42);
    EXPECT_EQ(info.ssi_code, SI_QUEUE);
}

TEST(several_signals_are_read_in_one_call)
{
    struct signalfd_siginfo info[4];
    sigset_t set = block(SIGUSR1, SIGUSR2);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    raise(SIGUSR2);
    raise(SIGUSR1);
    EXPECT_EQ(read(fd, info, sizeof info), 2 * sizeof *info);
    EXPECT_EQ(info[0].ssi_signo, SIGUSR1);
    EXPECT_EQ(info[1].ssi_signo, SIGUSR2);
}

TEST(poll_sees_a_pending_signal)
{
    sigset_t set = block(SIGUSR1, 0);
    struct pollfd p = { EXPECT_OK(signalfd(-1, &set, 0)), POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 0);
    raise(SIGUSR1);
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLIN);
}

TEST(a_blocking_read_waits_for_a_signal)
{
    struct signalfd_siginfo info;
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, 0));
    pid_t parent = getpid();
    pid_t pid = FORK(sleep_ms(30); kill(parent, SIGUSR1));
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(info.ssi_pid, pid);
    EXPECT_EXIT(pid, 0);
}

TEST(the_end_of_a_child_arrives_as_SIGCHLD_with_its_status)
{
    struct signalfd_siginfo info;
    sigset_t set = block(SIGCHLD, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, 0));
    pid_t pid = FORK(_exit(7));
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(info.ssi_signo, SIGCHLD);
    EXPECT_EQ(info.ssi_pid, pid);
    EXPECT_EQ(info.ssi_status, 7);
    EXPECT_EQ(info.ssi_code, CLD_EXITED);
    EXPECT_EXIT(pid, 7);
}

TEST(the_mask_of_an_existing_signalfd_is_changed)
{
    struct signalfd_siginfo info;
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    set = block(SIGUSR2, 0);
    EXPECT_EQ(signalfd(fd, &set, 0), fd);
    raise(SIGUSR1);
    EXPECT_ERRNO(read(fd, &info, sizeof info), EAGAIN);
    raise(SIGUSR2);
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(info.ssi_signo, SIGUSR2);
}

TEST(a_forked_child_reads_its_own_signals)
{
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    raise(SIGUSR1);
    IN_CHILD(struct signalfd_siginfo info; EXPECT_ERRNO(read(fd, &info, sizeof info), EAGAIN); raise(SIGUSR1);
             EXPECT_EQ(read(fd, &info, sizeof info), sizeof info); EXPECT_EQ(info.ssi_pid, getpid()));
}

TEST(a_small_buffer_gives_EINVAL_and_a_bad_one_EFAULT)
{
    char small[100];
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    EXPECT_ERRNO(read(fd, small, sizeof small), EINVAL);
    raise(SIGUSR1);
    EXPECT_ERRNO(read(fd, BAD_ADDRESS, 128), EFAULT);
}

TEST(signalfd_checks_its_arguments)
{
    sigset_t set = block(SIGUSR1, 0);
    int p[2];
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(signalfd(99, &set, 0), EBADF);
    EXPECT_ERRNO(signalfd(p[0], &set, 0), EINVAL);
    EXPECT_ERRNO(signalfd(-1, &set, 0x100), EINVAL);
    EXPECT_ERRNO(syscall(SYS_signalfd4, -1, &set, 4, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_signalfd4, -1, BAD_ADDRESS, 8, 0), EFAULT);
    EXPECT_EQ(fcntl(EXPECT_OK(signalfd(-1, &set, SFD_CLOEXEC)), F_GETFD), FD_CLOEXEC);
}
