// The locks of the C library under eight threads.
#include "../harness.h"
#include <pthread.h>
#include <semaphore.h>

#define THREADS 8

static void in_threads(void *(*body)(void *))
{
    pthread_t thread[THREADS];
    for (long i = 0; i < THREADS; i++)
        EXPECT_EQ(pthread_create(&thread[i], 0, body, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        EXPECT_EQ(pthread_join(thread[i], 0), 0);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *count_locked(void *arg)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

TEST(a_mutex_keeps_a_counter)
{
    in_threads(count_locked);
    EXPECT_EQ(counter, THREADS * 20000);
}

static pthread_mutex_t recursive;

static void *count_recursively(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        for (int j = 0; j < 5; j++)
            pthread_mutex_lock(&recursive);
        counter++;
        for (int j = 0; j < 5; j++)
            pthread_mutex_unlock(&recursive);
    }
    return arg;
}

TEST(a_recursive_mutex_keeps_a_counter)
{
    pthread_mutexattr_t attr;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    EXPECT_EQ(pthread_mutex_init(&recursive, &attr), 0);
    in_threads(count_recursively);
    EXPECT_EQ(counter, THREADS * 2000);
}

static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER, not_full = PTHREAD_COND_INITIALIZER;
static long queue[16], queued, taken_sum, taken;

static void *produce_or_consume(void *arg)
{
    long self = (long)arg;
    for (int i = 0; i < 3000; i++) {
        pthread_mutex_lock(&mutex);
        if (self % 2) {
            while (queued == 16)
                pthread_cond_wait(&not_full, &mutex);
            queue[queued++] = i;
            pthread_cond_signal(&not_empty);
        } else {
            while (queued == 0)
                pthread_cond_wait(&not_empty, &mutex);
            taken_sum += queue[--queued];
            taken++;
            pthread_cond_signal(&not_full);
        }
        pthread_mutex_unlock(&mutex);
    }
    return 0;
}

TEST(condition_variables_carry_a_queue)
{
    in_threads(produce_or_consume);
    EXPECT_EQ(taken, THREADS / 2 * 3000);
    EXPECT_EQ(taken_sum, THREADS / 2 * (2999l * 3000 / 2));
    EXPECT_EQ(queued, 0);
}

static pthread_cond_t turn_changed = PTHREAD_COND_INITIALIZER;
static long turn;

static void *take_turns(void *arg)
{
    for (int i = 0; i < 300; i++) {
        pthread_mutex_lock(&mutex);
        while (turn % THREADS != (long)arg)
            pthread_cond_wait(&turn_changed, &mutex);
        turn++;
        pthread_cond_broadcast(&turn_changed);
        pthread_mutex_unlock(&mutex);
    }
    return 0;
}

TEST(a_broadcast_wakes_all)
{
    in_threads(take_turns);
    EXPECT_EQ(turn, THREADS * 300);
}

static pthread_barrier_t barrier;
static long phase[THREADS];

static void *walk_together(void *arg)
{
    long self = (long)arg;
    for (int i = 0; i < 500; i++) {
        phase[self] = i;
        pthread_barrier_wait(&barrier);
        for (int j = 0; j < THREADS; j++)
            EXPECT_EQ(phase[j], i);
        pthread_barrier_wait(&barrier);
    }
    return 0;
}

TEST(a_barrier_holds_everyone)
{
    EXPECT_EQ(pthread_barrier_init(&barrier, 0, THREADS), 0);
    in_threads(walk_together);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static volatile long left_side, right_side;

static void *read_and_write(void *arg)
{
    for (int i = 0; i < 5000; i++) {
        if (i % 10 == (long)arg) {
            pthread_rwlock_wrlock(&rwlock);
            left_side++;
            right_side++;
            pthread_rwlock_unlock(&rwlock);
        } else {
            pthread_rwlock_rdlock(&rwlock);
            EXPECT_EQ(left_side, right_side);
            pthread_rwlock_unlock(&rwlock);
        }
    }
    return 0;
}

TEST(readers_never_see_a_half_written_pair)
{
    in_threads(read_and_write);
    EXPECT_EQ(left_side, THREADS * 500);
}

static sem_t semaphore;
static volatile int inside, most;

static void *enter(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        while (sem_wait(&semaphore) == -1)
            EXPECT_EQ(errno, EINTR);
        int now = __atomic_add_fetch(&inside, 1, __ATOMIC_SEQ_CST);
        EXPECT_LE(now, 3);
        if (now > most)
            most = now;
        __atomic_sub_fetch(&inside, 1, __ATOMIC_SEQ_CST);
        EXPECT_OK(sem_post(&semaphore));
    }
    return arg;
}

TEST(a_semaphore_lets_three_in)
{
    EXPECT_OK(sem_init(&semaphore, 0, 3));
    in_threads(enter);
    int value;
    EXPECT_OK(sem_getvalue(&semaphore, &value));
    EXPECT_EQ(value, 3);
    EXPECT_GE(most, 1);
}

TEST(a_semaphore_between_processes)
{
    sem_t *shared = EXPECT_OK((sem_t *)mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    EXPECT_OK(sem_init(shared, 1, 0));
    EXPECT_OK(sem_init(shared + 1, 1, 0));
    pid_t child = FORK(for (int i = 0; i < 2000; i++) {
        EXPECT_OK(sem_wait(shared));
        EXPECT_OK(sem_post(shared + 1));
    });
    for (int i = 0; i < 2000; i++) {
        EXPECT_OK(sem_post(shared));
        EXPECT_OK(sem_wait(shared + 1));
    }
    EXPECT_EXIT(child, 0);
}

TEST(timed_waits_time_out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += 30000000;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    EXPECT_OK(sem_init(&semaphore, 0, 0));
    EXPECT_ERRNO(sem_timedwait(&semaphore, &t), ETIMEDOUT);
    EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
    EXPECT_EQ(pthread_cond_timedwait(&not_empty, &mutex, &t), ETIMEDOUT);
    EXPECT_EQ(pthread_mutex_unlock(&mutex), 0);
    IN_CHILD(EXPECT_EQ(pthread_mutex_timedlock(&mutex, &t), 0));
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void count_once(void)
{
    counter++;
}

static void *do_once(void *arg)
{
    EXPECT_EQ(pthread_once(&once, count_once), 0);
    EXPECT_EQ(counter, 1);
    return arg;
}

TEST(once_is_once)
{
    in_threads(do_once);
    EXPECT_EQ(counter, 1);
}
