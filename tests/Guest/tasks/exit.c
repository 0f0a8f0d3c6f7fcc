// exit(2) ends a thread, exit_group(2) the process.
#include "../support/task.h"

static volatile int *words;

static int exit_group_with(void *arg)
{
    _exit((int)(long)arg);
}

static int linger(void *arg)
{
    sleep_ms((long)arg);
    words[0] = 1;
    return 33;
}

static int loop(void *arg)
{
    (void)arg;
    for (;;)
        __asm__ volatile("pause");
    return 0;
}

static int sleep_forever(void *arg)
{
    (void)arg;
    for (;;)
        pause();
    return 0;
}

TEST(exit_group_in_a_thread_ends_the_process)
{
    struct thread thread;
    pid_t child = FORK({
        spawn_thread(&thread, exit_group_with, (void *)12);
        for (;;)
            pause();
    });
    EXPECT_EXIT(child, 12);
}

TEST(exit_group_ends_threads_that_run_and_threads_that_sleep)
{
    struct thread a, b, c;
    pid_t child = FORK({
        spawn_thread(&a, loop, 0);
        spawn_thread(&b, sleep_forever, 0);
        spawn_thread(&c, loop, 0);
        sleep_ms(20);
        _exit(13);
    });
    EXPECT_EXIT(child, 13);
}

TEST(a_process_lives_until_its_last_thread_ends)
{
    words = shared_words();
    struct thread thread;
    pid_t child = FORK({
        spawn_thread(&thread, linger, (void *)100);
        syscall(SYS_exit, 21);
    });
    int status;
    sleep_ms(20);
    EXPECT_EQ(waitpid(child, &status, WNOHANG), 0);
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(words[0], 1);
    // The status is that of the last thread (synchronize_group_exit, since Linux 6.0).
    EXPECT_EQ(WEXITSTATUS(status), 33);
}

TEST(a_leader_that_ended_is_a_zombie_with_a_live_process)
{
    words = shared_words();
    struct thread thread;
    pid_t child = FORK({
        spawn_thread(&thread, sleep_forever, 0);
        words[1] = thread.tid;
        syscall(SYS_exit, 0);
    });
    EXPECT_SOON(task_state(child) == 'Z');
    EXPECT_EQ(waitpid(child, 0, WNOHANG), 0);
    EXPECT_OK(kill(child, 0));
    END_CHILD(child);
}

TEST(a_signal_to_a_process_whose_leader_ended_is_taken_by_another_thread)
{
    struct thread thread;
    pid_t child = FORK({
        spawn_thread(&thread, sleep_forever, 0);
        syscall(SYS_exit, 0);
    });
    EXPECT_SOON(task_state(child) == 'Z');
    EXPECT_OK(kill(child, SIGTERM));
    EXPECT_SIGNALED(child, SIGTERM);
}

TEST(a_fatal_signal_to_one_thread_kills_all)
{
    struct thread a, b;
    pid_t child = FORK({
        spawn_thread(&a, loop, 0);
        pid_t tid = spawn_thread(&b, sleep_forever, 0);
        sleep_ms(10);
        syscall(SYS_tgkill, getpid(), tid, SIGTERM);
        for (;;)
            pause();
    });
    EXPECT_SIGNALED(child, SIGTERM);
}

TEST(the_exit_code_of_a_thread_is_nobodys)
{
    words = shared_words();
    struct thread thread;
    pid_t child = FORK({
        spawn_thread(&thread, linger, 0);
        join_thread(&thread);
    });
    EXPECT_EXIT(child, 0);
}

TEST(the_descriptors_of_a_process_close_at_its_end)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    pid_t child = FORK(close(fds[0]), sleep_ms(30));
    close(fds[1]);
    char c;
    EXPECT_EQ(read(fds[0], &c, 1), 0);
    EXPECT_EXIT(child, 0);
}

TEST(descriptors_close_before_the_parent_learns_of_the_end)
{
    for (int i = 0; i < 50; i++) {
        int fds[2];
        EXPECT_OK(pipe(fds));
        EXPECT_OK(fcntl(fds[0], F_SETFL, O_NONBLOCK));
        pid_t child = FORK();
        close(fds[1]);
        EXPECT_EXIT(child, 0);
        char c;
        EXPECT_EQ(read(fds[0], &c, 1), 0);
        close(fds[0]);
    }
}

TEST(the_memory_of_a_killed_process_is_gone)
{
    for (int i = 0; i < 8; i++) {
        pid_t child = IDLE_CHILD({
            char *p = mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            memset(p, 1, 64 << 20);
        });
        sleep_ms(20);
        END_CHILD(child);
    }
}
