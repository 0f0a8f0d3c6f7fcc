// fork(2): what the child has and has not.
#include "../support/task.h"
#include <pthread.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/times.h>

TEST(fork_returns_twice)
{
    volatile int *words = shared_words();
    pid_t child = FORK(words[0] = getpid(), words[1] = getppid());
    EXPECT_NE(child, getpid());
    EXPECT_EXIT(child, 0);
    EXPECT_EQ(words[0], child);
    EXPECT_EQ(words[1], getpid());
}

TEST(the_exit_code_has_eight_bits)
{
    pid_t child = FORK(_exit(0x1ff));
    EXPECT_EXIT(child, 0xff);
    child = FORK(_exit(-1));
    EXPECT_EXIT(child, 255);
    child = FORK(_exit(256));
    EXPECT_EXIT(child, 0);
}

TEST(descriptors_share_their_position)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    EXPECT_EQ(write(fd, "0123456789", 10), 10);
    EXPECT_OK(lseek(fd, 2, SEEK_SET));
    IN_CHILD({
        char c;
        EXPECT_EQ(read(fd, &c, 1), 1);
        EXPECT_EQ(c, '2');
        EXPECT_OK(fcntl(fd, F_SETFL, O_APPEND));
    });
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 3);
    EXPECT_TRUE(fcntl(fd, F_GETFL) & O_APPEND);
}

TEST(the_descriptor_table_is_a_copy)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    IN_CHILD({
        EXPECT_OK(close(fd));
        EXPECT_EQ(dup(1), fd);
        EXPECT_OK(fcntl(fd, F_SETFD, FD_CLOEXEC));
    });
    EXPECT_EQ(fcntl(fd, F_GETFD), 0);
    EXPECT_EQ(write(fd, "x", 1), 1);
}

TEST(directory_and_umask_are_copies)
{
    EXPECT_OK(mkdir("d", 0755));
    umask(027);
    IN_CHILD({
        EXPECT_EQ(umask(077), 027);
        EXPECT_OK(chdir("d"));
    });
    EXPECT_EQ(umask(022), 027);
    EXPECT_OK(access("d", F_OK));
}

TEST(the_signal_mask_is_inherited)
{
    sigset_t set, got;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 3);
    EXPECT_OK(sigprocmask(SIG_SETMASK, &set, 0));
    IN_CHILD({
        EXPECT_OK(sigprocmask(SIG_SETMASK, 0, &got));
        EXPECT_TRUE(sigismember(&got, SIGUSR1));
        EXPECT_TRUE(sigismember(&got, SIGRTMIN + 3));
        EXPECT_FALSE(sigismember(&got, SIGUSR2));
    });
}

TEST(pending_signals_are_not_inherited)
{
    sigset_t set, got;
    sigfillset(&set);
    EXPECT_OK(sigprocmask(SIG_SETMASK, &set, 0));
    EXPECT_OK(raise(SIGUSR1));
    EXPECT_OK(kill(getpid(), SIGUSR2));
    IN_CHILD({
        EXPECT_OK(sigpending(&got));
        EXPECT_FALSE(sigismember(&got, SIGUSR1));
        EXPECT_FALSE(sigismember(&got, SIGUSR2));
    });
    EXPECT_OK(sigpending(&got));
    EXPECT_TRUE(sigismember(&got, SIGUSR1));
    EXPECT_TRUE(sigismember(&got, SIGUSR2));
}

static void on_signal(int number)
{
    (void)number;
}

TEST(handlers_are_inherited)
{
    struct sigaction action;
    signal(SIGUSR1, on_signal);
    signal(SIGUSR2, SIG_IGN);
    IN_CHILD({
        EXPECT_OK(sigaction(SIGUSR1, 0, &action));
        EXPECT_EQ(action.sa_handler, on_signal);
        EXPECT_OK(sigaction(SIGUSR2, 0, &action));
        EXPECT_EQ(action.sa_handler, SIG_IGN);
        signal(SIGUSR1, SIG_DFL);
    });
    EXPECT_OK(sigaction(SIGUSR1, 0, &action));
    EXPECT_EQ(action.sa_handler, on_signal);
}

