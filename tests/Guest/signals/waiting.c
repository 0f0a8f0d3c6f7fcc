// rt_sigtimedwait(2), sigwaitinfo(3), sigwait(3).
#include "../support/signals.h"
#include "../support/task.h"

TEST(a_pending_signal_is_taken_without_its_handler)
{
    siginfo_t info;
    handle(SIGUSR1, note, 0);
    block(SET(SIGUSR1));
    EXPECT_OK(kill(getpid(), SIGUSR1));
    EXPECT_EQ(sigwaitinfo(&SET(SIGUSR1), &info), SIGUSR1);
    EXPECT_EQ(info.si_signo, SIGUSR1);
    EXPECT_EQ(info.si_pid, getpid());
    EXPECT_FALSE(is_pending(SIGUSR1));
    EXPECT_EQ(noted_count, 0);
}

TEST(it_sleeps_until_the_signal_comes)
{
    block(SET(SIGUSR1));
    pid_t parent = getpid(), child = FORK(sleep_ms(50); kill(parent, SIGUSR1));
    siginfo_t info;
    EXPECT_EQ(sigwaitinfo(&SET(SIGUSR1), &info), SIGUSR1);
    EXPECT_EQ(info.si_pid, child);
    EXPECT_EXIT(child, 0);
}

TEST(an_unblocked_signal_in_the_set_is_taken_too_while_waiting)
{
    handle(SIGUSR1, note, 0);
    pid_t parent = getpid(), child = FORK({
        EXPECT_SOON(task_state(parent) == 'S');
        kill(parent, SIGUSR1);
    });
    EXPECT_EQ(sigwaitinfo(&SET(SIGUSR1), 0), SIGUSR1);
    EXPECT_EQ(noted_count, 0);
    EXPECT_EXIT(child, 0);
}

TEST(a_timeout_is_EAGAIN)
{
    struct timespec t = { 0, 50000000 };
    block(SET(SIGUSR1));
    long start = now_ms();
    EXPECT_ERRNO(sigtimedwait(&SET(SIGUSR1), 0, &t), EAGAIN);
    EXPECT_GE(now_ms() - start, 50);
    t.tv_nsec = 0;
    EXPECT_ERRNO(sigtimedwait(&SET(SIGUSR1), 0, &t), EAGAIN);
}

TEST(an_impossible_timeout_is_EINVAL)
{
    struct timespec t = { 0, 1000000000 };
    EXPECT_ERRNO(sigtimedwait(&SET(SIGUSR1), 0, &t), EINVAL);
    t = (struct timespec){ 0, -1 };
    EXPECT_ERRNO(sigtimedwait(&SET(SIGUSR1), 0, &t), EINVAL);
    t = (struct timespec){ -1, 0 };
    EXPECT_ERRNO(sigtimedwait(&SET(SIGUSR1), 0, &t), EINVAL);
}

TEST(another_handled_signal_is_EINTR)
{
    handle(SIGALRM, note, SA_RESTART);
    block(SET(SIGUSR1));
    alarm_ms(30, 0);
    struct timespec t = { 5, 0 };
    EXPECT_ERRNO(syscall(SYS_rt_sigtimedwait, &SET(SIGUSR1), 0, &t, 8), EINTR);
    EXPECT_EQ(noted, SIGALRM);
}

TEST(the_lowest_of_several_is_taken)
{
    block(SET(SIGTERM, SIGUSR1, SIGRTMIN));
    raise(SIGRTMIN);
    raise(SIGTERM);
    raise(SIGUSR1);
    sigset_t set = SET(SIGTERM, SIGUSR1, SIGRTMIN);
    EXPECT_EQ(sigwaitinfo(&set, 0), SIGUSR1);
    EXPECT_EQ(sigwaitinfo(&set, 0), SIGTERM);
    EXPECT_EQ(sigwaitinfo(&set, 0), SIGRTMIN);
}

TEST(kill_and_stop_in_the_set_are_ignored)
{
    pid_t child = FORK(for (;;) sigwaitinfo(&SET(SIGKILL, SIGSTOP, SIGUSR1), 0));
    sleep_ms(20);
    END_CHILD(child);
}

TEST(a_blocked_signal_with_default_ignore_is_kept_for_the_wait)
{
    block(SET(SIGCHLD));
    pid_t child = FORK();
    siginfo_t info;
    EXPECT_EQ(sigwaitinfo(&SET(SIGCHLD), &info), SIGCHLD);
    EXPECT_EQ(info.si_pid, child);
    EXPECT_EXIT(child, 0);
}

TEST(bad_pointers_are_EFAULT)
{
    block(SET(SIGUSR1));
    raise(SIGUSR1);
    EXPECT_ERRNO(syscall(SYS_rt_sigtimedwait, 8, 0, 0, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_rt_sigtimedwait, &SET(SIGUSR1), 0, 8, 8), EFAULT);
    EXPECT_TRUE(is_pending(SIGUSR1));
    // The signal is taken before its information is stored.
    EXPECT_ERRNO(syscall(SYS_rt_sigtimedwait, &SET(SIGUSR1), 8, 0, 8), EFAULT);
    EXPECT_FALSE(is_pending(SIGUSR1));
}

static volatile int *words;

static int wait_in_thread(void *arg)
{
    sigset_t set = *(sigset_t *)arg;
    words[1] = 1;
    words[0] = (int)syscall(SYS_rt_sigtimedwait, &set, 0, 0, 8);
    return 0;
}

TEST(a_waiting_thread_takes_what_is_sent_to_the_process)
{
    words = shared_words();
    sigset_t set = SET(SIGUSR1);
    block(set);
    struct thread thread;
    spawn_thread(&thread, wait_in_thread, &set);
    EXPECT_SOON(words[1]);
    sleep_ms(10);
    EXPECT_OK(kill(getpid(), SIGUSR1));
    join_thread(&thread);
    EXPECT_EQ(words[0], SIGUSR1);
}

TEST(a_thousand_signals_by_turns)
{
    block(SET(SIGUSR1, SIGUSR2));
    pid_t parent = getpid(), child = FORK(for (int i = 0; i < 1000; i++) {
        kill(parent, SIGUSR1);
        EXPECT_EQ(sigwaitinfo(&SET(SIGUSR2), 0), SIGUSR2);
    });
    for (int i = 0; i < 1000; i++) {
        EXPECT_EQ(sigwaitinfo(&SET(SIGUSR1), 0), SIGUSR1);
        EXPECT_OK(kill(child, SIGUSR2));
    }
    EXPECT_EXIT(child, 0);
}
