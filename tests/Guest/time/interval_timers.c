// alarm(2), setitimer(2), getitimer(2).
#include "../support/signals.h"

static void burn_ms(long ms)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    long end = t.tv_sec * 1000 + t.tv_nsec / 1000000 + ms;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < end);
}

static struct itimerval timer_ms(long first, long again)
{
    return (struct itimerval){ { again / 1000, again % 1000 * 1000 }, { first / 1000, first % 1000 * 1000 } };
}

TEST(alarm_tells_what_was_left)
{
    EXPECT_EQ(alarm(100), 0);
    EXPECT_EQ(alarm(50), 100);
    sleep_ms(20);
    EXPECT_EQ(alarm(0), 50);
    EXPECT_EQ(alarm(0), 0);
}

TEST(alarm_goes_off_after_a_second)
{
    handle(SIGALRM, note, 0);
    long start = now_ms();
    alarm(1);
    pause();
    EXPECT_EQ(noted, SIGALRM);
    EXPECT_GE(now_ms() - start, 990);
    EXPECT_EQ(alarm(0), 0);
}

TEST(alarm_and_the_real_timer_are_one)
{
    struct itimerval t;
    alarm(100);
    EXPECT_OK(getitimer(ITIMER_REAL, &t));
    EXPECT_GE(t.it_value.tv_sec, 98);
    t = timer_ms(7500, 0);
    EXPECT_OK(setitimer(ITIMER_REAL, &t, 0));
    EXPECT_EQ(alarm(0), 7); // rounded to the nearest second, but never to none
    t = timer_ms(100, 0);
    EXPECT_OK(setitimer(ITIMER_REAL, &t, 0));
    EXPECT_EQ(alarm(0), 1);
}

TEST(a_real_timer_repeats)
{
    handle(SIGALRM, note, SA_RESTART);
    long start = now_ms();
    alarm_ms(10, 10);
    EXPECT_SOON(noted_count >= 10);
    EXPECT_GE(now_ms() - start, 99);
    alarm_ms(0, 0);
    int seen = noted_count;
    sleep_ms(30);
    EXPECT_EQ(noted_count, seen);
}

TEST(a_real_timer_goes_off_once_without_an_interval)
{
    handle(SIGALRM, note, 0);
    alarm_ms(10, 0);
    sleep_ms(60);
    EXPECT_EQ(noted_count, 1);
    struct itimerval t;
    EXPECT_OK(getitimer(ITIMER_REAL, &t));
    EXPECT_EQ(t.it_value.tv_sec + t.it_value.tv_usec, 0);
}

TEST(the_old_value_is_told)
{
    struct itimerval t = timer_ms(50000, 3000), old;
    EXPECT_OK(setitimer(ITIMER_REAL, &t, 0));
    t = timer_ms(0, 0);
    EXPECT_OK(setitimer(ITIMER_REAL, &t, &old));
    EXPECT_EQ(old.it_interval.tv_sec, 3);
    EXPECT_EQ(old.it_interval.tv_usec, 0);
    EXPECT_GE(old.it_value.tv_sec, 48);
    EXPECT_LE(old.it_value.tv_sec, 50);
}

TEST(impossible_arguments_are_refused)
{
    struct itimerval t = timer_ms(10, 0);
    EXPECT_ERRNO(syscall(SYS_setitimer, 3, &t, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_getitimer, -1, &t), EINVAL);
    t.it_value.tv_usec = 1000000;
    EXPECT_ERRNO(setitimer(ITIMER_REAL, &t, 0), EINVAL);
    t.it_value.tv_usec = -1;
    EXPECT_ERRNO(setitimer(ITIMER_REAL, &t, 0), EINVAL);
    t = timer_ms(10, 0);
    t.it_interval.tv_sec = -1;
    EXPECT_ERRNO(setitimer(ITIMER_REAL, &t, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_setitimer, ITIMER_REAL, 8, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_getitimer, ITIMER_REAL, 8), EFAULT);
}

TEST(no_new_value_stops_the_timer)
{
    alarm(100);
    EXPECT_OK(syscall(SYS_setitimer, ITIMER_REAL, 0, 0));
    EXPECT_EQ(alarm(0), 0);
}

TEST(the_virtual_timer_counts_the_time_of_the_program)
{
    handle(SIGVTALRM, note, 0);
    struct itimerval t = timer_ms(50, 50);
    EXPECT_OK(setitimer(ITIMER_VIRTUAL, &t, 0));
    sleep_ms(150);
    EXPECT_EQ(noted_count, 0);
    long end = now_ms() + 5000;
    while (noted_count < 2 && now_ms() < end)
        for (volatile int i = 0; i < 100000; i++)
            ;
    EXPECT_GE(noted_count, 2);
}

TEST(the_profiling_timer_counts_the_kernel_too)
{
    handle(SIGPROF, note, 0);
    struct itimerval t = timer_ms(50, 0);
    EXPECT_OK(setitimer(ITIMER_PROF, &t, 0));
    sleep_ms(100);
    EXPECT_EQ(noted_count, 0);
    burn_ms(150);
    EXPECT_EQ(noted_count, 1);
}

TEST(the_three_timers_are_independent)
{
    struct itimerval t = timer_ms(100000, 0), got;
    EXPECT_OK(setitimer(ITIMER_VIRTUAL, &t, 0));
    t = timer_ms(200000, 0);
    EXPECT_OK(setitimer(ITIMER_PROF, &t, 0));
    EXPECT_OK(getitimer(ITIMER_REAL, &got));
    EXPECT_EQ(got.it_value.tv_sec, 0);
    EXPECT_OK(getitimer(ITIMER_VIRTUAL, &got));
    EXPECT_LE(got.it_value.tv_sec, 100);
    EXPECT_GE(got.it_value.tv_sec, 99);
    EXPECT_OK(getitimer(ITIMER_PROF, &got));
    EXPECT_GE(got.it_value.tv_sec, 199);
}

TEST(a_signal_by_a_timer_is_the_kernels)
{
    handle_info(SIGALRM, note_info, 0);
    alarm_ms(10, 0);
    pause();
    EXPECT_EQ(noted_info.si_code, SI_KERNEL);
    EXPECT_EQ(noted_info.si_pid, 0);
}

TEST(an_unhandled_alarm_kills)
{
    pid_t child = FORK(alarm_ms(10, 0); pause());
    EXPECT_SIGNALED(child, SIGALRM);
}

TEST(the_interval_of_a_timer_without_a_value_is_kept_by_those_of_cpu_time)
{
    static const int kinds[] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };
    struct itimerval none = { 0 }, interval = { .it_interval = { 10, 0 } }, was;
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(setitimer(kinds[i], &interval, 0));
        EXPECT_OK(getitimer(kinds[i], &was));
        EXPECT_EQ(was.it_interval.tv_sec, kinds[i] == ITIMER_REAL ? 0 : 10);
        EXPECT_EQ(was.it_value.tv_sec, 0);
        EXPECT_EQ(was.it_value.tv_usec, 0);
        EXPECT_OK(setitimer(kinds[i], &none, &was));
        EXPECT_EQ(was.it_interval.tv_sec, kinds[i] == ITIMER_REAL ? 0 : 10);
        EXPECT_OK(getitimer(kinds[i], &was));
        EXPECT_EQ(was.it_interval.tv_sec, 0);
    }
}
