// clock_gettime(2), clock_getres(2), gettimeofday(2), time(2), settimeofday(2).
#include "../support/caps.h"
#include "../support/task.h"
#include <sys/time.h>

static long raw_gettime(int clock, struct timespec *t)
{
    return syscall(SYS_clock_gettime, clock, t);
}

static long ns(struct timespec t)
{
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

static const int clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
                              CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
                              CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM, CLOCK_TAI };
#define CLOCKS (int)(sizeof clocks / sizeof *clocks)

TEST(every_clock_can_be_read_both_ways)
{
    for (int i = 0; i < CLOCKS; i++) {
        struct timespec a = { -1, -1 }, b = { -1, -1 };
        if (clock_gettime(clocks[i], &a) == -1) {
            EXPECT_EQ(errno, EINVAL); // alarm clocks need a device
            EXPECT_TRUE(clocks[i] == CLOCK_REALTIME_ALARM || clocks[i] == CLOCK_BOOTTIME_ALARM);
            continue;
        }
        EXPECT_OK(raw_gettime(clocks[i], &b));
        EXPECT_GE(a.tv_sec, 0);
        EXPECT_TRUE(a.tv_nsec >= 0 && a.tv_nsec < 1000000000);
        EXPECT_LE(ns(a), ns(b));
        EXPECT_LT(ns(b) - ns(a), 2000000000);
    }
}

TEST(the_library_and_the_system_call_agree)
{
    static const int fast[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME, CLOCK_TAI };
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 1000; j++) {
            struct timespec before, middle, after;
            EXPECT_OK(raw_gettime(fast[i], &before));
            EXPECT_OK(clock_gettime(fast[i], &middle));
            EXPECT_OK(raw_gettime(fast[i], &after));
            EXPECT_LE(ns(before), ns(middle));
            EXPECT_LE(ns(middle), ns(after));
        }
}

TEST(the_coarse_clocks_lag_by_a_tick_at_most)
{
    for (int i = 0; i < 1000; i++) {
        struct timespec fine, coarse, later;
        EXPECT_OK(clock_gettime(CLOCK_MONOTONIC_COARSE, &coarse));
        EXPECT_OK(clock_gettime(CLOCK_MONOTONIC, &fine));
        EXPECT_LE(ns(coarse), ns(fine));
        EXPECT_OK(raw_gettime(CLOCK_MONOTONIC_COARSE, &later));
        EXPECT_LE(ns(coarse), ns(later));
    }
    struct timespec fine, coarse;
    EXPECT_OK(clock_gettime(CLOCK_REALTIME, &fine));
    EXPECT_OK(clock_gettime(CLOCK_REALTIME_COARSE, &coarse));
    EXPECT_GT(ns(coarse), ns(fine) - 100000000);
}

TEST(the_monotonic_clock_never_goes_back)
{
    struct timespec last = { 0, 0 }, now;
    for (int i = 0; i < 100000; i++) {
        EXPECT_OK(clock_gettime(CLOCK_MONOTONIC, &now));
        EXPECT_GE(ns(now), ns(last));
        last = now;
    }
}

static volatile long shared_time;

static int watch(void *arg)
{
    (void)arg;
    for (int i = 0; i < 100000; i++) {
        struct timespec now;
        long seen = __atomic_load_n(&shared_time, __ATOMIC_SEQ_CST);
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (ns(now) < seen)
            return 1;
        __atomic_store_n(&shared_time, ns(now), __ATOMIC_SEQ_CST);
    }
    return 0;
}

TEST(the_monotonic_clock_agrees_between_threads)
{
    pid_t child = spawn(CLONE_VM | SIGCHLD, watch, 0);
    EXPECT_EQ(watch(0), 0);
    EXPECT_EXIT(child, 0);
}

TEST(the_clocks_advance_with_sleep)
{
    for (int i = 0; i < CLOCKS; i++) {
        if (clocks[i] == CLOCK_PROCESS_CPUTIME_ID || clocks[i] == CLOCK_THREAD_CPUTIME_ID)
            continue;
        struct timespec a, b;
        if (clock_gettime(clocks[i], &a) == -1)
            continue;
        sleep_ms(40);
        EXPECT_OK(clock_gettime(clocks[i], &b));
        EXPECT_GE(ns(b) - ns(a), 30000000);
        EXPECT_LT(ns(b) - ns(a), 2000000000);
    }
}

TEST(the_process_clocks_advance_with_work_only)
{
    struct timespec a, b;
    EXPECT_OK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a));
    sleep_ms(100);
    EXPECT_OK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b));
    EXPECT_LT(ns(b) - ns(a), 60000000);
    long start = now_ms();
    do
        EXPECT_OK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b));
    while (ns(b) - ns(a) < 100000000 && now_ms() - start < 5000);
    EXPECT_GE(ns(b) - ns(a), 100000000);
}

static struct timespec thread_time;

static int burn(void *arg)
{
    (void)arg;
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &thread_time);
    while (ns(thread_time) < 50000000);
    return 0;
}

TEST(a_thread_has_a_clock_of_its_own)
{
    struct timespec mine, all;
    struct thread thread;
    spawn_thread(&thread, burn, 0);
    join_thread(&thread);
    EXPECT_OK(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mine));
    EXPECT_OK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all));
    EXPECT_GE(ns(all) - ns(mine), 45000000);
}

