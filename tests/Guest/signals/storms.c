// Many signals while the program does everything else: nothing may be lost or go wrong.
#include "../support/mem.h"
#include "../support/signals.h"
#include "../support/task.h"
#include <pthread.h>

static void storm(long every_us)
{
    handle(SIGALRM, note, SA_RESTART);
    struct itimerval timer = { { 0, every_us }, { 0, every_us } };
    EXPECT_OK(setitimer(ITIMER_REAL, &timer, 0));
}

static void calm(void)
{
    struct itimerval timer = { { 0, 0 }, { 0, 0 } };
    EXPECT_OK(setitimer(ITIMER_REAL, &timer, 0));
    EXPECT_GT(noted_count, 0);
}

// Runs the statements again and again for 200 ms of storm.
#define UNDER_STORM(...)                                                             \
    do {                                                                             \
        storm(300);                                                                  \
        for (long end_ = now_ms() + 200; now_ms() < end_;) {                         \
            __VA_ARGS__;                                                             \
        }                                                                            \
        calm();                                                                      \
    } while (0)

TEST(system_calls_keep_their_results)
{
    pid_t self = getpid(), parent = getppid();
    UNDER_STORM({
        EXPECT_EQ(syscall(SYS_getpid), self);
        EXPECT_EQ(syscall(SYS_getppid), parent);
        EXPECT_ERRNO(syscall(SYS_close, 999), EBADF);
    });
}

TEST(pipes_keep_their_bytes)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    long count = 0;
    UNDER_STORM({
        long got = -1;
        EXPECT_EQ(write(fds[1], &count, 8), 8);
        EXPECT_EQ(read(fds[0], &got, 8), 8);
        EXPECT_EQ(got, count);
        count++;
    });
}

TEST(memory_can_be_mapped_and_touched)
{
    UNDER_STORM({
        char *p = map_pages(8);
        memset(p, 'x', 8 * PAGE);
        EXPECT_OK(mprotect(p, PAGE, PROT_READ));
        EXPECT_OK(munmap(p, 4 * PAGE));
        EXPECT_TRUE(is_filled(p + 4 * PAGE, 4 * PAGE, 'x'));
        EXPECT_OK(munmap(p + 4 * PAGE, 4 * PAGE));
    });
}

TEST(children_can_be_made_and_waited_for)
{
    UNDER_STORM({
        pid_t child = FORK(_exit(7));
        EXPECT_EXIT(child, 7);
    });
}

TEST(copied_pages_stay_right)
{
    char *p = map_pages(32);
    memset(p, 'p', 32 * PAGE);
    UNDER_STORM({
        pid_t child = FORK({
            memset(p, 'c', 32 * PAGE);
            EXPECT_TRUE(is_filled(p, 32 * PAGE, 'c'));
        });
        p[5 * PAGE] = 'p';
        EXPECT_EXIT(child, 0);
        EXPECT_TRUE(is_filled(p, 32 * PAGE, 'p'));
    });
}

static void *count_up(void *arg)
{
    for (int i = 0; i < 1000; i++)
        __atomic_add_fetch((long *)arg, 1, __ATOMIC_RELAXED);
    return 0;
}

TEST(threads_can_be_made_and_joined)
{
    long count = 0, rounds = 0;
    UNDER_STORM({
        pthread_t thread;
        EXPECT_EQ(pthread_create(&thread, 0, count_up, &count), 0);
        EXPECT_EQ(pthread_join(thread, 0), 0);
        rounds++;
    });
    EXPECT_EQ(count, rounds * 1000);
}

TEST(floating_point_stays_right)
{
    UNDER_STORM({
        volatile double sum = 0;
        for (int i = 1; i <= 2000; i++)
            sum += 1.0 / i * i;
        EXPECT_TRUE(sum > 1999.999 && sum < 2000.001);
    });
}

TEST(faults_are_handled)
{
    char *p = map_pages(1);
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    UNDER_STORM(EXPECT_EQ(fault_at(p, WRITE_IT).number, SIGSEGV));
}

static void sender(pid_t target, int number, int count)
{
    for (int i = 0; i < count; i++) {
        union sigval v = { .sival_int = i };
        while (sigqueue(target, number, v) == -1 && errno == EAGAIN)
            sched_yield();
    }
}

static volatile int next_value[4], out_of_order;

static void in_order(int number, siginfo_t *info, void *context)
{
    (void)context;
    int i = number - SIGRTMIN;
    if (info->si_value.sival_int != next_value[i]++)
        out_of_order = 1;
}

TEST(four_senders_lose_nothing)
{
    pid_t self = getpid(), child[4];
    for (int i = 0; i < 4; i++) {
        struct sigaction action = { .sa_sigaction = in_order, .sa_flags = SA_SIGINFO | SA_RESTART };
        sigfillset(&action.sa_mask);
        EXPECT_OK(sigaction(SIGRTMIN + i, &action, 0));
    }
    for (int i = 0; i < 4; i++)
        child[i] = FORK(sender(self, SIGRTMIN + i, 2000));
    for (int i = 0; i < 4; i++)
        EXPECT_EXIT(child[i], 0);
    for (int i = 0; i < 4; i++)
        EXPECT_EQ(next_value[i], 2000);
    EXPECT_EQ(out_of_order, 0);
}

static volatile int received;

static void count_signal(int number)
{
    (void)number;
    __atomic_add_fetch(&received, 1, __ATOMIC_SEQ_CST);
}

static volatile int stop;

static void *work(void *arg)
{
    while (!stop) {
        char *p = mmap(0, 4 * PAGE, RW, ANON, -1, 0);
        memset(p, 1, 4 * PAGE);
        munmap(p, 4 * PAGE);
    }
    return arg;
}

TEST(threads_hit_by_directed_signals_keep_working)
{
    handle(SIGUSR1, count_signal, SA_RESTART);
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        EXPECT_EQ(pthread_create(&thread[i], 0, work, 0), 0);
    for (int i = 0; i < 2000; i++)
        EXPECT_EQ(pthread_kill(thread[i % 4], SIGUSR1), 0);
    stop = 1;
    for (int i = 0; i < 4; i++)
        EXPECT_EQ(pthread_join(thread[i], 0), 0);
    EXPECT_GT(received, 0);
}
