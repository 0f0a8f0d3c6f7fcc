// Calls that are EINTR after any handler, and what is left of their time (signal(7)).
#include "../support/task.h"
#include "../support/wake.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/select.h>
#include <sys/sem.h>

static long ms_of(struct timespec t)
{
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

TEST(nanosleep_tells_what_is_left)
{
    struct timespec t = { 5, 0 }, left = { -1, -1 };
    EXPECT_INTERRUPTED(nanosleep(&t, &left), SA_RESTART);
    EXPECT_GT(ms_of(left), 3000);
    EXPECT_LT(ms_of(left), 5000);
    EXPECT_INTERRUPTED(nanosleep(&t, 0), 0);
}

TEST(the_rest_may_be_stored_over_the_request)
{
    struct timespec t = { 0, 100000000 };
    handle(SIGALRM, note, 0);
    alarm_ms(10, 10);
    long start = now_ms(), rounds = 0;
    while (nanosleep(&t, &t) == -1) {
        EXPECT_EQ(errno, EINTR);
        rounds++;
    }
    EXPECT_GE(now_ms() - start, 100);
    EXPECT_GE(rounds, 3);
}

TEST(clock_nanosleep_tells_what_is_left_if_relative)
{
    struct timespec t = { 5, 0 }, left = { -1, -1 };
    handle(SIGALRM, note, SA_RESTART);
    alarm_ms(20, 0);
    EXPECT_EQ(clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &left), EINTR);
    EXPECT_GT(ms_of(left), 3000);
    EXPECT_OK(clock_gettime(CLOCK_MONOTONIC, &t));
    t.tv_sec += 5;
    left.tv_sec = 77;
    alarm_ms(20, 0);
    EXPECT_EQ(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, &left), EINTR);
    EXPECT_EQ(left.tv_sec, 77);
}

TEST(poll_and_select)
{
    struct timespec t = { 5, 0 };
    struct timeval v = { 5, 0 };
    EXPECT_INTERRUPTED(poll(0, 0, 5000), SA_RESTART);
    EXPECT_INTERRUPTED(poll(0, 0, -1), SA_RESTART);
    EXPECT_INTERRUPTED(ppoll(0, 0, &t, 0), SA_RESTART);
    EXPECT_INTERRUPTED(select(0, 0, 0, 0, 0), SA_RESTART);
    EXPECT_INTERRUPTED(pselect(0, 0, 0, 0, &t, 0), SA_RESTART);
    EXPECT_INTERRUPTED(select(0, 0, 0, 0, &v), SA_RESTART);
    // The raw calls tell what is left.
    EXPECT_GT(v.tv_sec * 1000 + v.tv_usec / 1000, 3000);
    EXPECT_LT(v.tv_sec, 5);
    EXPECT_INTERRUPTED(syscall(SYS_ppoll, 0, 0, &t, 0, 8), SA_RESTART);
    EXPECT_LT(t.tv_sec, 5);
}

TEST(epoll_wait_too)
{
    struct epoll_event event;
    int fd = EXPECT_OK(epoll_create1(0));
    EXPECT_INTERRUPTED(epoll_wait(fd, &event, 1, -1), SA_RESTART);
    EXPECT_INTERRUPTED(epoll_wait(fd, &event, 1, 5000), SA_RESTART);
    EXPECT_INTERRUPTED(epoll_pwait(fd, &event, 1, 5000, 0), 0);
}

TEST(a_mask_for_the_call_holds_the_signal_back)
{
    struct epoll_event event;
    struct timespec t = { 0, 60000000 };
    sigset_t set = SET(SIGALRM);
    int fd = EXPECT_OK(epoll_create1(0));
    handle(SIGALRM, note, 0);
    alarm_ms(20, 0);
    EXPECT_EQ(ppoll(0, 0, &t, &set), 0);
    EXPECT_EQ(noted_count, 1);
    alarm_ms(20, 0);
    EXPECT_EQ(pselect(0, 0, 0, 0, &t, &set), 0);
    EXPECT_EQ(noted_count, 2);
    alarm_ms(20, 0);
    EXPECT_EQ(epoll_pwait(fd, &event, 1, 60, &set), 0);
    EXPECT_EQ(noted_count, 3);
    EXPECT_FALSE(is_blocked(SIGALRM));
}

TEST(a_mask_for_the_call_lets_a_blocked_signal_in)
{
    sigset_t none;
    sigemptyset(&none);
    handle(SIGUSR1, note, 0);
    block(SET(SIGUSR1));
    raise(SIGUSR1);
    struct timespec t = { 5, 0 };
    EXPECT_ERRNO(ppoll(0, 0, &t, &none), EINTR);
    EXPECT_EQ(noted, SIGUSR1);
    EXPECT_TRUE(is_blocked(SIGUSR1));
}

