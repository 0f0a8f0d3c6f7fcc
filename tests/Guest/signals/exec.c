// Signals across execve(2).
#include "../support/role.h"
#include "../support/signals.h"
#include "../support/task.h"

static void *disposition(int number)
{
    struct sigaction action;
    return sigaction(number, 0, &action) == 0 ? (void *)action.sa_handler : (void *)-1;
}

ROLE(look_at_dispositions)
{
    REQUIRE(disposition(SIGUSR1) == SIG_DFL);
    REQUIRE(disposition(SIGUSR2) == SIG_IGN);
    REQUIRE(disposition(SIGTERM) == SIG_DFL);
}

TEST(handlers_become_default_and_ignored_stays)
{
    handle(SIGUSR1, note, SA_RESTART);
    handle(SIGUSR2, SIG_IGN, 0);
    IN_CHILD(EXEC_ROLE(look_at_dispositions));
}

ROLE(look_at_flags)
{
    struct sigaction action;
    REQUIRE(sigaction(SIGUSR2, 0, &action) == 0);
    REQUIRE(action.sa_flags == 0);
    REQUIRE(!sigismember(&action.sa_mask, SIGTERM));
}

TEST(flags_and_masks_of_actions_are_cleared)
{
    struct sigaction action = { .sa_handler = SIG_IGN, .sa_flags = SA_RESTART | SA_NODEFER };
    action.sa_mask = SET(SIGTERM);
    EXPECT_OK(sigaction(SIGUSR2, &action, 0));
    IN_CHILD(EXEC_ROLE(look_at_flags));
}

ROLE(look_at_mask)
{
    REQUIRE(is_blocked(SIGUSR1));
    REQUIRE(is_blocked(SIGRTMIN + 4));
    REQUIRE(!is_blocked(SIGUSR2));
}

TEST(the_mask_stays)
{
    block(SET(SIGUSR1, SIGRTMIN + 4));
    IN_CHILD(EXEC_ROLE(look_at_mask));
}

ROLE(take_pending)
{
    siginfo_t info;
    struct timespec none = { 0, 0 };
    sigset_t set = SET(SIGUSR1, SIGRTMIN);
    REQUIRE(is_pending(SIGUSR1));
    REQUIRE(sigtimedwait(&set, &info, &none) == SIGUSR1);
    REQUIRE(sigtimedwait(&set, &info, &none) == SIGRTMIN && info.si_value.sival_int == 5);
    REQUIRE(sigtimedwait(&set, &info, &none) == SIGRTMIN && info.si_value.sival_int == 6);
}

TEST(pending_signals_stay_with_their_values)
{
    block(SET(SIGUSR1, SIGRTMIN));
    IN_CHILD({
        union sigval v = { .sival_int = 5 };
        raise(SIGUSR1);
        EXPECT_OK(sigqueue(getpid(), SIGRTMIN, v));
        v.sival_int = 6;
        EXPECT_OK(sigqueue(getpid(), SIGRTMIN, v));
        EXEC_ROLE(take_pending);
    });
}

ROLE(die_of_pending)
{
    unblock(SET(SIGTERM));
    _exit(1);
}

TEST(a_pending_signal_kills_when_the_new_program_unblocks_it)
{
    block(SET(SIGTERM));
    pid_t child = FORK(raise(SIGTERM); EXEC_ROLE(die_of_pending));
    EXPECT_SIGNALED(child, SIGTERM);
}

ROLE(expect_alarm)
{
    handle(SIGALRM, note, 0);
    unblock(SET(SIGALRM));
    for (int i = 0; i < 1000 && !noted; i++)
        sleep_ms(2);
    REQUIRE(noted == SIGALRM);
}

TEST(an_alarm_stays)
{
    block(SET(SIGALRM));
    IN_CHILD(alarm_ms(30, 0); EXEC_ROLE(expect_alarm));
}

ROLE(expect_no_timer)
{
    struct itimerspec spec;
    REQUIRE(syscall(SYS_timer_gettime, 0, &spec) == -1 && errno == EINVAL);
}

TEST(posix_timers_go)
{
    IN_CHILD({
        timer_t id;
        struct sigevent event = { .sigev_notify = SIGEV_NONE };
        EXPECT_OK(timer_create(CLOCK_MONOTONIC, &event, &id));
        EXEC_ROLE(expect_no_timer);
    });
}

ROLE(end_at_once)
{
}

TEST(the_exit_signal_becomes_SIGCHLD)
{
    handle(SIGUSR2, note, 0);
    block(SET(SIGCHLD));
    long child = syscall(SYS_clone, SIGUSR2, 0, 0, 0, 0);
    if (child == 0)
        EXEC_ROLE(end_at_once);
    siginfo_t info;
    struct timespec t = { 5, 0 };
    EXPECT_EQ(sigtimedwait(&SET(SIGCHLD), &info, &t), SIGCHLD);
    EXPECT_EQ(info.si_pid, child);
    EXPECT_EQ(noted_count, 0);
    EXPECT_EXIT((pid_t)child, 0);
}
