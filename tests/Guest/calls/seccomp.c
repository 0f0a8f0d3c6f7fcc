// seccomp(2): strict mode, filters and what they may answer, inheritance, threads.
#include "../harness.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <ucontext.h>

#define LOAD(FIELD) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, FIELD))
#define RETURN(VALUE) BPF_STMT(BPF_RET | BPF_K, VALUE)
// The next instruction runs if the accumulator is VALUE.
#define IF(VALUE) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VALUE, 0, 1)

static long install(struct sock_filter *code, unsigned short count, unsigned flags)
{
    struct sock_fprog program = { count, code };
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

#define INSTALL(FLAGS, ...)                                                                   \
    ({                                                                                        \
        struct sock_filter code_[] = { __VA_ARGS__ };                                         \
        install(code_, sizeof code_ / sizeof *code_, FLAGS);                                  \
    })

// A filter that answers getppid with VERDICT and lets all else pass.
#define INSTALL_FOR_GETPPID(VERDICT) \
    EXPECT_OK(INSTALL(0, LOAD(nr), IF(SYS_getppid), RETURN(VERDICT), RETURN(SECCOMP_RET_ALLOW)))

static void no_new_privs(void)
{
    EXPECT_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static long getppid_call(void)
{
    return syscall(SYS_getppid);
}

TEST(bad_arguments)
{
    no_new_privs();
    EXPECT_ERRNO(syscall(SYS_seccomp, 99, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, "x"), EINVAL);
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0x8000, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(prctl(PR_SET_SECCOMP, 77, 0, 0, 0), EINVAL);
    EXPECT_EQ(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
}

TEST(programs_are_checked)
{
    no_new_privs();
    EXPECT_ERRNO(install(0, 0, 0), EINVAL);
    EXPECT_ERRNO(install(BAD_ADDRESS, 1, 0), EFAULT);
    EXPECT_ERRNO(INSTALL(0, LOAD(nr)), EINVAL);
    EXPECT_ERRNO(INSTALL(0, BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), RETURN(SECCOMP_RET_ALLOW)), EINVAL);
    EXPECT_ERRNO(INSTALL(0, BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), RETURN(SECCOMP_RET_ALLOW)), EINVAL);
    EXPECT_ERRNO(INSTALL(0, BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), RETURN(SECCOMP_RET_ALLOW)), EINVAL);
    EXPECT_ERRNO(INSTALL(0, BPF_JUMP(BPF_JMP | BPF_JA, 5, 0, 0), RETURN(SECCOMP_RET_ALLOW)), EINVAL);
    EXPECT_ERRNO(INSTALL(0, BPF_STMT(BPF_LD | BPF_MEM, 3), RETURN(SECCOMP_RET_ALLOW)), EINVAL);
    EXPECT_ERRNO(INSTALL(0, BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), RETURN(SECCOMP_RET_ALLOW)), EINVAL);
}

TEST(a_filter_needs_no_new_privs_or_a_capability)
{
    AS_USER(1234, 1234, {
        EXPECT_ERRNO(INSTALL(0, RETURN(SECCOMP_RET_ALLOW)), EACCES);
        no_new_privs();
        EXPECT_OK(INSTALL(0, RETURN(SECCOMP_RET_ALLOW)));
        EXPECT_EQ(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), 2);
    });
}

TEST(errno_is_answered_without_the_call)
{
    no_new_privs();
    INSTALL_FOR_GETPPID(SECCOMP_RET_ERRNO | EMLINK);
    EXPECT_ERRNO(getppid_call(), EMLINK);
    EXPECT_EQ(syscall(SYS_getpid), getpid());
}

TEST(errno_zero_is_success_and_large_ones_are_cut)
{
    no_new_privs();
    INSTALL_FOR_GETPPID(SECCOMP_RET_ERRNO | 0);
    EXPECT_EQ(getppid_call(), 0);
    INSTALL_FOR_GETPPID(SECCOMP_RET_ERRNO | 0xffff);
    EXPECT_ERRNO(getppid_call(), 4095);
}

