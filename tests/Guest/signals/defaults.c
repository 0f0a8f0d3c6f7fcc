// What signals do by default, and those that cannot be held off.
#include "../support/signals.h"
#include "../support/task.h"
#include <sys/resource.h>
#include <sys/socket.h>

static void no_core(void)
{
    struct rlimit limit = { 0, 0 };
    EXPECT_OK(setrlimit(RLIMIT_CORE, &limit));
}

TEST(most_signals_kill)
{
    static const int numbers[] = { SIGHUP, SIGINT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGPOLL, SIGPROF,
                                   SIGVTALRM, SIGSTKFLT, SIGPWR, SIGKILL };
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        pid_t child = FORK(raise(numbers[i]));
        EXPECT_SIGNALED(child, numbers[i]);
    }
}

TEST(some_signals_kill_with_a_core)
{
    static const int numbers[] = { SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS };
    no_core();
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        pid_t child = FORK(raise(numbers[i]));
        EXPECT_SIGNALED(child, numbers[i]);
    }
}

TEST(some_signals_do_nothing)
{
    raise(SIGCHLD);
    raise(SIGURG);
    raise(SIGWINCH);
    raise(SIGCONT);
}

TEST(a_write_to_a_pipe_without_reader_is_SIGPIPE)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    close(fds[0]);
    pid_t child = FORK(write(fds[1], "x", 1));
    EXPECT_SIGNALED(child, SIGPIPE);
    signal(SIGPIPE, SIG_IGN);
    EXPECT_ERRNO(write(fds[1], "x", 1), EPIPE);
    handle_info(SIGPIPE, note_info, 0);
    EXPECT_ERRNO(write(fds[1], "x", 1), EPIPE);
    EXPECT_EQ(noted, SIGPIPE);
    EXPECT_EQ(noted_info.si_code, SI_USER);
    EXPECT_EQ(noted_info.si_pid, getpid());
}

TEST(a_send_to_a_closed_socket_is_SIGPIPE_unless_asked_not_to)
{
    int fds[2];
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    close(fds[0]);
    handle(SIGPIPE, note, 0);
    EXPECT_ERRNO(send(fds[1], "x", 1, MSG_NOSIGNAL), EPIPE);
    EXPECT_EQ(noted_count, 0);
    EXPECT_ERRNO(send(fds[1], "x", 1, 0), EPIPE);
    EXPECT_EQ(noted_count, 1);
}

TEST(a_blocked_SIGPIPE_is_pending_for_the_thread)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    close(fds[0]);
    block(SET(SIGPIPE));
    EXPECT_ERRNO(write(fds[1], "x", 1), EPIPE);
    EXPECT_TRUE(is_pending(SIGPIPE));
}

static void fault(void)
{
    __asm__ volatile("movl $1, (%0)" ::"r"(8l) : "memory");
}

TEST(a_blocked_fault_kills_even_with_a_handler)
{
    no_core();
    handle(SIGSEGV, note, 0);
    block(SET(SIGSEGV));
    pid_t child = FORK(fault());
    EXPECT_SIGNALED(child, SIGSEGV);
    child = FORK(__asm__ volatile("ud2"));
    EXPECT_SIGNALED(child, SIGILL);
}

TEST(an_ignored_fault_kills)
{
    no_core();
    signal(SIGSEGV, SIG_IGN);
    pid_t child = FORK(fault());
    EXPECT_SIGNALED(child, SIGSEGV);
    // But one that is sent is ignored.
    raise(SIGSEGV);
    EXPECT_OK(kill(getpid(), SIGSEGV));
}

static void fault_again(int number)
{
    note(number);
    fault();
}

TEST(a_fault_in_its_own_handler_kills)
{
    no_core();
    handle(SIGSEGV, fault_again, 0);
    pid_t child = FORK(fault());
    EXPECT_SIGNALED(child, SIGSEGV);
}

static void fault_three_times(int number)
{
    (void)number;
    if (++noted_count < 3)
        fault();
    _exit(noted_count);
}

TEST(with_nodefer_it_is_handled_again)
{
    handle(SIGSEGV, fault_three_times, SA_NODEFER);
    pid_t child = FORK(fault());
    EXPECT_EXIT(child, 3);
}

TEST(a_handler_that_returns_meets_the_fault_again)
{
    handle(SIGSEGV, note, SA_RESETHAND);
    no_core();
    pid_t child = FORK(fault());
    EXPECT_SIGNALED(child, SIGSEGV);
}

TEST(abort_kills_though_handled_ignored_or_blocked)
{
    no_core();
    signal(SIGABRT, SIG_IGN);
    pid_t child = FORK(abort());
    EXPECT_SIGNALED(child, SIGABRT);
    handle(SIGABRT, note, 0);
    child = FORK(abort());
    EXPECT_SIGNALED(child, SIGABRT);
    block(SET(SIGABRT));
    child = FORK(abort());
    EXPECT_SIGNALED(child, SIGABRT);
}

TEST(nobody_survives_SIGKILL)
{
    volatile int *words = shared_words();
    pid_t child = FORK({
        for (int i = 1; i < 65; i++)
            signal(i, SIG_IGN);
        sigset_t all;
        sigfillset(&all);
        block(all);
        words[0] = 1;
        for (;;)
            ;
    });
    EXPECT_SOON(words[0]);
    END_CHILD(child);
}

TEST(a_process_in_any_sleep_can_be_killed)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    volatile int *words = shared_words();
    char c;
    pid_t child[5];
    child[0] = FORK(read(fds[0], &c, 1));
    child[1] = FORK(syscall(SYS_futex, words, FUTEX_WAIT, 0, 0, 0, 0));
    child[2] = FORK(sleep_ms(100000));
    child[3] = FORK(pause());
    child[4] = FORK(if (vfork() == 0) { kill(getppid(), SIGKILL); _exit(0); });
    sleep_ms(20);
    for (int i = 0; i < 4; i++)
        END_CHILD(child[i]);
    EXPECT_SIGNALED(child[4], SIGKILL);
}
