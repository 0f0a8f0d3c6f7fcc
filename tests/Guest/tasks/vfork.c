// vfork(2) and CLONE_VFORK: the parent sleeps until the child executes or ends.
#include "../support/role.h"
#include "../support/task.h"

ROLE(linger)
{
    sleep_ms(300);
    _exit(7);
}

TEST(the_parent_runs_after_the_child_ended)
{
    volatile int order = 0;
    pid_t child = vfork();
    if (child == 0) {
        sleep_ms(50);
        order = 1;
        _exit(4);
    }
    EXPECT_EQ(order, 1);
    EXPECT_EXIT(child, 4);
}

TEST(the_parent_runs_as_soon_as_the_child_executes)
{
    long start = now_ms();
    pid_t child = vfork();
    if (child == 0) {
        execl(SELF, "role", "@linger", (char *)0);
        _exit(99);
    }
    EXPECT_LT(now_ms() - start, 250);
    EXPECT_EXIT(child, 7);
}

TEST(the_parent_runs_after_the_child_was_killed)
{
    volatile int order = 0;
    pid_t child = vfork();
    if (child == 0) {
        order = 1;
        kill(getpid(), SIGKILL);
        for (;;)
            pause();
    }
    EXPECT_EQ(order, 1);
    EXPECT_SIGNALED(child, SIGKILL);
}

TEST(a_failed_exec_keeps_the_parent_waiting)
{
    volatile int error = 0;
    pid_t child = vfork();
    if (child == 0) {
        execl("/no/such/program", "x", (char *)0);
        error = errno;
        _exit(1);
    }
    EXPECT_EQ(error, ENOENT);
    EXPECT_EXIT(child, 1);
}

TEST(descriptors_of_a_vforked_child_are_its_own)
{
    int fd = EXPECT_OK(dup(1));
    pid_t child = vfork();
    if (child == 0) {
        close(fd);
        _exit(0);
    }
    EXPECT_EXIT(child, 0);
    EXPECT_OK(fcntl(fd, F_GETFD));
}

static volatile int handled;

static void on_signal(int number)
{
    (void)number;
    handled = 1;
}

TEST(a_signal_for_the_sleeping_parent_waits)
{
    signal(SIGUSR1, on_signal);
    static volatile int seen;
    pid_t child = vfork();
    if (child == 0) {
        kill(getppid(), SIGUSR1);
        sleep_ms(50);
        seen = handled;
        _exit(0);
    }
    EXPECT_EQ(seen, 0);
    EXPECT_SOON(handled);
    EXPECT_EXIT(child, 0);
}

TEST(a_sleeping_parent_can_be_killed)
{
    volatile int *words = shared_words();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t parent = FORK({
        if (vfork() == 0) {
            words[0] = getpid();
            for (;;)
                pause();
        }
    });
    EXPECT_SOON(words[0]);
    EXPECT_OK(kill(parent, SIGKILL));
    EXPECT_SIGNALED(parent, SIGKILL);
    EXPECT_EQ(kill(words[0], 0), 0);
    END_CHILD(words[0]);
}

static int set_and_end(void *arg)
{
    sleep_ms(30);
    *(volatile int *)arg = 1;
    return 3;
}

TEST(clone_vfork_with_own_memory_waits_too)
{
    volatile int *words = shared_words();
    pid_t child = spawn(CLONE_VFORK | SIGCHLD, set_and_end, (void *)words);
    EXPECT_EQ(words[0], 1);
    EXPECT_EXIT(child, 3);
}

TEST(clone_vm_without_vfork_does_not_wait)
{
    static volatile int value;
    pid_t child = spawn(CLONE_VM | SIGCHLD, set_and_end, (void *)&value);
    EXPECT_EQ(value, 0);
    EXPECT_EXIT(child, 3);
    EXPECT_EQ(value, 1);
}

TEST(a_thousand_vforks)
{
    volatile int count = 0;
    for (int i = 0; i < 1000; i++) {
        pid_t child = vfork();
        if (child == 0) {
            count++;
            _exit(0);
        }
        EXPECT_EQ(waitpid(child, 0, 0), child);
    }
    EXPECT_EQ(count, 1000);
}
