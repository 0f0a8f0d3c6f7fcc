// nice(2), getpriority(2), setpriority(2).
#include "../support/caps.h"
#include "../support/task.h"
#include <sys/resource.h>

static long raw_getpriority(int which, int who)
{
    return syscall(SYS_getpriority, which, who);
}

TEST(the_raw_call_returns_twenty_less_the_niceness)
{
    EXPECT_EQ(raw_getpriority(PRIO_PROCESS, 0), 20 - getpriority(PRIO_PROCESS, 0));
    EXPECT_OK(setpriority(PRIO_PROCESS, 0, 5));
    EXPECT_EQ(raw_getpriority(PRIO_PROCESS, 0), 15);
    EXPECT_EQ(getpriority(PRIO_PROCESS, getpid()), 5);
}

TEST(values_are_clamped)
{
    EXPECT_OK(setpriority(PRIO_PROCESS, 0, 1000));
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 19);
    EXPECT_EQ(nice(100), 19);
}

TEST(nice_adds)
{
    int start = getpriority(PRIO_PROCESS, 0);
    EXPECT_EQ(nice(3), start + 3);
    EXPECT_EQ(nice(2), start + 5);
    EXPECT_EQ(nice(0), start + 5);
    IN_CHILD(EXPECT_EQ(nice(1), start + 6));
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), start + 5);
}

TEST(bad_arguments_are_refused)
{
    EXPECT_ERRNO(raw_getpriority(3, 0), EINVAL);
    EXPECT_ERRNO(raw_getpriority(-1, 0), EINVAL);
    EXPECT_ERRNO(setpriority(3, 0, 0), EINVAL);
    EXPECT_ERRNO(raw_getpriority(PRIO_PROCESS, dead_pid()), ESRCH);
    EXPECT_ERRNO(setpriority(PRIO_PROCESS, dead_pid(), 1), ESRCH);
    EXPECT_ERRNO(raw_getpriority(PRIO_PGRP, dead_pid()), ESRCH);
    EXPECT_ERRNO(raw_getpriority(PRIO_USER, 54444), ESRCH);
}

TEST(without_privilege_it_only_goes_up)
{
    AS_USER(1000, 1000, {
        struct rlimit none = { 0, 0 };
        EXPECT_OK(setrlimit(RLIMIT_NICE, &none));
        EXPECT_OK(setpriority(PRIO_PROCESS, 0, 5));
        EXPECT_ERRNO(setpriority(PRIO_PROCESS, 0, 4), EACCES);
        EXPECT_ERRNO(nice(-1), EPERM);
        EXPECT_OK(setpriority(PRIO_PROCESS, 0, 5));
    });
}

TEST(a_limit_on_niceness_lets_it_come_down)
{
    NEED_CAP(SYS_RESOURCE);
    struct rlimit limit = { 17, 17 }; // down to 20 - 17
    EXPECT_OK(setrlimit(RLIMIT_NICE, &limit));
    AS_USER(1000, 1000, {
        EXPECT_OK(setpriority(PRIO_PROCESS, 0, 10));
        EXPECT_OK(setpriority(PRIO_PROCESS, 0, 3));
        EXPECT_ERRNO(setpriority(PRIO_PROCESS, 0, 2), EACCES);
    });
}

TEST(with_privilege_it_goes_down)
{
    NEED_CAP(SYS_NICE);
    EXPECT_OK(setpriority(PRIO_PROCESS, 0, -15));
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), -15);
    EXPECT_OK(setpriority(PRIO_PROCESS, 0, -100));
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), -20);
    EXPECT_EQ(raw_getpriority(PRIO_PROCESS, 0), 40);
}

TEST(somebody_elses_process_is_EPERM)
{
    NEED_ROOT();
    pid_t child = IDLE_CHILD();
    AS_USER(1000, 1000, {
        EXPECT_ERRNO(setpriority(PRIO_PROCESS, child, 19), EPERM);
        EXPECT_EQ(getpriority(PRIO_PROCESS, child), 0);
    });
    END_CHILD(child);
}

TEST(a_group_is_set_as_a_whole)
{
    pid_t a = IDLE_CHILD(setpgid(0, 0)), b = IDLE_CHILD();
    EXPECT_OK(setpgid(a, a));
    EXPECT_OK(setpgid(b, a));
    EXPECT_OK(setpriority(PRIO_PGRP, a, 7));
    EXPECT_EQ(getpriority(PRIO_PROCESS, a), 7);
    EXPECT_EQ(getpriority(PRIO_PROCESS, b), 7);
    EXPECT_OK(setpriority(PRIO_PROCESS, b, 9));
    // The most favourable of them.
    EXPECT_EQ(getpriority(PRIO_PGRP, a), 7);
    END_CHILD(a);
    END_CHILD(b);
}

TEST(a_user_is_set_as_a_whole)
{
    NEED_ROOT();
    pid_t child = IDLE_CHILD(syscall(SYS_setresuid, 55555, 55555, 55555));
    EXPECT_SOON(raw_getpriority(PRIO_USER, 55555) > 0);
    EXPECT_OK(setpriority(PRIO_USER, 55555, 11));
    EXPECT_EQ(getpriority(PRIO_PROCESS, child), 11);
    END_CHILD(child);
}

TEST(niceness_is_shown_in_stat)
{
    EXPECT_OK(setpriority(PRIO_PROCESS, 0, 6));
    char text[1024] = "";
    EXPECT_OK(read(EXPECT_OK(open("/proc/self/stat", O_RDONLY)), text, sizeof text - 1));
    long priority, niceness;
    EXPECT_EQ(sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %ld %ld",
                     &priority, &niceness), 2);
    EXPECT_EQ(priority, 26);
    EXPECT_EQ(niceness, 6);
}
