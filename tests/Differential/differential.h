// What the differential programs share: each prints lines `label(kind)=result`, the same natively and in a carrel if the kernels agree.
#ifndef DIFFERENTIAL_H
#define DIFFERENTIAL_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A directory of the run's own in memory: the native file system does not matter.
static char dir[64];

static inline const char *at_dir(const char *name)
{
    static char paths[8][PATH_MAX];
    static int next;
    char *path = paths[next++ & 7];
    snprintf(path, PATH_MAX, "%s/%s", dir, name);
    return path;
}

static inline void close_all(void)
{
    int e = errno;
    syscall(SYS_close_range, 3, ~0U, 0);
    errno = e;
}

// The number, or the error's name.
static inline const char *text_of(long result)
{
    static char texts[4][32];
    static int next;
    char *text = texts[next++ & 3];
    if (result == -1)
        snprintf(text, 32, "%s", strerrorname_np(errno) ? strerrorname_np(errno) : "?");
    else
        snprintf(text, 32, "%ld", result);
    return text;
}

// One line. A number that says nothing (an address, a pid) is shown as ok.
#define SHOW(label, kind, call)                                        \
    do {                                                               \
        errno = 0;                                                     \
        long shown_ = (long)(call);                                    \
        printf("%s(%s)=%s\n", label, kind, text_of(shown_));           \
    } while (0)
#define OK(label, kind, call)                                          \
    do {                                                               \
        errno = 0;                                                     \
        long shown_ = (long)(call);                                    \
        printf("%s(%s)=%s\n", label, kind, shown_ == -1 ? text_of(-1) : "ok"); \
    } while (0)

// Text from a format, valid for 63 more calls.
static inline const char *fmt(const char *format, ...)
{
    static char texts[64][256];
    static int next;
    char *text = texts[next++ & 63];
    va_list list;
    va_start(list, format);
    vsnprintf(text, 256, format, list);
    va_end(list);
    return text;
}

// Runs a function in a child and gives its exit status, or 1000 + the signal that ended it.
#define IN_CHILD(...)                                                  \
    ({                                                                 \
        fflush(stdout);                                                \
        pid_t child_ = fork();                                         \
        if (child_ == 0) {                                             \
            __VA_ARGS__;                                               \
            _exit(0);                                                  \
        }                                                              \
        int status_ = 0;                                               \
        waitpid(child_, &status_, 0);                                  \
        WIFEXITED(status_) ? WEXITSTATUS(status_) : 1000 + WTERMSIG(status_); \
    })

// The result of a call in a child: errno values below 200, 200 for success.
#define CHILD_ERRNO(call) IN_CHILD(errno = 0; _exit((long)(call) == -1 ? errno : 200))
#define CHILD(label, kind, call)                                       \
    do {                                                               \
        int code_ = CHILD_ERRNO(call);                                 \
        printf("%s(%s)=%s\n", label, kind, code_ == 200 ? "ok" : code_ >= 1000 ? fmt("signal %d", code_ - 1000) : strerrorname_np(code_)); \
    } while (0)

static inline void drop_privileges(void)
{
    if (geteuid() == 0) {
        setgroups(0, NULL);
        if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0)
            exit(2);
    }
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

// An environment that is the same everywhere: nobody's ids, no descriptors, default signals, an own directory.
static inline void begin(void)
{
    static char buffer[1 << 16];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    close_all();
    drop_privileges();
    umask(022);
    for (int s = 1; s < 65; s++)
        signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct rlimit files = {1024, 4096};
    setrlimit(RLIMIT_NOFILE, &files);
    alarm(0);
    strcpy(dir, "/dev/shm/differential.XXXXXX");
    if (mkdtemp(dir) == NULL || chdir("/") != 0)
        exit(2);
}

static inline int end(void)
{
    char command[128];
    fflush(stdout);
    snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", dir, dir);
    return chdir("/") == 0 && system(command) == 0 ? 0 : 2;
}

#endif
