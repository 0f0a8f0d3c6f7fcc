// clone3(2).
#include "../support/task.h"
#include <poll.h>

static long clone3(struct clone_args *args, size_t size)
{
    long pid = syscall(SYS_clone3, args, size);
    if (pid == 0)
        _exit(7);
    return pid;
}

static void refused(struct clone_args args, int number)
{
    EXPECT_ERRNO(clone3(&args, sizeof args), number);
}

TEST(a_plain_clone3_is_a_fork)
{
    struct clone_args args = { .exit_signal = SIGCHLD };
    EXPECT_EXIT((pid_t)EXPECT_OK(clone3(&args, sizeof args)), 7);
}

TEST(the_first_version_of_the_structure_is_enough)
{
    struct clone_args args = { .exit_signal = SIGCHLD };
    EXPECT_EXIT((pid_t)EXPECT_OK(clone3(&args, CLONE_ARGS_SIZE_VER0)), 7);
    EXPECT_EXIT((pid_t)EXPECT_OK(clone3(&args, CLONE_ARGS_SIZE_VER1)), 7);
}

TEST(a_smaller_structure_is_EINVAL)
{
    struct clone_args args = { .exit_signal = SIGCHLD };
    EXPECT_ERRNO(clone3(&args, 0), EINVAL);
    EXPECT_ERRNO(clone3(&args, CLONE_ARGS_SIZE_VER0 - 1), EINVAL);
}

TEST(a_larger_structure_must_be_zero_at_its_end)
{
    struct { struct clone_args args; long more[4]; } big = { .args.exit_signal = SIGCHLD };
    EXPECT_EXIT((pid_t)EXPECT_OK(clone3(&big.args, sizeof big)), 7);
    big.more[3] = 1;
    EXPECT_ERRNO(clone3(&big.args, sizeof big), E2BIG);
    EXPECT_ERRNO(clone3(&big.args, 4097), E2BIG);
}

TEST(a_bad_pointer_is_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_clone3, 8, sizeof(struct clone_args)), EFAULT);
    EXPECT_ERRNO(syscall(SYS_clone3, 0, sizeof(struct clone_args)), EFAULT);
}

TEST(unknown_flags_are_EINVAL)
{
    refused((struct clone_args){ .flags = 1ull << 40, .exit_signal = SIGCHLD }, EINVAL);
    refused((struct clone_args){ .flags = 0x00400000 /* CLONE_DETACHED */, .exit_signal = SIGCHLD }, EINVAL);
    // The byte that holds the exit signal in clone(2).
    refused((struct clone_args){ .flags = SIGCHLD, .exit_signal = SIGCHLD }, EINVAL);
}

TEST(an_impossible_exit_signal_is_EINVAL)
{
    refused((struct clone_args){ .exit_signal = 65 }, EINVAL);
    refused((struct clone_args){ .exit_signal = 256 }, EINVAL);
    refused((struct clone_args){ .exit_signal = ~0ull }, EINVAL);
}

TEST(a_thread_or_sibling_with_an_exit_signal_is_EINVAL)
{
    refused((struct clone_args){ .flags = THREAD_FLAGS, .exit_signal = SIGCHLD }, EINVAL);
    refused((struct clone_args){ .flags = CLONE_PARENT, .exit_signal = SIGCHLD }, EINVAL);
}

TEST(a_stack_and_its_size_go_together)
{
    refused((struct clone_args){ .stack = (uintptr_t)new_stack(), .exit_signal = SIGCHLD }, EINVAL);
    refused((struct clone_args){ .stack_size = STACK_SIZE, .exit_signal = SIGCHLD }, EINVAL);
    refused((struct clone_args){ .stack = 1ull << 62, .stack_size = 4096, .exit_signal = SIGCHLD }, EINVAL);
}

TEST(the_stack_is_given_by_its_lowest_address)
{
    char *stack = new_stack();
    struct clone_args args = { .flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD,
                               .stack = (uintptr_t)stack, .stack_size = STACK_SIZE };
    static long sp; // not on the stack, whose pointer differs
    long pid;
    // The child stores its stack pointer and leaves without touching the stack.
    __asm__ volatile("syscall; test %%rax, %%rax; jnz 1f; mov %%rsp, %1; mov $5, %%edi; mov $60, %%eax; syscall; 1:"
                     : "=a"(pid), "=m"(sp)
                     : "0"(SYS_clone3), "D"(&args), "S"(sizeof args)
                     : "rcx", "r11", "memory");
    EXPECT_GT(pid, 0);
    EXPECT_EXIT((pid_t)pid, 5);
    EXPECT_EQ(sp, (long)(stack + STACK_SIZE));
}

