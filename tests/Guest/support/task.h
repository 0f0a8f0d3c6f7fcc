// Tasks made by the raw calls, and waiting for what they do.
#pragma once
#include "../harness.h"
#include <linux/futex.h>
#include <linux/sched.h>
#include <sched.h>

#define STACK_SIZE (64ul << 10)
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static HARNESS_UNUSED char *new_stack(void)
{
    return EXPECT_OK((char *)mmap(0, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

// A task that runs body(arg) on a stack of its own and ends with its value.
static HARNESS_UNUSED pid_t spawn(unsigned long flags, int (*body)(void *), void *arg)
{
    return EXPECT_OK(clone(body, new_stack() + STACK_SIZE, (int)flags, arg, 0, 0, 0));
}

struct thread {
    pid_t tid; // zero again, and a futex wake, when the thread has ended
};

static HARNESS_UNUSED pid_t spawn_thread(struct thread *thread, int (*body)(void *), void *arg)
{
    thread->tid = -1;
    return EXPECT_OK(clone(body, new_stack() + STACK_SIZE, THREAD_FLAGS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID,
                           arg, &thread->tid, 0, &thread->tid));
}

static HARNESS_UNUSED void join_thread(struct thread *thread)
{
    pid_t tid;
    while ((tid = __atomic_load_n(&thread->tid, __ATOMIC_SEQ_CST)))
        syscall(SYS_futex, &thread->tid, FUTEX_WAIT, tid, 0, 0, 0);
}

// The state letter of /proc/PID/stat; 0 if there is no such process.
static HARNESS_UNUSED char task_state(pid_t pid)
{
    char path[64], text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    char *end = n > 0 ? strrchr(text, ')') : 0;
    return end ? end[2] : 0;
}

// A shared word that processes and threads pass each other as a baton.
static HARNESS_UNUSED volatile int *shared_words(void)
{
    return EXPECT_OK((volatile int *)mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

// A child that runs the statements and then waits to be killed.
#define IDLE_CHILD(...) FORK({ __VA_ARGS__; for (;;) pause(); })
#define END_CHILD(PID)                                                               \
    do {                                                                             \
        pid_t end_ = (PID);                                                          \
        EXPECT_OK(kill(end_, SIGKILL));                                              \
        EXPECT_SIGNALED(end_, SIGKILL);                                              \
    } while (0)

// The pid of a process that has been and is gone.
static HARNESS_UNUSED pid_t dead_pid(void)
{
    pid_t child = FORK(_exit(0));
    EXPECT_EXIT(child, 0);
    return child;
}

// Enough memory for the counters of the host, which are kept by processor and added up in batches, to show it.
static inline void touch_memory(void)
{
    size_t size = 8 << 20;
    char *memory = mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (size_t at = 0; at < size; at += 4096)
        memory[at] = 1;
}
