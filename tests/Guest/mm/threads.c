// Several threads in one address space.
#include "../support/mem.h"
#include <pthread.h>

static char *volatile area;
static volatile int stop, counted;

static pthread_t start(void *(*body)(void *), void *arg)
{
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, body, arg), 0);
    return thread;
}

static void *fill(void *arg)
{
    long n = (long)arg;
    for (int round = 0; round < 20; round++) {
        char *p = map_pages(16);
        memset(p, (int)n, 16 * PAGE);
        EXPECT_TRUE(is_filled(p, 16 * PAGE, (int)n));
        EXPECT_OK(munmap(p, 16 * PAGE));
    }
    return 0;
}

TEST(eight_threads_map_and_unmap_at_once)
{
    pthread_t thread[8];
    for (long i = 0; i < 8; i++)
        thread[i] = start(fill, (void *)(i + 1));
    for (int i = 0; i < 8; i++)
        EXPECT_EQ(pthread_join(thread[i], 0), 0);
}

static void *touch_all(void *arg)
{
    long n = (long)arg;
    for (int i = 0; i < 2048; i++)
        __atomic_add_fetch((int *)(area + i * PAGE), (int)n, __ATOMIC_RELAXED);
    return 0;
}

TEST(eight_threads_touch_the_same_new_pages)
{
    area = map_pages(2048);
    pthread_t thread[8];
    for (long i = 0; i < 8; i++)
        thread[i] = start(touch_all, (void *)(i + 1));
    for (int i = 0; i < 8; i++)
        EXPECT_EQ(pthread_join(thread[i], 0), 0);
    for (int i = 0; i < 2048; i++)
        EXPECT_EQ(*(int *)(area + i * PAGE), 36);
}

static __thread sigjmp_buf thread_return;
static void on_fault(int number)
{
    (void)number;
    siglongjmp(thread_return, 1);
}

static void *write_until_fault(void *arg)
{
    (void)arg;
    if (sigsetjmp(thread_return, 1) == 0)
        for (;;) {
            (*(volatile int *)area)++;
            counted = 1;
        }
    return (void *)1;
}

TEST(mprotect_stops_a_thread_that_is_writing)
{
    area = map_pages(1);
    signal(SIGSEGV, on_fault);
    pthread_t thread = start(write_until_fault, 0);
    EXPECT_SOON(counted);
    EXPECT_OK(mprotect(area, PAGE, PROT_READ));
    int last = *(volatile int *)area;
    void *result;
    EXPECT_EQ(pthread_join(thread, &result), 0);
    EXPECT_EQ(result, 1);
    EXPECT_EQ(*(volatile int *)area, last);
}

TEST(munmap_stops_a_thread_that_is_writing)
{
    area = map_pages(1);
    signal(SIGSEGV, on_fault);
    pthread_t thread = start(write_until_fault, 0);
    EXPECT_SOON(counted);
    EXPECT_OK(munmap(area, PAGE));
    void *result;
    EXPECT_EQ(pthread_join(thread, &result), 0);
    EXPECT_EQ(result, 1);
}

static void *increment(void *arg)
{
    long *cell = arg;
    while (!stop)
        ++*(volatile long *)cell;
    return 0;
}

TEST(fork_while_a_thread_writes_gives_the_child_a_frozen_copy)
{
    long *cell = (long *)map_pages(1);
    pthread_t thread = start(increment, cell);
    for (int i = 0; i < 30; i++)
        IN_CHILD({
            long first = *(volatile long *)cell;
            for (int j = 0; j < 1000; j++)
                EXPECT_EQ(*(volatile long *)cell, first);
        });
    long seen = *(volatile long *)cell;
    EXPECT_SOON(*(volatile long *)cell != seen);
    stop = 1;
    EXPECT_EQ(pthread_join(thread, 0), 0);
}

static void *keep_writing(void *arg)
{
    char *p = arg;
    for (unsigned round = 1; !stop; round++)
        for (int i = 0; i < 64; i++) {
            p[i * PAGE] = (char)round;
            if (p[i * PAGE] != (char)round)
                FAIL("a store was lost");
        }
    return 0;
}

TEST(no_store_is_lost_while_others_fork)
{
    char *p = map_pages(64);
    pthread_t thread = start(keep_writing, p);
    for (int i = 0; i < 40; i++)
        IN_CHILD(memset(p, 0x55, 64 * PAGE));
    stop = 1;
    EXPECT_EQ(pthread_join(thread, 0), 0);
}

static void *dontneed_loop(void *arg)
{
    (void)arg;
    while (!stop)
        EXPECT_OK(madvise(area, 16 * PAGE, MADV_DONTNEED));
    return 0;
}

TEST(dontneed_races_with_stores_harmlessly)
{
    area = map_pages(16);
    pthread_t thread = start(dontneed_loop, 0);
    for (int i = 0; i < 20000; i++) {
        volatile char *p = area + i % 16 * PAGE;
        *p = 'x';
        char c = *p;
        EXPECT_TRUE(c == 'x' || c == 0);
    }
    stop = 1;
    EXPECT_EQ(pthread_join(thread, 0), 0);
}
