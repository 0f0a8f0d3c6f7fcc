// select(2), pselect(2).
#include "../harness.h"
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>

static fd_set set_of(int a, int b)
{
    fd_set set;
    FD_ZERO(&set);
    if (a >= 0)
        FD_SET(a, &set);
    if (b >= 0)
        FD_SET(b, &set);
    return set;
}

static void on_signal(int number) { (void)number; }

TEST(select_leaves_the_ready_bits_and_counts_them_in_all_sets)
{
    int a = EXPECT_OK(eventfd(1, 0)), b = EXPECT_OK(eventfd(0, 0));
    fd_set in = set_of(a, b), out = set_of(a, b), except = set_of(a, b);
    struct timeval none = { 0, 0 };
    EXPECT_EQ(select(b + 1, &in, &out, &except, &none), 3);
    EXPECT_TRUE(FD_ISSET(a, &in));
    EXPECT_FALSE(FD_ISSET(b, &in));
    EXPECT_TRUE(FD_ISSET(a, &out));
    EXPECT_TRUE(FD_ISSET(b, &out));
    EXPECT_FALSE(FD_ISSET(a, &except));
}

TEST(descriptors_from_nfds_on_are_not_looked_at)
{
    int a = EXPECT_OK(eventfd(1, 0)), far = EXPECT_OK(dup2(a, 70));
    fd_set in = set_of(a, far);
    struct timeval none = { 0, 0 };
    EXPECT_EQ(select(a, &in, 0, 0, &none), 0);
    // The sets are read and written by whole words of 64 bits.
    EXPECT_FALSE(FD_ISSET(a, &in));
    EXPECT_TRUE(FD_ISSET(far, &in));
}

TEST(a_bad_descriptor_gives_EBADF)
{
    // Linux does not look beyond the size of the table of descriptors, which grows from 64.
    close((int)EXPECT_OK(dup2(EXPECT_OK(eventfd(0, 0)), 90)));
    fd_set in = set_of(89, -1);
    struct timeval none = { 0, 0 };
    EXPECT_ERRNO(select(100, &in, 0, 0, &none), EBADF);
}

TEST(a_negative_nfds_gives_EINVAL)
{
    struct timeval none = { 0, 0 };
    EXPECT_ERRNO(select(-1, 0, 0, 0, &none), EINVAL);
}

TEST(bad_sets_and_times_are_refused)
{
    struct timeval t = { -1, 0 };
    EXPECT_ERRNO(select(0, 0, 0, 0, &t), EINVAL);
    t = (struct timeval){ 0, 0 };
    EXPECT_ERRNO(syscall(SYS_select, 64, BAD_ADDRESS, 0, 0, &t), EFAULT);
    EXPECT_ERRNO(syscall(SYS_select, 0, 0, 0, 0, BAD_ADDRESS), EFAULT);
}

TEST(select_without_descriptors_sleeps)
{
    long start = now_ms();
    struct timeval t = { 0, 50000 };
    EXPECT_EQ(select(0, 0, 0, 0, &t), 0);
    EXPECT_GE(now_ms() - start, 49);
    EXPECT_EQ(t.tv_sec, 0);
    EXPECT_EQ(t.tv_usec, 0);
}

TEST(select_writes_the_time_left_back)
{
    int a = EXPECT_OK(eventfd(1, 0));
    fd_set in = set_of(a, -1);
    struct timeval t = { 5, 0 };
    EXPECT_EQ(select(a + 1, &in, 0, 0, &t), 1);
    EXPECT_LT(t.tv_sec, 5);
}

TEST(a_timeout_clears_the_sets)
{
    int a = EXPECT_OK(eventfd(0, 0));
    fd_set in = set_of(a, -1);
    struct timeval t = { 0, 1000 };
    EXPECT_EQ(select(a + 1, &in, 0, 0, &t), 0);
    EXPECT_FALSE(FD_ISSET(a, &in));
}

TEST(select_is_woken_by_the_end_of_file)
{
    int p[2];
    EXPECT_OK(pipe(p));
    pid_t pid = FORK(sleep_ms(30));
    close(p[1]);
    fd_set in = set_of(p[0], -1);
    EXPECT_EQ(select(p[0] + 1, &in, 0, 0, 0), 1);
    EXPECT_TRUE(FD_ISSET(p[0], &in));
    EXPECT_EXIT(pid, 0);
}

TEST(a_signal_interrupts_select_and_leaves_the_sets)
{
    int a = EXPECT_OK(eventfd(0, 0));
    fd_set in = set_of(a, -1);
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_ERRNO(select(a + 1, &in, 0, 0, 0), EINTR);
    EXPECT_TRUE(FD_ISSET(a, &in));
}

TEST(pselect_opens_its_mask_for_the_wait_only)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigset_t blocked, none, now;
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    EXPECT_OK(sigprocmask(SIG_SETMASK, &blocked, 0));
    raise(SIGUSR1);
    struct timespec t = { 5, 0 };
    EXPECT_ERRNO(pselect(0, 0, 0, 0, &t, &none), EINTR);
    EXPECT_OK(sigprocmask(SIG_SETMASK, 0, &now));
    EXPECT_TRUE(sigismember(&now, SIGUSR1));
}

TEST(pselect6_reads_mask_and_size_from_memory)
{
    struct timespec t = { 0, 0 };
    sigset_t none;
    sigemptyset(&none);
    struct { void *mask; size_t size; } arg = { &none, 4 };
    EXPECT_ERRNO(syscall(SYS_pselect6, 0, 0, 0, 0, &t, &arg), EINVAL);
    arg.size = 8;
    EXPECT_EQ(syscall(SYS_pselect6, 0, 0, 0, 0, &t, &arg), 0);
    EXPECT_ERRNO(syscall(SYS_pselect6, 0, 0, 0, 0, &t, BAD_ADDRESS), EFAULT);
}

TEST(descriptors_beyond_the_table_are_cut_off)
{
    // nfds is cut to the size of the table, which is at least 64.
    struct timeval none = { 0, 0 };
    static unsigned char sets[1 << 17];
    EXPECT_EQ(syscall(SYS_select, 1 << 20, sets, 0, 0, &none), 0);
}
