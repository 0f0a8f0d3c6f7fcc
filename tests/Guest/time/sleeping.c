// nanosleep(2) and clock_nanosleep(2).
#include "../support/signals.h"

static long raw_sleep(int clock, int flags, struct timespec *t, struct timespec *left)
{
    return syscall(SYS_clock_nanosleep, clock, flags, t, left);
}

static struct timespec after(int clock, long ms)
{
    struct timespec t;
    EXPECT_OK(clock_gettime(clock, &t));
    long ns = t.tv_nsec + ms * 1000000;
    t.tv_sec += ns / 1000000000;
    t.tv_nsec = ns % 1000000000;
    return t;
}

TEST(a_sleep_is_never_too_short)
{
    static const long us[] = { 1, 100, 1000, 5000, 20000 };
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 5; j++) {
            struct timespec t = { 0, us[i] * 1000 }, a, b;
            clock_gettime(CLOCK_MONOTONIC, &a);
            EXPECT_OK(nanosleep(&t, 0));
            clock_gettime(CLOCK_MONOTONIC, &b);
            EXPECT_GE((b.tv_sec - a.tv_sec) * 1000000000 + b.tv_nsec - a.tv_nsec, us[i] * 1000);
        }
}

TEST(a_sleep_is_not_much_too_long)
{
    long best = 1000;
    for (int i = 0; i < 10 && best > 25; i++) {
        long start = now_ms();
        sleep_ms(10);
        if (now_ms() - start < best)
            best = now_ms() - start;
    }
    EXPECT_LE(best, 25);
}

TEST(a_sleep_of_nothing_succeeds)
{
    struct timespec t = { 0, 0 };
    EXPECT_OK(nanosleep(&t, 0));
    EXPECT_OK(raw_sleep(CLOCK_MONOTONIC, 0, &t, 0));
}

TEST(impossible_times_are_EINVAL)
{
    struct timespec t = { 0, 1000000000 };
    EXPECT_ERRNO(nanosleep(&t, 0), EINVAL);
    EXPECT_ERRNO(raw_sleep(CLOCK_MONOTONIC, 0, &t, 0), EINVAL);
    t = (struct timespec){ 0, -1 };
    EXPECT_ERRNO(nanosleep(&t, 0), EINVAL);
    EXPECT_ERRNO(raw_sleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0), EINVAL);
    t = (struct timespec){ -1, 0 };
    EXPECT_ERRNO(nanosleep(&t, 0), EINVAL);
    EXPECT_ERRNO(raw_sleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, 0), EINVAL);
}

TEST(impossible_clocks_are_EINVAL)
{
    struct timespec t = { 0, 1 };
    EXPECT_ERRNO(raw_sleep(1000, 0, &t, 0), EINVAL);
    EXPECT_EQ(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, 0), EINVAL); // so says the C library
    EXPECT_ERRNO(raw_sleep(CLOCK_THREAD_CPUTIME_ID, 0, &t, 0), EOPNOTSUPP);
    EXPECT_ERRNO(raw_sleep(CLOCK_MONOTONIC_RAW, 0, &t, 0), EOPNOTSUPP);
    EXPECT_ERRNO(raw_sleep(CLOCK_MONOTONIC_COARSE, 0, &t, 0), EOPNOTSUPP);
}

TEST(bad_pointers_are_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_nanosleep, 8, 0), EFAULT);
    EXPECT_ERRNO(raw_sleep(CLOCK_MONOTONIC, 0, (struct timespec *)8, 0), EFAULT);
}

TEST(an_absolute_sleep_ends_at_its_time)
{
    static const int clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_TAI };
    for (int i = 0; i < 4; i++) {
        struct timespec until = after(clocks[i], 30), now;
        EXPECT_OK(raw_sleep(clocks[i], TIMER_ABSTIME, &until, 0));
        EXPECT_OK(clock_gettime(clocks[i], &now));
        EXPECT_GE((now.tv_sec - until.tv_sec) * 1000000000 + now.tv_nsec - until.tv_nsec, 0);
    }
}

TEST(an_absolute_sleep_into_the_past_returns_at_once)
{
    struct timespec past = { 1, 0 };
    EXPECT_OK(raw_sleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &past, 0));
    EXPECT_OK(raw_sleep(CLOCK_REALTIME, TIMER_ABSTIME, &past, 0));
}

TEST(a_sleep_on_the_process_clock_needs_work_to_end)
{
    struct timespec t = { 0, 50000000 };
    volatile int *done = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = FORK({
        EXPECT_OK(raw_sleep(CLOCK_PROCESS_CPUTIME_ID, 0, &t, 0));
        *done = 1;
    });
    sleep_ms(200);
    EXPECT_EQ(*done, 0);
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_SIGNALED(child, SIGKILL);
}

TEST(a_very_long_sleep_can_be_interrupted)
{
    struct timespec t = { 0x7fffffffffffffff, 999999999 }, left;
    handle(SIGALRM, note, 0);
    alarm_ms(20, 0);
    EXPECT_ERRNO(nanosleep(&t, &left), EINTR);
    EXPECT_GT(left.tv_sec, 1000000000);
}

TEST(an_interrupted_sleep_stores_no_rest_where_it_cannot)
{
    struct timespec t = { 5, 0 };
    handle(SIGALRM, note, 0);
    alarm_ms(20, 0);
    EXPECT_ERRNO(syscall(SYS_nanosleep, &t, 8), EFAULT);
    EXPECT_EQ(noted, SIGALRM);
}

TEST(fifty_sleepers_wake_in_the_order_of_their_times)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    struct timespec base = after(CLOCK_MONOTONIC, 150);
    for (int i = 0; i < 50; i++)
        FORK({
            struct timespec until = base;
            until.tv_nsec += (i * 7 % 50) * 4000000L;
            until.tv_sec += until.tv_nsec / 1000000000;
            until.tv_nsec %= 1000000000;
            EXPECT_OK(raw_sleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, 0));
            unsigned char c = (unsigned char)(i * 7 % 50);
            EXPECT_EQ(write(fds[1], &c, 1), 1);
        });
    // Neighbours may swap on a busy machine; none may be far from its place.
    for (int i = 0; i < 50; i++) {
        unsigned char c;
        EXPECT_EQ(read(fds[0], &c, 1), 1);
        EXPECT_LE(abs(c - i), 15);
    }
    while (wait(0) > 0)
        ;
}
