// What the limits do when they are reached.
#include "../support/task.h"
#include <sys/resource.h>
#include <sys/socket.h>

static void limit(int resource, rlim_t soft, rlim_t hard)
{
    struct rlimit l = { soft, hard };
    EXPECT_OK(setrlimit(resource, &l));
}

static volatile int got, count;

static void on_signal(int number)
{
    got = number;
    count++;
}

TEST(descriptors_end_at_the_soft_limit)
{
    limit(RLIMIT_NOFILE, 10, 20);
    int last = -1, fd;
    while ((fd = dup(1)) != -1)
        last = fd;
    EXPECT_EQ(errno, EMFILE);
    EXPECT_EQ(last, 9);
    EXPECT_ERRNO(open("/dev/null", O_RDONLY), EMFILE);
    EXPECT_ERRNO(socket(AF_UNIX, SOCK_STREAM, 0), EMFILE);
    int fds[2];
    EXPECT_ERRNO(pipe(fds), EMFILE);
    EXPECT_ERRNO(dup2(1, 10), EBADF);
    EXPECT_ERRNO(fcntl(1, F_DUPFD, 10), EINVAL);
    EXPECT_ERRNO(fcntl(1, F_DUPFD, 9), EMFILE);
    close(9);
    EXPECT_ERRNO(pipe(fds), EMFILE);
    EXPECT_EQ(dup(1), 9);
}

TEST(descriptors_above_a_lowered_limit_stay_usable)
{
    EXPECT_EQ(dup2(1, 50), 50);
    limit(RLIMIT_NOFILE, 5, 5);
    EXPECT_OK(fcntl(50, F_GETFD));
    EXPECT_ERRNO(dup2(1, 50), EBADF);
    EXPECT_OK(close(50));
}

TEST(poll_counts_against_the_descriptor_limit)
{
    limit(RLIMIT_NOFILE, 5, 5);
    struct { int fd; short events, revents; } polls[6];
    memset(polls, 0xff, sizeof polls);
    EXPECT_ERRNO(syscall(SYS_poll, polls, 6, 0), EINVAL);
    EXPECT_EQ(syscall(SYS_poll, polls, 5, 0), 0);
}

TEST(a_write_beyond_the_file_size_is_SIGXFSZ)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    pid_t child = FORK({
        limit(RLIMIT_FSIZE, 1000, 1000);
        pwrite(fd, "x", 1, 1000);
    });
    EXPECT_SIGNALED(child, SIGXFSZ);
}

TEST(a_write_beyond_the_file_size_is_EFBIG_if_the_signal_is_handled)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    char block[600] = { 0 };
    limit(RLIMIT_FSIZE, 1000, 1000);
    signal(SIGXFSZ, on_signal);
    EXPECT_EQ(write(fd, block, 600), 600);
    // The part that fits, without a signal.
    EXPECT_EQ(write(fd, block, 600), 400);
    EXPECT_EQ(got, 0);
    EXPECT_ERRNO(write(fd, block, 1), EFBIG);
    EXPECT_EQ(got, SIGXFSZ);
    EXPECT_EQ(pwrite(fd, block, 10, 990), 10);
    signal(SIGXFSZ, SIG_IGN);
    EXPECT_ERRNO(write(fd, block, 1), EFBIG);
}

TEST(truncation_beyond_the_file_size_is_EFBIG)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    signal(SIGXFSZ, on_signal);
    limit(RLIMIT_FSIZE, 1000, 1000);
    EXPECT_ERRNO(ftruncate(fd, 1001), EFBIG);
    EXPECT_EQ(got, SIGXFSZ);
    EXPECT_OK(ftruncate(fd, 1000));
    EXPECT_ERRNO(truncate("f", 5000), EFBIG);
    EXPECT_EQ(count, 2);
    EXPECT_ERRNO(fallocate(fd, 0, 0, 2000), EFBIG);
    EXPECT_EQ(count, 3);
}

TEST(pipes_know_no_file_size)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    limit(RLIMIT_FSIZE, 0, 0);
    EXPECT_EQ(write(fds[1], "xyz", 3), 3);
}

