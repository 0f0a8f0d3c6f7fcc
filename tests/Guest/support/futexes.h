// futex(2) by the raw call.
#pragma once
#include "task.h"

static HARNESS_UNUSED long futex(volatile void *word, int op, unsigned value, const void *timeout, volatile void *word2,
                                 unsigned value3)
{
    return syscall(SYS_futex, word, op, value, timeout, word2, value3);
}

static HARNESS_UNUSED long futex_wait(volatile int *word, int value)
{
    return futex(word, FUTEX_WAIT, value, 0, 0, 0);
}

static HARNESS_UNUSED long futex_wake(volatile int *word, int count)
{
    return futex(word, FUTEX_WAKE, count, 0, 0, 0);
}

static HARNESS_UNUSED struct timespec ms_spec(long ms)
{
    return (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
}

static HARNESS_UNUSED struct timespec ms_from_now(int clock, long ms)
{
    struct timespec t;
    EXPECT_OK(clock_gettime(clock, &t));
    long ns = t.tv_nsec + ms * 1000000;
    return (struct timespec){ t.tv_sec + ns / 1000000000, ns % 1000000000 };
}

// A child that waits on the word and exits with 0 when woken.
#define WAITER(WORD, VALUE) FORK(EXPECT_EQ(futex_wait(WORD, VALUE), 0))
// Until the process sleeps.
#define EXPECT_ASLEEP(PID) EXPECT_SOON(task_state(PID) == 'S')
