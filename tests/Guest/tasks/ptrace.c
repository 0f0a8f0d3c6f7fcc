// ptrace(2): the first steps of a debugger.
#include "../support/role.h"
#include "../support/task.h"
#include <sys/ptrace.h>
#include <sys/user.h>

ROLE(nothing)
{
}

static int wait_stop(pid_t pid)
{
    int status;
    EXPECT_EQ(waitpid(pid, &status, __WALL), pid);
    EXPECT_TRUE(WIFSTOPPED(status));
    return status >> 8;
}

// A child that asked to be traced and stopped.
#define TRACED_CHILD(...)                                                            \
    FORK({                                                                           \
        EXPECT_OK(ptrace(PTRACE_TRACEME, 0, 0, 0));                                  \
        raise(SIGSTOP);                                                              \
        __VA_ARGS__;                                                                 \
    })

TEST(a_traced_child_stops_at_each_signal)
{
    pid_t child = TRACED_CHILD(raise(SIGUSR1); _exit(4));
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EQ(wait_stop(child), SIGUSR1);
    // Continued without the signal, it is not delivered.
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EXIT(child, 4);
}

TEST(a_signal_is_delivered_if_the_tracer_says_so)
{
    pid_t child = TRACED_CHILD(raise(SIGUSR1); _exit(4));
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EQ(wait_stop(child), SIGUSR1);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, SIGTERM));
    EXPECT_SIGNALED(child, SIGTERM);
}

static long volatile word = 0x1122334455667788;

TEST(memory_is_peeked_and_poked)
{
    pid_t child = TRACED_CHILD(_exit(word == 42 ? 7 : 8));
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_EQ(ptrace(PTRACE_PEEKDATA, child, &word, 0), 0x1122334455667788);
    EXPECT_OK(ptrace(PTRACE_POKEDATA, child, &word, 42));
    EXPECT_EQ(word, 0x1122334455667788);
    EXPECT_ERRNO(ptrace(PTRACE_PEEKDATA, child, 8, 0), EIO);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EXIT(child, 7);
}

TEST(registers_are_read_and_written)
{
    pid_t child = TRACED_CHILD({
        long result;
        __asm__ volatile("int3" : "=a"(result) : "0"(5) : "memory");
        _exit((int)result);
    });
    struct user_regs_struct regs;
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EQ(wait_stop(child), SIGTRAP);
    EXPECT_OK(ptrace(PTRACE_GETREGS, child, 0, &regs));
    EXPECT_EQ(regs.rax, 5);
    regs.rax = 99;
    EXPECT_OK(ptrace(PTRACE_SETREGS, child, 0, &regs));
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EXIT(child, 99);
}

TEST(system_calls_stop_twice)
{
    pid_t child = TRACED_CHILD(syscall(SYS_getppid); _exit(0));
    struct user_regs_struct regs;
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_OK(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD));
    int seen = 0, entry = 0;
    do {
        EXPECT_OK(ptrace(PTRACE_SYSCALL, child, 0, 0));
        EXPECT_EQ(wait_stop(child), SIGTRAP | 0x80);
        EXPECT_OK(ptrace(PTRACE_GETREGS, child, 0, &regs));
        entry = !entry;
        if (regs.orig_rax == SYS_getppid) {
            seen++;
            EXPECT_EQ(regs.rax, entry ? -ENOSYS : getpid());
        }
    } while (seen < 2);
    END_CHILD(child);
}

TEST(single_steps_advance_one_instruction)
{
    pid_t child = TRACED_CHILD(_exit(0));
    struct user_regs_struct before, after;
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_OK(ptrace(PTRACE_GETREGS, child, 0, &before));
    EXPECT_OK(ptrace(PTRACE_SINGLESTEP, child, 0, 0));
    EXPECT_EQ(wait_stop(child), SIGTRAP);
    EXPECT_OK(ptrace(PTRACE_GETREGS, child, 0, &after));
    EXPECT_NE(before.rip, after.rip);
    END_CHILD(child);
}

TEST(exec_of_a_traced_child_traps)
{
    pid_t child = TRACED_CHILD(EXEC_ROLE(nothing));
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EQ(wait_stop(child), SIGTRAP);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EXIT(child, 0);
}

TEST(a_running_process_is_attached_to_and_detached_from)
{
    pid_t child = IDLE_CHILD();
    EXPECT_OK(ptrace(PTRACE_ATTACH, child, 0, 0));
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_EQ(task_state(child), 't');
    EXPECT_OK(ptrace(PTRACE_DETACH, child, 0, 0));
    EXPECT_SOON(task_state(child) == 'S');
    END_CHILD(child);
}

TEST(a_fork_of_a_traced_child_is_traced_on_request)
{
    pid_t child = TRACED_CHILD(EXPECT_EXIT(FORK(_exit(5)), 5));
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_OK(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACEFORK));
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EQ(wait_stop(child), SIGTRAP | PTRACE_EVENT_FORK << 8);
    long pid;
    EXPECT_OK(ptrace(PTRACE_GETEVENTMSG, child, 0, &pid));
    EXPECT_EQ(wait_stop((pid_t)pid), SIGSTOP);
    EXPECT_OK(ptrace(PTRACE_CONT, pid, 0, 0));
    EXPECT_EXIT((pid_t)pid, 5);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EQ(wait_stop(child), SIGCHLD);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, SIGCHLD));
    EXPECT_EXIT(child, 0);
}

TEST(bad_requests_are_refused)
{
    EXPECT_ERRNO(ptrace(PTRACE_ATTACH, getpid(), 0, 0), EPERM);
    EXPECT_ERRNO(ptrace(PTRACE_ATTACH, dead_pid(), 0, 0), ESRCH);
    pid_t child = IDLE_CHILD();
    EXPECT_ERRNO(ptrace(PTRACE_CONT, child, 0, 0), ESRCH);
    EXPECT_ERRNO(ptrace(PTRACE_PEEKDATA, child, &word, 0), ESRCH);
    EXPECT_OK(ptrace(PTRACE_SEIZE, child, 0, 0));
    EXPECT_ERRNO(ptrace(PTRACE_ATTACH, child, 0, 0), EPERM);
    // Attached by SEIZE, it runs on; most requests want it stopped.
    EXPECT_ERRNO(ptrace(PTRACE_PEEKDATA, child, &word, 0), ESRCH);
    EXPECT_ERRNO(ptrace(PTRACE_SEIZE, child, 0, 1ul << 40), EIO);
    END_CHILD(child);
    IN_CHILD(EXPECT_OK(ptrace(PTRACE_TRACEME, 0, 0, 0)); EXPECT_ERRNO(ptrace(PTRACE_TRACEME, 0, 0, 0), EPERM));
}

TEST(somebody_elses_process_is_EPERM)
{
    NEED_ROOT();
    pid_t child = IDLE_CHILD();
    AS_USER(1000, 1000, EXPECT_ERRNO(ptrace(PTRACE_ATTACH, child, 0, 0), EPERM));
    END_CHILD(child);
}

TEST(the_end_of_the_tracer_frees_the_child)
{
    pid_t child = IDLE_CHILD();
    IN_CHILD({
        EXPECT_OK(ptrace(PTRACE_ATTACH, child, 0, 0));
        EXPECT_EQ(wait_stop(child), SIGSTOP);
    });
    EXPECT_SOON(task_state(child) == 'S');
    END_CHILD(child);
}
