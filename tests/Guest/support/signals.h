// Small words for signal tests.
#pragma once
#include "../harness.h"
#include <sys/time.h>
#include <ucontext.h>

static HARNESS_UNUSED sigset_t set_of(int first, ...)
{
    sigset_t set;
    va_list args;
    sigemptyset(&set);
    va_start(args, first);
    for (int number = first; number > 0; number = va_arg(args, int))
        sigaddset(&set, number);
    va_end(args);
    return set;
}

// The set of these signals.
#define SET(...) (*(sigset_t[]){ set_of(__VA_ARGS__, 0) })

static HARNESS_UNUSED void block(sigset_t set)
{
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
}

static HARNESS_UNUSED void unblock(sigset_t set)
{
    EXPECT_OK(sigprocmask(SIG_UNBLOCK, &set, 0));
}

static HARNESS_UNUSED int is_blocked(int number)
{
    sigset_t set;
    EXPECT_OK(sigprocmask(SIG_SETMASK, 0, &set));
    return sigismember(&set, number);
}

static HARNESS_UNUSED int is_pending(int number)
{
    sigset_t set;
    EXPECT_OK(sigpending(&set));
    return sigismember(&set, number);
}

static HARNESS_UNUSED void handle(int number, void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
    EXPECT_OK(sigaction(number, &action, 0));
}

static HARNESS_UNUSED void handle_info(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = { .sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO };
    EXPECT_OK(sigaction(number, &action, 0));
}

// What note() and note_info() have seen.
static volatile int noted, noted_count;
static volatile siginfo_t noted_info;

static HARNESS_UNUSED void note(int number)
{
    noted = number;
    noted_count++;
}

static HARNESS_UNUSED void note_info(int number, siginfo_t *info, void *context)
{
    (void)context;
    noted_info = *info;
    noted = number;
    noted_count++;
}

// SIGALRM after ms, and then every `again` ms (0: once).
static HARNESS_UNUSED void alarm_ms(long ms, long again)
{
    struct itimerval timer = { { again / 1000, again % 1000 * 1000 }, { ms / 1000, ms % 1000 * 1000 } };
    EXPECT_OK(setitimer(ITIMER_REAL, &timer, 0));
}