TEST(an_unknown_clock_is_EINVAL)
{
    struct timespec t;
    EXPECT_ERRNO(raw_gettime(12, &t), EINVAL);
    EXPECT_ERRNO(raw_gettime(1000, &t), EINVAL);
    EXPECT_ERRNO(clock_gettime(1000, &t), EINVAL);
    EXPECT_ERRNO(clock_getres(1000, &t), EINVAL);
    EXPECT_ERRNO(syscall(SYS_clock_gettime, -1, &t), EINVAL);
}

TEST(bad_pointers_are_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_clock_getres, CLOCK_MONOTONIC, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_gettimeofday, 8, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_gettimeofday, 0, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_time, 8), EFAULT);
}

TEST(resolutions_are_a_nanosecond_or_a_tick)
{
    struct timespec t = { -1, -1 };
    EXPECT_OK(clock_getres(CLOCK_MONOTONIC, &t));
    EXPECT_EQ(ns(t), 1);
    EXPECT_OK(syscall(SYS_clock_getres, CLOCK_REALTIME, &t));
    EXPECT_EQ(ns(t), 1);
    EXPECT_OK(clock_getres(CLOCK_PROCESS_CPUTIME_ID, &t));
    EXPECT_EQ(ns(t), 1);
    EXPECT_OK(clock_getres(CLOCK_MONOTONIC_COARSE, &t));
    EXPECT_GE(ns(t), 1000000);
    EXPECT_LE(ns(t), 10000000);
    EXPECT_OK(clock_getres(CLOCK_MONOTONIC, 0));
}

TEST(gettimeofday_and_time_agree_with_the_realtime_clock)
{
    struct timeval v, raw;
    struct timespec t;
    EXPECT_OK(clock_gettime(CLOCK_REALTIME, &t));
    EXPECT_OK(gettimeofday(&v, 0));
    EXPECT_OK(syscall(SYS_gettimeofday, &raw, 0));
    long us = t.tv_sec * 1000000 + t.tv_nsec / 1000;
    EXPECT_GE(v.tv_sec * 1000000 + v.tv_usec, us);
    EXPECT_LT(v.tv_sec * 1000000 + v.tv_usec, us + 2000000);
    EXPECT_GE(raw.tv_sec * 1000000 + raw.tv_usec, v.tv_sec * 1000000 + v.tv_usec);
    time_t stored = 0, got = time(&stored);
    EXPECT_EQ(got, stored);
    EXPECT_LE(labs(got - t.tv_sec), 1);
    EXPECT_LE(labs(syscall(SYS_time, 0) - t.tv_sec), 1);
    struct timezone zone = { -1, -1 };
    EXPECT_OK(gettimeofday(&v, &zone));
    EXPECT_NE(zone.tz_dsttime, -1);
    EXPECT_OK(syscall(SYS_gettimeofday, 0, 0));
}

TEST(the_clock_can_be_set_with_a_capability_only)
{
    AS_USER(1000, 1000, {
        struct timespec t;
        struct timeval v;
        clock_gettime(CLOCK_REALTIME, &t);
        gettimeofday(&v, 0);
        EXPECT_ERRNO(clock_settime(CLOCK_REALTIME, &t), EPERM);
        EXPECT_ERRNO(settimeofday(&v, 0), EPERM);
    });
}

TEST(impossible_times_and_clocks_cannot_be_set)
{
    struct timespec t = { 0, 1000000000 };
    struct timeval v = { 0, 1000000 };
    EXPECT_ERRNO(clock_settime(CLOCK_REALTIME, &t), EINVAL);
    EXPECT_ERRNO(settimeofday(&v, 0), EINVAL);
    EXPECT_ERRNO(clock_settime(CLOCK_MONOTONIC, &t), EINVAL);
    EXPECT_ERRNO(syscall(SYS_clock_settime, CLOCK_REALTIME, 8), EFAULT);
}

TEST(the_clock_of_another_process_can_be_read)
{
    pid_t child = FORK({
        struct timespec t;
        do
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        while (ns(t) < 60000000);
        for (;;)
            pause();
    });
    clockid_t clock;
    struct timespec t;
    EXPECT_EQ(clock_getcpuclockid(child, &clock), 0);
    EXPECT_SOON(clock_gettime(clock, &t) == 0 && ns(t) >= 60000000);
    EXPECT_OK(clock_getres(clock, &t));
    END_CHILD(child);
    EXPECT_ERRNO(clock_gettime(clock, &t), EINVAL);
    EXPECT_EQ(clock_getcpuclockid(child, &clock), ESRCH);
}

TEST(the_clock_of_the_own_process_by_id)
{
    clockid_t clock;
    struct timespec a, b;
    EXPECT_EQ(clock_getcpuclockid(0, &clock), 0);
    EXPECT_OK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a));
    EXPECT_OK(clock_gettime(clock, &b));
    EXPECT_GE(ns(b), ns(a));
    EXPECT_LT(ns(b) - ns(a), 500000000);
}

TEST(boottime_is_not_before_monotonic_and_tai_not_before_realtime)
{
    struct timespec a, b;
    EXPECT_OK(clock_gettime(CLOCK_MONOTONIC, &a));
    EXPECT_OK(clock_gettime(CLOCK_BOOTTIME, &b));
    EXPECT_GE(ns(b), ns(a));
    EXPECT_OK(clock_gettime(CLOCK_REALTIME, &a));
    EXPECT_OK(clock_gettime(CLOCK_TAI, &b));
    EXPECT_GE(ns(b), ns(a));
    EXPECT_GT(a.tv_sec, 1500000000);
}
