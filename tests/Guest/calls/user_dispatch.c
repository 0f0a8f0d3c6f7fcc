// prctl(PR_SET_SYSCALL_USER_DISPATCH): system calls as signals to the thread that makes them.
#include "../support/role.h"
#include "../support/task.h"
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <ucontext.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF 0
#define PR_SYS_DISPATCH_ON 1
#endif
#define ALLOW 0
#define BLOCK 1
#define DISPATCHED 2 /* SYS_USER_DISPATCH */
#define NO_SUCH_CALL 0xffff

static volatile char selector;
static volatile long got_call, got_code, got_argument;
static void *volatile got_address;

static void on_sigsys(int number, siginfo_t *info, void *context)
{
    (void)number;
    ucontext_t *u = context;
    got_call = info->si_syscall;
    got_code = info->si_code;
    got_address = info->si_call_addr;
    got_argument = u->uc_mcontext.gregs[REG_RDI];
    // The number is in rax, as if the call had not begun.
    u->uc_mcontext.gregs[REG_RAX] = u->uc_mcontext.gregs[REG_RAX] == got_call ? 4242 : -1;
    selector = ALLOW; // for sigreturn
}

static __attribute__((noinline)) long call(long number, long argument)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(argument) : "rcx", "r11", "memory");
    return result;
}

static void handle_sigsys(void)
{
    struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };
    EXPECT_OK(sigaction(SIGSYS, &action, 0));
}

static int dispatch(unsigned long mode, unsigned long offset, unsigned long length, volatile void *byte)
{
    return prctl(PR_SET_SYSCALL_USER_DISPATCH, mode, offset, length, byte);
}

TEST(a_blocked_call_is_SIGSYS)
{
    handle_sigsys();
    EXPECT_OK(dispatch(PR_SYS_DISPATCH_ON, 0, 0, &selector));
    EXPECT_EQ(call(SYS_getpid, 0), getpid());
    selector = BLOCK;
    long result = call(NO_SUCH_CALL, 17);
    EXPECT_EQ(result, 4242);
    EXPECT_EQ(got_call, NO_SUCH_CALL);
    EXPECT_EQ(got_code, DISPATCHED);
    EXPECT_EQ(got_argument, 17);
    EXPECT_TRUE(got_address);
    // One that has all registers at hand from the start.
    selector = BLOCK;
    result = call(SYS_brk, 0);
    EXPECT_EQ(result, 4242);
    EXPECT_EQ(got_call, SYS_brk);
    EXPECT_OK(dispatch(PR_SYS_DISPATCH_OFF, 0, 0, 0));
    selector = BLOCK;
    EXPECT_EQ(call(SYS_getpid, 0), getpid());
}

TEST(calls_from_the_range_are_made)
{
    handle_sigsys();
    EXPECT_OK(dispatch(PR_SYS_DISPATCH_ON, 0, 0, &selector));
    selector = BLOCK;
    call(SYS_getpid, 0);
    unsigned long at = (unsigned long)got_address;
    // The range is compared with the address after the instruction.
    EXPECT_OK(dispatch(PR_SYS_DISPATCH_ON, at - 64, 128, &selector));
    selector = BLOCK;
    got_call = 0;
    long result = call(SYS_getuid, 0);
    selector = ALLOW;
    EXPECT_EQ(result, getuid());
    EXPECT_EQ(got_call, 0);
}

TEST(without_a_selector_it_is_always_on)
{
    pid_t child = FORK({
        EXPECT_OK(dispatch(PR_SYS_DISPATCH_ON, 0, 0, 0));
        call(SYS_getpid, 0);
    });
    EXPECT_SIGNALED(child, SIGSYS);
}

TEST(a_bad_selector_is_fatal)
{
    pid_t child = FORK({
        EXPECT_OK(dispatch(PR_SYS_DISPATCH_ON, 0, 0, &selector));
        handle_sigsys();
        selector = 7;
        call(SYS_getpid, 0);
    });
    EXPECT_SIGNALED(child, SIGSYS);
    child = FORK({
        EXPECT_OK(dispatch(PR_SYS_DISPATCH_ON, 0, 0, (void *)8));
        call(SYS_getpid, 0);
    });
    EXPECT_SIGNALED(child, SIGSEGV);
}

ROLE(free)
{
}

TEST(children_and_new_programs_are_without)
{
    pid_t child = FORK({
        EXPECT_OK(dispatch(PR_SYS_DISPATCH_ON, 0, 0, &selector));
        selector = ALLOW;
        IN_CHILD(selector = BLOCK; call(SYS_getpid, 0));
        EXEC_ROLE(free);
    });
    EXPECT_EXIT(child, 0);
}

TEST(bad_arguments)
{
    EXPECT_ERRNO(dispatch(PR_SYS_DISPATCH_OFF, 1, 0, 0), EINVAL);
    EXPECT_ERRNO(dispatch(PR_SYS_DISPATCH_OFF, 0, 0xff, 0), EINVAL);
    EXPECT_ERRNO(dispatch(PR_SYS_DISPATCH_OFF, 0, 0, &selector), EINVAL);
    EXPECT_ERRNO(dispatch(PR_SYS_DISPATCH_ON, 1, 0, &selector), EINVAL);
    EXPECT_ERRNO(dispatch(PR_SYS_DISPATCH_ON, 8, ~0ul, &selector), EINVAL);
    EXPECT_ERRNO(dispatch(PR_SYS_DISPATCH_ON, 0, 0, (void *)-1l), EFAULT);
    EXPECT_ERRNO(dispatch(5, 0, 0, 0), EINVAL);
}

TEST(a_tracer_reads_and_sets_it)
{
    unsigned long config[4] = { 9, 9, 9, 9 };
    pid_t child = FORK({
        EXPECT_OK(ptrace(PTRACE_TRACEME, 0, 0, 0));
        raise(SIGSTOP);
    });
    int status;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_ERRNO(ptrace(0x4211, child, 8, config), EINVAL);
    EXPECT_OK(ptrace(0x4211, child, sizeof config, config));
    EXPECT_EQ(config[0] | config[1] | config[2] | config[3], 0);
    unsigned long wanted[4] = { PR_SYS_DISPATCH_ON, (unsigned long)&selector, 0x1000, 0x2000 };
    EXPECT_OK(ptrace(0x4210, child, sizeof wanted, wanted));
    EXPECT_OK(ptrace(0x4211, child, sizeof config, config));
    EXPECT_MEMEQ(config, wanted, sizeof config);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EXIT(child, 0);
}
