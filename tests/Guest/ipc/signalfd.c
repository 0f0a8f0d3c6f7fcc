// signalfd(2): errors, several signals in one read, what the fields say, masks, polling, inheritance.
#include "../harness.h"
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

static sigset_t set_of(int a, int b)
{
    sigset_t set;
    sigemptyset(&set);
    if (a)
        sigaddset(&set, a);
    if (b)
        sigaddset(&set, b);
    return set;
}

static sigset_t block(int a, int b)
{
    sigset_t set = set_of(a, b);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
    return set;
}

TEST(signalfd_refuses_bad_arguments_in_order)
{
    sigset_t set = set_of(SIGUSR1, 0);
    EXPECT_ERRNO(syscall(SYS_signalfd4, -1, &set, 4, 0xff), EINVAL);
    EXPECT_ERRNO(syscall(SYS_signalfd4, -1, &set, 16, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_signalfd4, -1, BAD_ADDRESS, 8, 0xff), EFAULT);
    EXPECT_ERRNO(syscall(SYS_signalfd4, -1, &set, 8, 0x1), EINVAL);
    EXPECT_ERRNO(signalfd(77, &set, 0), EBADF);
    EXPECT_ERRNO(signalfd(-2, &set, 0), EBADF);
    EXPECT_ERRNO(signalfd(1, &set, 0), EINVAL);
}

TEST(signalfd_flags_are_kept)
{
    sigset_t set = set_of(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
    fd = EXPECT_OK(syscall(SYS_signalfd, -1, &set, 8));
    EXPECT_EQ(fcntl(fd, F_GETFD), 0);
    EXPECT_EQ(fcntl(fd, F_GETFL), O_RDWR);
}

TEST(a_read_takes_several_signals_the_lowest_first)
{
    sigset_t set = block(SIGUSR1, SIGUSR2);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    struct signalfd_siginfo info[3];
    EXPECT_ERRNO(read(fd, info, sizeof info), EAGAIN);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGUSR1);
    EXPECT_EQ(read(fd, info, sizeof info), 2 * sizeof *info);
    EXPECT_EQ(info[0].ssi_signo, SIGUSR1);
    EXPECT_EQ(info[1].ssi_signo, SIGUSR2);
    EXPECT_EQ(info[0].ssi_pid, getpid());
    EXPECT_EQ(info[0].ssi_uid, getuid());
    EXPECT_EQ(info[0].ssi_code, SI_USER);
    EXPECT_ERRNO(read(fd, info, sizeof info), EAGAIN);
    sigset_t pending;
    EXPECT_OK(sigpending(&pending));
    EXPECT_FALSE(sigismember(&pending, SIGUSR1));
}

TEST(a_buffer_smaller_than_one_record_is_EINVAL)
{
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    struct signalfd_siginfo info;
    kill(getpid(), SIGUSR1);
    EXPECT_ERRNO(read(fd, &info, sizeof info - 1), EINVAL);
    EXPECT_ERRNO(read(fd, BAD_ADDRESS, sizeof info), EFAULT);
    // The signal whose copy failed is gone.
    EXPECT_ERRNO(read(fd, &info, sizeof info), EAGAIN);
    EXPECT_ERRNO(write(fd, &info, sizeof info), EINVAL);
}

TEST(a_read_of_a_buffer_with_room_for_one_leaves_the_others)
{
    sigset_t set = block(SIGUSR1, SIGUSR2);
    int fd = EXPECT_OK(signalfd(-1, &set, 0));
    char buffer[2 * sizeof(struct signalfd_siginfo) - 1];
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR2);
    EXPECT_EQ(read(fd, buffer, sizeof buffer), sizeof(struct signalfd_siginfo));
    EXPECT_EQ(read(fd, buffer, sizeof buffer), sizeof(struct signalfd_siginfo));
}

TEST(queued_real_time_signals_come_with_their_values)
{
    sigset_t set = block(SIGRTMIN + 3, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, 0));
    for (int i = 1; i <= 3; i++)
        EXPECT_OK(sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ .sival_int = i * 11 }));
    struct signalfd_siginfo info[4];
    EXPECT_EQ(read(fd, info, sizeof info), 3 * sizeof *info);
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(info[i].ssi_code, SI_QUEUE);
        EXPECT_EQ(info[i].ssi_int, (i + 1) * 11);
        EXPECT_EQ(info[i].ssi_pid, getpid());
    }
}

TEST(the_end_of_a_child_is_told_with_its_status)
{
    sigset_t set = block(SIGCHLD, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, 0));
    pid_t pid = FORK(_exit(7));
    struct signalfd_siginfo info;
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(info.ssi_signo, SIGCHLD);
    EXPECT_EQ(info.ssi_code, CLD_EXITED);
    EXPECT_EQ(info.ssi_pid, pid);
    EXPECT_EQ(info.ssi_status, 7);
    EXPECT_EXIT(pid, 7);
}

TEST(a_blocked_read_is_woken_by_a_signal_of_the_mask)
{
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, 0));
    pid_t parent = getpid();
    pid_t pid = FORK(sleep_ms(50); kill(parent, SIGUSR1));
    struct signalfd_siginfo info;
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(info.ssi_pid, pid);
    EXPECT_EXIT(pid, 0);
}

