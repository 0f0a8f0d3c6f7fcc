// Signals to a process of several threads.
#include <semaphore.h>
#include "../support/signals.h"
#include "../support/task.h"
#include <pthread.h>

static volatile int ready, go;
static volatile pid_t handled_by[64];
static volatile int handled;

static void note_thread(int number)
{
    (void)number;
    handled_by[__atomic_fetch_add(&handled, 1, __ATOMIC_SEQ_CST) & 63] = (pid_t)syscall(SYS_gettid);
}

static void *wait_open(void *arg)
{
    *(volatile pid_t *)arg = (pid_t)syscall(SYS_gettid);
    unblock(SET(SIGUSR1));
    ready++;
    while (!go)
        sleep_ms(1);
    return 0;
}

static void *wait_closed(void *arg)
{
    *(volatile pid_t *)arg = (pid_t)syscall(SYS_gettid);
    ready++;
    while (!go)
        sleep_ms(1);
    return 0;
}

static pthread_t start(void *(*body)(void *), volatile pid_t *tid)
{
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, body, (void *)tid), 0);
    int wanted = ready + 1;
    EXPECT_SOON(ready >= wanted || *tid);
    EXPECT_SOON(*tid);
    return thread;
}

TEST(a_process_signal_goes_to_the_thread_that_lets_it_in)
{
    handle(SIGUSR1, note_thread, SA_RESTART);
    block(SET(SIGUSR1));
    volatile pid_t open = 0, closed = 0;
    pthread_t a = start(wait_closed, &closed), b = start(wait_open, &open);
    sleep_ms(5);
    for (int i = 1; i <= 20; i++) {
        EXPECT_OK(kill(getpid(), SIGUSR1));
        EXPECT_SOON(handled == i);
        EXPECT_EQ(handled_by[i - 1], open);
    }
    go = 1;
    EXPECT_EQ(pthread_join(a, 0), 0);
    EXPECT_EQ(pthread_join(b, 0), 0);
}

TEST(a_thread_signal_goes_to_that_thread)
{
    handle(SIGUSR1, note_thread, SA_RESTART);
    volatile pid_t tid[3] = { 0 };
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        thread[i] = start(wait_open, &tid[i]);
    for (int i = 0; i < 30; i++) {
        EXPECT_OK(syscall(SYS_tgkill, getpid(), tid[i % 3], SIGUSR1));
        EXPECT_SOON(handled == i + 1);
        EXPECT_EQ(handled_by[i], tid[i % 3]);
    }
    go = 1;
    for (int i = 0; i < 3; i++)
        EXPECT_EQ(pthread_join(thread[i], 0), 0);
}

TEST(a_thread_signal_waits_for_its_thread_alone)
{
    handle(SIGUSR1, note_thread, 0);
    block(SET(SIGUSR1));
    volatile pid_t tid = 0;
    pthread_t thread = start(wait_closed, &tid);
    EXPECT_OK(syscall(SYS_tgkill, getpid(), tid, SIGUSR1));
    unblock(SET(SIGUSR1));
    EXPECT_FALSE(is_pending(SIGUSR1));
    sleep_ms(5);
    EXPECT_EQ(handled, 0);
    go = 1;
    EXPECT_EQ(pthread_join(thread, 0), 0);
}

TEST(a_process_signal_blocked_by_all_is_taken_by_the_first_to_unblock)
{
    handle(SIGUSR1, note_thread, 0);
    block(SET(SIGUSR1));
    EXPECT_OK(kill(getpid(), SIGUSR1));
    EXPECT_TRUE(is_pending(SIGUSR1));
    volatile pid_t tid = 0;
    pthread_t thread = start(wait_open, &tid);
    EXPECT_SOON(handled == 1);
    EXPECT_EQ(handled_by[0], tid);
    EXPECT_FALSE(is_pending(SIGUSR1));
    go = 1;
    EXPECT_EQ(pthread_join(thread, 0), 0);
}

TEST(the_main_thread_is_preferred)
{
    handle(SIGUSR1, note_thread, SA_RESTART);
    volatile pid_t tid = 0;
    pthread_t thread = start(wait_open, &tid);
    for (int i = 0; i < 10; i++)
        EXPECT_OK(kill(getpid(), SIGUSR1));
    EXPECT_EQ(handled, 10);
    EXPECT_EQ(handled_by[9], getpid());
    go = 1;
    EXPECT_EQ(pthread_join(thread, 0), 0);
}

static void *inherit(void *arg)
{
    *(volatile int *)arg = is_blocked(SIGUSR1) + 2 * is_blocked(SIGUSR2) + 4 * is_pending(SIGTERM);
    return 0;
}

TEST(a_new_thread_inherits_the_mask_but_nothing_pending)
{
    block(SET(SIGUSR1, SIGTERM));
    raise(SIGTERM);
    volatile int seen = -1;
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, inherit, (void *)&seen), 0);
    EXPECT_EQ(pthread_join(thread, 0), 0);
    EXPECT_EQ(seen, 1);
}

