// Calls about tasks, time and memory that no other family tries.
#include "../harness.h"
#include <linux/futex.h>
#include <linux/mempolicy.h>
#include <pthread.h>
#include <sys/timex.h>

// Newer than the headers of older distributions.
#ifndef FUTEX2_SIZE_U32
#define FUTEX2_SIZE_U32 2
#define FUTEX2_PRIVATE 128
#endif
#ifndef SYS_futex_requeue
#define SYS_futex_requeue 456
#endif

static void *sleeper(void *arg)
{
    (void)arg;
    pause();
    return 0;
}

TEST(exit_group_ends_every_thread)
{
    pid_t pid = FORK({
        pthread_t thread;
        EXPECT_EQ(pthread_create(&thread, 0, sleeper, 0), 0);
        syscall(SYS_exit_group, 5);
    });
    EXPECT_EXIT(pid, 5);
}

#define IOPRIO(CLASS, DATA) ((CLASS) << 13 | (DATA))

TEST(io_priorities_are_kept_and_inherited)
{
    EXPECT_OK(syscall(SYS_ioprio_set, 1, 0, IOPRIO(2, 6)));
    EXPECT_EQ(syscall(SYS_ioprio_get, 1, 0), IOPRIO(2, 6));
    IN_CHILD(EXPECT_EQ(syscall(SYS_ioprio_get, 1, 0), IOPRIO(2, 6)));
    EXPECT_ERRNO(syscall(SYS_ioprio_set, 1, 0, IOPRIO(5, 0)), EINVAL);
    EXPECT_ERRNO(syscall(SYS_ioprio_set, 9, 0, IOPRIO(2, 6)), EINVAL);
    EXPECT_ERRNO(syscall(SYS_ioprio_set, 1, 999999, IOPRIO(2, 6)), ESRCH);
    EXPECT_ERRNO(syscall(SYS_ioprio_get, 9, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_ioprio_get, 1, 999999), ESRCH);
}

TEST(adjtimex_tells_and_is_not_for_users_to_set)
{
    struct timex t = { 0 };
    EXPECT_GE(adjtimex(&t), 0);
    EXPECT_GT(t.tick, 0);
    EXPECT_ERRNO(syscall(SYS_adjtimex, BAD_ADDRESS), EFAULT);
    EXPECT_GE(clock_adjtime(CLOCK_REALTIME, &t), 0);
    EXPECT_ERRNO(clock_adjtime(CLOCK_MONOTONIC, &t), EOPNOTSUPP);
    EXPECT_ERRNO(syscall(SYS_clock_adjtime, CLOCK_REALTIME, BAD_ADDRESS), EFAULT);
    AS_USER(1234, 1234, {
        t.modes = ADJ_FREQUENCY;
        EXPECT_ERRNO(adjtimex(&t), EPERM);
    });
}

TEST(memory_policies_are_checked)
{
    int mode = -1;
    unsigned long nodes = 0;
    EXPECT_OK(syscall(SYS_get_mempolicy, &mode, 0, 0, 0, 0));
    EXPECT_EQ(mode, MPOL_DEFAULT);
    EXPECT_OK(syscall(SYS_set_mempolicy, MPOL_DEFAULT, 0, 0));
    EXPECT_ERRNO(syscall(SYS_set_mempolicy, 99, 0, 0), EINVAL);
    nodes = 1;
    EXPECT_ERRNO(syscall(SYS_set_mempolicy, MPOL_DEFAULT, &nodes, 64), EINVAL);
    char *p = EXPECT_OK((char *)mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_OK(syscall(SYS_mbind, p, 8192, MPOL_DEFAULT, 0, 0, 0));
    EXPECT_OK(syscall(SYS_mbind, p, 8192, MPOL_BIND, &nodes, 64, 0));
    EXPECT_ERRNO(syscall(SYS_mbind, p + 1, 4096, MPOL_DEFAULT, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_mbind, p, 8192, 99, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_set_mempolicy_home_node, p, 4096, 0, 1), EINVAL);
    EXPECT_ERRNO(syscall(SYS_set_mempolicy_home_node, p + 1, 4096, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_migrate_pages, 999999, 64, &nodes, &nodes), ESRCH);
}

TEST(pkey_calls_refuse_bad_keys)
{
    char *p = EXPECT_OK((char *)mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_ERRNO(syscall(SYS_pkey_alloc, 1, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_pkey_alloc, 0, 0xff), EINVAL);
    EXPECT_ERRNO(syscall(SYS_pkey_free, 77), EINVAL);
    EXPECT_ERRNO(syscall(SYS_pkey_mprotect, p, 4096, PROT_READ, 77), EINVAL);
    // Key -1 makes it a plain mprotect.
    EXPECT_OK(syscall(SYS_pkey_mprotect, p, 4096, PROT_READ, -1));
    EXPECT_SIGNALED(FORK(*(volatile char *)p = 1), SIGSEGV);
}

static uint32_t first, second = 7;

static void *wait_for_either(void *arg)
{
    struct futex_waitv list[2] = {
        { .val = 0, .uaddr = (uintptr_t)&first, .flags = FUTEX2_SIZE_U32 | FUTEX2_PRIVATE },
        { .val = 7, .uaddr = (uintptr_t)&second, .flags = FUTEX2_SIZE_U32 | FUTEX2_PRIVATE },
    };
    *(long *)arg = syscall(SYS_futex_waitv, list, 2, 0, 0, 0);
    return 0;
}

TEST(futex_waitv_tells_which_word_was_woken)
{
    long result = -2;
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, wait_for_either, &result), 0);
    EXPECT_SOON(syscall(SYS_futex, &second, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0) == 1);
    pthread_join(thread, 0);
    EXPECT_EQ(result, 1);
    struct futex_waitv bad = { .val = 1, .uaddr = (uintptr_t)&first, .flags = FUTEX2_SIZE_U32 };
    EXPECT_ERRNO(syscall(SYS_futex_waitv, &bad, 1, 0, 0, 0), EAGAIN);
    EXPECT_ERRNO(syscall(SYS_futex_waitv, &bad, 0, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_futex_waitv, &bad, 129, 0, 0, 0), EINVAL);
    bad.flags = 0x80000000;
    EXPECT_ERRNO(syscall(SYS_futex_waitv, &bad, 1, 0, 0, 0), EINVAL);
}

static void *wait_on_first(void *arg)
{
    syscall(SYS_futex, &first, FUTEX_WAIT_PRIVATE, 0, 0, 0, 0);
    *(volatile int *)arg = 1;
    return 0;
}

TEST(futex_requeue_moves_a_waiter)
{
    volatile int woken = 0;
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, wait_on_first, (void *)&woken), 0);
    struct futex_waitv pair[2] = {
        { .val = 0, .uaddr = (uintptr_t)&first, .flags = FUTEX2_SIZE_U32 | FUTEX2_PRIVATE },
        { .val = 7, .uaddr = (uintptr_t)&second, .flags = FUTEX2_SIZE_U32 | FUTEX2_PRIVATE },
    };
    EXPECT_SOON(syscall(SYS_futex_requeue, pair, 0, 0, 1) == 1);
    EXPECT_EQ(syscall(SYS_futex, &first, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0), 0);
    EXPECT_EQ(woken, 0);
    EXPECT_EQ(syscall(SYS_futex, &second, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0), 1);
    pthread_join(thread, 0);
    pair[0].val = 1;
    EXPECT_ERRNO(syscall(SYS_futex_requeue, pair, 0, 0, 1), EAGAIN);
    EXPECT_ERRNO(syscall(SYS_futex_requeue, pair, 1, 0, 1), EINVAL);
}
