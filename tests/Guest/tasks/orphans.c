// Children whose parent is gone: init, subreapers, PR_SET_PDEATHSIG.
#include "../support/task.h"

TEST(an_orphan_goes_to_the_nearest_subreaper)
{
    volatile int *words = shared_words();
    EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    IN_CHILD(FORK({
        words[0] = getpid();
        EXPECT_SOON(words[1]);
        EXPECT_EQ(getppid(), words[2]);
        _exit(9);
    }));
    words[2] = getpid();
    words[1] = 1;
    EXPECT_SOON(words[0]);
    EXPECT_EXIT(words[0], 9);
}

TEST(a_subreaper_is_not_inherited)
{
    int value = -1;
    EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    EXPECT_OK(prctl(PR_GET_CHILD_SUBREAPER, &value));
    EXPECT_EQ(value, 1);
    IN_CHILD({
        EXPECT_OK(prctl(PR_GET_CHILD_SUBREAPER, &value));
        EXPECT_EQ(value, 0);
    });
    EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 0));
    EXPECT_OK(prctl(PR_GET_CHILD_SUBREAPER, &value));
    EXPECT_EQ(value, 0);
}

TEST(the_inner_of_two_subreapers_gets_the_orphan)
{
    volatile int *words = shared_words();
    EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    IN_CHILD({
        EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
        IN_CHILD(words[0] = FORK(sleep_ms(20); _exit(2)));
        EXPECT_EXIT(words[0], 2);
    });
    EXPECT_ERRNO(wait(0), ECHILD);
}

TEST(zombies_are_handed_over_too)
{
    volatile int *words = shared_words();
    EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    IN_CHILD({
        words[0] = FORK(_exit(6));
        EXPECT_SOON(task_state(words[0]) == 'Z');
    });
    EXPECT_EXIT(words[0], 6);
}

TEST(a_handed_over_child_signals_its_new_parent)
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
    EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    volatile int *words = shared_words();
    IN_CHILD(words[0] = FORK(EXPECT_SOON(words[1])));
    EXPECT_EQ(sigwaitinfo(&set, &info), SIGCHLD);
    EXPECT_NE(info.si_pid, words[0]);
    words[1] = 1;
    EXPECT_EQ(sigwaitinfo(&set, &info), SIGCHLD);
    EXPECT_EQ(info.si_pid, words[0]);
    EXPECT_EXIT(words[0], 0);
}

TEST(without_a_subreaper_of_our_own_somebody_above_gets_the_orphan)
{
    volatile int *words = shared_words();
    IN_CHILD({
        FORK({
            pid_t old = getppid();
            words[0] = 1;
            EXPECT_SOON(getppid() != old);
            words[1] = getppid();
            words[2] = 1;
        });
        EXPECT_SOON(words[0]);
    });
    EXPECT_SOON(words[2]);
    EXPECT_NE(words[1], getpid());
    EXPECT_NE(words[1], 0);
}

static volatile int got;

static void on_signal(int number)
{
    got = number;
}

TEST(a_death_signal_comes_when_the_parent_ends)
{
    volatile int *words = shared_words();
    pid_t parent = FORK({
        FORK({
            signal(SIGUSR1, on_signal);
            EXPECT_OK(prctl(PR_SET_PDEATHSIG, SIGUSR1));
            words[0] = getpid();
            EXPECT_SOON(got);
            words[1] = got;
        });
        for (;;)
            pause();
    });
    EXPECT_SOON(words[0]);
    EXPECT_EQ(words[1], 0);
    END_CHILD(parent);
    EXPECT_SOON(words[1] == SIGUSR1);
}

TEST(a_death_signal_is_read_back_and_not_inherited)
{
    int value = -1;
    EXPECT_OK(prctl(PR_SET_PDEATHSIG, SIGTERM));
    EXPECT_OK(prctl(PR_GET_PDEATHSIG, &value));
    EXPECT_EQ(value, SIGTERM);
    IN_CHILD({
        EXPECT_OK(prctl(PR_GET_PDEATHSIG, &value));
        EXPECT_EQ(value, 0);
    });
    EXPECT_OK(prctl(PR_SET_PDEATHSIG, 0));
}

TEST(an_impossible_death_signal_is_EINVAL)
{
    EXPECT_ERRNO(prctl(PR_SET_PDEATHSIG, 65), EINVAL);
    EXPECT_ERRNO(prctl(PR_SET_PDEATHSIG, -1), EINVAL);
    EXPECT_ERRNO(prctl(PR_GET_PDEATHSIG, 8), EFAULT);
}

TEST(a_change_of_uid_clears_the_death_signal)
{
    NEED_ROOT();
    IN_CHILD({
        int value = -1;
        EXPECT_OK(prctl(PR_SET_PDEATHSIG, SIGTERM));
        EXPECT_OK(setresuid(1000, 1000, 1000));
        EXPECT_OK(prctl(PR_GET_PDEATHSIG, &value));
        EXPECT_EQ(value, 0);
    });
}

TEST(the_group_of_an_ended_session_leader_gets_SIGHUP_if_stopped)
{
    // An orphaned group with a stopped member: SIGHUP, then SIGCONT.
    volatile int *words = shared_words();
    IN_CHILD({
        EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
        pid_t leader = FORK({
            EXPECT_OK(setsid());
            pid_t member = FORK({
                EXPECT_OK(setpgid(0, 0));
                words[0] = 1;
                for (;;)
                    pause();
            });
            words[1] = member;
            EXPECT_SOON(words[0]);
            EXPECT_OK(kill(member, SIGSTOP));
            int status;
            EXPECT_EQ(waitpid(member, &status, WUNTRACED), member);
        });
        EXPECT_EXIT(leader, 0);
        EXPECT_SIGNALED(words[1], SIGHUP);
    });
}

TEST(three_hundred_orphans_are_all_reaped)
{
    EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    for (int i = 0; i < 10; i++)
        IN_CHILD(for (int j = 0; j < 30; j++) FORK());
    int count = 0;
    while (wait(0) > 0)
        count++;
    EXPECT_EQ(errno, ECHILD);
    EXPECT_EQ(count, 300);
}
