// rt_sigprocmask(2), rt_sigpending(2), rt_sigsuspend(2), pause(2).
#include "../support/signals.h"
#include "../support/task.h"

TEST(an_unknown_how_is_EINVAL)
{
    unsigned long set = 0;
    EXPECT_ERRNO(syscall(SYS_rt_sigprocmask, 99, &set, 0, 8), EINVAL);
    // Unless there is no new set.
    EXPECT_OK(syscall(SYS_rt_sigprocmask, 99, 0, &set, 8));
}

TEST(the_set_size_must_be_eight)
{
    unsigned long set[2] = { 0 };
    EXPECT_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, set, 0, 16), EINVAL);
    EXPECT_ERRNO(syscall(SYS_rt_sigsuspend, set, 4), EINVAL);
    EXPECT_ERRNO(syscall(SYS_rt_sigpending, set, 16), EINVAL);
    EXPECT_ERRNO(syscall(SYS_rt_sigtimedwait, set, 0, 0, 4), EINVAL);
}

TEST(bad_pointers_are_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 8, 0, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, 8, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_rt_sigpending, 8, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_rt_sigsuspend, 8, 8), EFAULT);
}

TEST(sets_are_added_removed_and_replaced)
{
    sigset_t old, set = SET(SIGUSR1, SIGUSR2);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, &old));
    EXPECT_FALSE(sigismember(&old, SIGUSR1));
    set = SET(SIGUSR2, SIGTERM);
    EXPECT_OK(sigprocmask(SIG_UNBLOCK, &set, &old));
    EXPECT_TRUE(sigismember(&old, SIGUSR2));
    EXPECT_TRUE(is_blocked(SIGUSR1));
    EXPECT_FALSE(is_blocked(SIGUSR2));
    set = SET(SIGHUP);
    EXPECT_OK(sigprocmask(SIG_SETMASK, &set, 0));
    EXPECT_FALSE(is_blocked(SIGUSR1));
    EXPECT_TRUE(is_blocked(SIGHUP));
}

TEST(kill_and_stop_cannot_be_blocked)
{
    unsigned long all = ~0ul, got;
    EXPECT_OK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8));
    EXPECT_OK(syscall(SYS_rt_sigprocmask, SIG_SETMASK, 0, &got, 8));
    EXPECT_EQ(got, ~(1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1)));
    pid_t child = IDLE_CHILD();
    END_CHILD(child);
}

TEST(a_blocked_signal_waits_until_unblocked)
{
    handle(SIGUSR1, note, 0);
    block(SET(SIGUSR1));
    raise(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR1);
    EXPECT_EQ(noted_count, 0);
    EXPECT_TRUE(is_pending(SIGUSR1));
    unblock(SET(SIGUSR1));
    // Before sigprocmask returns; standard signals do not queue.
    EXPECT_EQ(noted_count, 1);
    EXPECT_FALSE(is_pending(SIGUSR1));
}

TEST(pending_shows_blocked_signals_only)
{
    handle(SIGUSR1, note, 0);
    block(SET(SIGUSR2));
    raise(SIGUSR1);
    raise(SIGUSR2);
    EXPECT_FALSE(is_pending(SIGUSR1));
    EXPECT_TRUE(is_pending(SIGUSR2));
}

static volatile int order[64], seen;

static void note_order(int number)
{
    order[seen++] = number;
}

TEST(pending_signals_arrive_lowest_number_first)
{
    struct sigaction action = { .sa_handler = note_order };
    sigfillset(&action.sa_mask);
    int numbers[] = { SIGTERM, SIGUSR2, SIGHUP, SIGUSR1, SIGRTMIN + 1, SIGRTMIN };
    for (int i = 0; i < 6; i++) {
        EXPECT_OK(sigaction(numbers[i], &action, 0));
        block(SET(numbers[i]));
    }
    for (int i = 0; i < 6; i++)
        raise(numbers[i]);
    sigset_t none;
    sigemptyset(&none);
    EXPECT_OK(sigprocmask(SIG_SETMASK, &none, 0));
    // Frames are pushed for all of them at once, so the last one pushed runs first; with a full mask each
    // handler runs to its end before the next: lowest first.
    int wanted[] = { SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGRTMIN, SIGRTMIN + 1 };
    EXPECT_EQ(seen, 6);
    for (int i = 0; i < 6; i++)
        EXPECT_EQ(order[i], wanted[i]);
}

