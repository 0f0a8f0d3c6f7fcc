// execve(2) by a process of several threads.
#include "../support/exec.h"
#include "../support/task.h"
#include <pthread.h>

static volatile int *words;
static char pid_text[16];
static const char *program = SELF;

ROLE(expect_alone)
{
    REQUIRE(getpid() == atoi(argv[2]));
    REQUIRE(syscall(SYS_gettid) == getpid());
    struct dirent *entry;
    int tasks = 0;
    DIR *dir = opendir("/proc/self/task");
    while ((entry = readdir(dir)))
        tasks += entry->d_name[0] != '.';
    REQUIRE(tasks == 1);
    _exit(21);
}

static void *spin(void *arg)
{
    for (;;)
        words[(long)arg]++;
    return 0;
}

static void *sleep_forever(void *arg)
{
    char c;
    for (;;)
        read((int)(long)arg, &c, 1);
    return 0;
}

static void *exec_now(void *arg)
{
    sleep_ms((long)arg);
    execl(program, "role", "@expect_alone", pid_text, (char *)0);
    _exit(1);
}

static void start(void *(*body)(void *), long arg)
{
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, body, (void *)arg), 0);
}

static void note_pid(void)
{
    snprintf(pid_text, sizeof pid_text, "%d", getpid());
}

TEST(the_other_threads_are_gone)
{
    words = shared_words();
    int fds[2];
    EXPECT_OK(pipe(fds));
    pid_t child = FORK({
        note_pid();
        for (long i = 0; i < 3; i++)
            start(spin, i);
        for (long i = 0; i < 3; i++)
            start(sleep_forever, fds[0]);
        EXPECT_SOON(words[0] && words[1] && words[2]);
        exec_now(0);
    });
    EXPECT_EXIT(child, 21);
    int seen = words[0];
    sleep_ms(10);
    EXPECT_EQ(words[0], seen);
}

TEST(a_thread_that_executes_takes_the_pid_of_the_process)
{
    pid_t child = FORK({
        note_pid();
        start(exec_now, 0);
        for (;;)
            pause();
    });
    EXPECT_EXIT(child, 21);
}

TEST(it_does_so_while_the_leader_runs)
{
    words = shared_words();
    pid_t child = FORK({
        note_pid();
        start(exec_now, 10);
        spin(0);
    });
    EXPECT_EXIT(child, 21);
}

TEST(it_does_so_after_the_leader_ended)
{
    // A leader that ended has no executable: /proc/self leads to it.
    copy_self("prog", 0755);
    program = "prog";
    pid_t child = FORK({
        note_pid();
        start(exec_now, 30);
        syscall(SYS_exit, 5);
    });
    EXPECT_EXIT(child, 21);
}

TEST(two_threads_that_execute_at_once_leave_one)
{
    for (int i = 0; i < 10; i++) {
        pid_t child = FORK({
            note_pid();
            start(exec_now, 2);
            start(exec_now, 2);
            exec_now((void *)2);
        });
        EXPECT_EXIT(child, 21);
    }
}

static void *exec_nothing(void *arg)
{
    execl("/no/such/file", "x", (char *)0);
    words[1] = errno;
    return arg;
}

TEST(a_failed_exec_leaves_all_threads)
{
    words = shared_words();
    start(spin, 0);
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, exec_nothing, 0), 0);
    EXPECT_EQ(pthread_join(thread, 0), 0);
    EXPECT_EQ(words[1], ENOENT);
    int seen = words[0];
    EXPECT_SOON(words[0] != seen);
}

TEST(the_parent_sees_nothing_of_it)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
    pid_t child = FORK({
        note_pid();
        for (long i = 0; i < 4; i++)
            start(sleep_forever, -1);
        start(exec_now, 0);
        for (;;)
            pause();
    });
    siginfo_t info;
    struct timespec t = { 5, 0 };
    EXPECT_EQ(sigtimedwait(&set, &info, &t), SIGCHLD);
    EXPECT_EQ(info.si_pid, child);
    EXPECT_EQ(info.si_status, 21);
    EXPECT_EXIT(child, 21);
    t.tv_sec = 0;
    EXPECT_ERRNO(sigtimedwait(&set, &info, &t), EAGAIN);
}

TEST(a_hundred_threads_die_at_exec)
{
    words = shared_words();
    pid_t child = FORK({
        note_pid();
        for (long i = 0; i < 100; i++)
            start(i % 10 ? sleep_forever : spin, i % 10 ? -1 : i / 10);
        exec_now(0);
    });
    EXPECT_EXIT(child, 21);
}

ROLE(live_on)
{
    sleep_ms(3000);
    _exit(22);
}

// Whatever watches over the end of the threads lets go of the new program.
TEST(the_new_program_lives_on)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    pid_t child = FORK({
        start(sleep_forever, fds[0]);
        start(sleep_forever, fds[0]);
        sleep_ms(20);
        EXEC_ROLE(live_on);
    });
    EXPECT_EXIT(child, 22);
}
