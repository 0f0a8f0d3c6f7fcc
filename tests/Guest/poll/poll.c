// poll(2), ppoll(2).
#include "../harness.h"
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

static void on_signal(int number) { (void)number; }

TEST(poll_counts_the_descriptors_with_events)
{
    int a = EXPECT_OK(eventfd(1, 0)), b = EXPECT_OK(eventfd(0, 0));
    struct pollfd p[] = { { a, POLLIN, 77 }, { b, POLLIN, 77 }, { b, POLLOUT, 77 } };
    EXPECT_EQ(poll(p, 3, 0), 2);
    EXPECT_EQ(p[0].revents, POLLIN);
    EXPECT_EQ(p[1].revents, 0);
    EXPECT_EQ(p[2].revents, POLLOUT);
}

TEST(a_bad_descriptor_is_POLLNVAL_and_a_negative_one_ignored)
{
    struct pollfd p[] = { { 99, POLLIN, 0 }, { -1, POLLIN, 77 }, { -5, POLLIN, 77 } };
    EXPECT_EQ(poll(p, 3, 1000), 1);
    EXPECT_EQ(p[0].revents, POLLNVAL);
    EXPECT_EQ(p[1].revents, 0);
    EXPECT_EQ(p[2].revents, 0);
}

TEST(files_and_directories_are_always_ready)
{
    struct pollfd p[] = { { EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644)), POLLIN | POLLOUT | POLLPRI, 0 },
                          { EXPECT_OK(open(".", O_RDONLY)), POLLIN, 0 } };
    EXPECT_EQ(poll(p, 2, -1), 2);
    EXPECT_EQ(p[0].revents, POLLIN | POLLOUT);
    EXPECT_EQ(p[1].revents, POLLIN);
}

TEST(poll_without_descriptors_sleeps)
{
    long start = now_ms();
    EXPECT_EQ(poll(0, 0, 50), 0);
    EXPECT_GE(now_ms() - start, 49);
}

TEST(poll_is_woken_by_the_first_event)
{
    int a = EXPECT_OK(eventfd(0, 0)), b = EXPECT_OK(eventfd(0, 0));
    pid_t pid = FORK(sleep_ms(30); uint64_t one = 1; EXPECT_EQ(write(b, &one, 8), 8));
    struct pollfd p[] = { { a, POLLIN, 0 }, { b, POLLIN, 0 } };
    EXPECT_EQ(poll(p, 2, -1), 1);
    EXPECT_EQ(p[1].revents, POLLIN);
    EXPECT_EXIT(pid, 0);
}

TEST(more_descriptors_than_RLIMIT_NOFILE_give_EINVAL)
{
    struct pollfd p[20] = { 0 };
    struct rlimit limit;
    EXPECT_OK(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 10;
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
    EXPECT_ERRNO(poll(p, 11, 0), EINVAL);
    EXPECT_OK(poll(p, 10, 0));
}

TEST(a_bad_array_gives_EFAULT)
{
    EXPECT_ERRNO(poll(BAD_ADDRESS, 1, 0), EFAULT);
}

TEST(a_signal_interrupts_poll_even_with_SA_RESTART)
{
    struct pollfd p = { EXPECT_OK(eventfd(0, 0)), POLLIN, 0 };
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_ERRNO(poll(&p, 1, -1), EINTR);
}

TEST(an_ignored_signal_does_not_end_poll)
{
    struct pollfd p = { EXPECT_OK(eventfd(0, 0)), POLLIN, 0 };
    signal(SIGUSR1, SIG_IGN);
    pid_t parent = getpid();
    pid_t pid = FORK(sleep_ms(20); kill(parent, SIGUSR1));
    long start = now_ms();
    EXPECT_EQ(poll(&p, 1, 100), 0);
    EXPECT_GE(now_ms() - start, 99);
    EXPECT_EXIT(pid, 0);
}

TEST(ppoll_opens_its_mask_for_the_wait_only)
{
    struct pollfd p = { EXPECT_OK(eventfd(0, 0)), POLLIN, 0 };
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t blocked, none, now;
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    EXPECT_OK(sigprocmask(SIG_SETMASK, &blocked, 0));
    raise(SIGUSR1);
    EXPECT_ERRNO(ppoll(&p, 1, 0, &none), EINTR);
    EXPECT_OK(sigprocmask(SIG_SETMASK, 0, &now));
    EXPECT_TRUE(sigismember(&now, SIGUSR1));
}

TEST(ppoll_prefers_a_ready_descriptor_to_a_pending_signal)
{
    struct pollfd p = { EXPECT_OK(eventfd(1, 0)), POLLIN, 0 };
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t blocked, none;
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    EXPECT_OK(sigprocmask(SIG_SETMASK, &blocked, 0));
    raise(SIGUSR1);
    EXPECT_EQ(ppoll(&p, 1, 0, &none), 1);
}

TEST(ppoll_writes_the_time_left_back)
{
    struct pollfd p = { EXPECT_OK(eventfd(1, 0)), POLLIN, 0 };
    struct timespec t = { 5, 0 };
    EXPECT_EQ(syscall(SYS_ppoll, &p, 1, &t, 0, 8), 1);
    EXPECT_LT(t.tv_sec, 5);
    EXPECT_GE(t.tv_sec, 3);
}

TEST(ppoll_checks_its_arguments)
{
    struct pollfd p = { 0, 0, 0 };
    struct timespec bad = { 0, 1000000000 };
    sigset_t none;
    sigemptyset(&none);
    EXPECT_ERRNO(syscall(SYS_ppoll, &p, 1, &bad, 0, 8), EINVAL);
    bad = (struct timespec){ -1, 0 };
    EXPECT_ERRNO(syscall(SYS_ppoll, &p, 1, &bad, 0, 8), EINVAL);
    bad = (struct timespec){ 0, 0 };
    EXPECT_ERRNO(syscall(SYS_ppoll, &p, 1, &bad, &none, 4), EINVAL);
    EXPECT_ERRNO(syscall(SYS_ppoll, &p, 1, BAD_ADDRESS, 0, 8), EFAULT);
}

TEST(a_socket_pair_reports_data_room_and_hangup)
{
    int s[2];
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    struct pollfd p = { s[0], POLLIN | POLLOUT | POLLRDHUP, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLOUT);
    EXPECT_EQ(write(s[1], "x", 1), 1);
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLIN | POLLOUT);
    close(s[1]);
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
}