TEST(without_masks_the_highest_pending_handler_runs_first)
{
    int numbers[] = { SIGHUP, SIGUSR1, SIGUSR2 };
    for (int i = 0; i < 3; i++) {
        handle(numbers[i], note_order, 0);
        block(SET(numbers[i]));
        raise(numbers[i]);
    }
    unblock(SET(SIGHUP, SIGUSR1, SIGUSR2));
    EXPECT_EQ(seen, 3);
    EXPECT_EQ(order[0], SIGUSR2);
    EXPECT_EQ(order[2], SIGHUP);
}

TEST(sigsuspend_waits_with_another_mask_and_restores_the_old_one)
{
    handle(SIGUSR1, note, 0);
    block(SET(SIGUSR1));
    raise(SIGUSR1);
    sigset_t none;
    sigemptyset(&none);
    EXPECT_ERRNO(sigsuspend(&none), EINTR);
    EXPECT_EQ(noted, SIGUSR1);
    EXPECT_TRUE(is_blocked(SIGUSR1));
}

static volatile int blocked_inside;

static void look(int number)
{
    (void)number;
    blocked_inside = is_blocked(SIGUSR2) | is_blocked(SIGTERM) << 1;
}

TEST(the_handler_runs_under_the_mask_of_sigsuspend)
{
    handle(SIGUSR1, look, 0);
    block(SET(SIGUSR1, SIGUSR2));
    raise(SIGUSR1);
    EXPECT_ERRNO(sigsuspend(&SET(SIGTERM)), EINTR);
    EXPECT_EQ(blocked_inside, 2);
    EXPECT_TRUE(is_blocked(SIGUSR2));
    EXPECT_FALSE(is_blocked(SIGTERM));
}

TEST(sigsuspend_sleeps_until_a_signal_is_handled)
{
    handle(SIGALRM, note, SA_RESTART);
    alarm_ms(50, 0);
    long start = now_ms();
    sigset_t none;
    sigemptyset(&none);
    EXPECT_ERRNO(sigsuspend(&none), EINTR);
    EXPECT_GE(now_ms() - start, 45);
}

TEST(ignored_signals_do_not_end_sigsuspend)
{
    handle(SIGALRM, note, 0);
    signal(SIGUSR1, SIG_IGN);
    pid_t parent = getpid();
    pid_t child = FORK(for (int i = 0; i < 5; i++) {
        kill(parent, SIGUSR1);
        kill(parent, SIGCHLD);
        sleep_ms(5);
    });
    alarm_ms(100, 0);
    long start = now_ms();
    sigset_t none;
    sigemptyset(&none);
    EXPECT_ERRNO(sigsuspend(&none), EINTR);
    EXPECT_GE(now_ms() - start, 90);
    EXPECT_EXIT(child, 0);
}

TEST(pause_returns_after_a_handler)
{
    handle(SIGALRM, note, SA_RESTART);
    alarm_ms(30, 0);
    EXPECT_ERRNO(pause(), EINTR);
    EXPECT_EQ(noted, SIGALRM);
}

TEST(a_mask_changed_in_a_handler_ends_with_it)
{
    handle(SIGUSR1, (void (*)(int))block, 0);
    EXPECT_FALSE(is_blocked(SIGTERM));
    raise(SIGUSR1);
    EXPECT_FALSE(is_blocked(SIGTERM));
}

TEST(masks_are_shown_in_status)
{
    char text[4096] = "";
    signal(SIGHUP, SIG_IGN);
    handle(SIGUSR1, note, 0);
    block(SET(SIGUSR2));
    raise(SIGUSR2);
    EXPECT_OK(kill(getpid(), SIGUSR2));
    EXPECT_OK(read(EXPECT_OK(open("/proc/self/status", O_RDONLY)), text, sizeof text - 1));
    EXPECT_TRUE(strstr(text, "\nSigPnd:\t0000000000000800\nShdPnd:\t0000000000000800\nSigBlk:\t0000000000000800\n"
                             "SigIgn:\t0000000000000001\nSigCgt:\t0000000000000200\n"));
}
