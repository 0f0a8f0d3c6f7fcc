// SIGCHLD: when it comes and what it tells.
#include "../support/signals.h"
#include "../support/task.h"

// Waits for one SIGCHLD, which is blocked.
static siginfo_t next(void)
{
    siginfo_t info;
    struct timespec t = { 5, 0 };
    EXPECT_EQ(sigtimedwait(&SET(SIGCHLD), &info, &t), SIGCHLD);
    return info;
}

TEST(an_exit_tells_the_code)
{
    block(SET(SIGCHLD));
    pid_t child = FORK(_exit(42));
    siginfo_t info = next();
    EXPECT_EQ(info.si_signo, SIGCHLD);
    EXPECT_EQ(info.si_code, CLD_EXITED);
    EXPECT_EQ(info.si_pid, child);
    EXPECT_EQ(info.si_uid, getuid());
    EXPECT_EQ(info.si_status, 42);
    EXPECT_EXIT(child, 42);
}

TEST(a_death_tells_the_signal)
{
    block(SET(SIGCHLD));
    pid_t child = IDLE_CHILD();
    EXPECT_OK(kill(child, SIGTERM));
    siginfo_t info = next();
    EXPECT_EQ(info.si_code, CLD_KILLED);
    EXPECT_EQ(info.si_status, SIGTERM);
    EXPECT_SIGNALED(child, SIGTERM);
}

TEST(the_uid_is_that_of_the_child)
{
    NEED_ROOT();
    block(SET(SIGCHLD));
    pid_t child = FORK(EXPECT_OK(syscall(SYS_setresuid, 1234, 1234, 1234)));
    siginfo_t info = next();
    EXPECT_EQ(info.si_uid, 1234);
    EXPECT_EXIT(child, 0);
}

TEST(the_processor_time_is_told_in_ticks)
{
    block(SET(SIGCHLD));
    pid_t child = FORK({
        struct timespec t = { 0, 0 };
        while (t.tv_nsec < 250000000 && !t.tv_sec)
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    });
    siginfo_t info = next();
    EXPECT_GE(info.si_utime + info.si_stime, 10);
    EXPECT_LT(info.si_utime + info.si_stime, 500);
    EXPECT_EXIT(child, 0);
}

TEST(stops_and_continues_are_told)
{
    block(SET(SIGCHLD));
    handle(SIGCHLD, note, 0);
    pid_t child = IDLE_CHILD();
    EXPECT_OK(kill(child, SIGSTOP));
    siginfo_t info = next();
    EXPECT_EQ(info.si_code, CLD_STOPPED);
    EXPECT_EQ(info.si_status, SIGSTOP);
    EXPECT_EQ(info.si_pid, child);
    EXPECT_OK(kill(child, SIGCONT));
    info = next();
    EXPECT_EQ(info.si_code, CLD_CONTINUED);
    EXPECT_EQ(info.si_status, SIGCONT);
    END_CHILD(child);
}

TEST(nocldstop_is_told_of_ends_only)
{
    handle(SIGCHLD, note, SA_NOCLDSTOP);
    pid_t child = IDLE_CHILD();
    int status;
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(waitpid(child, &status, WUNTRACED), child);
    EXPECT_OK(kill(child, SIGCONT));
    EXPECT_EQ(waitpid(child, &status, WCONTINUED), child);
    EXPECT_EQ(noted_count, 0);
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_SOON(noted_count == 1);
    EXPECT_SIGNALED(child, SIGKILL);
}

TEST(nocldwait_still_signals)
{
    handle(SIGCHLD, note, SA_NOCLDWAIT);
    FORK();
    EXPECT_SOON(noted_count == 1);
    EXPECT_ERRNO(wait(0), ECHILD);
}

TEST(an_ignored_one_is_not_sent)
{
    signal(SIGCHLD, SIG_IGN);
    block(SET(SIGCHLD));
    FORK();
    EXPECT_ERRNO(wait(0), ECHILD);
    EXPECT_FALSE(is_pending(SIGCHLD));
}

static volatile int reaped;

static void reap(int number)
{
    (void)number;
    int saved = errno;
    while (waitpid(-1, 0, WNOHANG) > 0)
        reaped++;
    errno = saved;
}

TEST(a_reaping_handler_gets_them_all)
{
    handle(SIGCHLD, reap, SA_RESTART);
    for (int i = 0; i < 100; i++)
        FORK();
    EXPECT_SOON(reaped == 100);
}

TEST(the_zombie_is_there_when_the_handler_runs)
{
    handle(SIGCHLD, reap, 0);
    for (int i = 1; i <= 50; i++) {
        FORK();
        EXPECT_SOON(reaped == i);
    }
}

TEST(a_wait_in_progress_is_satisfied_before_the_handler)
{
    handle(SIGCHLD, note, 0);
    for (int i = 0; i < 30; i++) {
        pid_t child = FORK(sleep_ms(2); _exit(3));
        int status;
        EXPECT_EQ(waitpid(child, &status, 0), child);
        EXPECT_EQ(WEXITSTATUS(status), 3);
    }
    EXPECT_EQ(noted_count, 30);
}

TEST(children_of_a_child_do_not_signal_the_grandparent)
{
    handle(SIGCHLD, note, 0);
    IN_CHILD(for (int i = 0; i < 5; i++) IN_CHILD());
    EXPECT_SOON(noted_count);
    EXPECT_EQ(noted_count, 1);
}
