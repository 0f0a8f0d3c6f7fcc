// FUTEX_WAIT and FUTEX_WAKE, with and without bit sets.
#include "../support/futexes.h"
#include "../support/mem.h"
#include "../support/signals.h"

static volatile int word;

TEST(a_different_value_is_EAGAIN)
{
    EXPECT_ERRNO(futex_wait(&word, 1), EAGAIN);
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 1, 0, 0, ~0u), EAGAIN);
}

TEST(waking_nobody_is_zero)
{
    EXPECT_EQ(futex_wake(&word, 1), 0);
    EXPECT_EQ(futex_wake(&word, 0x7fffffff), 0);
}

TEST(a_relative_timeout_is_ETIMEDOUT)
{
    struct timespec t = ms_spec(50);
    long start = now_ms();
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT, 0, &t, 0, 0), ETIMEDOUT);
    EXPECT_GE(now_ms() - start, 50);
    t = ms_spec(0);
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT, 0, &t, 0, 0), ETIMEDOUT);
}

TEST(an_absolute_timeout_of_the_bitset_wait)
{
    struct timespec t = ms_from_now(CLOCK_MONOTONIC, 50);
    long start = now_ms();
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, &t, 0, ~0u), ETIMEDOUT);
    EXPECT_GE(now_ms() - start, 45);
    t = ms_from_now(CLOCK_REALTIME, 50);
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &t, 0, ~0u), ETIMEDOUT);
    EXPECT_GE(now_ms() - start, 95);
    t = (struct timespec){ 1, 0 };
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, &t, 0, ~0u), ETIMEDOUT);
}

TEST(impossible_timeouts_are_EINVAL)
{
    struct timespec t = { 0, 1000000000 };
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT, 0, &t, 0, 0), EINVAL);
    t = (struct timespec){ -1, 0 };
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT, 0, &t, 0, 0), EINVAL);
    // Before the value is looked at.
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT, 1, &t, 0, 0), EINVAL);
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT, 0, (void *)8, 0, 0), EFAULT);
}

TEST(unknown_operations_are_ENOSYS)
{
    EXPECT_ERRNO(futex(&word, 99, 0, 0, 0, 0), ENOSYS);
    EXPECT_ERRNO(futex(&word, FUTEX_FD, 0, 0, 0, 0), ENOSYS);
    // The real-time clock is for the bit set waits.
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, 0, 0, 0), ENOSYS);
    EXPECT_ERRNO(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, 0, 0, 0), ENOSYS);
}

