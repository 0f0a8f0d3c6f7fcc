// clone(2): what each flag shares, and the combinations refused.
#include "../support/task.h"

static long raw_clone(unsigned long flags)
{
    return syscall(SYS_clone, flags, 0, 0, 0, 0);
}

static void refused(unsigned long flags, int number)
{
    errno = 0;
    long pid = raw_clone(flags);
    if (pid == 0)
        _exit(0);
    EXPECT_EQ(pid, -1);
    EXPECT_EQ(errno, number);
}

TEST(a_thread_without_shared_handlers_is_EINVAL)
{
    refused(CLONE_THREAD | CLONE_VM, EINVAL);
    refused(CLONE_THREAD, EINVAL);
}

TEST(shared_handlers_without_shared_memory_is_EINVAL)
{
    refused(CLONE_SIGHAND | SIGCHLD, EINVAL);
    refused(CLONE_THREAD | CLONE_SIGHAND, EINVAL);
}

TEST(a_new_mount_namespace_with_a_shared_directory_is_EINVAL)
{
    refused(CLONE_NEWNS | CLONE_FS | SIGCHLD, EINVAL);
    refused(CLONE_NEWUSER | CLONE_FS | SIGCHLD, EINVAL);
}

TEST(a_thread_in_a_new_pid_or_user_namespace_is_EINVAL)
{
    refused(THREAD_FLAGS | CLONE_NEWPID, EINVAL);
    refused((THREAD_FLAGS & ~CLONE_FS) | CLONE_NEWUSER, EINVAL);
}

TEST(a_new_ipc_namespace_with_shared_semaphores_is_EINVAL)
{
    NEED_ROOT();
    refused(CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD, EINVAL);
}

TEST(a_pidfd_and_a_parent_tid_in_one_word_is_EINVAL)
{
    int word = 0;
    long pid = syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, 0, &word, 0, 0);
    if (pid == 0)
        _exit(0);
    EXPECT_EQ(pid, -1);
    EXPECT_EQ(errno, EINVAL);
}

TEST(a_pidfd_with_detached_is_EINVAL)
{
    refused(CLONE_PIDFD | 0x00400000 | SIGCHLD, EINVAL);
}

TEST(new_namespaces_need_privilege)
{
    AS_USER(1000, 1000, {
        refused(CLONE_NEWUTS | SIGCHLD, EPERM);
        refused(CLONE_NEWPID | SIGCHLD, EPERM);
        refused(CLONE_NEWNS | SIGCHLD, EPERM);
    });
}

static int close_fd_three(void *arg)
{
    (void)arg;
    close(3);
    return 0;
}

TEST(clone_files_shares_the_descriptor_table)
{
    EXPECT_EQ(dup2(1, 3), 3);
    EXPECT_EXIT(spawn(SIGCHLD, close_fd_three, 0), 0);
    EXPECT_OK(fcntl(3, F_GETFD));
    EXPECT_EXIT(spawn(CLONE_FILES | SIGCHLD, close_fd_three, 0), 0);
    EXPECT_ERRNO(fcntl(3, F_GETFD), EBADF);
}

static int change_directory_and_umask(void *arg)
{
    umask(077);
    return chdir(arg);
}

TEST(clone_fs_shares_directory_and_umask)
{
    EXPECT_OK(mkdir("d", 0755));
    EXPECT_OK(mkdir("d/inner", 0755));
    EXPECT_EXIT(spawn(SIGCHLD, change_directory_and_umask, "d"), 0);
    EXPECT_ERRNO(access("inner", F_OK), ENOENT);
    EXPECT_EXIT(spawn(CLONE_FS | SIGCHLD, change_directory_and_umask, "d"), 0);
    EXPECT_OK(access("inner", F_OK));
    EXPECT_EQ(umask(022), 077);
}

static int ignore_usr1(void *arg)
{
    (void)arg;
    signal(SIGUSR1, SIG_IGN);
    return 0;
}

