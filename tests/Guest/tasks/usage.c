// getrusage(2), times(2), and what proc says about them.
#include "../support/task.h"
#include <sys/resource.h>
#include <sys/times.h>

static long cpu_ms(int who)
{
    struct rusage usage;
    EXPECT_OK(getrusage(who, &usage));
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void burn(long ms)
{
    struct timespec t;
    long start, now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    start = now = t.tv_sec * 1000 + t.tv_nsec / 1000000;
    while (now - start < ms) {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        now = t.tv_sec * 1000 + t.tv_nsec / 1000000;
    }
}

TEST(an_unknown_who_is_EINVAL)
{
    struct rusage usage;
    EXPECT_ERRNO(getrusage(2, &usage), EINVAL);
    EXPECT_ERRNO(getrusage(-2, &usage), EINVAL);
    EXPECT_ERRNO(syscall(SYS_getrusage, RUSAGE_SELF, 8), EFAULT);
}

TEST(cpu_time_grows_with_work)
{
    long before = cpu_ms(RUSAGE_SELF);
    burn(100);
    EXPECT_GE(cpu_ms(RUSAGE_SELF) - before, 80);
}

TEST(cpu_time_does_not_grow_in_sleep)
{
    long before = cpu_ms(RUSAGE_SELF);
    sleep_ms(200);
    EXPECT_LT(cpu_ms(RUSAGE_SELF) - before, 100);
}

TEST(children_count_when_they_are_reaped)
{
    EXPECT_EQ(cpu_ms(RUSAGE_CHILDREN), 0);
    pid_t child = FORK(burn(100));
    EXPECT_SOON(task_state(child) == 'Z');
    EXPECT_EQ(cpu_ms(RUSAGE_CHILDREN), 0);
    EXPECT_EXIT(child, 0);
    EXPECT_GE(cpu_ms(RUSAGE_CHILDREN), 80);
}

TEST(grandchildren_count_with_the_child)
{
    IN_CHILD(IN_CHILD(burn(60)));
    EXPECT_GE(cpu_ms(RUSAGE_CHILDREN), 50);
}

TEST(ignored_children_do_not_count)
{
    signal(SIGCHLD, SIG_IGN);
    pid_t child = FORK(burn(60));
    EXPECT_ERRNO(waitpid(child, 0, 0), ECHILD);
    EXPECT_LT(cpu_ms(RUSAGE_CHILDREN), 30);
}

static volatile long thread_ms, self_ms;

static int burn_in_thread(void *arg)
{
    (void)arg;
    burn(60);
    thread_ms = cpu_ms(RUSAGE_THREAD);
    self_ms = cpu_ms(RUSAGE_SELF);
    return 0;
}

TEST(a_thread_has_its_own_count_and_the_process_the_sum)
{
    burn(60);
    struct thread thread;
    spawn_thread(&thread, burn_in_thread, 0);
    join_thread(&thread);
    EXPECT_GE(thread_ms, 50);
    EXPECT_LT(thread_ms, self_ms);
    EXPECT_GE(cpu_ms(RUSAGE_SELF), 110);
    EXPECT_LT(cpu_ms(RUSAGE_THREAD), cpu_ms(RUSAGE_SELF));
}

TEST(the_largest_resident_size_grows)
{
    struct rusage before, after;
    EXPECT_OK(getrusage(RUSAGE_SELF, &before));
    char *p = mmap(0, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 1, 64 << 20);
    EXPECT_OK(getrusage(RUSAGE_SELF, &after));
    EXPECT_GE(after.ru_maxrss, before.ru_maxrss + 60000);
    munmap(p, 64 << 20);
    EXPECT_OK(getrusage(RUSAGE_SELF, &before));
    EXPECT_GE(before.ru_maxrss, after.ru_maxrss - 1000);
}

TEST(minor_faults_are_counted)
{
    struct rusage before, after;
    EXPECT_OK(getrusage(RUSAGE_SELF, &before));
    char *p = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < 256; i++)
        p[i * 4096] = 1;
    EXPECT_OK(getrusage(RUSAGE_SELF, &after));
    EXPECT_GE(after.ru_minflt, before.ru_minflt);
}

TEST(sleeps_are_voluntary_switches)
{
    struct rusage before, after;
    EXPECT_OK(getrusage(RUSAGE_SELF, &before));
    for (int i = 0; i < 10; i++)
        sleep_ms(2);
    EXPECT_OK(getrusage(RUSAGE_SELF, &after));
    EXPECT_GE(after.ru_nvcsw, before.ru_nvcsw + 10);
}

TEST(times_counts_in_clock_ticks)
{
    struct tms before, after;
    long ticks = sysconf(_SC_CLK_TCK), start = times(&before);
    EXPECT_EQ(ticks, 100);
    burn(100);
    long end = times(&after);
    EXPECT_GE(end - start, 9);
    EXPECT_GE(after.tms_utime + after.tms_stime - before.tms_utime - before.tms_stime, 8);
    EXPECT_EQ(after.tms_cutime, 0);
    IN_CHILD(burn(100));
    times(&after);
    EXPECT_GE(after.tms_cutime + after.tms_cstime, 8);
}

TEST(times_accepts_no_pointer)
{
    EXPECT_GT(syscall(SYS_times, 0), 0);
    EXPECT_ERRNO(syscall(SYS_times, 8), EFAULT);
}

TEST(the_process_clock_agrees_with_the_usage)
{
    burn(100);
    struct timespec t;
    EXPECT_OK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t));
    long ms = t.tv_sec * 1000 + t.tv_nsec / 1000000, usage = cpu_ms(RUSAGE_SELF);
    EXPECT_LT(labs(ms - usage), 40);
}
