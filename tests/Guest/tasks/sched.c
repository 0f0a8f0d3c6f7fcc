// sched_*(2), getcpu(2).
#include "../support/caps.h"
#include "../support/task.h"
#include <sys/resource.h>

// <linux/sched/types.h> does not go together with the C library's header.
struct sched_attr {
    uint32_t size, sched_policy;
    uint64_t sched_flags;
    int32_t sched_nice;
    uint32_t sched_priority;
    uint64_t sched_runtime, sched_deadline, sched_period;
    uint32_t sched_util_min, sched_util_max;
};

TEST(the_default_policy_is_other)
{
    struct sched_param param = { 99 };
    EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER);
    EXPECT_OK(sched_getparam(0, &param));
    EXPECT_EQ(param.sched_priority, 0);
}

TEST(priority_ranges_are_fixed)
{
    EXPECT_EQ(sched_get_priority_min(SCHED_OTHER), 0);
    EXPECT_EQ(sched_get_priority_max(SCHED_OTHER), 0);
    EXPECT_EQ(sched_get_priority_min(SCHED_FIFO), 1);
    EXPECT_EQ(sched_get_priority_max(SCHED_FIFO), 99);
    EXPECT_EQ(sched_get_priority_max(SCHED_RR), 99);
    EXPECT_EQ(sched_get_priority_max(SCHED_BATCH), 0);
    EXPECT_EQ(sched_get_priority_max(SCHED_IDLE), 0);
    EXPECT_ERRNO(sched_get_priority_max(77), EINVAL);
    EXPECT_ERRNO(sched_get_priority_min(-1), EINVAL);
}

TEST(batch_and_idle_are_for_everyone)
{
    AS_USER(1000, 1000, {
        struct sched_param param = { 0 };
        EXPECT_OK(sched_setscheduler(0, SCHED_BATCH, &param));
        EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
        EXPECT_OK(sched_setscheduler(0, SCHED_IDLE, &param));
        EXPECT_EQ(sched_getscheduler(0), SCHED_IDLE);
        IN_CHILD(EXPECT_EQ(sched_getscheduler(0), SCHED_IDLE));
    });
}

TEST(real_time_without_privilege_is_EPERM)
{
    AS_USER(1000, 1000, {
        struct rlimit none = { 0, 0 };
        EXPECT_OK(setrlimit(RLIMIT_RTPRIO, &none));
        struct sched_param param = { 1 };
        EXPECT_ERRNO(sched_setscheduler(0, SCHED_FIFO, &param), EPERM);
        EXPECT_ERRNO(sched_setscheduler(0, SCHED_RR, &param), EPERM);
    });
}

TEST(real_time_with_privilege)
{
    NEED_CAP(SYS_NICE);
    struct sched_param param = { 5 };
    if (sched_setscheduler(0, SCHED_RR, &param) == -1)
        SKIP("no real-time time for this cgroup");
    EXPECT_EQ(sched_getscheduler(0), SCHED_RR);
    param.sched_priority = 0;
    EXPECT_OK(sched_getparam(0, &param));
    EXPECT_EQ(param.sched_priority, 5);
    param.sched_priority = 7;
    EXPECT_OK(sched_setparam(0, &param));
    IN_CHILD(EXPECT_EQ(sched_getscheduler(0), SCHED_RR));
    EXPECT_OK(sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param));
    EXPECT_EQ(sched_getscheduler(0), SCHED_RR | SCHED_RESET_ON_FORK);
    IN_CHILD(EXPECT_EQ(sched_getscheduler(0), SCHED_OTHER));
    param.sched_priority = 0;
    EXPECT_OK(sched_setscheduler(0, SCHED_OTHER, &param));
}

TEST(bad_policies_and_priorities_are_EINVAL)
{
    struct sched_param param = { 0 };
    EXPECT_ERRNO(sched_setscheduler(0, 77, &param), EINVAL);
    EXPECT_ERRNO(sched_setscheduler(0, -1, &param), EINVAL);
    EXPECT_ERRNO(sched_setscheduler(0, SCHED_FIFO, &param), EINVAL);
    param.sched_priority = 1;
    EXPECT_ERRNO(sched_setscheduler(0, SCHED_OTHER, &param), EINVAL);
    EXPECT_ERRNO(sched_setparam(0, &param), EINVAL);
    param.sched_priority = 100;
    EXPECT_ERRNO(sched_setscheduler(0, SCHED_FIFO, &param), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_setscheduler, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_getparam, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_getparam, 0, 8), EFAULT);
    EXPECT_ERRNO(sched_setscheduler(-1, SCHED_OTHER, &param), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_getscheduler, -1), EINVAL);
}

