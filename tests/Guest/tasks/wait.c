// wait4(2), waitpid(2), wait(2).
#include "../support/task.h"
#include <sys/resource.h>

TEST(no_child_is_ECHILD)
{
    EXPECT_ERRNO(wait(0), ECHILD);
    EXPECT_ERRNO(waitpid(-1, 0, WNOHANG), ECHILD);
    EXPECT_ERRNO(waitpid(getppid(), 0, 0), ECHILD);
    EXPECT_ERRNO(waitpid(getpid(), 0, 0), ECHILD);
    EXPECT_ERRNO(waitpid(0x3fffffff, 0, 0), ECHILD);
}

TEST(unknown_options_are_EINVAL)
{
    EXPECT_ERRNO(syscall(SYS_wait4, -1, 0, 0x100, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_wait4, -1, 0, WEXITED, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_wait4, -1, 0, WNOWAIT, 0), EINVAL);
}

TEST(the_smallest_pid_is_ESRCH)
{
    EXPECT_ERRNO(waitpid(-0x7fffffff - 1, 0, 0), ESRCH);
}

TEST(a_grandchild_is_not_a_child)
{
    volatile int *words = shared_words();
    pid_t child = FORK({
        words[0] = IDLE_CHILD();
        EXPECT_SOON(words[1]);
        END_CHILD(words[0]);
    });
    EXPECT_SOON(words[0]);
    EXPECT_ERRNO(waitpid(words[0], 0, 0), ECHILD);
    words[1] = 1;
    EXPECT_EXIT(child, 0);
}

TEST(wnohang_returns_zero_while_the_child_runs)
{
    pid_t child = IDLE_CHILD();
    int status = 0x5a5a;
    EXPECT_EQ(waitpid(child, &status, WNOHANG), 0);
    EXPECT_EQ(waitpid(-1, &status, WNOHANG), 0);
    EXPECT_EQ(status, 0x5a5a);
    END_CHILD(child);
}

TEST(a_killed_child_shows_the_signal)
{
    int status;
    pid_t child = IDLE_CHILD();
    EXPECT_OK(kill(child, SIGTERM));
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, SIGTERM);
}

TEST(a_child_is_reaped_once)
{
    pid_t child = FORK();
    EXPECT_EQ(waitpid(child, 0, 0), child);
    EXPECT_ERRNO(waitpid(child, 0, 0), ECHILD);
}

TEST(a_zombie_can_be_signalled_until_it_is_reaped)
{
    pid_t child = FORK();
    EXPECT_SOON(task_state(child) == 'Z');
    EXPECT_OK(kill(child, 0));
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_EXIT(child, 0);
    EXPECT_ERRNO(kill(child, 0), ESRCH);
}

TEST(wait_takes_any_child)
{
    pid_t child[5];
    int seen[5] = { 0 };
    for (int i = 0; i < 5; i++)
        child[i] = FORK(_exit(i));
    for (int n = 0; n < 5; n++) {
        int status;
        pid_t pid = EXPECT_OK(wait(&status));
        EXPECT_EQ(pid, child[WEXITSTATUS(status)]);
        seen[WEXITSTATUS(status)]++;
    }
    for (int i = 0; i < 5; i++)
        EXPECT_EQ(seen[i], 1);
    EXPECT_ERRNO(wait(0), ECHILD);
}

TEST(waiting_for_one_leaves_the_others)
{
    pid_t first = FORK(_exit(1)), second = FORK(_exit(2));
    EXPECT_EXIT(second, 2);
    EXPECT_EXIT(first, 1);
}

TEST(pid_zero_means_the_own_process_group)
{
    pid_t other = FORK(setpgid(0, 0), sleep_ms(30));
    EXPECT_OK(setpgid(other, other));
    EXPECT_ERRNO(waitpid(0, 0, 0), ECHILD);
    pid_t same = FORK(_exit(4));
    EXPECT_EQ(waitpid(0, 0, 0), same);
    EXPECT_EQ(waitpid(-other, 0, 0), other);
}

TEST(a_negative_pid_means_that_group)
{
    pid_t leader = IDLE_CHILD(setpgid(0, 0));
    EXPECT_OK(setpgid(leader, leader));
    pid_t member = FORK(sleep_ms(20); _exit(3));
    EXPECT_OK(setpgid(member, leader));
    EXPECT_EQ(waitpid(-leader, 0, 0), member);
    EXPECT_ERRNO(waitpid(-getpid(), 0, 0), ECHILD);
    END_CHILD(leader);
}