static __thread volatile int own_fault;

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    own_fault++;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void *fault_often(void *arg)
{
    for (int i = 0; i < 500; i++)
        __asm__ volatile("mov %%al, (%0)" ::"r"(8l) : "memory");
    return (void *)(long)(own_fault == 500 && arg == 0);
}

TEST(each_thread_handles_its_own_faults)
{
    handle_info(SIGSEGV, on_fault, 0);
    pthread_t thread[4];
    for (int i = 0; i < 4; i++)
        EXPECT_EQ(pthread_create(&thread[i], 0, fault_often, 0), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        EXPECT_EQ(pthread_join(thread[i], &result), 0);
        EXPECT_EQ(result, 1);
    }
    EXPECT_EQ(own_fault, 0);
}

static int fds[2];

static void *read_pipe(void *arg)
{
    char c;
    *(volatile pid_t *)arg = (pid_t)syscall(SYS_gettid);
    return (void *)(long)(read(fds[0], &c, 1) == -1 ? errno : 0);
}

TEST(only_the_interrupted_thread_gets_EINTR)
{
    EXPECT_OK(pipe(fds));
    handle(SIGUSR1, note_thread, 0);
    volatile pid_t a = 0, b = 0;
    pthread_t one = start(read_pipe, &a), two = start(read_pipe, &b);
    EXPECT_SOON(task_state(a) == 'S' && task_state(b) == 'S');
    EXPECT_OK(syscall(SYS_tgkill, getpid(), a, SIGUSR1));
    void *result;
    EXPECT_EQ(pthread_join(one, &result), 0);
    EXPECT_EQ(result, EINTR);
    EXPECT_EQ(write(fds[1], "x", 1), 1);
    EXPECT_EQ(pthread_join(two, &result), 0);
    EXPECT_EQ(result, 0);
}

TEST(pthread_cancel_ends_a_sleeping_thread)
{
    EXPECT_OK(pipe(fds));
    volatile pid_t tid = 0;
    for (int i = 0; i < 10; i++) {
        tid = 0;
        pthread_t thread = start(read_pipe, &tid);
        EXPECT_EQ(pthread_cancel(thread), 0);
        void *result;
        EXPECT_EQ(pthread_join(thread, &result), 0);
        EXPECT_EQ(result, PTHREAD_CANCELED);
    }
}

static void *spin(void *arg)
{
    (void)arg;
    unblock(SET(SIGUSR1));
    ready++;
    while (!go)
        ;
    return 0;
}

TEST(a_thread_that_makes_no_calls_is_interrupted)
{
    handle(SIGUSR1, note_thread, 0);
    block(SET(SIGUSR1));
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, spin, 0), 0);
    EXPECT_SOON(ready);
    for (int i = 1; i <= 50; i++) {
        EXPECT_EQ(pthread_kill(thread, SIGUSR1), 0);
        EXPECT_SOON(handled == i);
    }
    go = 1;
    EXPECT_EQ(pthread_join(thread, 0), 0);
}

// A thread that both signals may go to sleeps; another one, which may take only the first and runs, is on its way to it.
static sem_t taken;
static volatile int is_over;

static void count(int signal)
{
    (void)signal;
    sem_post(&taken);
}

static void *take(void *arg)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i <= (int)(intptr_t)arg; i++)
        sigaddset(&set, SIGRTMIN + i);
    pthread_sigmask(SIG_UNBLOCK, &set, 0);
    while (!is_over)
        if (arg)
            pause();
    return 0;
}

TEST(a_signal_on_its_way_to_one_thread_keeps_no_other_from_a_thread_that_sleeps)
{
    sigset_t all;
    sigfillset(&all);
    EXPECT_EQ(pthread_sigmask(SIG_SETMASK, &all, 0), 0);
    struct sigaction action = { .sa_handler = count, .sa_mask = all };
    EXPECT_OK(sigaction(SIGRTMIN, &action, 0));
    EXPECT_OK(sigaction(SIGRTMIN + 1, &action, 0));
    EXPECT_OK(sem_init(&taken, 0, 0));
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        EXPECT_EQ(pthread_create(&threads[i], 0, take, (void *)(intptr_t)i), 0);
    for (int round = 0; round < 30; round++) {
        struct timespec limit;
        sleep_ms(1); // the second one sleeps again, most times
        EXPECT_OK(clock_gettime(CLOCK_REALTIME, &limit));
        limit.tv_sec += 20;
        EXPECT_OK(kill(getpid(), SIGRTMIN));
        EXPECT_OK(kill(getpid(), SIGRTMIN + 1));
        for (int i = 0; i < 2; i++)
            if (sem_timedwait(&taken, &limit))
                FAIL("round %d: a signal that a thread lets in was not taken", round);
    }
    is_over = 1;
    for (int i = 0; i < 2; i++) {
        // The last one to look before it sleeps must not miss its signal, so that it is sent until it is gone.
        struct timespec soon;
        do {
            pthread_kill(threads[i], SIGRTMIN);
            EXPECT_OK(clock_gettime(CLOCK_REALTIME, &soon));
            soon.tv_nsec += soon.tv_nsec < 990000000 ? 10000000 : 0;
        } while (pthread_timedjoin_np(threads[i], 0, &soon));
    }
}