TEST(no_such_process_is_ESRCH)
{
    struct sched_param param = { 0 };
    struct timespec t;
    pid_t pid = dead_pid();
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    EXPECT_ERRNO(sched_getscheduler(pid), ESRCH);
    EXPECT_ERRNO(sched_setscheduler(pid, SCHED_OTHER, &param), ESRCH);
    EXPECT_ERRNO(sched_getparam(pid, &param), ESRCH);
    EXPECT_ERRNO(sched_rr_get_interval(pid, &t), ESRCH);
    EXPECT_ERRNO(sched_getaffinity(pid, sizeof set, &set), ESRCH);
    EXPECT_ERRNO(sched_setaffinity(pid, sizeof set, &set), ESRCH);
}

TEST(the_interval_of_other_is_told)
{
    struct timespec t = { -1, -1 };
    EXPECT_OK(sched_rr_get_interval(0, &t));
    EXPECT_EQ(t.tv_sec, 0);
    EXPECT_GE(t.tv_nsec, 0);
    EXPECT_LT(t.tv_nsec, 1000000000);
    EXPECT_ERRNO(sched_rr_get_interval(-1, &t), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_rr_get_interval, 0, 8), EFAULT);
}

TEST(yield_succeeds)
{
    for (int i = 0; i < 100; i++)
        EXPECT_OK(sched_yield());
}

TEST(the_raw_affinity_call_returns_the_bytes_written)
{
    unsigned long mask[16] = { 0 };
    long n = EXPECT_OK(syscall(SYS_sched_getaffinity, 0, sizeof mask, mask));
    EXPECT_GE(n, 8);
    EXPECT_EQ(n % 8, 0);
    EXPECT_NE(mask[0] | mask[1], 0);
    EXPECT_ERRNO(syscall(SYS_sched_getaffinity, 0, 7, mask), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_getaffinity, 0, 0, mask), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_getaffinity, 0, 129, mask), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_getaffinity, 0, sizeof mask, 8), EFAULT);
}

static int first_cpu(void)
{
    cpu_set_t set;
    EXPECT_OK(sched_getaffinity(0, sizeof set, &set));
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set))
            return i;
    FAIL("no processor at all");
}

TEST(a_task_bound_to_a_processor_runs_there)
{
    cpu_set_t set, got;
    int cpu = first_cpu();
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    EXPECT_OK(sched_setaffinity(0, sizeof set, &set));
    EXPECT_OK(sched_getaffinity(0, sizeof got, &got));
    EXPECT_TRUE(CPU_EQUAL(&set, &got));
    EXPECT_EQ(sched_getcpu(), cpu);
    IN_CHILD({
        EXPECT_OK(sched_getaffinity(0, sizeof got, &got));
        EXPECT_EQ(CPU_COUNT(&got), 1);
        EXPECT_EQ(sched_getcpu(), cpu);
    });
}

TEST(an_affinity_without_a_usable_processor_is_EINVAL)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    EXPECT_ERRNO(sched_setaffinity(0, sizeof set, &set), EINVAL);
    CPU_SET(CPU_SETSIZE - 1, &set);
    EXPECT_ERRNO(sched_setaffinity(0, sizeof set, &set), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_setaffinity, 0, 128, 8), EFAULT);
}

TEST(somebody_elses_affinity_is_EPERM)
{
    NEED_ROOT();
    pid_t child = IDLE_CHILD();
    AS_USER(1000, 1000, {
        cpu_set_t set;
        EXPECT_OK(sched_getaffinity(child, sizeof set, &set));
        EXPECT_ERRNO(sched_setaffinity(child, sizeof set, &set), EPERM);
        struct sched_param param = { 0 };
        EXPECT_ERRNO(sched_setscheduler(child, SCHED_BATCH, &param), EPERM);
    });
    END_CHILD(child);
}

TEST(getcpu_names_a_processor)
{
    unsigned cpu = -1, node = -1;
    EXPECT_OK(syscall(SYS_getcpu, &cpu, &node, 0));
    EXPECT_LT(cpu, 4096);
    EXPECT_LT(node, 64);
    EXPECT_OK(syscall(SYS_getcpu, 0, 0, 0));
    EXPECT_ERRNO(syscall(SYS_getcpu, 8, 0, 0), EFAULT);
}

TEST(getattr_and_setattr)
{
    struct sched_attr attr = { 0 };
    EXPECT_OK(syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0));
    EXPECT_GE(attr.size, 48);
    EXPECT_EQ(attr.sched_policy, SCHED_OTHER);
    attr.sched_nice = 4;
    EXPECT_OK(syscall(SYS_sched_setattr, 0, &attr, 0));
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 4);
    EXPECT_ERRNO(syscall(SYS_sched_setattr, 0, &attr, 1), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_setattr, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_getattr, 0, &attr, 47, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_getattr, 0, &attr, 4097, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 1), EINVAL);
    attr.sched_policy = 77;
    EXPECT_ERRNO(syscall(SYS_sched_setattr, 0, &attr, 0), EINVAL);
    attr.size = 20;
    EXPECT_ERRNO(syscall(SYS_sched_setattr, 0, &attr, 0), E2BIG);
    EXPECT_GE(attr.size, 48);
}
