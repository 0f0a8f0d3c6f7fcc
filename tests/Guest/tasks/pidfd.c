// pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2), polling.
#include "../support/task.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>

static int pidfd_open_(pid_t pid, unsigned flags)
{
    return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int pidfd_send(int fd, int number, siginfo_t *info, unsigned flags)
{
    return (int)syscall(SYS_pidfd_send_signal, fd, number, info, flags);
}

static int pidfd_get(int fd, int target, unsigned flags)
{
    return (int)syscall(SYS_pidfd_getfd, fd, target, flags);
}

TEST(a_pidfd_is_close_on_exec)
{
    int fd = EXPECT_OK(pidfd_open_(getpid(), 0));
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    fd = EXPECT_OK(pidfd_open_(getpid(), O_NONBLOCK));
    EXPECT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
}

TEST(bad_flags_and_pids_are_refused)
{
    EXPECT_ERRNO(pidfd_open_(getpid(), 1), EINVAL);
    EXPECT_ERRNO(pidfd_open_(0, 0), EINVAL);
    EXPECT_ERRNO(pidfd_open_(-1, 0), EINVAL);
    EXPECT_ERRNO(pidfd_open_(dead_pid(), 0), ESRCH);
}

static int stay(void *arg)
{
    (void)arg;
    pause();
    return 0;
}

TEST(a_thread_id_is_no_process)
{
    struct thread thread;
    pid_t tid = spawn_thread(&thread, stay, 0);
    EXPECT_ERRNO(pidfd_open_(tid, 0), ENOENT); // EINVAL before Linux 6.16
}

TEST(a_pidfd_becomes_readable_when_the_process_ends)
{
    pid_t child = IDLE_CHILD();
    int fd = EXPECT_OK(pidfd_open_(child, 0));
    struct pollfd p = { fd, POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 0);
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_TRUE(p.revents & POLLIN);
    EXPECT_SIGNALED(child, SIGKILL);
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_TRUE(p.revents & POLLIN);
}

TEST(a_sleeping_poll_is_woken)
{
    pid_t child = FORK(sleep_ms(50));
    struct pollfd p = { EXPECT_OK(pidfd_open_(child, 0)), POLLIN, 0 };
    long start = now_ms();
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_LT(now_ms() - start, 4000);
    EXPECT_EXIT(child, 0);
}

TEST(epoll_takes_pidfds)
{
    int epoll = EXPECT_OK(epoll_create1(0));
    pid_t child[3];
    for (int i = 0; i < 3; i++) {
        child[i] = FORK(sleep_ms(10 * i));
        struct epoll_event event = { EPOLLIN, { .u32 = (unsigned)i } };
        EXPECT_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, EXPECT_OK(pidfd_open_(child[i], 0)), &event));
    }
    struct epoll_event events[3];
    EXPECT_SOON(epoll_wait(epoll, events, 3, 100) == 3);
    for (int i = 0; i < 3; i++)
        EXPECT_EXIT(child[i], 0);
}

TEST(a_pidfd_cannot_be_read_or_written)
{
    char c = 0;
    int fd = EXPECT_OK(pidfd_open_(getpid(), 0));
    EXPECT_ERRNO(read(fd, &c, 1), EINVAL);
    EXPECT_ERRNO(write(fd, &c, 1), EINVAL);
}

TEST(a_signal_goes_through_a_pidfd)
{
    pid_t child = IDLE_CHILD();
    int fd = EXPECT_OK(pidfd_open_(child, 0));
    EXPECT_OK(pidfd_send(fd, 0, 0, 0));
    EXPECT_OK(pidfd_send(fd, SIGTERM, 0, 0));
    EXPECT_SIGNALED(child, SIGTERM);
    EXPECT_ERRNO(pidfd_send(fd, 0, 0, 0), ESRCH);
}

TEST(a_zombie_can_be_signalled)
{
    pid_t child = FORK();
    int fd = EXPECT_OK(pidfd_open_(child, 0));
    EXPECT_SOON(task_state(child) == 'Z');
    EXPECT_OK(pidfd_send(fd, SIGKILL, 0, 0));
    EXPECT_EXIT(child, 0);
}

TEST(sending_has_its_errors)
{
    int fd = EXPECT_OK(pidfd_open_(getpid(), 0));
    EXPECT_ERRNO(pidfd_send(fd, 65, 0, 0), EINVAL);
    EXPECT_ERRNO(pidfd_send(fd, 0, 0, 0x100), EINVAL);
    EXPECT_ERRNO(pidfd_send(999, 0, 0, 0), EBADF);
    EXPECT_ERRNO(pidfd_send(1, 0, 0, 0), EBADF);
    siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
    EXPECT_ERRNO(pidfd_send(fd, SIGUSR2, &info, 0), EINVAL);
    EXPECT_ERRNO(pidfd_send(fd, SIGUSR1, (siginfo_t *)8, 0), EFAULT);
}

TEST(own_information_may_be_sent)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
    siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE }, got;
    info.si_value.sival_int = 99;
    EXPECT_OK(pidfd_send(EXPECT_OK(pidfd_open_(getpid(), 0)), SIGUSR1, &info, 0));
    EXPECT_EQ(sigwaitinfo(&set, &got), SIGUSR1);
    EXPECT_EQ(got.si_code, SI_QUEUE);
    EXPECT_EQ(got.si_value.sival_int, 99);
}