TEST(a_descriptor_that_is_ready_wins_over_a_pending_signal)
{
    sigset_t none;
    sigemptyset(&none);
    int fds[2];
    EXPECT_OK(pipe(fds));
    EXPECT_EQ(write(fds[1], "x", 1), 1);
    handle(SIGUSR1, note, 0);
    block(SET(SIGUSR1));
    raise(SIGUSR1);
    struct pollfd p = { fds[0], POLLIN, 0 };
    struct timespec t = { 5, 0 };
    // The call succeeds with its mask gone, so the signal stays pending.
    EXPECT_EQ(ppoll(&p, 1, &t, &none), 1);
    EXPECT_EQ(noted_count, 0);
    EXPECT_TRUE(is_pending(SIGUSR1));
}

TEST(futex_wait_with_a_timeout)
{
    volatile int *words = shared_words();
    struct timespec t = { 5, 0 };
    EXPECT_INTERRUPTED(syscall(SYS_futex, words, FUTEX_WAIT, 0, &t, 0, 0), 0);
    EXPECT_INTERRUPTED(syscall(SYS_futex, words, FUTEX_WAIT, 0, &t, 0, 0), SA_RESTART);
}

TEST(semaphores)
{
    int id = semget(IPC_PRIVATE, 1, 0600);
    if (id == -1 && errno == ENOSYS)
        SKIP("no System V semaphores");
    struct sembuf op = { 0, -1, 0 };
    struct timespec t = { 5, 0 };
    EXPECT_INTERRUPTED(semop(id, &op, 1), SA_RESTART);
    EXPECT_INTERRUPTED(semtimedop(id, &op, 1, &t), SA_RESTART);
    EXPECT_OK(semctl(id, 0, IPC_RMID));
}

TEST(pause_and_the_waits_for_signals)
{
    sigset_t none;
    sigemptyset(&none);
    EXPECT_INTERRUPTED(pause(), SA_RESTART);
    EXPECT_INTERRUPTED(sigsuspend(&none), SA_RESTART);
    EXPECT_INTERRUPTED(syscall(SYS_rt_sigtimedwait, &SET(SIGUSR1), 0, 0, 8), SA_RESTART);
}

TEST(ignored_signals_interrupt_nothing)
{
    int fds[2];
    char c;
    EXPECT_OK(pipe(fds));
    signal(SIGUSR1, SIG_IGN);
    pid_t parent = getpid(), child = FORK({
        for (int i = 0; i < 5; i++) {
            sleep_ms(5);
            kill(parent, SIGUSR1);
            kill(parent, SIGCHLD);
            kill(parent, SIGWINCH);
        }
        write(fds[1], "x", 1);
    });
    EXPECT_EQ(read(fds[0], &c, 1), 1);
    struct timespec t = { 0, 50000000 };
    EXPECT_OK(nanosleep(&t, 0));
    EXPECT_EXIT(child, 0);
}

// Stops and continues its parent after 20 ms.
static pid_t stopper(void)
{
    pid_t parent = getpid();
    return FORK({
        sleep_ms(20);
        kill(parent, SIGSTOP);
        sleep_ms(40);
        kill(parent, SIGCONT);
    });
}

TEST(a_stop_and_a_continue_without_handlers_are_invisible)
{
    char c;
    int fds[2];
    EXPECT_OK(pipe(fds));
    IN_CHILD({
        pid_t s = stopper();
        struct timespec t = { 0, 150000000 };
        long start = now_ms();
        EXPECT_OK(nanosleep(&t, &t));
        EXPECT_GE(now_ms() - start, 150);
        EXPECT_LT(now_ms() - start, 1500);
        EXPECT_EXIT(s, 0);
    });
    IN_CHILD({
        pid_t s = stopper();
        EXPECT_EQ(poll(0, 0, 120), 0);
        EXPECT_EXIT(s, 0);
    });
    IN_CHILD({
        pid_t s = stopper();
        pid_t w = FORK(sleep_ms(120); write(fds[1], "x", 1));
        EXPECT_EQ(read(fds[0], &c, 1), 1);
        EXPECT_EXIT(s, 0);
        EXPECT_EXIT(w, 0);
    });
    IN_CHILD({
        pid_t s = stopper();
        struct timeval t = { 0, 120000 };
        EXPECT_EQ(select(0, 0, 0, 0, &t), 0);
        EXPECT_EXIT(s, 0);
    });
    IN_CHILD({
        pid_t s = stopper();
        volatile int *words = shared_words();
        struct timespec t = { 0, 120000000 };
        EXPECT_ERRNO(syscall(SYS_futex, words, FUTEX_WAIT, 0, &t, 0, 0), ETIMEDOUT);
        EXPECT_EXIT(s, 0);
    });
}

TEST(a_stop_and_a_continue_end_epoll_wait)
{
    IN_CHILD({
        struct epoll_event event;
        int fd = EXPECT_OK(epoll_create1(0));
        pid_t s = stopper();
        EXPECT_ERRNO(epoll_wait(fd, &event, 1, 2000), EINTR);
        EXPECT_EXIT(s, 0);
    });
}
