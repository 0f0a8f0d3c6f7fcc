// The getpid(2) family.
#include "../support/task.h"

TEST(the_leader_thread_has_the_process_id)
{
    EXPECT_EQ(syscall(SYS_gettid), getpid());
    EXPECT_EQ(syscall(SYS_getpid), getpid());
    EXPECT_GT(getpid(), 0);
}

TEST(the_parent_is_known)
{
    pid_t self = getpid();
    IN_CHILD(EXPECT_EQ(getppid(), self); IN_CHILD(EXPECT_NE(getppid(), self)));
}

TEST(pids_are_not_reused_at_once)
{
    pid_t last = 0;
    for (int i = 0; i < 50; i++) {
        pid_t child = FORK();
        EXPECT_EXIT(child, 0);
        EXPECT_NE(child, last);
        last = child;
    }
}

TEST(live_processes_have_different_pids)
{
    enum { COUNT = 40 };
    pid_t child[COUNT];
    for (int i = 0; i < COUNT; i++) {
        child[i] = IDLE_CHILD();
        for (int j = 0; j < i; j++)
            EXPECT_NE(child[i], child[j]);
    }
    for (int i = 0; i < COUNT; i++)
        END_CHILD(child[i]);
}

TEST(proc_self_is_the_process_and_thread_self_the_thread)
{
    char link[64] = "", wanted[64];
    EXPECT_OK(readlink("/proc/self", link, 63));
    EXPECT_EQ(atoi(link), getpid());
    memset(link, 0, sizeof link);
    EXPECT_OK(readlink("/proc/thread-self", link, 63));
    snprintf(wanted, sizeof wanted, "%d/task/%d", getpid(), getpid());
    EXPECT_STREQ(link, wanted);
}

TEST(status_names_the_ids)
{
    char text[4096] = "", wanted[64];
    EXPECT_OK(read(EXPECT_OK(open("/proc/self/status", O_RDONLY)), text, sizeof text - 1));
    snprintf(wanted, sizeof wanted, "\nTgid:\t%d\n", getpid());
    EXPECT_TRUE(strstr(text, wanted));
    snprintf(wanted, sizeof wanted, "\nPPid:\t%d\n", getppid());
    EXPECT_TRUE(strstr(text, wanted));
    EXPECT_TRUE(strstr(text, "\nThreads:\t1\n"));
}

TEST(stat_names_the_ids)
{
    char text[1024] = "", name[32], state;
    int pid, ppid, group, session;
    EXPECT_OK(read(EXPECT_OK(open("/proc/self/stat", O_RDONLY)), text, sizeof text - 1));
    EXPECT_EQ(sscanf(text, "%d %31s %c %d %d %d", &pid, name, &state, &ppid, &group, &session), 6);
    EXPECT_EQ(pid, getpid());
    EXPECT_EQ(ppid, getppid());
    EXPECT_EQ(group, getpgrp());
    EXPECT_EQ(session, getsid(0));
    EXPECT_EQ(state, 'R');
}