TEST(alarms_and_timers_are_not_inherited)
{
    struct itimerval timer = { { 0, 0 }, { 100, 0 } }, got;
    EXPECT_OK(setitimer(ITIMER_REAL, &timer, 0));
    EXPECT_OK(setitimer(ITIMER_VIRTUAL, &timer, 0));
    timer_t id;
    struct sigevent event = { .sigev_notify = SIGEV_NONE };
    EXPECT_OK(timer_create(CLOCK_MONOTONIC, &event, &id));
    IN_CHILD({
        EXPECT_OK(getitimer(ITIMER_REAL, &got));
        EXPECT_EQ(got.it_value.tv_sec, 0);
        EXPECT_OK(getitimer(ITIMER_VIRTUAL, &got));
        EXPECT_EQ(got.it_value.tv_sec, 0);
        EXPECT_EQ(alarm(0), 0);
        struct itimerspec spec;
        EXPECT_ERRNO(syscall(SYS_timer_gettime, 0, &spec), EINVAL);
    });
    EXPECT_GT(alarm(0), 90);
}

TEST(cpu_time_of_the_child_starts_at_zero)
{
    volatile unsigned x = 0;
    struct tms t;
    do {
        for (int i = 0; i < 1000000; i++)
            x += i;
        times(&t);
    } while (t.tms_utime + t.tms_stime < 10);
    IN_CHILD({
        struct tms c;
        times(&c);
        EXPECT_LE(c.tms_utime + c.tms_stime, 3);
        EXPECT_EQ(c.tms_cutime + c.tms_cstime, 0);
    });
}

TEST(limits_and_niceness_and_name_are_inherited)
{
    struct rlimit limit = { 123, 456 }, got;
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
    EXPECT_OK(setpriority(PRIO_PROCESS, 0, 3));
    EXPECT_OK(prctl(PR_SET_NAME, "my name"));
    IN_CHILD({
        char name[16];
        EXPECT_OK(getrlimit(RLIMIT_NOFILE, &got));
        EXPECT_EQ(got.rlim_cur, 123);
        EXPECT_EQ(got.rlim_max, 456);
        EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 3);
        EXPECT_OK(prctl(PR_GET_NAME, name));
        EXPECT_STREQ(name, "my name");
    });
}

static void *wait_forever(void *arg)
{
    (void)arg;
    pause();
    return 0;
}

TEST(only_the_forking_thread_is_in_the_child)
{
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, wait_forever, 0), 0);
    IN_CHILD({
        struct dirent *entry;
        int tasks = 0;
        DIR *dir = opendir("/proc/self/task");
        while ((entry = readdir(dir)))
            tasks += entry->d_name[0] != '.';
        EXPECT_EQ(tasks, 1);
        EXPECT_EQ(syscall(SYS_gettid), getpid());
    });
}

static void *fork_in_thread(void *arg)
{
    volatile int *words = arg;
    words[0] = (int)syscall(SYS_gettid);
    IN_CHILD(words[1] = getppid(), words[2] = getpid() == syscall(SYS_gettid));
    return 0;
}

TEST(the_child_of_a_thread_is_a_child_of_the_process)
{
    volatile int *words = shared_words();
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, fork_in_thread, (void *)words), 0);
    EXPECT_EQ(pthread_join(thread, 0), 0);
    EXPECT_NE(words[0], getpid());
    EXPECT_EQ(words[1], getpid());
    EXPECT_EQ(words[2], 1);
}

TEST(group_and_session_are_inherited)
{
    IN_CHILD({
        EXPECT_EQ(getpgrp(), getppid());
        EXPECT_EQ(getsid(0), getppid());
    });
}