TEST(cleared_handlers_become_default_but_ignored_stay)
{
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, harness_on_alarm);
    struct clone_args args = { .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) {
        struct sigaction action;
        sigaction(SIGUSR1, 0, &action);
        int code = action.sa_handler == SIG_IGN;
        sigaction(SIGUSR2, 0, &action);
        _exit(code && action.sa_handler == SIG_DFL ? 3 : 4);
    }
    EXPECT_EXIT((pid_t)EXPECT_OK(pid), 3);
    refused((struct clone_args){ .flags = CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD },
            EINVAL);
}

TEST(a_pidfd_comes_with_the_child)
{
    int fd = -1;
    struct clone_args args = { .flags = CLONE_PIDFD, .pidfd = (uintptr_t)&fd, .exit_signal = SIGCHLD };
    long pid = EXPECT_OK(clone3(&args, sizeof args));
    EXPECT_GE(fd, 3);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    struct pollfd p = { fd, POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_TRUE(p.revents & POLLIN);
    siginfo_t info;
    EXPECT_OK(waitid(P_PIDFD, fd, &info, WEXITED));
    EXPECT_EQ(info.si_pid, pid);
    EXPECT_EQ(info.si_status, 7);
}

TEST(a_pidfd_that_cannot_be_stored_is_EFAULT_and_there_is_no_child)
{
    refused((struct clone_args){ .flags = CLONE_PIDFD, .pidfd = 8, .exit_signal = SIGCHLD }, EFAULT);
    EXPECT_ERRNO(waitpid(-1, 0, 0), ECHILD);
}

TEST(a_chosen_pid_that_exists_is_EEXIST)
{
    NEED_ROOT();
    pid_t tid = getpid();
    refused((struct clone_args){ .set_tid = (uintptr_t)&tid, .set_tid_size = 1, .exit_signal = SIGCHLD }, EEXIST);
}

TEST(a_chosen_pid_is_given)
{
    NEED_ROOT();
    pid_t tid = dead_pid();
    struct clone_args args = { .set_tid = (uintptr_t)&tid, .set_tid_size = 1, .exit_signal = SIGCHLD };
    long pid = clone3(&args, sizeof args);
    if (pid == -1 && errno == EEXIST)
        SKIP("the number was taken meanwhile");
    EXPECT_EQ(pid, tid);
    EXPECT_EXIT(tid, 7);
}

TEST(chosen_pids_have_rules)
{
    NEED_ROOT();
    pid_t tid = 0;
    struct clone_args args = { .set_tid = (uintptr_t)&tid, .set_tid_size = 1, .exit_signal = SIGCHLD };
    refused(args, EINVAL);
    tid = -5;
    refused(args, EINVAL);
    tid = 0x7fffffff;
    refused(args, EINVAL);
    args.set_tid_size = 40;
    refused(args, EINVAL);
    args = (struct clone_args){ .set_tid_size = 1, .exit_signal = SIGCHLD };
    refused(args, EINVAL);
    args = (struct clone_args){ .set_tid = (uintptr_t)&tid, .exit_signal = SIGCHLD };
    refused(args, EINVAL);
    AS_USER(1000, 1000, {
        pid_t free_pid = 12345;
        refused((struct clone_args){ .set_tid = (uintptr_t)&free_pid, .set_tid_size = 1, .exit_signal = SIGCHLD }, EPERM);
    });
}

TEST(pids_are_chosen_in_each_namespace)
{
    NEED_ROOT();
    // Its init needs no /proc.
    if (unshare(CLONE_NEWPID) == -1)
        SKIP("needs a pid namespace: %s", harness_errno_name(errno));
    pid_t tids[3] = { 2, 0, 0 };
    struct clone_args args = { .set_tid = (uintptr_t)tids, .set_tid_size = 1, .exit_signal = SIGCHLD };
    // The first can only be 1.
    refused(args, EINVAL);
    tids[0] = 1;
    tids[1] = getpid();
    args.set_tid_size = 2;
    refused(args, EEXIST);
    args.set_tid_size = 33;
    refused(args, EINVAL);
    tids[1] = 31111;
    args.set_tid_size = 2;
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0) {
        EXPECT_EQ(getpid(), 1);
        tids[0] = 77;
        args.set_tid_size = 1;
        EXPECT_EXIT((pid_t)EXPECT_OK(clone3(&args, sizeof args)), 7);
        EXPECT_EQ(waitpid(-1, 0, 0), -1);
        _exit(0);
    }
    if (pid == -1 && errno == EEXIST)
        SKIP("the number was taken");
    EXPECT_EQ(pid, 31111);
    EXPECT_EXIT((pid_t)pid, 0);
}

TEST(a_cgroup_descriptor_that_is_none_is_EBADF)
{
    refused((struct clone_args){ .flags = CLONE_INTO_CGROUP, .cgroup = 999, .exit_signal = SIGCHLD }, EBADF);
    refused((struct clone_args){ .cgroup = 1ull << 40, .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD }, EINVAL);
}
