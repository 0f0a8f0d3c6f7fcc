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

// The stops of a tracee that is seized and watched call by call (strace -f), until it ends; in the order of their first letters.
static void note_stops(pid_t child, char *stops)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        EXPECT_GT(pid, 0);
        if (!WIFSTOPPED(status)) {
            EXPECT_EQ(status, 0);
            if (pid == child)
                return;
            continue;
        }
        int stop = status >> 8, is_event = stop >> 8 && stop >> 8 != PTRACE_EVENT_STOP;
        int is_call = stop == (SIGTRAP | 0x80);
        if (pid == child && is_event)
            *stops++ = 'e';
        if (pid == child && is_call) {
            struct user_regs_struct regs;
            EXPECT_OK(ptrace(PTRACE_GETREGS, child, 0, &regs));
            if (regs.orig_rax == SYS_fork || regs.orig_rax == SYS_clone || regs.orig_rax == SYS_vfork)
                *stops++ = (long)regs.rax == -ENOSYS ? '<' : '>';
        }
        EXPECT_OK(ptrace(PTRACE_SYSCALL, pid, 0, is_call || stop >> 8 ? 0 : stop));
    }
}

// A child that is seized, and runs on to its next system call.
static pid_t seize(void (*body)(void))
{
    int gate[2];
    EXPECT_OK(pipe(gate));
    pid_t child = fork();
    EXPECT_OK(child);
    if (!child) {
        char byte;
        EXPECT_EQ(read(gate[0], &byte, 1), 1);
        body();
        _exit(0);
    }
    EXPECT_OK(ptrace(PTRACE_SEIZE, child, 0,
                     PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE));
    EXPECT_OK(ptrace(PTRACE_INTERRUPT, child, 0, 0));
    int status;
    EXPECT_EQ(waitpid(child, &status, __WALL), child);
    EXPECT_OK(ptrace(PTRACE_SYSCALL, child, 0, 0));
    EXPECT_EQ(write(gate[1], "x", 1), 1);
    return child;
}

static const char *stops_of(void (*body)(void))
{
    static char stops[64];
    memset(stops, 0, sizeof stops);
    note_stops(seize(body), stops);
    return stops;
}

static void fork_once(void)
{
    EXPECT_EXIT(FORK(_exit(0)), 0);
}

static void vfork_once(void)
{
    pid_t pid = vfork();
    if (!pid)
        _exit(0);
    EXPECT_EXIT(pid, 0);
}

TEST(a_fork_watched_call_by_call_stops_at_entry_event_and_exit)
{
    EXPECT_STREQ(stops_of(fork_once), "<e>");
}

TEST(a_vfork_watched_call_by_call_stops_at_entry_event_and_exit)
{
    EXPECT_STREQ(stops_of(vfork_once), "<e>");
}

static int pause_in_thread(void *arg)
{
    (void)arg;
    return pause();
}

static void exit_among_threads(void)
{
    struct thread one, two;
    spawn_thread(&one, pause_in_thread, 0);
    spawn_thread(&two, pause_in_thread, 0);
    syscall(SYS_exit_group, 7);
}

TEST(each_thread_of_a_tracee_reports_its_end_and_the_leader_is_the_last)
{
    pid_t child = seize(exit_among_threads), last = 0;
    int status, ends = 0;
    while (last != child) {
        pid_t pid = EXPECT_OK(waitpid(-1, &status, __WALL));
        if (WIFSTOPPED(status)) {
            // The group may have ended since the stop was reported.
            EXPECT_TRUE(ptrace(PTRACE_CONT, pid, 0, 0) == 0 || errno == ESRCH);
        } else {
            EXPECT_EQ(WEXITSTATUS(status), 7);
            last = pid;
            ends++;
        }
    }
    EXPECT_EQ(ends, 3);
    EXPECT_ERRNO(waitpid(-1, &status, __WALL), ECHILD);
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

static __attribute__((noinline)) int twice(int n)
{
    __asm__ volatile("" : "+r"(n));
    return n * 2;
}

// Runs to the breakpoint at `twice`, takes it out and goes on: what each debugger does.
static void expect_breakpoint(pid_t child, void (*poke)(pid_t child, unsigned char byte))
{
    unsigned char first = *(volatile unsigned char *)twice;
    struct user_regs_struct regs;
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    poke(child, 0xcc);
    EXPECT_EQ(*(volatile unsigned char *)twice, first);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EQ(wait_stop(child), SIGTRAP);
    EXPECT_OK(ptrace(PTRACE_GETREGS, child, 0, &regs));
    EXPECT_EQ(regs.rip, (uintptr_t)twice + 1);
    EXPECT_EQ(regs.rdi, 21);
    poke(child, first);
    regs.rip--;
    EXPECT_OK(ptrace(PTRACE_SETREGS, child, 0, &regs));
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EXIT(child, 42);
}

static void poke_text(pid_t child, unsigned char byte)
{
    errno = 0;
    long old = ptrace(PTRACE_PEEKTEXT, child, twice, 0);
    EXPECT_EQ(errno, 0);
    EXPECT_OK(ptrace(PTRACE_POKETEXT, child, twice, (old & ~0xffl) | byte));
}

static void poke_file(pid_t child, unsigned char byte)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", child);
    int fd = EXPECT_OK(open(path, O_RDWR | O_CLOEXEC));
    EXPECT_EQ(pwrite(fd, &byte, 1, (off_t)twice), 1);
    close(fd);
}

