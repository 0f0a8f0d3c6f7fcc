// Real-time signals queue, in order, with a value.
#include "../support/signals.h"
#include "../support/task.h"

static volatile int numbers[256], values[256], seen;

static void collect(int number, siginfo_t *info, void *context)
{
    (void)context;
    numbers[seen] = number;
    values[seen++] = info->si_value.sival_int;
    noted_info = *info;
}

static void queue(int number, int value)
{
    union sigval v = { .sival_int = value };
    EXPECT_OK(sigqueue(getpid(), number, v));
}

// Handlers that run to their end one after another.
static void collect_all(void)
{
    struct sigaction action = { .sa_sigaction = collect, .sa_flags = SA_SIGINFO };
    sigfillset(&action.sa_mask);
    for (int i = SIGRTMIN; i <= SIGRTMAX; i++)
        EXPECT_OK(sigaction(i, &action, 0));
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
}

TEST(signals_of_one_number_keep_their_order)
{
    collect_all();
    block(SET(SIGRTMIN));
    for (int i = 0; i < 100; i++)
        queue(SIGRTMIN, i);
    unblock(SET(SIGRTMIN));
    EXPECT_EQ(seen, 100);
    for (int i = 0; i < 100; i++)
        EXPECT_EQ(values[i], i);
}

TEST(lower_numbers_come_first)
{
    collect_all();
    sigset_t all;
    sigfillset(&all);
    block(all);
    for (int i = 0; i < 3; i++)
        for (int number = SIGRTMAX; number >= SIGRTMIN; number--)
            queue(number, i);
    unblock(all);
    EXPECT_EQ(seen, 3 * (SIGRTMAX - SIGRTMIN + 1));
    for (int i = 0; i < seen; i++) {
        EXPECT_EQ(numbers[i], SIGRTMIN + i / 3);
        EXPECT_EQ(values[i], i % 3);
    }
}

TEST(the_information_of_a_queued_signal)
{
    collect_all();
    queue(SIGRTMIN + 2, 77);
    EXPECT_EQ(noted_info.si_signo, SIGRTMIN + 2);
    EXPECT_EQ(noted_info.si_code, SI_QUEUE);
    EXPECT_EQ(noted_info.si_pid, getpid());
    EXPECT_EQ(noted_info.si_uid, getuid());
    EXPECT_EQ(noted_info.si_value.sival_int, 77);
}

TEST(a_pointer_fits_into_the_value)
{
    collect_all();
    union sigval v = { .sival_ptr = (void *)0x123456789abcdef0 };
    EXPECT_OK(sigqueue(getpid(), SIGRTMIN, v));
    EXPECT_EQ(noted_info.si_value.sival_ptr, (void *)0x123456789abcdef0);
}

TEST(standard_signals_do_not_queue_and_the_first_counts)
{
    collect_all();
    block(SET(SIGUSR1));
    queue(SIGUSR1, 1);
    queue(SIGUSR1, 2);
    unblock(SET(SIGUSR1));
    EXPECT_EQ(seen, 1);
    EXPECT_EQ(values[0], 1);
}

TEST(a_real_time_signal_sent_by_kill_queues_too)
{
    collect_all();
    block(SET(SIGRTMIN));
    for (int i = 0; i < 5; i++)
        EXPECT_OK(kill(getpid(), SIGRTMIN));
    unblock(SET(SIGRTMIN));
    EXPECT_EQ(seen, 5);
    EXPECT_EQ(noted_info.si_code, SI_USER);
}

TEST(queued_signals_are_taken_by_sigwaitinfo_in_order)
{
    siginfo_t info;
    sigset_t set = SET(SIGRTMIN, SIGRTMIN + 1);
    block(set);
    for (int i = 0; i < 10; i++)
        queue(SIGRTMIN + 1 - i % 2, i);
    int wanted[] = { 1, 3, 5, 7, 9, 0, 2, 4, 6, 8 };
    for (int i = 0; i < 10; i++) {
        EXPECT_EQ(sigwaitinfo(&set, &info), SIGRTMIN + i / 5);
        EXPECT_EQ(info.si_value.sival_int, wanted[i]);
    }
}

TEST(standard_signals_go_before_real_time_ones)
{
    collect_all();
    block(SET(SIGRTMIN, SIGUSR1));
    queue(SIGRTMIN, 1);
    queue(SIGUSR1, 2);
    unblock(SET(SIGRTMIN, SIGUSR1));
    EXPECT_EQ(numbers[0], SIGUSR1);
    EXPECT_EQ(numbers[1], SIGRTMIN);
}

TEST(thread_directed_signals_go_before_process_directed_ones)
{
    collect_all();
    block(SET(SIGRTMIN));
    queue(SIGRTMIN, 1);
    siginfo_t info = { .si_signo = SIGRTMIN, .si_code = SI_QUEUE };
    info.si_value.sival_int = 2;
    EXPECT_OK(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGRTMIN, &info));
    unblock(SET(SIGRTMIN));
    EXPECT_EQ(values[0], 2);
    EXPECT_EQ(values[1], 1);
}

TEST(an_unhandled_real_time_signal_kills)
{
    pid_t child = FORK(raise(SIGRTMIN + 5));
    EXPECT_SIGNALED(child, SIGRTMIN + 5);
    child = FORK(raise(64));
    EXPECT_SIGNALED(child, 64);
}

TEST(a_child_queues_to_its_parent)
{
    collect_all();
    pid_t parent = getpid(), child = FORK({
        for (int i = 0; i < 50; i++) {
            union sigval v = { .sival_int = i };
            EXPECT_OK(sigqueue(parent, SIGRTMIN, v));
        }
    });
    int status;
    while (waitpid(child, &status, 0) == -1)
        EXPECT_EQ(errno, EINTR);
    EXPECT_EQ(seen, 50);
    for (int i = 0; i < 50; i++)
        EXPECT_EQ(values[i], i);
    EXPECT_EQ(noted_info.si_pid, child);
}
