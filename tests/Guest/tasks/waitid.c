// waitid(2).
#include "../support/task.h"
#include <sys/resource.h>

#define P_PIDFD_ ((idtype_t)3)

static siginfo_t info;

TEST(waiting_for_nothing_is_EINVAL)
{
    EXPECT_ERRNO(waitid(P_ALL, 0, &info, 0), EINVAL);
    EXPECT_ERRNO(waitid(P_ALL, 0, &info, WNOHANG), EINVAL);
    EXPECT_ERRNO(waitid(P_ALL, 0, &info, WNOWAIT), EINVAL);
}

TEST(unknown_options_are_EINVAL)
{
    EXPECT_ERRNO(waitid(P_ALL, 0, &info, WEXITED | 0x100), EINVAL);
}

TEST(an_unknown_id_type_is_EINVAL)
{
    EXPECT_ERRNO(waitid(99, 0, &info, WEXITED), EINVAL);
}

TEST(impossible_ids_are_EINVAL)
{
    EXPECT_ERRNO(waitid(P_PID, 0, &info, WEXITED), EINVAL);
    EXPECT_ERRNO(waitid(P_PID, -1, &info, WEXITED), EINVAL);
    EXPECT_ERRNO(waitid(P_PGID, -1, &info, WEXITED), EINVAL);
    EXPECT_ERRNO(waitid(P_PIDFD_, -1, &info, WEXITED), EINVAL);
}

TEST(no_such_child_is_ECHILD)
{
    EXPECT_ERRNO(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
    EXPECT_ERRNO(waitid(P_PID, getppid(), &info, WEXITED), ECHILD);
    EXPECT_ERRNO(waitid(P_PGID, 0, &info, WEXITED), ECHILD);
}

TEST(a_descriptor_that_is_no_pidfd_is_EBADF)
{
    EXPECT_ERRNO(waitid(P_PIDFD_, 999, &info, WEXITED), EBADF);
    EXPECT_ERRNO(waitid(P_PIDFD_, 1, &info, WEXITED), EBADF);
}

TEST(an_exit_is_described)
{
    pid_t child = FORK(_exit(0x123));
    memset(&info, 0xff, sizeof info);
    EXPECT_EQ(waitid(P_PID, child, &info, WEXITED), 0);
    EXPECT_EQ(info.si_signo, SIGCHLD);
    EXPECT_EQ(info.si_errno, 0);
    EXPECT_EQ(info.si_code, CLD_EXITED);
    EXPECT_EQ(info.si_pid, child);
    EXPECT_EQ(info.si_uid, getuid());
    EXPECT_EQ(info.si_status, 0x23);
}

TEST(a_death_by_signal_is_described)
{
    pid_t child = IDLE_CHILD();
    EXPECT_OK(kill(child, SIGTERM));
    EXPECT_OK(waitid(P_PID, child, &info, WEXITED));
    EXPECT_EQ(info.si_code, CLD_KILLED);
    EXPECT_EQ(info.si_status, SIGTERM);
}

TEST(a_death_with_a_possible_core_is_killed_or_dumped)
{
    pid_t child = FORK(abort());
    EXPECT_OK(waitid(P_PID, child, &info, WEXITED));
    EXPECT_TRUE(info.si_code == CLD_DUMPED || info.si_code == CLD_KILLED);
    EXPECT_EQ(info.si_status, SIGABRT);
}

TEST(stops_and_continues_are_described)
{
    pid_t child = IDLE_CHILD();
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_OK(waitid(P_PID, child, &info, WSTOPPED));
    EXPECT_EQ(info.si_code, CLD_STOPPED);
    EXPECT_EQ(info.si_status, SIGSTOP);
    EXPECT_OK(kill(child, SIGCONT));
    EXPECT_OK(waitid(P_PID, child, &info, WCONTINUED));
    EXPECT_EQ(info.si_code, CLD_CONTINUED);
    EXPECT_EQ(info.si_status, SIGCONT);
    END_CHILD(child);
}

TEST(an_exit_is_not_seen_without_WEXITED)
{
    pid_t child = FORK();
    EXPECT_SOON(task_state(child) == 'Z');
    // A zombie will never stop.
    EXPECT_ERRNO(waitid(P_PID, child, &info, WSTOPPED | WNOHANG), ECHILD);
    EXPECT_EXIT(child, 0);
}

TEST(WNOWAIT_leaves_the_child_waitable)
{
    pid_t child = FORK(_exit(5));
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(waitid(P_PID, child, &info, WEXITED | WNOWAIT));
        EXPECT_EQ(info.si_status, 5);
        EXPECT_EQ(task_state(child), 'Z');
    }
    EXPECT_EXIT(child, 5);
}