TEST(a_wait_sleeps_until_the_child_ends)
{
    long start = now_ms();
    pid_t child = FORK(sleep_ms(60));
    EXPECT_EXIT(child, 0);
    EXPECT_GE(now_ms() - start, 60);
}

TEST(a_stopped_child_is_seen_with_WUNTRACED_only)
{
    int status;
    pid_t child = IDLE_CHILD();
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(waitpid(child, &status, WUNTRACED), child);
    EXPECT_TRUE(WIFSTOPPED(status));
    EXPECT_EQ(status, SIGSTOP << 8 | 0x7f);
    // Told once.
    EXPECT_EQ(waitpid(child, &status, WUNTRACED | WNOHANG), 0);
    EXPECT_EQ(waitpid(child, &status, WNOHANG), 0);
    END_CHILD(child);
}

TEST(a_continued_child_is_seen_with_WCONTINUED)
{
    int status;
    pid_t child = IDLE_CHILD();
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(waitpid(child, &status, WUNTRACED), child);
    EXPECT_EQ(waitpid(child, &status, WCONTINUED | WNOHANG), 0);
    EXPECT_OK(kill(child, SIGCONT));
    EXPECT_EQ(waitpid(child, &status, WCONTINUED), child);
    EXPECT_EQ(status, 0xffff);
    EXPECT_TRUE(WIFCONTINUED(status));
    EXPECT_EQ(waitpid(child, &status, WCONTINUED | WNOHANG), 0);
    END_CHILD(child);
}

static volatile int *words;

static int fork_and_linger(void *arg)
{
    (void)arg;
    pid_t child = fork();
    if (child == 0)
        _exit(6);
    words[0] = child;
    while (!words[1])
        sched_yield();
    return 0;
}

TEST(a_child_may_be_waited_for_by_another_thread_of_the_parent)
{
    words = shared_words();
    words[1] = 1;
    struct thread thread;
    spawn_thread(&thread, fork_and_linger, 0);
    join_thread(&thread);
    EXPECT_EXIT(words[0], 6);
}

TEST(wnothread_sees_own_children_only)
{
    words = shared_words();
    struct thread thread;
    spawn_thread(&thread, fork_and_linger, 0);
    EXPECT_SOON(words[0]);
    EXPECT_ERRNO(waitpid(words[0], 0, __WNOTHREAD), ECHILD);
    words[1] = 1;
    join_thread(&thread);
    EXPECT_EXIT(words[0], 6);
}

TEST(the_usage_of_the_child_is_told)
{
    struct rusage usage;
    memset(&usage, 0x7f, sizeof usage);
    pid_t child = FORK({
        touch_memory();
        long end = now_ms() + 100;
        while (now_ms() < end)
            ;
    });
    int status;
    EXPECT_EQ(wait4(child, &status, 0, &usage), child);
    EXPECT_LT(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec, 10);
    EXPECT_GT(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec + 1000000 * usage.ru_utime.tv_sec, 5000);
    EXPECT_GT(usage.ru_maxrss, 0);
}

TEST(an_ignored_SIGCHLD_leaves_no_zombies)
{
    signal(SIGCHLD, SIG_IGN);
    pid_t child = FORK(_exit(3));
    EXPECT_ERRNO(waitpid(child, 0, 0), ECHILD);
    EXPECT_ERRNO(kill(child, 0), ESRCH);
    FORK();
    FORK();
    EXPECT_ERRNO(wait(0), ECHILD);
}

TEST(SA_NOCLDWAIT_leaves_no_zombies)
{
    struct sigaction action = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };
    EXPECT_OK(sigaction(SIGCHLD, &action, 0));
    pid_t child = FORK(_exit(3));
    EXPECT_ERRNO(waitpid(child, 0, 0), ECHILD);
}

TEST(children_of_a_process_that_ignores_SIGCHLD_can_still_be_seen_to_stop)
{
    signal(SIGCHLD, SIG_IGN);
    int status;
    pid_t child = IDLE_CHILD();
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(waitpid(child, &status, WUNTRACED), child);
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_ERRNO(waitpid(child, &status, 0), ECHILD);
}