TEST(an_unaligned_word_is_EINVAL)
{
    char *p = (char *)&word + 1;
    EXPECT_ERRNO(futex(p, FUTEX_WAIT, 0, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(futex(p, FUTEX_WAKE, 1, 0, 0, 0), EINVAL);
}

TEST(a_word_that_is_nowhere_is_EFAULT)
{
    volatile int *nowhere = (volatile int *)free_pages(1);
    EXPECT_ERRNO(futex_wait(nowhere, 0), EFAULT);
    EXPECT_ERRNO(futex(nowhere, FUTEX_WAIT_PRIVATE, 0, 0, 0, 0), EFAULT);
    EXPECT_ERRNO(futex_wake(nowhere, 1), EFAULT);
    // A private wake needs no memory, only an address.
    EXPECT_EQ(futex(nowhere, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0), 0);
    EXPECT_ERRNO(futex((void *)-4096l, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0), EFAULT);
}

TEST(a_word_without_read_access_is_EFAULT)
{
    volatile int *p = (volatile int *)map_pages(1);
    *p = 0;
    EXPECT_OK(mprotect((void *)p, PAGE, PROT_NONE));
    EXPECT_ERRNO(futex(p, FUTEX_WAIT_PRIVATE, 0, 0, 0, 0), EFAULT);
    // Reading is enough to wait.
    struct timespec t = ms_spec(1);
    EXPECT_OK(mprotect((void *)p, PAGE, PROT_READ));
    EXPECT_ERRNO(futex(p, FUTEX_WAIT_PRIVATE, 0, &t, 0, 0), ETIMEDOUT);
}

TEST(an_empty_bit_set_is_EINVAL)
{
    EXPECT_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(futex(&word, FUTEX_WAKE_BITSET, 1, 0, 0, 0), EINVAL);
}

TEST(a_waiter_is_woken)
{
    volatile int *words = shared_words();
    pid_t child = WAITER(words, 0);
    EXPECT_SOON(futex_wake(words, 1) == 1);
    EXPECT_EXIT(child, 0);
}

TEST(a_wake_wakes_as_many_as_it_says)
{
    volatile int *words = shared_words();
    pid_t child[5];
    for (int i = 0; i < 5; i++)
        child[i] = FORK({
            EXPECT_EQ(futex_wait(words, 0), 0);
            __atomic_add_fetch(&words[1], 1, __ATOMIC_SEQ_CST);
        });
    for (int i = 0; i < 5; i++)
        EXPECT_ASLEEP(child[i]);
    EXPECT_EQ(futex_wake(words, 2), 2);
    EXPECT_SOON(words[1] == 2);
    sleep_ms(10);
    EXPECT_EQ(words[1], 2);
    EXPECT_EQ(futex_wake(words, 100), 3);
    for (int i = 0; i < 5; i++)
        EXPECT_EXIT(child[i], 0);
}

TEST(waiters_are_woken_in_their_order)
{
    volatile int *words = shared_words();
    pid_t child[4];
    for (int i = 0; i < 4; i++) {
        child[i] = WAITER(words, 0);
        EXPECT_ASLEEP(child[i]);
        sleep_ms(2);
    }
    for (int i = 0; i < 4; i++) {
        EXPECT_EQ(futex_wake(words, 1), 1);
        EXPECT_EXIT(child[i], 0);
    }
}

TEST(a_wake_of_zero_or_less_wakes_one)
{
    // The count is compared after the first waiter has been woken.
    volatile int *words = shared_words();
    for (int count = -1; count <= 0; count++) {
        pid_t a = WAITER(words, 0), b = WAITER(words, 0);
        EXPECT_ASLEEP(a);
        EXPECT_ASLEEP(b);
        EXPECT_EQ(futex_wake(words, count), 1);
        EXPECT_EQ(futex_wake(words, 9), 1);
        EXPECT_EXIT(a, 0);
        EXPECT_EXIT(b, 0);
    }
}

TEST(bit_sets_select_the_waiters)
{
    volatile int *words = shared_words();
    pid_t child[3];
    for (int i = 0; i < 3; i++)
        child[i] = FORK(EXPECT_EQ(futex(words, FUTEX_WAIT_BITSET, 0, 0, 0, 1u << i), 0));
    for (int i = 0; i < 3; i++)
        EXPECT_ASLEEP(child[i]);
    EXPECT_EQ(futex(words, FUTEX_WAKE_BITSET, 9, 0, 0, 8), 0);
    EXPECT_EQ(futex(words, FUTEX_WAKE_BITSET, 9, 0, 0, 2), 1);
    EXPECT_EXIT(child[1], 0);
    EXPECT_EQ(futex(words, FUTEX_WAKE_BITSET, 9, 0, 0, 5), 2);
    EXPECT_EXIT(child[0], 0);
    EXPECT_EXIT(child[2], 0);
}

TEST(a_plain_wake_wakes_bit_set_waiters)
{
    volatile int *words = shared_words();
    pid_t child = FORK(EXPECT_EQ(futex(words, FUTEX_WAIT_BITSET, 0, 0, 0, 4), 0));
    EXPECT_SOON(futex_wake(words, 1) == 1);
    EXPECT_EXIT(child, 0);
}

TEST(a_handled_signal_is_EINTR)
{
    handle(SIGALRM, note, 0);
    alarm_ms(20, 0);
    EXPECT_ERRNO(futex_wait(&word, 0), EINTR);
}

TEST(a_changed_value_alone_wakes_nobody)
{
    volatile int *words = shared_words();
    pid_t child = WAITER(words, 0);
    EXPECT_ASLEEP(child);
    words[0] = 1;
    sleep_ms(20);
    EXPECT_EQ(waitpid(child, 0, WNOHANG), 0);
    EXPECT_EQ(futex_wake(words, 1), 1);
    EXPECT_EXIT(child, 0);
}

TEST(a_killed_waiter_is_not_counted)
{
    volatile int *words = shared_words();
    pid_t child = WAITER(words, 0);
    EXPECT_ASLEEP(child);
    END_CHILD(child);
    EXPECT_EQ(futex_wake(words, 9), 0);
}

TEST(ten_thousand_ping_pongs)
{
    volatile int *words = shared_words();
    pid_t child = FORK(for (int i = 0; i < 10000; i++) {
        while (__atomic_load_n(&words[0], __ATOMIC_SEQ_CST) != 1)
            futex_wait(&words[0], 0);
        __atomic_store_n(&words[0], 0, __ATOMIC_SEQ_CST);
        __atomic_store_n(&words[1], 1, __ATOMIC_SEQ_CST);
        futex_wake(&words[1], 1);
    });
    for (int i = 0; i < 10000; i++) {
        __atomic_store_n(&words[0], 1, __ATOMIC_SEQ_CST);
        futex_wake(&words[0], 1);
        while (__atomic_load_n(&words[1], __ATOMIC_SEQ_CST) != 1)
            futex_wait(&words[1], 0);
        __atomic_store_n(&words[1], 0, __ATOMIC_SEQ_CST);
    }
    EXPECT_EXIT(child, 0);
}
