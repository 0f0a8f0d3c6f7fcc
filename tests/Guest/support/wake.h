// A child that does something after a while, and a signal that comes before.
#pragma once
#include "signals.h"

// SIGALRM after 20 ms with these flags of the action; the statements run in a child after 80 ms.
#define INTERRUPTED(FLAGS, ...)                                                      \
    ({                                                                               \
        handle(SIGALRM, note, FLAGS);                                                \
        pid_t waker_ = FORK(sleep_ms(80); __VA_ARGS__);                              \
        alarm_ms(20, 0);                                                             \
        waker_;                                                                      \
    })

#define END_WAKER(PID)                                                               \
    do {                                                                             \
        EXPECT_EQ(noted, SIGALRM);                                                   \
        EXPECT_EXIT(PID, 0);                                                         \
    } while (0)

// A call that SA_RESTART carries over the signal: it completes by what the child does.
#define EXPECT_RESTARTS(CALL, VALUE, ...)                                            \
    do {                                                                             \
        pid_t w_ = INTERRUPTED(SA_RESTART, __VA_ARGS__);                             \
        EXPECT_EQ(CALL, VALUE);                                                      \
        END_WAKER(w_);                                                               \
    } while (0)

// A call that ends with EINTR under these flags.
#define EXPECT_INTERRUPTED(CALL, FLAGS)                                              \
    do {                                                                             \
        handle(SIGALRM, note, FLAGS);                                                \
        alarm_ms(20, 0);                                                             \
        noted = 0;                                                                   \
        EXPECT_ERRNO(CALL, EINTR);                                                   \
        EXPECT_EQ(noted, SIGALRM);                                                   \
    } while (0)
