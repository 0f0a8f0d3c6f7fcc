// FUTEX_LOCK_PI, FUTEX_TRYLOCK_PI, FUTEX_UNLOCK_PI: the kernel keeps the owner in the word.
#include "../support/futexes.h"
#include <pthread.h>

static volatile int *words;

static long lock(volatile int *word)
{
    return futex(word, FUTEX_LOCK_PI, 0, 0, 0, 0);
}

static long unlock(volatile int *word)
{
    return futex(word, FUTEX_UNLOCK_PI, 0, 0, 0, 0);
}

TEST(a_free_lock_gets_the_tid)
{
    words = shared_words();
    EXPECT_OK(lock(words));
    EXPECT_EQ(*words, getpid());
    EXPECT_OK(unlock(words));
    EXPECT_EQ(*words, 0);
    EXPECT_OK(futex(words, FUTEX_TRYLOCK_PI, 0, 0, 0, 0));
    EXPECT_EQ(*words, getpid());
}

TEST(a_lock_one_holds_is_EDEADLK)
{
    words = shared_words();
    EXPECT_OK(lock(words));
    EXPECT_ERRNO(lock(words), EDEADLK);
    EXPECT_ERRNO(futex(words, FUTEX_TRYLOCK_PI, 0, 0, 0, 0), EDEADLK);
}

TEST(a_lock_somebody_holds_is_EAGAIN_to_try)
{
    words = shared_words();
    EXPECT_OK(lock(words));
    IN_CHILD(EXPECT_ERRNO(futex(words, FUTEX_TRYLOCK_PI, 0, 0, 0, 0), EAGAIN));
    EXPECT_EQ(*words, getpid() | (int)FUTEX_WAITERS);
    EXPECT_OK(unlock(words));
    EXPECT_EQ(*words, 0);
}

TEST(a_lock_of_somebody_who_is_gone_is_ESRCH)
{
    words = shared_words();
    *words = dead_pid();
    EXPECT_ERRNO(lock(words), ESRCH);
    EXPECT_ERRNO(futex(words, FUTEX_TRYLOCK_PI, 0, 0, 0, 0), ESRCH);
}

TEST(a_lock_of_somebody_else_cannot_be_unlocked)
{
    words = shared_words();
    EXPECT_ERRNO(unlock(words), EPERM);
    *words = getppid();
    EXPECT_ERRNO(unlock(words), EPERM);
}

TEST(a_waiter_sleeps_and_is_given_the_lock)
{
    words = shared_words();
    EXPECT_OK(lock(words));
    pid_t child = FORK({
        EXPECT_OK(lock(words));
        EXPECT_EQ(*words & FUTEX_TID_MASK, getpid());
        EXPECT_OK(unlock(words));
    });
    EXPECT_ASLEEP(child);
    EXPECT_EQ(*words, getpid() | (int)FUTEX_WAITERS);
    EXPECT_OK(unlock(words));
    EXPECT_EXIT(child, 0);
    EXPECT_EQ(*words & FUTEX_TID_MASK, 0);
}

TEST(the_timeout_is_absolute)
{
    words = shared_words();
    EXPECT_OK(lock(words));
    IN_CHILD({
        struct timespec t = ms_from_now(CLOCK_REALTIME, 50);
        EXPECT_ERRNO(futex(words, FUTEX_LOCK_PI, 0, &t, 0, 0), ETIMEDOUT);
        t = (struct timespec){ 1, 0 };
        EXPECT_ERRNO(futex(words, FUTEX_LOCK_PI, 0, &t, 0, 0), ETIMEDOUT);
        t = (struct timespec){ 0, 1000000000 };
        EXPECT_ERRNO(futex(words, FUTEX_LOCK_PI, 0, &t, 0, 0), EINVAL);
        // FUTEX_LOCK_PI2 takes the monotonic clock.
        t = ms_from_now(CLOCK_MONOTONIC, 50);
        EXPECT_ERRNO(futex(words, 13, 0, &t, 0, 0), ETIMEDOUT);
    });
}

TEST(many_processes_share_a_counter)
{
    words = shared_words();
    pid_t child[4];
    for (int i = 0; i < 4; i++)
        child[i] = FORK(for (int j = 0; j < 500; j++) {
            if (!__sync_bool_compare_and_swap(&words[0], 0, getpid()))
                EXPECT_OK(lock(&words[0]));
            words[1]++;
            if (!__sync_bool_compare_and_swap(&words[0], getpid(), 0))
                EXPECT_OK(unlock(&words[0]));
        });
    for (int i = 0; i < 4; i++)
        EXPECT_EXIT(child[i], 0);
    EXPECT_EQ(words[1], 2000);
}

TEST(a_plain_wait_operation_on_a_held_lock_is_refused)
{
    words = shared_words();
    EXPECT_OK(lock(words));
    pid_t child = FORK(EXPECT_OK(lock(words)); unlock(words));
    EXPECT_ASLEEP(child);
    EXPECT_ERRNO(futex_wake(words, 1), EINVAL);
    EXPECT_OK(unlock(words));
    EXPECT_EXIT(child, 0);
}

static pthread_mutex_t mutex;
static long counter;

static void *count(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
        counter++;
        EXPECT_EQ(pthread_mutex_unlock(&mutex), 0);
    }
    return arg;
}

TEST(pthread_mutexes_with_inheritance)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    EXPECT_EQ(pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT), 0);
    EXPECT_EQ(pthread_mutex_init(&mutex, &attr), 0);
    pthread_t thread[8];
    for (int i = 0; i < 8; i++)
        EXPECT_EQ(pthread_create(&thread[i], 0, count, 0), 0);
    for (int i = 0; i < 8; i++)
        EXPECT_EQ(pthread_join(thread[i], 0), 0);
    EXPECT_EQ(counter, 16000);
}
