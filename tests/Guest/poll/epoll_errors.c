// epoll: the arguments it refuses, and waiting with a signal mask.
#include "../harness.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int new_epoll(void) { return EXPECT_OK(epoll_create1(0)); }

static int ctl(int ep, int op, int fd, uint32_t events)
{
    struct epoll_event e = { .events = events };
    return epoll_ctl(ep, op, fd, &e);
}

TEST(epoll_create_checks_its_argument)
{
    EXPECT_ERRNO(epoll_create(0), EINVAL);
    EXPECT_ERRNO(epoll_create(-1), EINVAL);
    EXPECT_OK(epoll_create(1));
    EXPECT_ERRNO(epoll_create1(1), EINVAL);
    EXPECT_EQ(fcntl(EXPECT_OK(epoll_create1(EPOLL_CLOEXEC)), F_GETFD), FD_CLOEXEC);
}

TEST(adding_twice_gives_EEXIST_and_changing_the_unknown_ENOENT)
{
    int ep = new_epoll(), fd = EXPECT_OK(eventfd(0, 0));
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN), ENOENT);
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_DEL, fd, EPOLLIN), ENOENT);
    EXPECT_OK(ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN));
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN), EEXIST);
    EXPECT_OK(ctl(ep, EPOLL_CTL_DEL, fd, EPOLLIN));
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_DEL, fd, EPOLLIN), ENOENT);
}

TEST(bad_descriptors_give_EBADF)
{
    int ep = new_epoll(), fd = EXPECT_OK(eventfd(0, 0));
    EXPECT_ERRNO(ctl(99, EPOLL_CTL_ADD, fd, EPOLLIN), EBADF);
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_ADD, 99, EPOLLIN), EBADF);
    struct epoll_event e;
    EXPECT_ERRNO(epoll_wait(99, &e, 1, 0), EBADF);
}

TEST(an_epoll_may_not_watch_itself)
{
    int ep = new_epoll();
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_ADD, ep, EPOLLIN), EINVAL);
}

TEST(what_is_no_epoll_gives_EINVAL)
{
    struct epoll_event e;
    int fd = EXPECT_OK(eventfd(0, 0)), other = EXPECT_OK(eventfd(0, 0));
    EXPECT_ERRNO(ctl(fd, EPOLL_CTL_ADD, other, EPOLLIN), EINVAL);
    EXPECT_ERRNO(epoll_wait(fd, &e, 1, 0), EINVAL);
}

TEST(files_and_directories_give_EPERM)
{
    int ep = new_epoll();
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_ADD, EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644)), EPOLLIN), EPERM);
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_ADD, EXPECT_OK(open(".", O_RDONLY)), EPOLLIN), EPERM);
}

TEST(an_unknown_operation_gives_EINVAL)
{
    int ep = new_epoll(), fd = EXPECT_OK(eventfd(0, 0));
    EXPECT_ERRNO(ctl(ep, 77, fd, EPOLLIN), EINVAL);
}

TEST(a_bad_event_pointer_gives_EFAULT_except_for_DEL)
{
    int ep = new_epoll(), fd = EXPECT_OK(eventfd(1, 0));
    EXPECT_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, fd, BAD_ADDRESS), EFAULT);
    EXPECT_OK(ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN));
    EXPECT_ERRNO(epoll_wait(ep, BAD_ADDRESS, 1, 0), EFAULT);
    EXPECT_OK(epoll_ctl(ep, EPOLL_CTL_DEL, fd, BAD_ADDRESS));
}

TEST(maxevents_must_be_positive)
{
    struct epoll_event e;
    int ep = new_epoll();
    EXPECT_ERRNO(epoll_wait(ep, &e, 0, 0), EINVAL);
    EXPECT_ERRNO(epoll_wait(ep, &e, -1, 0), EINVAL);
    EXPECT_ERRNO(epoll_wait(ep, &e, 0x7fffffff, 0), EINVAL);
}

TEST(a_cycle_of_epolls_gives_ELOOP)
{
    int a = new_epoll(), b = new_epoll();
    EXPECT_OK(ctl(a, EPOLL_CTL_ADD, b, EPOLLIN));
    EXPECT_ERRNO(ctl(b, EPOLL_CTL_ADD, a, EPOLLIN), ELOOP);
}

TEST(a_chain_of_epolls_too_deep_gives_ELOOP)
{
    int last = new_epoll(), depth = 0;
    for (; depth < 10; depth++) {
        int next = new_epoll();
        if (ctl(next, EPOLL_CTL_ADD, last, EPOLLIN) == -1)
            break;
        last = next;
    }
    EXPECT_EQ(errno, ELOOP);
    EXPECT_LE(depth, 5);
    EXPECT_GE(depth, 4);
}

TEST(EPOLLEXCLUSIVE_takes_few_other_flags_and_no_change)
{
    int ep = new_epoll(), fd = EXPECT_OK(eventfd(0, 0));
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT), EINVAL);
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_ADD, new_epoll(), EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
    EXPECT_OK(ctl(ep, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLET));
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN), EINVAL);
    EXPECT_ERRNO(ctl(ep, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLEXCLUSIVE), EINVAL);
}

static void on_signal(int number) { (void)number; }

TEST(a_signal_interrupts_epoll_wait_even_with_SA_RESTART)
{
    struct epoll_event e;
    int ep = new_epoll();
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_ERRNO(epoll_wait(ep, &e, 1, -1), EINTR);
}

TEST(epoll_pwait_takes_pending_signals_under_its_mask_and_puts_the_old_mask_back)
{
    struct epoll_event e;
    int ep = new_epoll();
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t blocked, none, now;
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    EXPECT_OK(sigprocmask(SIG_SETMASK, &blocked, 0));
    raise(SIGUSR1);
    EXPECT_EQ(epoll_wait(ep, &e, 1, 0), 0);
    EXPECT_ERRNO(epoll_pwait(ep, &e, 1, 1000, &none), EINTR);
    EXPECT_OK(sigprocmask(SIG_SETMASK, 0, &now));
    EXPECT_TRUE(sigismember(&now, SIGUSR1));
}

TEST(epoll_pwait_refuses_a_mask_of_the_wrong_size)
{
    struct epoll_event e;
    sigset_t none;
    sigemptyset(&none);
    EXPECT_ERRNO(syscall(SYS_epoll_pwait, new_epoll(), &e, 1, 0, &none, 4), EINVAL);
}

TEST(epoll_pwait2_has_nanoseconds)
{
    struct epoll_event e;
    int ep = new_epoll();
    struct timespec t = { 0, 20000000 };
    long start = now_ms();
    long n = syscall(441, ep, &e, 1, &t, 0, 8);
    if (n == -1 && errno == ENOSYS)
        SKIP("epoll_pwait2 came with Linux 5.11");
    EXPECT_EQ(n, 0);
    EXPECT_GE(now_ms() - start, 19);
    t.tv_nsec = 1000000000;
    EXPECT_ERRNO(syscall(441, ep, &e, 1, &t, 0, 8), EINVAL);
}