TEST(information_that_pretends_to_be_the_kernels_is_EPERM)
{
    pid_t child = IDLE_CHILD();
    siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_USER };
    EXPECT_ERRNO(pidfd_send(EXPECT_OK(pidfd_open_(child, 0)), SIGUSR1, &info, 0), EPERM);
    END_CHILD(child);
}

TEST(a_proc_directory_is_as_good_as_a_pidfd_for_signals)
{
    pid_t child = IDLE_CHILD();
    char path[32];
    snprintf(path, sizeof path, "/proc/%d", child);
    int fd = EXPECT_OK(open(path, O_RDONLY | O_DIRECTORY));
    EXPECT_OK(pidfd_send(fd, SIGTERM, 0, 0));
    EXPECT_SIGNALED(child, SIGTERM);
    EXPECT_ERRNO(pidfd_send(fd, 0, 0, 0), ESRCH);
}

TEST(a_descriptor_is_taken_from_a_child)
{
    int fds[2], target = 57;
    EXPECT_OK(pipe(fds));
    volatile int *words = shared_words();
    pid_t child = IDLE_CHILD(dup2(fds[1], target), close(fds[1]), words[0] = 1);
    close(fds[1]);
    EXPECT_SOON(words[0]);
    int pidfd = EXPECT_OK(pidfd_open_(child, 0)), fd = EXPECT_OK(pidfd_get(pidfd, target, 0));
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(write(fd, "y", 1), 1);
    char c;
    EXPECT_EQ(read(fds[0], &c, 1), 1);
    EXPECT_ERRNO(pidfd_get(pidfd, 58, 0), EBADF);
    EXPECT_ERRNO(pidfd_get(pidfd, target, 1), EINVAL);
    EXPECT_ERRNO(pidfd_get(999, target, 0), EBADF);
    EXPECT_ERRNO(pidfd_get(1, target, 0), EBADF);
    END_CHILD(child);
    EXPECT_ERRNO(pidfd_get(pidfd, target, 0), ESRCH);
}

TEST(a_descriptor_of_somebody_else_is_EPERM)
{
    NEED_ROOT();
    pid_t child = IDLE_CHILD();
    AS_USER(1000, 1000, {
        int pidfd = EXPECT_OK(pidfd_open_(child, 0));
        EXPECT_ERRNO(pidfd_get(pidfd, 1, 0), EPERM);
        EXPECT_ERRNO(pidfd_send(pidfd, 0, 0, 0), EPERM);
    });
    END_CHILD(child);
}

TEST(clone_gives_a_pidfd)
{
    int fd = -1;
    long pid = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);
    if (pid == 0)
        _exit(0);
    EXPECT_OK(pid);
    EXPECT_GE(fd, 3);
    siginfo_t info;
    EXPECT_OK(waitid((idtype_t)3, fd, &info, WEXITED));
    EXPECT_EQ(info.si_pid, pid);
}

TEST(the_pid_is_shown_in_fdinfo)
{
    int fd = EXPECT_OK(pidfd_open_(getpid(), 0));
    char path[64], text[512] = "", wanted[32];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    EXPECT_OK(read(EXPECT_OK(open(path, O_RDONLY)), text, sizeof text - 1));
    snprintf(wanted, sizeof wanted, "\nPid:\t%d\n", getpid());
    EXPECT_TRUE(strstr(text, wanted));
}

TEST(fdinfo_shows_the_pids_of_the_namespaces_below)
{
    int fd = -1;
    long pid = syscall(SYS_clone, CLONE_PIDFD | CLONE_NEWPID | SIGCHLD, 0, &fd, 0, 0);
    if (pid == 0)
        for (;;)
            pause();
    if (pid == -1 && errno == EPERM)
        SKIP("needs CAP_SYS_ADMIN");
    EXPECT_OK(pid);
    char path[64], text[512] = "", wanted[64];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    EXPECT_OK(read(EXPECT_OK(open(path, O_RDONLY)), text, sizeof text - 1));
    // There may be more namespaces above.
    snprintf(wanted, sizeof wanted, "\nNSpid:\t%ld\t1\n", pid);
    EXPECT_TRUE(strstr(text, wanted));
    END_CHILD((pid_t)pid);
    memset(text, 0, sizeof text);
    EXPECT_OK(read(EXPECT_OK(open(path, O_RDONLY)), text, sizeof text - 1));
    EXPECT_TRUE(strstr(text, "\nPid:\t-1\nNSpid:\t-1\n"));
}

TEST(namespaces_are_opened_through_a_pidfd)
{
    // PIDFD_GET_UTS_NAMESPACE
    pid_t child = IDLE_CHILD();
    int pidfd = EXPECT_OK(pidfd_open_(child, 0));
    int ns = ioctl(pidfd, 0xff0a, 0);
    if (ns == -1 && errno == ENOTTY)
        SKIP("needs Linux 6.11");
    EXPECT_OK(ns);
    EXPECT_EQ(fcntl(ns, F_GETFD), FD_CLOEXEC);
    struct stat a, b;
    EXPECT_OK(fstat(ns, &a));
    EXPECT_OK(stat("/proc/self/ns/uts", &b));
    EXPECT_EQ(a.st_ino, b.st_ino);
    EXPECT_ERRNO(ioctl(pidfd, 0xff0a, 1), EINVAL);
    END_CHILD(child);
    EXPECT_ERRNO(ioctl(pidfd, 0xff0a, 0), ESRCH);
}
