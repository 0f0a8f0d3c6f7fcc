// Stopping and continuing processes.
#include "../support/signals.h"
#include "../support/task.h"

static volatile int *words;

static int stop_status(pid_t pid)
{
    int status;
    EXPECT_EQ(waitpid(pid, &status, WUNTRACED), pid);
    EXPECT_TRUE(WIFSTOPPED(status));
    return WSTOPSIG(status);
}

static void expect_continued(pid_t pid)
{
    int status;
    EXPECT_EQ(waitpid(pid, &status, WCONTINUED), pid);
    EXPECT_TRUE(WIFCONTINUED(status));
}

// Counts in the shared words; in a process group of its own, so that it is not orphaned.
static pid_t counter(void)
{
    words = shared_words();
    pid_t child = FORK(for (;;) words[0]++);
    EXPECT_OK(setpgid(child, child));
    EXPECT_SOON(words[0]);
    return child;
}

TEST(a_stopped_process_does_not_run)
{
    pid_t child = counter();
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(stop_status(child), SIGSTOP);
    EXPECT_EQ(task_state(child), 'T');
    int seen = words[0];
    sleep_ms(30);
    EXPECT_EQ(words[0], seen);
    EXPECT_OK(kill(child, SIGCONT));
    expect_continued(child);
    EXPECT_SOON(words[0] != seen);
    END_CHILD(child);
}

TEST(every_stop_signal_stops_and_is_told)
{
    static const int numbers[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };
    pid_t child = counter();
    for (int i = 0; i < 4; i++) {
        EXPECT_OK(kill(child, numbers[i]));
        EXPECT_EQ(stop_status(child), numbers[i]);
        EXPECT_OK(kill(child, SIGCONT));
        expect_continued(child);
    }
    END_CHILD(child);
}

TEST(an_orphaned_group_is_not_stopped_by_the_terminal_signals)
{
    // The group of the test has no parent in its session.
    words = shared_words();
    pid_t child = FORK(for (;;) words[0]++);
    EXPECT_SOON(words[0]);
    EXPECT_OK(kill(child, SIGTSTP));
    EXPECT_OK(kill(child, SIGTTIN));
    int seen = words[0];
    EXPECT_SOON(words[0] != seen);
    EXPECT_EQ(waitpid(child, 0, WUNTRACED | WNOHANG), 0);
    END_CHILD(child);
}

TEST(a_stopped_process_can_be_killed)
{
    pid_t child = counter();
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(stop_status(child), SIGSTOP);
    END_CHILD(child);
}

TEST(other_signals_wait_while_stopped)
{
    pid_t child = counter();
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(stop_status(child), SIGSTOP);
    EXPECT_OK(kill(child, SIGTERM));
    sleep_ms(20);
    EXPECT_EQ(waitpid(child, 0, WNOHANG), 0);
    EXPECT_OK(kill(child, SIGCONT));
    EXPECT_SIGNALED(child, SIGTERM);
}

TEST(a_handled_continue_runs_its_handler)
{
    words = shared_words();
    pid_t child = FORK({
        handle(SIGCONT, note, 0);
        words[0] = 1;
        EXPECT_SOON(noted == SIGCONT);
    });
    EXPECT_SOON(words[0]);
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(stop_status(child), SIGSTOP);
    EXPECT_OK(kill(child, SIGCONT));
    EXPECT_EXIT(child, 0);
}

TEST(a_blocked_or_ignored_continue_continues_all_the_same)
{
    words = shared_words();
    pid_t child = FORK({
        block(SET(SIGCONT));
        words[0] = 1;
        for (;;)
            words[1]++;
    });
    EXPECT_SOON(words[0]);
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(stop_status(child), SIGSTOP);
    EXPECT_OK(kill(child, SIGCONT));
    expect_continued(child);
    END_CHILD(child);
}

TEST(a_continue_discards_pending_stops)
{
    block(SET(SIGTSTP, SIGTTOU));
    raise(SIGTSTP);
    raise(SIGTTOU);
    EXPECT_TRUE(is_pending(SIGTSTP));
    raise(SIGCONT);
    EXPECT_FALSE(is_pending(SIGTSTP));
    EXPECT_FALSE(is_pending(SIGTTOU));
}

TEST(a_stop_discards_a_pending_continue)
{
    handle(SIGCONT, note, 0);
    block(SET(SIGCONT, SIGTSTP));
    raise(SIGCONT);
    EXPECT_TRUE(is_pending(SIGCONT));
    raise(SIGTSTP);
    EXPECT_FALSE(is_pending(SIGCONT));
    EXPECT_TRUE(is_pending(SIGTSTP));
}

TEST(a_handled_terminal_stop_does_not_stop)
{
    pid_t child = FORK({
        EXPECT_OK(setpgid(0, 0));
        handle(SIGTSTP, note, 0);
        raise(SIGTSTP);
        EXPECT_EQ(noted, SIGTSTP);
    });
    EXPECT_EXIT(child, 0);
}

static int count_up(void *arg)
{
    for (;;)
        words[(long)arg]++;
    return 0;
}

TEST(all_threads_stop_and_continue)
{
    words = shared_words();
    pid_t child = FORK({
        struct thread thread[3];
        for (long i = 0; i < 3; i++)
            spawn_thread(&thread[i], count_up, (void *)(i + 1));
        for (;;)
            words[0]++;
    });
    EXPECT_SOON(words[0] && words[1] && words[2] && words[3]);
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(stop_status(child), SIGSTOP);
    sleep_ms(5);
    int seen[4];
    for (int i = 0; i < 4; i++)
        seen[i] = words[i];
    sleep_ms(30);
    for (int i = 0; i < 4; i++)
        EXPECT_EQ(words[i], seen[i]);
    EXPECT_OK(kill(child, SIGCONT));
    for (int i = 0; i < 4; i++)
        EXPECT_SOON(words[i] != seen[i]);
    END_CHILD(child);
}

TEST(a_hundred_stops_and_continues)
{
    pid_t child = counter();
    for (int i = 0; i < 100; i++) {
        EXPECT_OK(kill(child, SIGSTOP));
        EXPECT_EQ(stop_status(child), SIGSTOP);
        EXPECT_OK(kill(child, SIGCONT));
        expect_continued(child);
    }
    END_CHILD(child);
}

TEST(a_group_is_stopped_as_a_whole)
{
    pid_t a = counter();
    volatile int *words_a = words;
    words = shared_words();
    pid_t b = FORK(for (;;) words[0]++);
    EXPECT_OK(setpgid(b, a));
    EXPECT_SOON(words[0]);
    EXPECT_OK(kill(-a, SIGTSTP));
    EXPECT_EQ(stop_status(a), SIGTSTP);
    EXPECT_EQ(stop_status(b), SIGTSTP);
    int seen_a = words_a[0], seen_b = words[0];
    sleep_ms(20);
    EXPECT_EQ(words_a[0], seen_a);
    EXPECT_EQ(words[0], seen_b);
    EXPECT_OK(kill(-a, SIGKILL));
    EXPECT_SIGNALED(a, SIGKILL);
    EXPECT_SIGNALED(b, SIGKILL);
}
