// timerfd_create(2) and its clocks.
#include "../harness.h"
#include <poll.h>
#include <sys/timerfd.h>

static int new_timer(int flags) { return EXPECT_OK(timerfd_create(CLOCK_MONOTONIC, flags)); }

static void set(int fd, int flags, long first_ms, long interval_ms)
{
    struct itimerspec t = { { interval_ms / 1000, interval_ms % 1000 * 1000000 },
                            { first_ms / 1000, first_ms % 1000 * 1000000 } };
    EXPECT_OK(timerfd_settime(fd, flags, &t, 0));
}

static uint64_t take(int fd)
{
    uint64_t count;
    EXPECT_EQ(read(fd, &count, 8), 8);
    return count;
}

static int readable(int fd, int ms)
{
    struct pollfd p = { fd, POLLIN, 0 };
    return EXPECT_OK(poll(&p, 1, ms));
}

TEST(a_timer_expires_once_after_its_time)
{
    uint64_t count;
    int fd = new_timer(TFD_NONBLOCK);
    long start = now_ms();
    set(fd, 0, 40, 0);
    EXPECT_ERRNO(read(fd, &count, 8), EAGAIN);
    EXPECT_EQ(readable(fd, 5000), 1);
    EXPECT_GE(now_ms() - start, 39);
    EXPECT_EQ(take(fd), 1);
    EXPECT_ERRNO(read(fd, &count, 8), EAGAIN);
}

TEST(a_blocking_read_waits_for_the_expiry)
{
    int fd = new_timer(0);
    long start = now_ms();
    set(fd, 0, 40, 0);
    EXPECT_EQ(take(fd), 1);
    EXPECT_GE(now_ms() - start, 39);
}

TEST(an_interval_counts_what_was_missed)
{
    int fd = new_timer(0);
    set(fd, 0, 10, 10);
    sleep_ms(105);
    EXPECT_GE(take(fd), 9);
    EXPECT_GE(take(fd), 1);
}

TEST(an_absolute_time_in_the_past_expires_at_once)
{
    int fd = new_timer(TFD_NONBLOCK);
    set(fd, TFD_TIMER_ABSTIME, 1, 0);
    EXPECT_EQ(readable(fd, 1000), 1);
    EXPECT_EQ(take(fd), 1);
}

TEST(an_absolute_time_in_the_future_is_waited_for)
{
    int fd = new_timer(0);
    long until = now_ms() + 40;
    set(fd, TFD_TIMER_ABSTIME, until, 0);
    EXPECT_EQ(take(fd), 1);
    EXPECT_GE(now_ms(), until);
}

TEST(zero_disarms)
{
    int fd = new_timer(TFD_NONBLOCK);
    set(fd, 0, 20, 20);
    set(fd, 0, 0, 20);
    EXPECT_EQ(readable(fd, 60), 0);
}

TEST(setting_again_forgets_expiries_not_yet_read)
{
    uint64_t count;
    int fd = new_timer(TFD_NONBLOCK);
    set(fd, 0, 1, 0);
    EXPECT_EQ(readable(fd, 1000), 1);
    set(fd, 0, 5000, 0);
    EXPECT_ERRNO(read(fd, &count, 8), EAGAIN);
}

TEST(timerfd_gettime_shows_what_is_left_and_the_interval)
{
    int fd = new_timer(0);
    struct itimerspec t;
    EXPECT_OK(timerfd_gettime(fd, &t));
    EXPECT_EQ(t.it_value.tv_sec, 0);
    set(fd, 0, 5000, 700);
    EXPECT_OK(timerfd_gettime(fd, &t));
    EXPECT_TRUE(t.it_value.tv_sec == 4 || t.it_value.tv_sec == 5);
    EXPECT_EQ(t.it_interval.tv_nsec, 700000000);
}

TEST(timerfd_settime_returns_the_old_setting)
{
    int fd = new_timer(0);
    struct itimerspec t = { { 0, 0 }, { 100, 0 } }, old;
    set(fd, 0, 5000, 700);
    EXPECT_OK(timerfd_settime(fd, 0, &t, &old));
    EXPECT_EQ(old.it_interval.tv_nsec, 700000000);
    EXPECT_LE(old.it_value.tv_sec, 5);
}

TEST(a_realtime_timer_takes_an_absolute_date)
{
    int fd = EXPECT_OK(timerfd_create(CLOCK_REALTIME, 0));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct itimerspec t = { { 0, 0 }, { now.tv_sec - 10, 0 } };
    EXPECT_OK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, 0));
    EXPECT_EQ(take(fd), 1);
}

TEST(timerfd_create_knows_five_clocks)
{
    EXPECT_OK(timerfd_create(CLOCK_REALTIME, 0));
    EXPECT_OK(timerfd_create(CLOCK_MONOTONIC, 0));
    EXPECT_OK(timerfd_create(CLOCK_BOOTTIME, 0));
    EXPECT_ERRNO(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
    EXPECT_ERRNO(timerfd_create(77, 0), EINVAL);
    EXPECT_ERRNO(timerfd_create(CLOCK_MONOTONIC, 0x100), EINVAL);
}

TEST(times_out_of_range_are_refused)
{
    int fd = new_timer(0);
    struct itimerspec t = { { 0, 0 }, { 0, 1000000000 } };
    EXPECT_ERRNO(timerfd_settime(fd, 0, &t, 0), EINVAL);
    t.it_value = (struct timespec){ -1, 0 };
    EXPECT_ERRNO(timerfd_settime(fd, 0, &t, 0), EINVAL);
    t.it_value = (struct timespec){ 1, 0 };
    t.it_interval.tv_nsec = -1;
    EXPECT_ERRNO(timerfd_settime(fd, 0, &t, 0), EINVAL);
}

TEST(bad_descriptors_flags_and_pointers_are_refused)
{
    int fd = new_timer(0), p[2];
    struct itimerspec t = { { 0, 0 }, { 1, 0 } };
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(timerfd_settime(99, 0, &t, 0), EBADF);
    EXPECT_ERRNO(timerfd_settime(p[0], 0, &t, 0), EINVAL);
    EXPECT_ERRNO(timerfd_gettime(p[0], &t), EINVAL);
    EXPECT_ERRNO(timerfd_settime(fd, 0x100, &t, 0), EINVAL);
    EXPECT_ERRNO(timerfd_settime(fd, 0, BAD_ADDRESS, 0), EFAULT);
    EXPECT_ERRNO(timerfd_gettime(fd, BAD_ADDRESS), EFAULT);
}

TEST(reading_less_than_8_bytes_gives_EINVAL_and_writing_EINVAL)
{
    char small[8];
    int fd = new_timer(TFD_NONBLOCK);
    EXPECT_ERRNO(read(fd, small, 7), EINVAL);
    EXPECT_ERRNO(write(fd, small, 8), EINVAL);
}