static void on_signal(int number)
{
    (void)number;
}

TEST(a_blocked_read_is_interrupted_by_a_handler)
{
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, 0));
    struct sigaction action = { .sa_handler = on_signal };
    EXPECT_OK(sigaction(SIGUSR2, &action, 0));
    pid_t parent = getpid();
    pid_t pid = FORK(sleep_ms(50); kill(parent, SIGUSR2));
    struct signalfd_siginfo info;
    EXPECT_ERRNO(read(fd, &info, sizeof info), EINTR);
    EXPECT_EXIT(pid, 0);
}

TEST(the_mask_of_an_existing_descriptor_can_change)
{
    block(SIGUSR1, SIGUSR2);
    sigset_t first = set_of(SIGUSR1, 0), second = set_of(SIGUSR2, 0);
    int fd = EXPECT_OK(signalfd(-1, &first, SFD_NONBLOCK));
    struct signalfd_siginfo info;
    kill(getpid(), SIGUSR2);
    EXPECT_ERRNO(read(fd, &info, sizeof info), EAGAIN);
    // Flags are checked but mean nothing for a descriptor that exists.
    EXPECT_EQ(signalfd(fd, &second, SFD_CLOEXEC), fd);
    EXPECT_EQ(fcntl(fd, F_GETFD), 0);
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(info.ssi_signo, SIGUSR2);
}

TEST(sigkill_and_sigstop_in_the_mask_are_ignored)
{
    sigset_t set = set_of(SIGKILL, SIGSTOP);
    EXPECT_OK(signalfd(-1, &set, 0));
}

TEST(poll_says_when_a_signal_waits)
{
    sigset_t set = block(SIGUSR1, SIGUSR2);
    sigdelset(&set, SIGUSR2);
    struct pollfd p = { .fd = EXPECT_OK(signalfd(-1, &set, 0)), .events = POLLIN | POLLOUT };
    kill(getpid(), SIGUSR2);
    EXPECT_EQ(poll(&p, 1, 0), 0);
    pid_t parent = getpid();
    pid_t pid = FORK(sleep_ms(50); kill(parent, SIGUSR1));
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_EQ(p.revents, POLLIN);
    EXPECT_EXIT(pid, 0);
}

TEST(epoll_says_when_a_signal_waits)
{
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    int epoll = EXPECT_OK(epoll_create1(0));
    struct epoll_event event = { .events = EPOLLIN, .data.u64 = 5 };
    EXPECT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
    EXPECT_EQ(epoll_wait(epoll, &event, 1, 0), 0);
    kill(getpid(), SIGUSR1);
    EXPECT_EQ(epoll_wait(epoll, &event, 1, 5000), 1);
    EXPECT_EQ(event.data.u64, 5);
    struct signalfd_siginfo info;
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(epoll_wait(epoll, &event, 1, 0), 0);
}

TEST(a_child_reads_its_own_signals_from_an_inherited_descriptor)
{
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, SFD_NONBLOCK));
    kill(getpid(), SIGUSR1);
    IN_CHILD({
        struct signalfd_siginfo info;
        EXPECT_ERRNO(read(fd, &info, sizeof info), EAGAIN);
        kill(getpid(), SIGUSR1);
        EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
        EXPECT_EQ(info.ssi_pid, getpid());
    });
    struct signalfd_siginfo info;
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
}

static void *send_to_thread(void *arg)
{
    sleep_ms(30);
    pthread_kill(*(pthread_t *)arg, SIGUSR1);
    return 0;
}

TEST(a_signal_for_the_thread_is_read_by_that_thread)
{
    sigset_t set = block(SIGUSR1, 0);
    int fd = EXPECT_OK(signalfd(-1, &set, 0));
    pthread_t self = pthread_self(), other;
    EXPECT_EQ(pthread_create(&other, 0, send_to_thread, &self), 0);
    struct signalfd_siginfo info;
    EXPECT_EQ(read(fd, &info, sizeof info), sizeof info);
    EXPECT_EQ(info.ssi_code, SI_TKILL);
    EXPECT_EQ(info.ssi_pid, getpid());
    pthread_join(other, 0);
}

TEST(fdinfo_shows_the_mask)
{
    sigset_t set = set_of(SIGUSR1, SIGCHLD);
    int fd = EXPECT_OK(signalfd(-1, &set, 0));
    char path[64], text[512] = "";
    sprintf(path, "/proc/self/fdinfo/%d", fd);
    int info = EXPECT_OK(open(path, O_RDONLY));
    EXPECT_GT(read(info, text, sizeof text - 1), 0);
    EXPECT_TRUE(strstr(text, "sigmask:\t0000000000010200\n"));
    sprintf(path, "/proc/self/fd/%d", fd);
    ssize_t n = EXPECT_OK(readlink(path, text, sizeof text - 1));
    text[n] = 0;
    EXPECT_STREQ(text, "anon_inode:[signalfd]");
}
