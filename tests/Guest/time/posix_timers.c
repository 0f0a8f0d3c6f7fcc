// timer_create(2) and its relatives.
#include "../support/signals.h"
#include "../support/task.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

// The C library hides the number behind a pointer; these are the system's.
static long create(int clock, struct sigevent *event, int *id)
{
    return syscall(SYS_timer_create, clock, event, id);
}

static long settime(int id, int flags, long first_ms, long again_ms)
{
    struct itimerspec spec = { { again_ms / 1000, again_ms % 1000 * 1000000 },
                               { first_ms / 1000, first_ms % 1000 * 1000000 } };
    return syscall(SYS_timer_settime, id, flags, &spec, 0);
}

TEST(a_timer_sends_its_signal_with_its_value)
{
    int id;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
    event.sigev_value.sival_int = 4711;
    handle_info(SIGRTMIN, note_info, 0);
    EXPECT_OK(create(CLOCK_MONOTONIC, &event, &id));
    EXPECT_OK(settime(id, 0, 10, 0));
    EXPECT_SOON(noted);
    EXPECT_EQ(noted_info.si_code, SI_TIMER);
    EXPECT_EQ(noted_info.si_value.sival_int, 4711);
    EXPECT_EQ(noted_info.si_timerid, id);
    EXPECT_EQ(noted_info.si_overrun, 0);
}

TEST(without_an_event_it_is_SIGALRM_with_the_number)
{
    int id;
    handle_info(SIGALRM, note_info, 0);
    EXPECT_OK(create(CLOCK_MONOTONIC, 0, &id));
    EXPECT_OK(settime(id, 0, 10, 0));
    EXPECT_SOON(noted);
    EXPECT_EQ(noted_info.si_code, SI_TIMER);
    EXPECT_EQ(noted_info.si_value.sival_int, id);
}

TEST(a_timer_without_notification_only_counts)
{
    int id;
    struct sigevent event = { .sigev_notify = SIGEV_NONE };
    struct itimerspec spec;
    EXPECT_OK(create(CLOCK_MONOTONIC, &event, &id));
    EXPECT_OK(settime(id, 0, 50, 0));
    EXPECT_OK(syscall(SYS_timer_gettime, id, &spec));
    EXPECT_GT(spec.it_value.tv_nsec, 0);
    sleep_ms(80);
    EXPECT_OK(syscall(SYS_timer_gettime, id, &spec));
    EXPECT_EQ(spec.it_value.tv_nsec, 0);
}

TEST(without_notification_the_number_of_the_signal_does_not_matter)
{
    int id;
    struct sigevent event = { .sigev_notify = SIGEV_NONE, .sigev_signo = 12345 };
    block(SET(SIGUSR1));
    raise(SIGUSR1);
    EXPECT_OK(create(CLOCK_MONOTONIC, &event, &id));
    EXPECT_OK(settime(id, 0, 5, 5));
    sleep_ms(10);
    EXPECT_OK(settime(id, 0, 0, 0));
    EXPECT_OK(syscall(SYS_timer_delete, id));
}

static volatile int *words;

static int take_in_thread(void *arg)
{
    (void)arg;
    sigset_t set = SET(SIGRTMIN);
    words[0] = (int)syscall(SYS_gettid);
    words[1] = (int)syscall(SYS_rt_sigtimedwait, &set, 0, &(struct timespec){ 5, 0 }, 8);
    return 0;
}

TEST(a_timer_signals_one_thread)
{
    words = shared_words();
    block(SET(SIGRTMIN));
    struct thread thread;
    pid_t tid = spawn_thread(&thread, take_in_thread, 0);
    EXPECT_SOON(words[0]);
    int id;
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN };
    event.sigev_notify_thread_id = tid;
    EXPECT_OK(create(CLOCK_MONOTONIC, &event, &id));
    EXPECT_OK(settime(id, 0, 10, 0));
    join_thread(&thread);
    EXPECT_EQ(words[1], SIGRTMIN);
    EXPECT_FALSE(is_pending(SIGRTMIN));
}