TEST(arguments_and_architecture_are_seen)
{
    no_new_privs();
    EXPECT_OK(INSTALL(0, LOAD(arch), IF(AUDIT_ARCH_X86_64), BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), RETURN(SECCOMP_RET_KILL_PROCESS),
                      LOAD(nr), IF(SYS_dup), BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0), RETURN(SECCOMP_RET_ALLOW),
                      LOAD(args[0]), IF(77), RETURN(SECCOMP_RET_ERRNO | EMLINK), RETURN(SECCOMP_RET_ALLOW)));
    EXPECT_ERRNO(dup(77), EMLINK);
    EXPECT_ERRNO(dup(78), EBADF);
    EXPECT_OK(dup(1));
}

TEST(the_strictest_filter_counts)
{
    no_new_privs();
    INSTALL_FOR_GETPPID(SECCOMP_RET_ERRNO | EMLINK);
    INSTALL_FOR_GETPPID(SECCOMP_RET_ALLOW);
    EXPECT_ERRNO(getppid_call(), EMLINK);
    // Of equal ones the newest.
    INSTALL_FOR_GETPPID(SECCOMP_RET_ERRNO | EXDEV);
    EXPECT_ERRNO(getppid_call(), EXDEV);
}

TEST(kill_process_is_sigsys)
{
    EXPECT_SIGNALED(FORK(no_new_privs(); INSTALL_FOR_GETPPID(SECCOMP_RET_KILL_PROCESS); getppid_call()), SIGSYS);
}

static void *call_getppid(void *arg)
{
    getppid_call();
    return arg;
}

TEST(kill_thread_ends_only_the_thread)
{
    pid_t pid = FORK({
        no_new_privs();
        INSTALL_FOR_GETPPID(SECCOMP_RET_KILL_THREAD);
        pthread_t thread;
        EXPECT_EQ(pthread_create(&thread, 0, call_getppid, 0), 0);
        sleep_ms(50);
        _exit(3);
    });
    EXPECT_EXIT(pid, 3);
}

static volatile int trap_number, trap_data, trap_arch, trap_code, trap_rax;

static void on_trap(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    ucontext_t *uc = context;
    trap_number = info->si_syscall;
    trap_data = info->si_errno;
    trap_arch = info->si_arch;
    trap_code = info->si_code;
    trap_rax = uc->uc_mcontext.gregs[REG_RAX];
    uc->uc_mcontext.gregs[REG_RAX] = 4711;
}

TEST(trap_raises_sigsys_with_the_call_undone)
{
    no_new_privs();
    struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
    EXPECT_OK(sigaction(SIGSYS, &action, 0));
    INSTALL_FOR_GETPPID(SECCOMP_RET_TRAP | 55);
    EXPECT_EQ(getppid_call(), 4711);
    EXPECT_EQ(trap_number, SYS_getppid);
    EXPECT_EQ(trap_data, 55);
    EXPECT_EQ((unsigned)trap_arch, AUDIT_ARCH_X86_64);
    EXPECT_EQ(trap_code, 1 /* SYS_SECCOMP */);
    EXPECT_EQ(trap_rax, SYS_getppid);
}

TEST(trap_without_a_handler_kills)
{
    EXPECT_SIGNALED(FORK(no_new_privs(); signal(SIGSYS, SIG_IGN); INSTALL_FOR_GETPPID(SECCOMP_RET_TRAP); getppid_call()), SIGSYS);
}

TEST(trace_without_a_tracer_is_ENOSYS)
{
    no_new_privs();
    INSTALL_FOR_GETPPID(SECCOMP_RET_TRACE | 1);
    EXPECT_ERRNO(getppid_call(), ENOSYS);
}