TEST(WNOWAIT_leaves_a_stop_waitable)
{
    pid_t child = IDLE_CHILD();
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_OK(waitid(P_PID, child, &info, WSTOPPED | WNOWAIT));
    EXPECT_OK(waitid(P_PID, child, &info, WSTOPPED | WNOHANG));
    EXPECT_EQ(info.si_pid, child);
    info.si_pid = 1;
    EXPECT_OK(waitid(P_PID, child, &info, WSTOPPED | WNOHANG));
    EXPECT_EQ(info.si_pid, 0);
    END_CHILD(child);
}

TEST(WNOHANG_without_a_change_clears_the_information)
{
    pid_t child = IDLE_CHILD();
    memset(&info, 0xff, sizeof info);
    EXPECT_EQ(waitid(P_PID, child, &info, WEXITED | WNOHANG), 0);
    EXPECT_EQ(info.si_pid, 0);
    EXPECT_EQ(info.si_signo, 0);
    END_CHILD(child);
}

TEST(a_null_information_pointer_is_allowed)
{
    pid_t child = FORK();
    EXPECT_EQ(syscall(SYS_waitid, P_PID, child, 0, WEXITED, 0), 0);
    EXPECT_ERRNO(waitpid(child, 0, 0), ECHILD);
}

TEST(a_bad_information_pointer_is_EFAULT_after_the_reaping)
{
    pid_t child = FORK();
    EXPECT_ERRNO(syscall(SYS_waitid, P_PID, child, 8, WEXITED, 0), EFAULT);
    EXPECT_ERRNO(waitpid(child, 0, 0), ECHILD);
}

TEST(a_group_is_waited_for)
{
    pid_t first = FORK(setpgid(0, 0); sleep_ms(20); _exit(1));
    EXPECT_OK(setpgid(first, first));
    pid_t second = FORK(_exit(2));
    EXPECT_OK(waitid(P_PGID, first, &info, WEXITED));
    EXPECT_EQ(info.si_pid, first);
    EXPECT_OK(waitid(P_PGID, 0, &info, WEXITED));
    EXPECT_EQ(info.si_pid, second);
}

TEST(the_raw_call_gives_the_usage)
{
    struct rusage usage;
    memset(&usage, 0x7f, sizeof usage);
    pid_t child = FORK(touch_memory());
    EXPECT_OK(syscall(SYS_waitid, P_PID, child, &info, WEXITED, &usage));
    EXPECT_LT(usage.ru_utime.tv_sec, 10);
    EXPECT_GT(usage.ru_maxrss, 0);
}

TEST(a_child_by_pidfd)
{
    pid_t child = FORK(_exit(8));
    int fd = (int)EXPECT_OK(syscall(SYS_pidfd_open, child, 0));
    EXPECT_OK(waitid(P_PIDFD_, fd, &info, WEXITED));
    EXPECT_EQ(info.si_pid, child);
    EXPECT_EQ(info.si_status, 8);
    EXPECT_ERRNO(waitid(P_PIDFD_, fd, &info, WEXITED), ECHILD);
}

TEST(a_nonblocking_pidfd_of_a_running_child_is_EAGAIN)
{
    pid_t child = IDLE_CHILD();
    int fd = (int)EXPECT_OK(syscall(SYS_pidfd_open, child, O_NONBLOCK));
    EXPECT_ERRNO(waitid(P_PIDFD_, fd, &info, WEXITED), EAGAIN);
    EXPECT_EQ(waitid(P_PIDFD_, fd, &info, WEXITED | WNOHANG), 0);
    END_CHILD(child);
}

TEST(somebody_elses_pidfd_is_ECHILD)
{
    int fd = (int)EXPECT_OK(syscall(SYS_pidfd_open, getppid(), 0));
    EXPECT_ERRNO(waitid(P_PIDFD_, fd, &info, WEXITED), ECHILD);
}
