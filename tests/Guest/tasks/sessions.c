// Process groups and sessions.
#include "../support/role.h"
#include "../support/task.h"

ROLE(idle)
{
    int fd = atoi(argv[2]);
    write(fd, "x", 1);
    for (;;)
        pause();
}

TEST(a_test_leads_its_session_and_group)
{
    EXPECT_EQ(getsid(0), getpid());
    EXPECT_EQ(getpgrp(), getpid());
    EXPECT_EQ(getpgid(0), getpid());
    EXPECT_EQ(getpgid(getpid()), getpid());
}

TEST(setsid_of_a_group_leader_is_EPERM)
{
    EXPECT_ERRNO(setsid(), EPERM);
    IN_CHILD(EXPECT_OK(setpgid(0, 0)); EXPECT_ERRNO(setsid(), EPERM));
}

TEST(setsid_makes_a_session_and_a_group)
{
    IN_CHILD({
        EXPECT_EQ(setsid(), getpid());
        EXPECT_EQ(getsid(0), getpid());
        EXPECT_EQ(getpgrp(), getpid());
        EXPECT_ERRNO(setsid(), EPERM);
    });
}

TEST(setsid_where_a_group_of_that_number_lives_is_EPERM)
{
    // The former leader of a group that still has a member.
    volatile int *words = shared_words();
    pid_t child = FORK({
        EXPECT_OK(setpgid(0, 0));
        words[0] = FORK(EXPECT_SOON(words[1]));
        EXPECT_OK(setpgid(0, getppid()));
        EXPECT_ERRNO(setsid(), EPERM);
        words[1] = 1;
        EXPECT_EXIT(words[0], 0);
        EXPECT_EQ(setsid(), getpid());
    });
    EXPECT_EXIT(child, 0);
}

TEST(a_negative_group_is_EINVAL)
{
    EXPECT_ERRNO(setpgid(0, -1), EINVAL);
    EXPECT_ERRNO(setpgid(getpid(), -5), EINVAL);
}

TEST(a_process_that_is_no_child_is_ESRCH)
{
    EXPECT_ERRNO(setpgid(getppid(), 0), ESRCH);
    EXPECT_ERRNO(setpgid(dead_pid(), 0), ESRCH);
    EXPECT_ERRNO(setpgid(-3, getpid()), ESRCH);
    EXPECT_ERRNO(getpgid(dead_pid()), ESRCH);
    EXPECT_ERRNO(getsid(dead_pid()), ESRCH);
    EXPECT_ERRNO(getpgid(-1), ESRCH);
}

TEST(a_session_leader_cannot_change_group)
{
    EXPECT_ERRNO(setpgid(0, 0), EPERM);
    pid_t child = IDLE_CHILD(setsid());
    EXPECT_SOON(getsid(child) == child);
    EXPECT_ERRNO(setpgid(child, 0), EPERM);
    EXPECT_ERRNO(setpgid(child, getpid()), EPERM);
    END_CHILD(child);
}

TEST(a_child_in_another_session_is_EPERM)
{
    volatile int *words = shared_words();
    pid_t child = IDLE_CHILD(setsid(), words[0] = IDLE_CHILD());
    EXPECT_SOON(words[0]);
    EXPECT_ERRNO(setpgid(words[0], 0), ESRCH);
    EXPECT_OK(kill(words[0], SIGKILL));
    END_CHILD(child);
}

TEST(a_group_outside_the_session_is_EPERM)
{
    pid_t other = IDLE_CHILD(setsid());
    EXPECT_SOON(getsid(other) == other);
    pid_t child = IDLE_CHILD();
    EXPECT_ERRNO(setpgid(child, other), EPERM);
    // Nor one that does not exist.
    EXPECT_ERRNO(setpgid(child, dead_pid()), EPERM);
    EXPECT_ERRNO(setpgid(child, other + 100000), EPERM);
    END_CHILD(child);
    END_CHILD(other);
}

TEST(a_child_that_executed_a_program_is_EACCES)
{
    int fds[2];
    char number[16], c;
    EXPECT_OK(pipe(fds));
    snprintf(number, sizeof number, "%d", fds[1]);
    pid_t child = FORK(EXEC_ROLE(idle, number));
    EXPECT_EQ(read(fds[0], &c, 1), 1);
    EXPECT_ERRNO(setpgid(child, 0), EACCES);
    EXPECT_ERRNO(setpgid(child, getpid()), EACCES);
    END_CHILD(child);
}

TEST(a_child_is_moved_by_its_parent)
{
    pid_t child = IDLE_CHILD();
    EXPECT_EQ(getpgid(child), getpid());
    EXPECT_OK(setpgid(child, 0));
    EXPECT_EQ(getpgid(child), child);
    EXPECT_OK(setpgid(child, child));
    pid_t second = IDLE_CHILD();
    EXPECT_OK(setpgid(second, child));
    EXPECT_EQ(getpgid(second), child);
    EXPECT_OK(setpgid(second, getpid()));
    EXPECT_EQ(getpgid(second), getpid());
    END_CHILD(second);
    END_CHILD(child);
}

TEST(a_group_lives_on_without_its_leader)
{
    pid_t leader = IDLE_CHILD(), member = IDLE_CHILD();
    EXPECT_OK(setpgid(leader, leader));
    EXPECT_OK(setpgid(member, leader));
    END_CHILD(leader);
    EXPECT_EQ(getpgid(member), leader);
    pid_t third = IDLE_CHILD();
    EXPECT_OK(setpgid(third, leader));
    EXPECT_OK(kill(-leader, SIGTERM));
    EXPECT_SIGNALED(member, SIGTERM);
    EXPECT_SIGNALED(third, SIGTERM);
    EXPECT_ERRNO(kill(-leader, 0), ESRCH);
}

TEST(a_session_lives_on_without_its_leader)
{
    volatile int *words = shared_words();
    EXPECT_OK(prctl(PR_SET_CHILD_SUBREAPER, 1));
    pid_t leader = FORK(setsid(), words[0] = IDLE_CHILD());
    EXPECT_EXIT(leader, 0);
    EXPECT_EQ(getsid(words[0]), leader);
    END_CHILD(words[0]);
}

TEST(a_thread_id_is_no_process_for_setpgid)
{
    struct thread thread;
    int (*body)(void *) = (int (*)(void *))pause;
    pid_t tid = spawn_thread(&thread, body, 0);
    EXPECT_ERRNO(setpgid(tid, 0), EINVAL);
}

TEST(exec_keeps_group_and_session)
{
    int fds[2];
    char number[16], c;
    EXPECT_OK(pipe(fds));
    snprintf(number, sizeof number, "%d", fds[1]);
    pid_t child = FORK(setpgid(0, 0); EXEC_ROLE(idle, number));
    EXPECT_EQ(read(fds[0], &c, 1), 1);
    EXPECT_EQ(getpgid(child), child);
    EXPECT_EQ(getsid(child), getpid());
    END_CHILD(child);
}