TEST(log_lets_the_call_pass)
{
    no_new_privs();
    INSTALL_FOR_GETPPID(SECCOMP_RET_LOG);
    EXPECT_GT(getppid_call(), 0);
}

TEST(filters_are_inherited_by_fork_and_exec)
{
    no_new_privs();
    INSTALL_FOR_GETPPID(SECCOMP_RET_ERRNO | EMLINK);
    IN_CHILD(EXPECT_ERRNO(getppid_call(), EMLINK));
    pid_t pid = FORK({
        char *argv[] = { "/proc/self/exe", "--list", 0 };
        EXPECT_OK(dup2(EXPECT_OK(open("/dev/null", O_WRONLY)), 1));
        // The new program may not exec.
        EXPECT_OK(INSTALL(0, LOAD(nr), IF(SYS_execve), RETURN(SECCOMP_RET_ERRNO | EMLINK), RETURN(SECCOMP_RET_ALLOW)));
        EXPECT_ERRNO(execv(argv[0], argv), EMLINK);
    });
    EXPECT_EXIT(pid, 0);
}

TEST(status_shows_mode_and_filters)
{
    no_new_privs();
    INSTALL_FOR_GETPPID(SECCOMP_RET_ALLOW);
    INSTALL_FOR_GETPPID(SECCOMP_RET_ALLOW);
    char text[4096] = "";
    EXPECT_GT(read(EXPECT_OK(open("/proc/self/status", O_RDONLY)), text, sizeof text - 1), 0);
    EXPECT_TRUE(strstr(text, "\nNoNewPrivs:\t1\nSeccomp:\t2\nSeccomp_filters:\t"));
}

static volatile int go;

static void *wait_and_call(void *arg)
{
    while (!go)
        sleep_ms(2);
    errno = 0;
    *(long *)arg = getppid_call() == -1 ? errno : 0;
    return 0;
}

TEST(tsync_reaches_the_other_threads)
{
    no_new_privs();
    long result = -1;
    pthread_t thread;
    EXPECT_EQ(pthread_create(&thread, 0, wait_and_call, &result), 0);
    EXPECT_OK(INSTALL(SECCOMP_FILTER_FLAG_TSYNC, LOAD(nr), IF(SYS_getppid), RETURN(SECCOMP_RET_ERRNO | EMLINK), RETURN(SECCOMP_RET_ALLOW)));
    go = 1;
    pthread_join(thread, 0);
    EXPECT_EQ(result, EMLINK);
}

TEST(strict_mode_allows_read_write_exit_only)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    pid_t pid = FORK({
        EXPECT_OK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0));
        write(fds[1], "x", 1);
        syscall(SYS_exit, 4);
    });
    EXPECT_EXIT(pid, 4);
    pid = FORK({
        EXPECT_OK(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, 0));
        syscall(SYS_getpid);
    });
    EXPECT_SIGNALED(pid, SIGKILL);
}

TEST(actions_and_sizes_are_told)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    EXPECT_OK(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
    action = SECCOMP_RET_ERRNO;
    EXPECT_OK(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
    action = 0x12340000;
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action), EOPNOTSUPP);
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 1, &action), EINVAL);
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, BAD_ADDRESS), EFAULT);
    struct seccomp_notif_sizes sizes;
    EXPECT_OK(syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes));
    EXPECT_EQ(sizes.seccomp_data, sizeof(struct seccomp_data));
    EXPECT_EQ(sizes.seccomp_notif, sizeof(struct seccomp_notif));
}

TEST(vfork_works_under_a_filter_that_forbids_restart_syscall)
{
    no_new_privs();
    EXPECT_OK(INSTALL(0, LOAD(nr), IF(SYS_restart_syscall), RETURN(SECCOMP_RET_KILL_PROCESS), RETURN(SECCOMP_RET_ALLOW)));
    pid_t pid = vfork();
    if (pid == 0)
        _exit(6);
    EXPECT_EXIT(pid, 6);
}
