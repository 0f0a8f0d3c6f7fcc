// The harness of the guest programs: one header, no library, so that a program is a single static file which
// runs the same on Linux and inside a carrel.
//
//   TEST(read_after_the_last_writer_closes_returns_zero) { ... }
//
// Each test runs in a child of its own session with an empty private directory as its working directory, no
// descriptor above 2, default signal dispositions, an empty mask and umask 022. The first failed expectation,
// in any process of the test, ends it. The report travels in shared memory, so that the harness itself takes no
// descriptor and no signal from the test.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HARNESS_UNUSED __attribute__((unused))

struct harness_test {
    const char *name;
    void (*body)(void);
    struct harness_test *next;
};

enum harness_outcome { HARNESS_RUNNING, HARNESS_PASSED, HARNESS_FAILED, HARNESS_SKIPPED };

struct harness_report {
    int claimed;
    int outcome;
    pid_t leader;
    char message[1024];
};

static struct harness_test *harness_first, **harness_last = &harness_first;
static struct harness_report *harness_report;
static pid_t harness_child;

static HARNESS_UNUSED void harness_register(struct harness_test *test)
{
    *harness_last = test;
    harness_last = &test->next;
}

#define TEST(NAME)                                                                  \
    static void test_##NAME(void);                                                  \
    static struct harness_test entry_##NAME = { #NAME, test_##NAME, 0 };            \
    __attribute__((constructor)) static void register_##NAME(void)                  \
    {                                                                               \
        harness_register(&entry_##NAME);                                            \
    }                                                                               \
    static void test_##NAME(void)

// The first report wins; whoever makes it ends the whole test, so that nobody waits for a process that gave up.
static HARNESS_UNUSED __attribute__((noreturn, format(printf, 2, 3))) void
harness_finish(int outcome, const char *format, ...)
{
    if (__sync_bool_compare_and_swap(&harness_report->claimed, 0, 1)) {
        va_list args;
        va_start(args, format);
        vsnprintf(harness_report->message, sizeof harness_report->message, format, args);
        va_end(args);
        for (char *p = harness_report->message; *p; p++)
            if ((unsigned char)*p < ' ' || *p == 127)
                *p = ' ';
        __sync_synchronize();
        harness_report->outcome = outcome;
    }
    if (getpid() != harness_report->leader)
        kill(harness_report->leader, SIGKILL);
    _exit(outcome == HARNESS_FAILED);
}

#define FAIL(FORMAT, ...) harness_finish(HARNESS_FAILED, "%s:%d: " FORMAT, __FILE__, __LINE__, ##__VA_ARGS__)
// For a test whose precondition the place cannot give (a privilege, a namespace), never for a missing feature.
#define SKIP(FORMAT, ...) harness_finish(HARNESS_SKIPPED, FORMAT, ##__VA_ARGS__)

static HARNESS_UNUSED const char *harness_errno_name(int number)
{
    const char *name = strerrorname_np(number);
    return name ? name : "unknown errno";
}

// Memory that is not there; volatile, so that the compiler does not reason about it.
static HARNESS_UNUSED void *volatile harness_bad_address = (void *)8;
#ifndef BAD_ADDRESS
#define BAD_ADDRESS harness_bad_address
#endif

// Value must be true.
#define EXPECT_TRUE(CONDITION)                            \
    do {                                                  \
        if (!(CONDITION))                                 \
            FAIL("expected %s", #CONDITION);              \
    } while (0)
#define EXPECT_FALSE(CONDITION)                           \
    do {                                                  \
        if (CONDITION)                                    \
            FAIL("did not expect %s", #CONDITION);        \
    } while (0)

// Integers or pointers, compared as 64-bit signed numbers.
#define HARNESS_COMPARE(A, OP, B)                                                                  \
    do {                                                                                           \
        long long a_ = (long long)(A), b_ = (long long)(B);                                        \
        if (!(a_ OP b_))                                                                           \
            FAIL("expected %s %s %s, got %lld (%#llx) and %lld (%#llx)", #A, #OP, #B, a_, a_, b_, b_); \
    } while (0)
#define EXPECT_EQ(A, B) HARNESS_COMPARE(A, ==, B)
#define EXPECT_NE(A, B) HARNESS_COMPARE(A, !=, B)
#define EXPECT_LT(A, B) HARNESS_COMPARE(A, <, B)
#define EXPECT_LE(A, B) HARNESS_COMPARE(A, <=, B)
#define EXPECT_GT(A, B) HARNESS_COMPARE(A, >, B)
#define EXPECT_GE(A, B) HARNESS_COMPARE(A, >=, B)

#define EXPECT_STREQ(A, B)                                                           \
    do {                                                                             \
        const char *a_ = (A), *b_ = (B);                                             \
        if (strcmp(a_, b_))                                                          \
            FAIL("expected %s == %s, got \"%s\" and \"%s\"", #A, #B, a_, b_);        \
    } while (0)
#define EXPECT_MEMEQ(A, B, SIZE)                                                     \
    do {                                                                             \
        if (memcmp(A, B, SIZE))                                                      \
            FAIL("expected the bytes of %s and %s to be equal", #A, #B);             \
    } while (0)

// An expression: the value of a call that must not return -1.
#define EXPECT_OK(CALL)                                                              \
    ({                                                                               \
        __typeof__(CALL) r_ = (CALL);                                                \
        if ((long)r_ == -1L)                                                         \
            FAIL("%s failed with %s", #CALL, harness_errno_name(errno));             \
        r_;                                                                          \
    })

// A call that must return -1 (or MAP_FAILED) with this errno.
#define EXPECT_ERRNO(CALL, NUMBER)                                                   \
    do {                                                                             \
        errno = 0;                                                                   \
        long r_ = (long)(CALL);                                                      \
        int e_ = errno, n_ = (NUMBER);                                               \
        if (r_ != -1L)                                                               \
            FAIL("expected %s to fail with %s, it returned %ld", #CALL, harness_errno_name(n_), r_); \
        if (e_ != n_)                                                                \
            FAIL("expected %s to fail with %s, not %s", #CALL, harness_errno_name(n_), harness_errno_name(e_)); \
    } while (0)

static HARNESS_UNUSED void harness_expect_exit(const char *file, int line, pid_t pid, int code)
{
    int status;
    if (waitpid(pid, &status, 0) != pid)
        harness_finish(HARNESS_FAILED, "%s:%d: waitpid failed with %s", file, line, harness_errno_name(errno));
    if (WIFSIGNALED(status))
        harness_finish(HARNESS_FAILED, "%s:%d: child was killed by signal %d", file, line, WTERMSIG(status));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code)
        harness_finish(HARNESS_FAILED, "%s:%d: child status %#x, expected exit %d", file, line, status, code);
}

static HARNESS_UNUSED void harness_expect_signal(const char *file, int line, pid_t pid, int number)
{
    int status;
    if (waitpid(pid, &status, 0) != pid)
        harness_finish(HARNESS_FAILED, "%s:%d: waitpid failed with %s", file, line, harness_errno_name(errno));
    if (!WIFSIGNALED(status) || WTERMSIG(status) != number)
        harness_finish(HARNESS_FAILED, "%s:%d: child status %#x, expected signal %d", file, line, status, number);
}

// Waits for a child and holds it to an exit code, or to death by a signal.
#define EXPECT_EXIT(PID, CODE) harness_expect_exit(__FILE__, __LINE__, PID, CODE)
#define EXPECT_SIGNALED(PID, NUMBER) harness_expect_signal(__FILE__, __LINE__, PID, NUMBER)

// An expression: the pid of a child that runs the statements and exits with 0.
#define FORK(...)                                                                    \
    ({                                                                               \
        pid_t pid_ = EXPECT_OK(fork());                                              \
        if (pid_ == 0) {                                                             \
            __VA_ARGS__;                                                             \
            _exit(0);                                                                \
        }                                                                            \
        pid_;                                                                        \
    })

// Runs the statements in a child and waits for it to exit with 0.
#define IN_CHILD(...)                                                                \
    do {                                                                             \
        pid_t child_ = FORK(__VA_ARGS__);                                            \
        EXPECT_EXIT(child_, 0);                                                      \
    } while (0)

// Runs the statements in a child with these real, effective and saved ids, no supplementary group and no
// capability (the change of uid drops them).
#define AS_USER(UID, GID, ...)                                                       \
    IN_CHILD(NEED_ROOT();                                                            \
             EXPECT_OK(setgroups(0, 0));                                             \
             EXPECT_OK(setresgid(GID, GID, GID));                                    \
             EXPECT_OK(setresuid(UID, UID, UID));                                    \
             __VA_ARGS__)

#define NEED_ROOT()                                                                  \
    do {                                                                             \
        if (geteuid() != 0)                                                          \
            SKIP("needs root");                                                      \
    } while (0)

static HARNESS_UNUSED void sleep_ms(long ms)
{
    struct timespec t = { ms / 1000, ms % 1000 * 1000000 };
    while (nanosleep(&t, &t) == -1 && errno == EINTR)
        ;
}

static HARNESS_UNUSED long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Polls until the condition holds, for at most five seconds: for what another process is about to do.
#define EXPECT_SOON(CONDITION)                                                       \
    do {                                                                             \
        long until_ = now_ms() + 5000;                                               \
        while (!(CONDITION)) {                                                       \
            if (now_ms() > until_)                                                   \
                FAIL("%s did not become true", #CONDITION);                          \
            sleep_ms(2);                                                             \
        }                                                                            \
    } while (0)

static void harness_remove_tree(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0)
        return;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd == -1 && errno == EACCES && fchmodat(parent, name, 0700, 0) == 0)
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd == -1 ? 0 : fdopendir(fd);
    struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            harness_remove_tree(fd, entry->d_name);
    if (dir)
        closedir(dir);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static void harness_on_alarm(int number)
{
    (void)number;
    if (harness_report->outcome == HARNESS_RUNNING && !harness_report->claimed) {
        harness_report->claimed = 1;
        strcpy(harness_report->message, "timed out");
        harness_report->outcome = HARNESS_FAILED;
    }
    kill(harness_child, SIGKILL);
}

static void harness_run_body(const struct harness_test *test, const char *directory)
{
    harness_report->leader = getpid();
    setsid();
    for (int i = 1; i < 65; i++)
        signal(i, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
    umask(022);
    syscall(SYS_close_range, 3u, ~0u, 0u);
    if (chdir(directory) == -1)
        FAIL("chdir(%s) failed with %s", directory, harness_errno_name(errno));
    test->body();
    if (getpid() == harness_report->leader)
        harness_finish(HARNESS_PASSED, "%s", "");
    _exit(0);
}

// Returns the outcome; prints one line.
static int harness_run(const struct harness_test *test, int timeout_s)
{
    memset(harness_report, 0, sizeof *harness_report);
    const char *base = getenv("TMPDIR");
    char directory[256];
    snprintf(directory, sizeof directory, "%s/guest-XXXXXX", base && *base ? base : "/tmp");
    if (!mkdtemp(directory) || chmod(directory, 0755) == -1) {
        printf("not ok %s %s:%d: no directory %s: %s\n", test->name, __FILE__, __LINE__, directory,
               harness_errno_name(errno));
        return HARNESS_FAILED;
    }
    fflush(0);
    harness_child = fork();
    if (harness_child == 0)
        harness_run_body(test, directory);
    int status = -1;
    if (harness_child == -1) {
        snprintf(harness_report->message, sizeof harness_report->message, "fork failed with %s",
                 harness_errno_name(errno));
        harness_report->outcome = HARNESS_FAILED;
    } else {
        alarm(timeout_s);
        while (waitpid(harness_child, &status, 0) == -1 && errno == EINTR)
            ;
        alarm(0);
        kill(-harness_child, SIGKILL);
        // Strays come to us, their subreaper: those of the test's session are dead, others are not waited for.
        for (int i = 0; i < 50 && waitpid(-1, 0, WNOHANG) >= 0; i++)
            sleep_ms(1);
    }
    int outcome = harness_report->outcome;
    if (outcome == HARNESS_RUNNING) {
        outcome = HARNESS_FAILED;
        if (WIFSIGNALED(status))
            snprintf(harness_report->message, sizeof harness_report->message, "killed by signal %d", WTERMSIG(status));
        else
            snprintf(harness_report->message, sizeof harness_report->message, "ended early, status %#x", status);
    }
    if (outcome == HARNESS_PASSED)
        printf("ok %s\n", test->name);
    else
        printf("%s %s %s\n", outcome == HARNESS_SKIPPED ? "skip" : "not ok", test->name, harness_report->message);
    fflush(stdout);
    harness_remove_tree(AT_FDCWD, directory);
    return outcome;
}

int main(int argc, char **argv)
{
    int timeout_s = 10, list = 0, selected = 0, failed = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--list"))
            list = 1;
        else if (!strcmp(argv[i], "--only") && i + 1 < argc)
            selected = ++i;
        else if (!strcmp(argv[i], "--timeout") && i + 1 < argc)
            timeout_s = atoi(argv[++i]);
        else {
            fprintf(stderr, "usage: %s [--list] [--timeout SECONDS] [--only NAME]...\n", argv[0]);
            return 2;
        }
    }
    harness_report = mmap(0, sizeof *harness_report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (harness_report == MAP_FAILED) {
        perror("mmap");
        return 2;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct sigaction on_alarm = { .sa_handler = harness_on_alarm };
    sigaction(SIGALRM, &on_alarm, 0);
    int ran = 0;
    for (struct harness_test *test = harness_first; test; test = test->next) {
        int wanted = !selected;
        for (int i = 1; i + 1 < argc && !wanted; i++)
            wanted = !strcmp(argv[i], "--only") && !strcmp(argv[i + 1], test->name);
        if (!wanted)
            continue;
        ran++;
        if (list)
            printf("%s\n", test->name);
        else if (harness_run(test, timeout_s) == HARNESS_FAILED)
            failed = 1;
    }
    if (!ran) {
        fprintf(stderr, "%s: no such test\n", argv[0]);
        return 2;
    }
    return failed;
}