TEST(a_breakpoint_in_the_text_stops_the_child)
{
    expect_breakpoint(TRACED_CHILD(_exit(twice(21))), poke_text);
}

TEST(a_breakpoint_is_set_through_the_memory_file)
{
    expect_breakpoint(TRACED_CHILD(_exit(twice(21))), poke_file);
}

TEST(memory_without_access_is_read_and_written_by_force)
{
    char *page = EXPECT_OK((char *)mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    char *none = EXPECT_OK((char *)mmap(0, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    char *shared = EXPECT_OK((char *)mmap(0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    *(long *)page = 77;
    EXPECT_OK(mprotect(page, 4096, PROT_NONE));
    pid_t child = TRACED_CHILD({
        EXPECT_OK(mprotect(page, 4096, PROT_READ));
        _exit(*(int *)page);
    });
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    EXPECT_EQ(ptrace(PTRACE_PEEKDATA, child, page, 0), 77);
    EXPECT_EQ(ptrace(PTRACE_PEEKDATA, child, none, 0), 0);
    EXPECT_OK(ptrace(PTRACE_POKEDATA, child, page, 78));
    EXPECT_OK(ptrace(PTRACE_POKEDATA, child, none, 1));
    EXPECT_EQ(ptrace(PTRACE_PEEKDATA, child, none, 0), 1);
    EXPECT_EQ(ptrace(PTRACE_PEEKDATA, child, shared, 0), 0);
    EXPECT_ERRNO(ptrace(PTRACE_POKEDATA, child, shared, 1), EIO);
    EXPECT_OK(ptrace(PTRACE_CONT, child, 0, 0));
    EXPECT_EXIT(child, 78);
}

TEST(the_memory_file_of_oneself_ignores_protection)
{
    char *page = EXPECT_OK((char *)mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    int fd = EXPECT_OK(open("/proc/self/mem", O_RDWR | O_CLOEXEC));
    EXPECT_EQ(pwrite(fd, "text", 4, (off_t)page), 4);
    EXPECT_MEMEQ(page, "text", 4);
    EXPECT_ERRNO(pwrite(fd, "text", 4, 16), EIO);
}

TEST(waiting_signals_are_peeked_at)
{
    pid_t child = TRACED_CHILD({});
    EXPECT_EQ(wait_stop(child), SIGSTOP);
    for (int i = 0; i < 3; i++) {
        siginfo_t info = { .si_signo = SIGRTMIN, .si_code = -7, .si_int = i };
        EXPECT_OK(syscall(SYS_rt_sigqueueinfo, child, SIGRTMIN, &info));
        info.si_code = -8;
        EXPECT_OK(syscall(SYS_rt_tgsigqueueinfo, child, child, SIGRTMIN, &info));
    }
    siginfo_t got[4];
    for (int shared = 0; shared < 2; shared++) {
        struct __ptrace_peeksiginfo_args args = { .off = 1, .flags = (unsigned)shared, .nr = 4 };
        EXPECT_EQ(ptrace(PTRACE_PEEKSIGINFO, child, &args, got), 2);
        for (int i = 0; i < 2; i++) {
            EXPECT_EQ(got[i].si_code, shared ? -7 : -8);
            EXPECT_EQ(got[i].si_int, i + 1);
        }
        args.off = 3;
        EXPECT_EQ(ptrace(PTRACE_PEEKSIGINFO, child, &args, got), 0);
        args.flags = 2;
        EXPECT_ERRNO(ptrace(PTRACE_PEEKSIGINFO, child, &args, got), EINVAL);
        args = (struct __ptrace_peeksiginfo_args){ .flags = (unsigned)shared, .nr = -1 };
        EXPECT_ERRNO(ptrace(PTRACE_PEEKSIGINFO, child, &args, got), EINVAL);
        args.nr = 2;
        EXPECT_ERRNO(ptrace(PTRACE_PEEKSIGINFO, child, &args, BAD_ADDRESS), EFAULT);
    }
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_SIGNALED(child, SIGKILL);
}
