// FUTEX_REQUEUE, FUTEX_CMP_REQUEUE and FUTEX_WAKE_OP.
#include "../support/futexes.h"

static volatile int *words;
static pid_t child[6];

static long requeue(int op, long wake, long move, unsigned value)
{
    return futex(&words[0], op, (unsigned)wake, (void *)move, &words[1], value);
}

// Waiters at the first word.
static void waiters(int count)
{
    words = shared_words();
    for (int i = 0; i < count; i++)
        child[i] = WAITER(&words[0], 0);
    for (int i = 0; i < count; i++)
        EXPECT_ASLEEP(child[i]);
}

static void all_end(int count)
{
    for (int i = 0; i < count; i++)
        EXPECT_EXIT(child[i], 0);
}

TEST(requeue_wakes_some_and_moves_the_others)
{
    waiters(5);
    EXPECT_EQ(requeue(FUTEX_REQUEUE, 1, 2, 0), 3);
    EXPECT_EQ(futex_wake(&words[1], 9), 2);
    EXPECT_EQ(futex_wake(&words[0], 9), 2);
    all_end(5);
}

TEST(cmp_requeue_compares_first)
{
    waiters(3);
    EXPECT_ERRNO(requeue(FUTEX_CMP_REQUEUE, 1, 9, 1), EAGAIN);
    EXPECT_EQ(requeue(FUTEX_CMP_REQUEUE, 1, 9, 0), 3);
    EXPECT_EQ(futex_wake(&words[0], 9), 0);
    EXPECT_EQ(futex_wake(&words[1], 9), 2);
    all_end(3);
}

TEST(requeue_may_wake_none)
{
    waiters(2);
    EXPECT_EQ(requeue(FUTEX_CMP_REQUEUE, 0, 9, 0), 2);
    EXPECT_EQ(futex_wake(&words[1], 9), 2);
    all_end(2);
}

TEST(requeue_may_move_none)
{
    waiters(3);
    EXPECT_EQ(requeue(FUTEX_CMP_REQUEUE, 2, 0, 0), 2);
    EXPECT_EQ(futex_wake(&words[0], 9), 1);
    all_end(3);
}

TEST(negative_counts_are_EINVAL)
{
    words = shared_words();
    EXPECT_ERRNO(requeue(FUTEX_CMP_REQUEUE, -1, 1, 0), EINVAL);
    EXPECT_ERRNO(requeue(FUTEX_CMP_REQUEUE, 1, -1, 0), EINVAL);
    EXPECT_ERRNO(requeue(FUTEX_REQUEUE, -1, 1, 0), EINVAL);
}

TEST(unaligned_and_missing_words_are_refused)
{
    words = shared_words();
    EXPECT_ERRNO(futex((char *)words + 1, FUTEX_CMP_REQUEUE, 1, (void *)1, words, 0), EINVAL);
    EXPECT_ERRNO(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)1, (char *)words + 2, 0), EINVAL);
    EXPECT_ERRNO(futex(words, FUTEX_CMP_REQUEUE, 1, (void *)1, (void *)8, 0), EFAULT);
}

TEST(a_requeued_waiter_can_time_out)
{
    words = shared_words();
    struct timespec t = ms_spec(80);
    child[0] = FORK(EXPECT_ERRNO(futex(&words[0], FUTEX_WAIT, 0, &t, 0, 0), ETIMEDOUT));
    EXPECT_SOON(requeue(FUTEX_CMP_REQUEUE, 0, 9, 0) == 1);
    all_end(1);
    EXPECT_EQ(futex_wake(&words[1], 9), 0);
}

#define OP(OPERATION, ARGUMENT, COMPARE, AGAINST)                                    \
    ((unsigned)(OPERATION) << 28 | (unsigned)(COMPARE) << 24 | ((ARGUMENT) & 0xfff) << 12 | ((AGAINST) & 0xfff))

static long wake_op(unsigned op)
{
    return futex(&words[0], FUTEX_WAKE_OP, 9, (void *)9, &words[1], op);
}

TEST(wake_op_changes_the_second_word)
{
    static const struct { int operation, argument, before, after; } cases[] = {
        { FUTEX_OP_SET, 7, 3, 7 },          { FUTEX_OP_ADD, 5, 3, 8 },         { FUTEX_OP_ADD, -5, 3, -2 },
        { FUTEX_OP_OR, 8, 3, 11 },          { FUTEX_OP_ANDN, 1, 3, 2 },        { FUTEX_OP_XOR, 6, 3, 5 },
        { FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT, 4, 3, 16 },
    };
    words = shared_words();
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        words[1] = cases[i].before;
        EXPECT_EQ(wake_op(OP(cases[i].operation, cases[i].argument, FUTEX_OP_CMP_EQ, 0)), 0);
        EXPECT_EQ(words[1], cases[i].after);
    }
}

TEST(wake_op_wakes_the_second_word_if_its_old_value_compares)
{
    static const struct { int compare, against, woken; } cases[] = {
        { FUTEX_OP_CMP_EQ, 5, 2 }, { FUTEX_OP_CMP_EQ, 4, 1 }, { FUTEX_OP_CMP_NE, 4, 2 }, { FUTEX_OP_CMP_NE, 5, 1 },
        { FUTEX_OP_CMP_LT, 6, 2 }, { FUTEX_OP_CMP_LT, 5, 1 }, { FUTEX_OP_CMP_LE, 5, 2 }, { FUTEX_OP_CMP_LE, 4, 1 },
        { FUTEX_OP_CMP_GT, 4, 2 }, { FUTEX_OP_CMP_GT, 5, 1 }, { FUTEX_OP_CMP_GE, 5, 2 }, { FUTEX_OP_CMP_GE, 6, 1 },
        { FUTEX_OP_CMP_GT, -1, 2 },
    };
    words = shared_words();
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        words[1] = 5;
        pid_t a = WAITER(&words[0], 0), b = WAITER(&words[1], 5);
        EXPECT_ASLEEP(a);
        EXPECT_ASLEEP(b);
        EXPECT_EQ(wake_op(OP(FUTEX_OP_SET, 1, cases[i].compare, cases[i].against)), cases[i].woken);
        EXPECT_EXIT(a, 0);
        EXPECT_EQ(futex_wake(&words[1], 1), 2 - cases[i].woken);
        EXPECT_EXIT(b, 0);
    }
}

TEST(wake_op_has_its_errors)
{
    words = shared_words();
    EXPECT_ERRNO(wake_op(OP(7, 0, 0, 0)), ENOSYS);
    EXPECT_ERRNO(wake_op(OP(FUTEX_OP_SET, 1, 9, 0)), ENOSYS);
    EXPECT_ERRNO(futex(words, FUTEX_WAKE_OP, 1, (void *)1, (void *)8, 0), EFAULT);
    EXPECT_ERRNO(futex(words, FUTEX_WAKE_OP, 1, (void *)1, (char *)words + 1, 0), EINVAL);
}