TEST(a_thread_of_another_process_is_EINVAL)
{
    int id;
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
    event.sigev_notify_thread_id = getppid();
    EXPECT_ERRNO(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
    event.sigev_notify_thread_id = 0x3fffffff;
    EXPECT_ERRNO(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
}

TEST(impossible_events_are_EINVAL)
{
    int id;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
    EXPECT_ERRNO(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
    event.sigev_signo = 0;
    EXPECT_ERRNO(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
    event = (struct sigevent){ .sigev_notify = 99, .sigev_signo = SIGUSR1 };
    EXPECT_ERRNO(create(CLOCK_MONOTONIC, &event, &id), EINVAL);
}

TEST(impossible_clocks_are_refused)
{
    int id;
    EXPECT_ERRNO(create(1000, 0, &id), EINVAL);
    EXPECT_ERRNO(create(CLOCK_MONOTONIC_RAW, 0, &id), EOPNOTSUPP);
    EXPECT_ERRNO(create(CLOCK_MONOTONIC_COARSE, 0, &id), EOPNOTSUPP);
}

TEST(bad_pointers_are_EFAULT)
{
    int id;
    EXPECT_ERRNO(create(CLOCK_MONOTONIC, (struct sigevent *)8, &id), EFAULT);
    EXPECT_ERRNO(create(CLOCK_MONOTONIC, 0, (int *)8), EFAULT);
    EXPECT_OK(create(CLOCK_MONOTONIC, 0, &id));
    EXPECT_ERRNO(syscall(SYS_timer_gettime, id, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_timer_settime, id, 0, 8, 0), EFAULT);
}

TEST(an_unknown_timer_is_EINVAL)
{
    struct itimerspec spec = { { 0, 0 }, { 0, 0 } };
    EXPECT_ERRNO(syscall(SYS_timer_gettime, 77, &spec), EINVAL);
    EXPECT_ERRNO(syscall(SYS_timer_settime, 77, 0, &spec, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_timer_delete, 77), EINVAL);
    EXPECT_ERRNO(syscall(SYS_timer_getoverrun, 77), EINVAL);
    EXPECT_ERRNO(syscall(SYS_timer_delete, -1), EINVAL);
}

TEST(impossible_times_are_EINVAL)
{
    int id;
    EXPECT_OK(create(CLOCK_MONOTONIC, 0, &id));
    struct itimerspec spec = { { 0, 0 }, { 0, 1000000000 } };
    EXPECT_ERRNO(syscall(SYS_timer_settime, id, 0, &spec, 0), EINVAL);
    spec = (struct itimerspec){ { 0, -1 }, { 1, 0 } };
    EXPECT_ERRNO(syscall(SYS_timer_settime, id, 0, &spec, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_timer_settime, id, 0, 0, 0), EINVAL);
}

TEST(an_absolute_time_is_met)
{
    int id;
    handle(SIGALRM, note, 0);
    EXPECT_OK(create(CLOCK_MONOTONIC, 0, &id));
    long at = now_ms() + 50;
    EXPECT_OK(settime(id, TIMER_ABSTIME, at, 0));
    EXPECT_SOON(noted);
    EXPECT_GE(now_ms(), at);
    noted = 0;
    EXPECT_OK(settime(id, TIMER_ABSTIME, 1, 0));
    EXPECT_SOON(noted);
}

TEST(the_rest_and_the_interval_are_told)
{
    int id;
    struct itimerspec spec, old;
    EXPECT_OK(create(CLOCK_REALTIME, 0, &id));
    EXPECT_OK(settime(id, 0, 100000, 5000));
    EXPECT_OK(syscall(SYS_timer_gettime, id, &spec));
    EXPECT_EQ(spec.it_interval.tv_sec, 5);
    EXPECT_TRUE(spec.it_value.tv_sec == 99 || spec.it_value.tv_sec == 100);
    spec = (struct itimerspec){ { 0, 0 }, { 0, 0 } };
    EXPECT_OK(syscall(SYS_timer_settime, id, 0, &spec, &old));
    EXPECT_EQ(old.it_interval.tv_sec, 5);
    EXPECT_GE(old.it_value.tv_sec, 98);
    EXPECT_OK(syscall(SYS_timer_gettime, id, &spec));
    EXPECT_EQ(spec.it_value.tv_sec + spec.it_value.tv_nsec, 0);
}

TEST(missed_expirations_are_overruns)
{
    int id;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
    block(SET(SIGRTMIN));
    EXPECT_OK(create(CLOCK_MONOTONIC, &event, &id));
    EXPECT_OK(settime(id, 0, 10, 10));
    sleep_ms(105);
    siginfo_t info;
    EXPECT_EQ(sigwaitinfo(&SET(SIGRTMIN), &info), SIGRTMIN);
    EXPECT_GE(info.si_overrun, 8);
    EXPECT_EQ(syscall(SYS_timer_getoverrun, id), info.si_overrun);
    // One signal, whatever was missed.
    struct timespec none = { 0, 0 };
    EXPECT_OK(settime(id, 0, 0, 0));
    EXPECT_ERRNO(sigtimedwait(&SET(SIGRTMIN), &info, &none), EAGAIN);
}

TEST(a_deleted_timer_is_silent)
{
    int id;
    handle(SIGALRM, note, 0);
    EXPECT_OK(create(CLOCK_MONOTONIC, 0, &id));
    EXPECT_OK(settime(id, 0, 20, 20));
    EXPECT_OK(syscall(SYS_timer_delete, id));
    sleep_ms(60);
    EXPECT_EQ(noted_count, 0);
    EXPECT_ERRNO(syscall(SYS_timer_delete, id), EINVAL);
}

TEST(timers_are_not_inherited)
{
    int id;
    EXPECT_OK(create(CLOCK_MONOTONIC, 0, &id));
    IN_CHILD(EXPECT_ERRNO(syscall(SYS_timer_delete, id), EINVAL));
    EXPECT_OK(syscall(SYS_timer_delete, id));
}

TEST(a_timer_on_the_process_clock_needs_work)
{
    int id;
    handle(SIGALRM, note, 0);
    EXPECT_OK(create(CLOCK_PROCESS_CPUTIME_ID, 0, &id));
    EXPECT_OK(settime(id, 0, 60, 0));
    sleep_ms(120);
    EXPECT_EQ(noted_count, 0);
    for (long end = now_ms() + 5000; !noted_count && now_ms() < end;)
        ;
    EXPECT_EQ(noted_count, 1);
}

TEST(sixty_four_timers_at_once)
{
    static volatile int seen[64];
    int id[64];
    block(SET(SIGRTMIN));
    for (int i = 0; i < 64; i++) {
        struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
        event.sigev_value.sival_int = i;
        EXPECT_OK(create(CLOCK_MONOTONIC, &event, &id[i]));
        for (int j = 0; j < i; j++)
            EXPECT_NE(id[i], id[j]);
    }
    for (int i = 0; i < 64; i++)
        EXPECT_OK(settime(id[i], 0, 5 + i, 0));
    for (int i = 0; i < 64; i++) {
        siginfo_t info;
        EXPECT_EQ(sigwaitinfo(&SET(SIGRTMIN), &info), SIGRTMIN);
        EXPECT_EQ(info.si_timerid, id[info.si_value.sival_int]);
        EXPECT_EQ(seen[info.si_value.sival_int]++, 0);
    }
}

static volatile int called;

static void on_timer(union sigval value)
{
    called = value.sival_int;
}

TEST(a_timer_starts_a_thread)
{
    timer_t id;
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_timer };
    event.sigev_value.sival_int = 99;
    EXPECT_OK(timer_create(CLOCK_MONOTONIC, &event, &id));
    struct itimerspec spec = { { 0, 0 }, { 0, 10000000 } };
    EXPECT_OK(timer_settime(id, 0, &spec, 0));
    EXPECT_SOON(called == 99);
    EXPECT_OK(timer_delete(id));
}