TEST(clone_sighand_shares_the_dispositions)
{
    struct sigaction action;
    EXPECT_EXIT(spawn(CLONE_VM | SIGCHLD, ignore_usr1, 0), 0);
    EXPECT_OK(sigaction(SIGUSR1, 0, &action));
    EXPECT_EQ(action.sa_handler, SIG_DFL);
    EXPECT_EXIT(spawn(CLONE_VM | CLONE_SIGHAND | SIGCHLD, ignore_usr1, 0), 0);
    EXPECT_OK(sigaction(SIGUSR1, 0, &action));
    EXPECT_EQ(action.sa_handler, SIG_IGN);
}

static int tell_parent(void *arg)
{
    *(volatile int *)arg = getppid();
    return 5;
}

TEST(clone_parent_makes_a_sibling)
{
    volatile int *words = shared_words();
    IN_CHILD({
        words[1] = spawn(CLONE_PARENT | SIGCHLD, tell_parent, (void *)words);
        EXPECT_ERRNO(waitpid(words[1], 0, 0), ECHILD);
    });
    EXPECT_EXIT(words[1], 5);
    EXPECT_EQ(words[0], getpid());
}

TEST(parent_settid_stores_before_the_call_returns)
{
    pid_t tid = 0;
    long pid = syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, 0, &tid, 0, 0);
    if (pid == 0)
        _exit(tid == 0 ? 0 : 1); // the child's copy of the memory is older
    EXPECT_EQ(tid, pid);
    EXPECT_EXIT((pid_t)pid, 0);
}

TEST(child_settid_stores_in_the_memory_of_the_child_only)
{
    volatile pid_t tid = 0;
    long pid = syscall(SYS_clone, CLONE_CHILD_SETTID | SIGCHLD, 0, 0, &tid, 0);
    if (pid == 0)
        _exit(tid == getpid() ? 0 : 1);
    EXPECT_OK(pid);
    EXPECT_EXIT((pid_t)pid, 0);
    EXPECT_EQ(tid, 0);
}

TEST(a_bad_parent_tid_pointer_does_not_stop_clone)
{
    long pid = syscall(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, 0, 1, 0, 0);
    if (pid == 0)
        _exit(0);
    EXPECT_OK(pid);
    EXPECT_EXIT((pid_t)pid, 0);
}

static volatile int got_signal;

static void on_signal(int number)
{
    got_signal = number;
}

static int end_now(void *arg)
{
    return (int)(long)arg;
}

TEST(the_exit_signal_can_be_another_one)
{
    signal(SIGUSR2, on_signal);
    signal(SIGCHLD, on_signal);
    pid_t child = spawn(SIGUSR2, end_now, (void *)6);
    int status;
    EXPECT_SOON(got_signal);
    EXPECT_EQ(got_signal, SIGUSR2);
    // Such a child is waited for with __WCLONE or __WALL only.
    EXPECT_ERRNO(waitpid(child, &status, 0), ECHILD);
    EXPECT_EQ(waitpid(child, &status, __WCLONE), child);
    EXPECT_EQ(WEXITSTATUS(status), 6);
}

TEST(without_an_exit_signal_none_is_sent)
{
    signal(SIGCHLD, on_signal);
    pid_t child = spawn(0, end_now, 0);
    int status;
    EXPECT_EQ(waitpid(child, &status, __WALL), child);
    EXPECT_EQ(got_signal, 0);
}

TEST(wclone_does_not_see_ordinary_children)
{
    pid_t child = FORK(_exit(0));
    EXPECT_ERRNO(waitpid(child, 0, __WCLONE), ECHILD);
    EXPECT_EQ(waitpid(child, 0, __WALL), child);
}

TEST(clone_clears_the_child_tid_only_if_asked)
{
    volatile pid_t *tid = (volatile pid_t *)shared_words();
    tid[0] = 77;
    long pid = syscall(SYS_clone, CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, tid, 0);
    if (pid == 0)
        _exit(0);
    EXPECT_OK(pid);
    EXPECT_EXIT((pid_t)pid, 0);
    // The memory is not shared by CLONE_VM, so nobody else can be looking: it stays.
    EXPECT_EQ(tid[0], 77);
}