TEST(cpu_time_beyond_the_soft_limit_is_SIGXCPU_each_second)
{
    signal(SIGXCPU, on_signal);
    limit(RLIMIT_CPU, 1, 10);
    while (count < 1)
        ;
    struct timespec t;
    EXPECT_OK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t));
    EXPECT_GE(t.tv_sec * 1000 + t.tv_nsec / 1000000, 800); // counted in ticks
    EXPECT_LT(t.tv_sec, 3);
}

TEST(cpu_time_beyond_the_hard_limit_is_SIGKILL)
{
    pid_t child = FORK({
        signal(SIGXCPU, SIG_IGN);
        limit(RLIMIT_CPU, 1, 1);
        for (;;)
            ;
    });
    EXPECT_SIGNALED(child, SIGKILL);
}

TEST(cpu_time_beyond_the_soft_limit_kills_by_default)
{
    pid_t child = FORK({
        limit(RLIMIT_CPU, 1, 10);
        for (;;)
            ;
    });
    EXPECT_SIGNALED(child, SIGXCPU);
}

TEST(processes_of_a_user_are_limited)
{
    AS_USER(54321, 54321, {
        limit(RLIMIT_NPROC, 3, 3);
        pid_t a = IDLE_CHILD();
        pid_t b = IDLE_CHILD();
        EXPECT_ERRNO(fork(), EAGAIN);
        EXPECT_ERRNO(syscall(SYS_clone, THREAD_FLAGS, 0, 0, 0, 0), EAGAIN);
        END_CHILD(a);
        IN_CHILD();
        END_CHILD(b);
    });
}

TEST(threads_count_as_processes_of_the_user)
{
    AS_USER(54322, 54322, {
        limit(RLIMIT_NPROC, 3, 3);
        struct thread a;
        struct thread b;
        spawn_thread(&a, (int (*)(void *))pause, 0);
        spawn_thread(&b, (int (*)(void *))pause, 0);
        EXPECT_ERRNO(fork(), EAGAIN);
    });
}

TEST(root_is_not_limited_in_processes)
{
    NEED_ROOT();
    limit(RLIMIT_NPROC, 0, 0);
    IN_CHILD();
}

TEST(pending_signals_are_limited)
{
    AS_USER(54323, 54323, {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGRTMIN);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, 0);
        limit(RLIMIT_SIGPENDING, 3, 3);
        union sigval value = { 0 };
        for (int i = 0; i < 3; i++)
            EXPECT_OK(sigqueue(getpid(), SIGRTMIN, value));
        EXPECT_ERRNO(sigqueue(getpid(), SIGRTMIN, value), EAGAIN);
        // A plain kill is never refused: the signal is pending, its information is lost.
        EXPECT_OK(kill(getpid(), SIGUSR1));
        siginfo_t info;
        struct timespec none = { 0, 0 };
        for (int i = 0; i < 4; i++)
            EXPECT_GT(sigtimedwait(&set, &info, &none), 0);
    });
}

TEST(a_core_is_not_written_with_a_limit_of_zero)
{
    limit(RLIMIT_CORE, 0, 0);
    pid_t child = FORK(abort());
    int status;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_FALSE(WCOREDUMP(status));
}

TEST(becoming_a_user_with_as_many_processes_as_allowed_lets_exec_go_on)
{
    NEED_ROOT();
    int first[2], second[2];
    EXPECT_OK(pipe(first));
    EXPECT_OK(pipe(second));
    limit(RLIMIT_NPROC, 1, 1);
    pid_t other = FORK({
        char c;
        EXPECT_OK(setresuid(54324, 54324, 54324));
        EXPECT_EQ(write(first[1], "x", 1), 1);
        close(second[1]);
        EXPECT_EQ(read(second[0], &c, 1), 0);
    });
    char c;
    EXPECT_EQ(read(first[0], &c, 1), 1);
    // Two processes of a user who may have one: noticed only where there were two before.
    IN_CHILD({
        EXPECT_OK(setresuid(54324, 54324, 54324));
        EXPECT_ERRNO(execl("/nonexistent", "x", (char *)0), ENOENT);
    });
    close(second[1]);
    EXPECT_EXIT(other, 0);
}
