// Many tasks at once.
#include "../support/task.h"
#include <pthread.h>

static long counter;
static pthread_barrier_t barrier;

static void *meet(void *arg)
{
    __atomic_add_fetch(&counter, (long)arg, __ATOMIC_RELAXED);
    pthread_barrier_wait(&barrier);
    return arg;
}

TEST(a_thousand_threads_live_at_once)
{
    enum { COUNT = 1000 };
    static pthread_t thread[COUNT];
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    EXPECT_EQ(pthread_attr_setstacksize(&attr, 64 << 10), 0);
    EXPECT_EQ(pthread_barrier_init(&barrier, 0, COUNT + 1), 0);
    for (long i = 0; i < COUNT; i++)
        EXPECT_EQ(pthread_create(&thread[i], &attr, meet, (void *)1), 0);
    EXPECT_SOON(__atomic_load_n(&counter, __ATOMIC_RELAXED) == COUNT);
    char text[4096] = "";
    EXPECT_OK(read(EXPECT_OK(open("/proc/self/status", O_RDONLY)), text, sizeof text - 1));
    EXPECT_TRUE(strstr(text, "\nThreads:\t1001\n"));
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < COUNT; i++) {
        void *result;
        EXPECT_EQ(pthread_join(thread[i], &result), 0);
        EXPECT_EQ(result, 1);
    }
}

static void *nothing(void *arg)
{
    return arg;
}

TEST(five_thousand_threads_one_after_another)
{
    for (long i = 0; i < 5000; i++) {
        pthread_t thread;
        void *result;
        EXPECT_EQ(pthread_create(&thread, 0, nothing, (void *)i), 0);
        EXPECT_EQ(pthread_join(thread, &result), 0);
        EXPECT_EQ(result, i);
    }
}

TEST(three_hundred_children_live_at_once_and_are_reaped)
{
    enum { COUNT = 300 };
    int fds[2], seen[COUNT] = { 0 };
    pid_t child[COUNT];
    EXPECT_OK(pipe(fds));
    for (int i = 0; i < COUNT; i++)
        child[i] = FORK({
            char c;
            close(fds[1]);
            EXPECT_EQ(read(fds[0], &c, 1), 0);
            _exit(i % 200);
        });
    close(fds[1]);
    for (int n = 0; n < COUNT; n++) {
        int status;
        pid_t pid = EXPECT_OK(wait(&status));
        for (int i = 0; i < COUNT; i++)
            if (child[i] == pid) {
                seen[i]++;
                EXPECT_EQ(WEXITSTATUS(status), i % 200);
            }
    }
    for (int i = 0; i < COUNT; i++)
        EXPECT_EQ(seen[i], 1);
    EXPECT_ERRNO(wait(0), ECHILD);
}

static int tree(int depth)
{
    if (depth == 0)
        return 1;
    pid_t a = FORK(_exit(tree(depth - 1))), b = FORK(_exit(tree(depth - 1)));
    int status, sum = 1;
    EXPECT_EQ(waitpid(a, &status, 0), a);
    sum += WEXITSTATUS(status);
    EXPECT_EQ(waitpid(b, &status, 0), b);
    return sum + WEXITSTATUS(status);
}

TEST(a_tree_of_processes_counts_itself)
{
    EXPECT_EQ(tree(6), 127);
}

TEST(a_chain_of_a_hundred_generations)
{
    volatile int *words = shared_words();
    int depth = 0;
    pid_t child;
    while ((child = fork()) == 0 && ++depth < 100)
        ;
    if (depth == 100 && child == 0) {
        words[0] = 100;
        _exit(0);
    }
    if (depth == 0) {
        EXPECT_EXIT(child, 0);
        EXPECT_EQ(words[0], 100);
    } else {
        EXPECT_EXIT(child, 0);
        _exit(0);
    }
}

static void *fork_some(void *arg)
{
    for (int i = 0; i < 10; i++)
        IN_CHILD();
    return arg;
}

TEST(eight_threads_fork_and_wait_at_once)
{
    pthread_t thread[8];
    for (int i = 0; i < 8; i++)
        EXPECT_EQ(pthread_create(&thread[i], 0, fork_some, 0), 0);
    for (int i = 0; i < 8; i++)
        EXPECT_EQ(pthread_join(thread[i], 0), 0);
    EXPECT_ERRNO(wait(0), ECHILD);
}

TEST(processes_come_and_go_while_others_are_killed)
{
    for (int round = 0; round < 10; round++) {
        pid_t child[20];
        for (int i = 0; i < 20; i++)
            child[i] = FORK(if (i % 2) for (;;) pause());
        for (int i = 0; i < 20; i++) {
            if (i % 2) {
                END_CHILD(child[i]);
            } else {
                EXPECT_EXIT(child[i], 0);
            }
        }
    }
}
