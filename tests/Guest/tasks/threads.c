// Threads made by raw clone(2).
#include "../support/task.h"
#include <asm/prctl.h>

static volatile int *words;

static int note_ids(void *arg)
{
    words[0] = getpid();
    words[1] = (int)syscall(SYS_gettid);
    words[2] = getppid();
    return (int)(long)arg;
}

TEST(a_thread_has_the_pid_of_its_process_and_a_tid_of_its_own)
{
    words = shared_words();
    struct thread thread;
    pid_t tid = spawn_thread(&thread, note_ids, 0);
    join_thread(&thread);
    EXPECT_EQ(words[0], getpid());
    EXPECT_EQ(words[1], tid);
    EXPECT_NE(tid, getpid());
    EXPECT_EQ(words[2], getppid());
}

TEST(the_end_of_a_thread_clears_its_tid_and_wakes)
{
    words = shared_words();
    struct thread thread;
    spawn_thread(&thread, note_ids, 0);
    join_thread(&thread);
    EXPECT_EQ(thread.tid, 0);
}

TEST(a_thread_cannot_be_waited_for)
{
    words = shared_words();
    struct thread thread;
    pid_t tid = spawn_thread(&thread, note_ids, (void *)9);
    EXPECT_ERRNO(waitpid(tid, 0, __WALL), ECHILD);
    EXPECT_ERRNO(waitpid(-1, 0, __WALL), ECHILD);
    join_thread(&thread);
}

TEST(the_end_of_a_thread_raises_no_SIGCHLD)
{
    words = shared_words();
    sigset_t set, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
    struct thread thread;
    spawn_thread(&thread, note_ids, 0);
    join_thread(&thread);
    sleep_ms(5);
    EXPECT_OK(sigpending(&pending));
    EXPECT_FALSE(sigismember(&pending, SIGCHLD));
}

TEST(child_settid_is_stored_in_the_shared_memory)
{
    words = shared_words();
    static volatile pid_t tid;
    struct thread thread = { -1 };
    pid_t got = EXPECT_OK(clone(note_ids, new_stack() + STACK_SIZE,
                                THREAD_FLAGS | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, 0, 0, 0, &thread.tid));
    tid = got;
    join_thread(&thread);
    EXPECT_EQ(words[1], tid);
}

static int read_tls(void *arg)
{
    long value;
    (void)arg;
    __asm__ volatile("mov %%fs:8, %0" : "=r"(value));
    words[0] = (int)value;
    // End without the C library, which would look for its own block at fs.
    __asm__ volatile("syscall" ::"a"(SYS_exit), "D"(0) : "rcx", "r11", "memory");
    return 0;
}

TEST(settls_sets_the_fs_base)
{
    words = shared_words();
    static long block[512];
    struct thread thread = { -1 };
    // Where the C library keeps what it needs before the first line of the body runs.
    long *own;
    EXPECT_OK(syscall(SYS_arch_prctl, ARCH_GET_FS, &own));
    memcpy(block + 128, own, 128 * sizeof(long));
    block[128] = (long)(block + 128);
    block[129] = 4711;
    EXPECT_OK(clone(read_tls, new_stack() + STACK_SIZE, THREAD_FLAGS | CLONE_SETTLS | CLONE_CHILD_CLEARTID, 0, 0,
                    block + 128, &thread.tid));
    join_thread(&thread);
    EXPECT_EQ(words[0], 4711);
    long *after;
    EXPECT_OK(syscall(SYS_arch_prctl, ARCH_GET_FS, &after));
    EXPECT_EQ(after, own);
}

TEST(set_tid_address_returns_the_tid)
{
    static int word;
    EXPECT_EQ(syscall(SYS_set_tid_address, &word), syscall(SYS_gettid));
}

static int chain(void *arg)
{
    long depth = (long)arg;
    words[depth] = (int)syscall(SYS_gettid);
    if (depth < 5) {
        struct thread thread;
        spawn_thread(&thread, chain, (void *)(depth + 1));
        join_thread(&thread);
    }
    return 0;
}

TEST(threads_make_threads)
{
    words = shared_words();
    chain(0);
    for (int i = 1; i <= 5; i++)
        EXPECT_NE(words[i], words[i - 1]);
    EXPECT_EQ(words[0], getpid());
}

static int set_own_things(void *arg)
{
    (void)arg;
    sigset_t set;
    sigfillset(&set);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, 0, 8);
    prctl(PR_SET_NAME, "the thread");
    chdir("/");
    words[0] = dup(1);
    words[1] = 1;
    while (words[1] != 2)
        sched_yield();
    return 0;
}

TEST(threads_share_files_and_directory_but_not_mask_and_name)
{
    words = shared_words();
    struct thread thread;
    EXPECT_OK(prctl(PR_SET_NAME, "the leader"));
    spawn_thread(&thread, set_own_things, 0);
    EXPECT_SOON(words[1] == 1);
    char name[16], cwd[64];
    sigset_t set;
    EXPECT_OK(sigprocmask(SIG_SETMASK, 0, &set));
    EXPECT_FALSE(sigismember(&set, SIGUSR1));
    EXPECT_OK(prctl(PR_GET_NAME, name));
    EXPECT_STREQ(name, "the leader");
    EXPECT_STREQ(getcwd(cwd, sizeof cwd), "/");
    EXPECT_OK(fcntl(words[0], F_GETFD));
    words[1] = 2;
    join_thread(&thread);
}

static int loop(void *arg)
{
    (void)arg;
    for (;;)
        pause();
    return 0;
}

TEST(threads_are_listed_in_proc)
{
    struct thread a, b;
    pid_t one = spawn_thread(&a, loop, 0), two = spawn_thread(&b, loop, 0);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d", one);
    EXPECT_OK(access(path, F_OK));
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", getpid(), two);
    EXPECT_OK(access(path, F_OK));
    snprintf(path, sizeof path, "/proc/%d/task/%d", getpid(), getppid());
    EXPECT_ERRNO(access(path, F_OK), ENOENT);
}

static volatile long counter;

static int count(void *arg)
{
    for (int i = 0; i < (int)(long)arg; i++)
        __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
    return 0;
}

TEST(sixteen_threads_count_together)
{
    struct thread thread[16];
    for (int i = 0; i < 16; i++)
        spawn_thread(&thread[i], count, (void *)10000);
    for (int i = 0; i < 16; i++)
        join_thread(&thread[i]);
    EXPECT_EQ(counter, 160000);
}

TEST(fs_and_gs_bases_are_kept_for_each_thread)
{
    unsigned long gs = 0;
    EXPECT_OK(syscall(SYS_arch_prctl, ARCH_SET_GS, 0x12345000ul));
    sched_yield();
    EXPECT_OK(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
    EXPECT_EQ(gs, 0x12345000ul);
    IN_CHILD({
        EXPECT_OK(syscall(SYS_arch_prctl, ARCH_GET_GS, &gs));
        EXPECT_EQ(gs, 0x12345000ul);
    });
    EXPECT_ERRNO(syscall(SYS_arch_prctl, ARCH_SET_FS, 1ul << 63), EPERM);
    EXPECT_ERRNO(syscall(SYS_arch_prctl, ARCH_SET_GS, 1ul << 47), EPERM);
    EXPECT_ERRNO(syscall(SYS_arch_prctl, 0x9999, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_arch_prctl, ARCH_GET_GS, 8), EFAULT);
}
