// Signals, clocks, timers, futexes and waiting for descriptors: arguments good and bad.
#include "differential.h"
#include <linux/futex.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>

struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    unsigned long mask;
};

static void actions(void)
{
    struct kernel_action action = {SIG_IGN, 0, NULL, 0}, old;
    for (int s = -1; s < 67; s++) {
        CHILD("rt_sigaction_get", fmt("%d", s), syscall(SYS_rt_sigaction, s, NULL, &old, 8));
        CHILD("rt_sigaction_set", fmt("%d", s), syscall(SYS_rt_sigaction, s, &action, NULL, 8));
        if (s != SIGSTOP)
            CHILD("kill_0", fmt("%d", s), ({ action.handler = SIG_IGN; syscall(SYS_rt_sigaction, s, &action, NULL, 8); kill(getpid(), s); }));
        CHILD("signalfd", fmt("%d", s), ({ sigset_t set; sigemptyset(&set); if (s > 0 && s < 65) sigaddset(&set, s); signalfd(-1, &set, 0); }));
    }
    for (size_t size = 0; size < 17; size += 4) {
        unsigned long mask = 0;
        struct timespec none = {0, 0};
        SHOW("rt_sigaction", fmt("%zu", size), syscall(SYS_rt_sigaction, SIGUSR1, NULL, &old, size));
        SHOW("rt_sigprocmask", fmt("%zu", size), syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, size));
        SHOW("rt_sigpending", fmt("%zu", size), syscall(SYS_rt_sigpending, &mask, size));
        SHOW("rt_sigtimedwait", fmt("%zu", size), syscall(SYS_rt_sigtimedwait, &mask, NULL, &none, size));
        if (size != 8)
            SHOW("rt_sigsuspend", fmt("%zu", size), syscall(SYS_rt_sigsuspend, &mask, size));
        SHOW("signalfd4", fmt("%zu", size), syscall(SYS_signalfd4, -1, &mask, size, 0) > 0);
    }
    for (int how = -1; how < 5; how++) {
        unsigned long mask = 0;
        SHOW("rt_sigprocmask_how", fmt("%d", how), syscall(SYS_rt_sigprocmask, how, &mask, NULL, 8));
        SHOW("rt_sigprocmask_null", fmt("%d", how), syscall(SYS_rt_sigprocmask, how, NULL, &mask, 8));
        SHOW("rt_sigprocmask_bad", fmt("%d", how), syscall(SYS_rt_sigprocmask, how, 1, NULL, 8));
    }
    unsigned long mask = 1UL << 9;
    struct timespec bad = {0, 1000000000}, negative = {-1, 0}, none = {0, 0};
    SHOW("rt_sigtimedwait", "bad", syscall(SYS_rt_sigtimedwait, &mask, NULL, &bad, 8));
    SHOW("rt_sigtimedwait", "negative", syscall(SYS_rt_sigtimedwait, &mask, NULL, &negative, 8));
    SHOW("rt_sigtimedwait", "badinfo", ({ sigset_t set; sigemptyset(&set); sigaddset(&set, SIGUSR1); sigprocmask(SIG_BLOCK, &set, NULL); kill(getpid(), SIGUSR1); syscall(SYS_rt_sigtimedwait, &set, 1, &none, 8); }));
    SHOW("rt_sigtimedwait", "badset", syscall(SYS_rt_sigtimedwait, 1, NULL, &none, 8));
    static char space[65536];
    static const size_t sizes[] = {0, 1, 2047, 2048, 4096, 65536, -1};
    for (int f = -1; f < 9; f++)
        for (int s = 0; s < 7; s++) {
            stack_t stack = {.ss_sp = space, .ss_flags = f, .ss_size = sizes[s]};
            CHILD("sigaltstack", fmt("%d_%zx", f, sizes[s]), syscall(SYS_sigaltstack, &stack, NULL));
        }
    stack_t autodisarm = {.ss_sp = space, .ss_flags = 1 << 31, .ss_size = 65536};
    CHILD("sigaltstack", "autodisarm", syscall(SYS_sigaltstack, &autodisarm, NULL));
    CHILD("sigaltstack", "bad", syscall(SYS_sigaltstack, 1, NULL));
    CHILD("sigaltstack", "badold", syscall(SYS_sigaltstack, NULL, 1));
}

static void clocks(void)
{
    struct timespec t, bad = {0, 1000000000}, negative = {-1, 0}, zero = {0, 0};
    int dynamic = ~open("/dev/null", O_RDONLY) << 3 | 3;
    const int ids[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 100, -1, -2, -3, -4, -5, -6, -7, dynamic, ~777 << 3 | 3,
                       ~999999 << 3 | 2, ~999999 << 3 | 6, INT_MAX, INT_MIN};
    for (unsigned c = 0; c < sizeof ids / sizeof *ids; c++) {
        const char *kind = fmt("%d", ids[c]);
        SHOW("clock_gettime", kind, syscall(SYS_clock_gettime, ids[c], &t));
        SHOW("clock_gettime_bad", kind, syscall(SYS_clock_gettime, ids[c], 1));
        SHOW("clock_getres", kind, syscall(SYS_clock_getres, ids[c], &t));
        SHOW("clock_getres_null", kind, syscall(SYS_clock_getres, ids[c], NULL));
        SHOW("clock_settime", kind, syscall(SYS_clock_settime, ids[c], &t));
        SHOW("clock_settime_bad", kind, syscall(SYS_clock_settime, ids[c], &bad));
        SHOW("clock_nanosleep", kind, syscall(SYS_clock_nanosleep, ids[c], 0, &zero, NULL));
        SHOW("clock_nanosleep_abs", kind, syscall(SYS_clock_nanosleep, ids[c], 1, &zero, NULL));
        SHOW("clock_nanosleep_flags", kind, syscall(SYS_clock_nanosleep, ids[c], 0x80, &zero, NULL));
        SHOW("clock_nanosleep_bad", kind, syscall(SYS_clock_nanosleep, ids[c], 0, &bad, NULL));
        SHOW("clock_nanosleep_negative", kind, syscall(SYS_clock_nanosleep, ids[c], 0, &negative, NULL));
        SHOW("clock_nanosleep_pointer", kind, syscall(SYS_clock_nanosleep, ids[c], 0, 1, NULL));
        struct timex tx = {0};
        SHOW("clock_adjtime", kind, syscall(SYS_clock_adjtime, ids[c], &tx) >= 0 ? 0 : -1);
        OK("timerfd_create", kind, syscall(SYS_timerfd_create, ids[c], 0));
        OK("timerfd_create_flags", kind, syscall(SYS_timerfd_create, ids[c], 1));
        for (int notify = -1; notify < 6; notify++)
            for (int s = 0; s < 66; s += 65) {
                struct sigevent event = {.sigev_notify = notify, .sigev_signo = s ? 65 : SIGUSR1};
                int timer;
                SHOW(fmt("timer_create_%d_%d", notify, event.sigev_signo), kind, ({ long r = syscall(SYS_timer_create, ids[c], &event, &timer); int e = errno; if (r == 0) syscall(SYS_timer_delete, timer); errno = e; r; }));
            }
        SHOW("timer_create_null", kind, ({ int timer; long r = syscall(SYS_timer_create, ids[c], NULL, &timer); int e = errno; if (r == 0) syscall(SYS_timer_delete, timer); errno = e; r; }));
        SHOW("timer_create_badevent", kind, ({ int timer; syscall(SYS_timer_create, ids[c], 1, &timer); }));
        SHOW("timer_create_badid", kind, syscall(SYS_timer_create, ids[c], NULL, 1));
    }
    int timer;
    struct sigevent quiet = {.sigev_notify = SIGEV_NONE};
    syscall(SYS_timer_create, CLOCK_MONOTONIC, &quiet, &timer);
    const struct itimerspec specs[] = {{{0, 0}, {0, 0}}, {{0, 0}, {100, 0}}, {{1, 0}, {0, 0}}, {{0, 1000000000}, {1, 0}}, {{-1, 0}, {1, 0}}, {{0, 0}, {-1, 0}}, {{0, 0}, {0, -1}}};
    int fd = timerfd_create(CLOCK_MONOTONIC, 0), realtime = timerfd_create(CLOCK_REALTIME, 0);
    for (int s = 0; s < 7; s++)
        for (int flags = 0; flags < 5; flags++) {
            SHOW(fmt("timer_settime_%d", flags), fmt("%d", s), syscall(SYS_timer_settime, timer, flags, &specs[s], NULL));
            SHOW(fmt("timerfd_settime_%d", flags), fmt("%d", s), syscall(SYS_timerfd_settime, fd, flags, &specs[s], NULL));
            SHOW(fmt("timerfd_settime_real_%d", flags), fmt("%d", s), syscall(SYS_timerfd_settime, realtime, flags, &specs[s], NULL));
        }
    SHOW("timer_settime", "none", syscall(SYS_timer_settime, 999, 0, &specs[0], NULL));
    SHOW("timer_settime", "bad", syscall(SYS_timer_settime, timer, 0, 1, NULL));
    SHOW("timer_settime", "null", syscall(SYS_timer_settime, timer, 0, NULL, NULL));
    SHOW("timer_gettime", "none", syscall(SYS_timer_gettime, 999, &t));
    SHOW("timer_gettime", "bad", syscall(SYS_timer_gettime, timer, 1));
    SHOW("timer_getoverrun", "none", syscall(SYS_timer_getoverrun, 999));
    SHOW("timer_delete", "none", syscall(SYS_timer_delete, 999));
    SHOW("timer_delete", "twice", ({ syscall(SYS_timer_delete, timer); syscall(SYS_timer_delete, timer); }));
    struct itimerval value = {{0, 0}, {0, 0}}, badvalue = {{0, 1000000}, {0, 0}};
    for (int which = -1; which < 4; which++) {
        SHOW("setitimer", fmt("%d", which), setitimer(which, &value, NULL));
        SHOW("setitimer_bad", fmt("%d", which), setitimer(which, &badvalue, NULL));
        SHOW("setitimer_null", fmt("%d", which), syscall(SYS_setitimer, which, NULL, NULL));
        SHOW("setitimer_pointer", fmt("%d", which), syscall(SYS_setitimer, which, 1, NULL));
        SHOW("getitimer", fmt("%d", which), getitimer(which, &value));
        SHOW("getitimer_bad", fmt("%d", which), syscall(SYS_getitimer, which, 1));
        value = (struct itimerval){{0, 0}, {0, 0}};
    }
    SHOW("nanosleep", "bad", syscall(SYS_nanosleep, &bad, NULL));
    SHOW("nanosleep", "negative", syscall(SYS_nanosleep, &negative, NULL));
    SHOW("nanosleep", "pointer", syscall(SYS_nanosleep, 1, NULL));
    for (int m = 0; m < 16; m++) {
        struct timex tx = {.modes = 1u << m};
        SHOW("adjtimex", fmt("%x", 1u << m), syscall(SYS_adjtimex, &tx) >= 0 ? 0 : -1);
    }
    struct timeval now = {0, 0}, wrong = {0, 1000000};
    SHOW("settimeofday", "nobody", syscall(SYS_settimeofday, &now, NULL));
    SHOW("settimeofday", "wrong", syscall(SYS_settimeofday, &wrong, NULL));
    SHOW("settimeofday", "bad", syscall(SYS_settimeofday, 1, NULL));
    SHOW("time", "bad", syscall(SYS_time, 1));
}

static void futexes(void)
{
    static unsigned words[4] __attribute__((aligned(16)));
    struct timespec zero = {0, 0}, bad = {0, 1000000000};
    for (int op = 0; op < 16; op++)
        for (int flags = 0; flags < 4; flags++) {
            int command = op | flags * 128;
            const char *kind = fmt("%d_%d", op, flags);
            // Those that requeue have a number there.
            int counts = op == 3 || op == 4 || op == 5 || op == 12;
            void *time = counts ? (void *)1 : &zero, *wrong = counts ? (void *)1 : &bad;
            words[0] = words[1] = 0;
            if (op == 6 || op == 13) {
                CHILD("futex", kind, syscall(SYS_futex, words, command, 0, &bad, words + 1, 0));
                CHILD("futex_odd", kind, syscall(SYS_futex, (char *)words + 1, command, 0, &bad, words + 1, 0));
                continue;
            }
            CHILD("futex", kind, syscall(SYS_futex, words, command, 1, time, words + 1, 0));
            CHILD("futex_0", kind, syscall(SYS_futex, words, command, 0, time, words + 1, 1));
            CHILD("futex_odd", kind, syscall(SYS_futex, (char *)words + 1, command, 1, time, words + 1, 0));
            CHILD("futex_odd2", kind, syscall(SYS_futex, words, command, 1, time, (char *)words + 1, 0));
            CHILD("futex_bad", kind, syscall(SYS_futex, 8, command, 1, time, words + 1, 0));
            CHILD("futex_kernel", kind, syscall(SYS_futex, -4096L, command, 1, time, words + 1, 0));
            CHILD("futex_badtime", kind, syscall(SYS_futex, words, command, 1, wrong, words + 1, 0));
            CHILD("futex_same", kind, syscall(SYS_futex, words, command, 1, time, words, 0));
            CHILD("futex_negative", kind, syscall(SYS_futex, words, command, -1, -1L, words + 1, -1));
        }
    for (int op = 0; op < 16; op++)
        for (int compare = 0; compare < 8; compare++)
            CHILD("futex_wake_op", fmt("%d_%d", op, compare), syscall(SYS_futex, words, FUTEX_WAKE_OP, 1, 1, words + 1, (unsigned)op << 28 | compare << 24 | 0x001000));
    struct {
        unsigned long value, address;
        unsigned flags, reserved;
    } waiter[2] = {{1, (unsigned long)words, 2, 0}, {1, (unsigned long)words, 2, 0}};
    words[0] = 0;
    SHOW("futex_waitv", "ok", syscall(SYS_futex_waitv, waiter, 1, 0, NULL, 0));
    SHOW("futex_waitv", "none", syscall(SYS_futex_waitv, waiter, 0, 0, NULL, 0));
    SHOW("futex_waitv", "many", syscall(SYS_futex_waitv, waiter, 129, 0, NULL, 0));
    SHOW("futex_waitv", "flags", syscall(SYS_futex_waitv, waiter, 1, 1, NULL, 0));
    SHOW("futex_waitv", "null", syscall(SYS_futex_waitv, NULL, 1, 0, NULL, 0));
    SHOW("futex_waitv", "clock", syscall(SYS_futex_waitv, waiter, 1, 0, &zero, 99));
    SHOW("futex_waitv", "badtime", syscall(SYS_futex_waitv, waiter, 1, 0, &bad, 1));
    for (unsigned flags = 0; flags < 256; flags = flags ? flags * 2 : 1) {
        waiter[0].flags = flags;
        SHOW("futex_waitv_flags", fmt("%x", flags), syscall(SYS_futex_waitv, waiter, 1, 0, NULL, 0));
        SHOW("futex_wake2", fmt("%x", flags), syscall(454, words, ~0UL, 1, flags));
        SHOW("futex_wait2", fmt("%x", flags), syscall(455, words, 1, ~0UL, flags, NULL, 0));
    }
    waiter[0] = (typeof(waiter[0])){1, (unsigned long)words, 2, 1};
    SHOW("futex_waitv", "reserved", syscall(SYS_futex_waitv, waiter, 1, 0, NULL, 0));
    waiter[0] = (typeof(waiter[0])){1UL << 32, (unsigned long)words, 2, 0};
    SHOW("futex_waitv", "wide", syscall(SYS_futex_waitv, waiter, 1, 0, NULL, 0));
    waiter[0] = (typeof(waiter[0])){1, (unsigned long)words + 1, 2, 0};
    SHOW("futex_waitv", "odd", syscall(SYS_futex_waitv, waiter, 1, 0, NULL, 0));
    SHOW("futex_wake2", "mask", syscall(454, words, 0UL, 1, 2));
    SHOW("futex_wake2", "none", syscall(454, words, ~0UL, 0, 2));
    SHOW("futex_wait2", "mask", syscall(455, words, 1, 0UL, 2, NULL, 0));
    waiter[0] = waiter[1];
    SHOW("futex_requeue2", "differs", syscall(456, waiter, 0, 1, 1));
    SHOW("futex_requeue2", "flags", syscall(456, waiter, 1, 1, 1));
    SHOW("futex_requeue2", "negative", syscall(456, waiter, 0, -1, 1));
    SHOW("futex_requeue2", "null", syscall(456, NULL, 0, 1, 1));
}

static void waiting(void)
{
    struct pollfd one = {-1, POLLIN, 0};
    struct timespec zero = {0, 0}, bad = {0, 1000000000};
    struct timeval none = {0, 0}, badval = {0, -1}, large = {0, 2000000};
    unsigned long mask = 0;
    SHOW("poll", "none", poll(NULL, 0, 0));
    SHOW("poll", "null", poll(NULL, 1, 0));
    SHOW("poll", "negative", poll(&one, 1, 0));
    SHOW("poll", "many", poll(&one, 5000, 0));
    SHOW("poll", "huge", syscall(SYS_poll, &one, -1, 0));
    SHOW("ppoll", "badtime", syscall(SYS_ppoll, &one, 1, &bad, NULL, 8));
    SHOW("ppoll", "pointer", syscall(SYS_ppoll, &one, 1, 1, NULL, 8));
    SHOW("ppoll", "masksize", syscall(SYS_ppoll, &one, 1, &zero, &mask, 4));
    SHOW("ppoll", "nomask", syscall(SYS_ppoll, &one, 1, &zero, NULL, 4));
    SHOW("ppoll", "badmask", syscall(SYS_ppoll, &one, 1, &zero, 1, 8));
    fd_set set;
    FD_ZERO(&set);
    SHOW("select", "none", syscall(SYS_select, 0, NULL, NULL, NULL, &none));
    SHOW("select", "negative", syscall(SYS_select, -1, NULL, NULL, NULL, &none));
    SHOW("select", "badset", syscall(SYS_select, 1, 1, NULL, NULL, &none));
    SHOW("select", "badtime", syscall(SYS_select, 0, NULL, NULL, NULL, &badval));
    SHOW("select", "large", syscall(SYS_select, 1, ({ FD_SET(0, &set); &set; }), &set, NULL, &large) >= 0);
    SHOW("select", "closed", syscall(SYS_select, 900, ({ FD_ZERO(&set); FD_SET(899, &set); &set; }), NULL, NULL, &none));
    SHOW("select", "beyond", syscall(SYS_select, 100000, ({ FD_ZERO(&set); &set; }), NULL, NULL, &none) >= 0 ? 0 : -1);
    SHOW("pselect6", "masksize", ({ struct { void *p; size_t n; } m = {&mask, 4}; syscall(SYS_pselect6, 0, NULL, NULL, NULL, &zero, &m); }));
    SHOW("pselect6", "nullmask", ({ struct { void *p; size_t n; } m = {NULL, 4}; syscall(SYS_pselect6, 0, NULL, NULL, NULL, &zero, &m); }));
    SHOW("pselect6", "badpack", syscall(SYS_pselect6, 0, NULL, NULL, NULL, &zero, 1));
    int epoll = epoll_create1(0), event = eventfd(0, 0);
    static struct epoll_event item = {.events = EPOLLIN}; // below, not near the end of the address space
    static const int counts[] = {-1, 0, 1, 2000, INT_MAX / 12, INT_MAX / 12 + 1, INT_MAX};
    for (int c = 0; c < 7; c++)
        SHOW("epoll_wait", fmt("%d", counts[c]), syscall(SYS_epoll_wait, epoll, &item, counts[c], 0));
    SHOW("epoll_pwait", "masksize", syscall(SYS_epoll_pwait, epoll, &item, 1, 0, &mask, 4));
    SHOW("epoll_pwait2", "badtime", syscall(SYS_epoll_pwait2, epoll, &item, 1, &bad, NULL, 8));
    SHOW("epoll_ctl", "twice", ({ epoll_ctl(epoll, 1, event, &item); epoll_ctl(epoll, 1, event, &item); }));
    for (int bit = 0; bit < 32; bit++) {
        struct epoll_event e = {.events = 1u << bit};
        SHOW("epoll_mod", fmt("%x", 1u << bit), epoll_ctl(epoll, EPOLL_CTL_MOD, event, &e));
        SHOW("epoll_add", fmt("%x", 1u << bit), ({ epoll_ctl(epoll, EPOLL_CTL_DEL, event, NULL); epoll_ctl(epoll, EPOLL_CTL_ADD, event, &e); }));
        SHOW("epoll_remod", fmt("%x", 1u << bit), epoll_ctl(epoll, EPOLL_CTL_MOD, event, &item));
        epoll_ctl(epoll, EPOLL_CTL_DEL, event, NULL);
        epoll_ctl(epoll, EPOLL_CTL_ADD, event, &item);
    }
    for (unsigned flags = 0; flags < 0x100000; flags = flags ? flags * 2 : 1) {
        OK("epoll_create1", fmt("%x", flags), epoll_create1(flags));
        OK("eventfd2", fmt("%x", flags), syscall(SYS_eventfd2, 0, flags));
        OK("inotify_init1", fmt("%x", flags), inotify_init1(flags));
        OK("signalfd4", fmt("%x", flags), syscall(SYS_signalfd4, -1, &mask, 8, flags));
        OK("timerfd_create_flags", fmt("%x", flags), timerfd_create(CLOCK_MONOTONIC, flags));
        OK("pipe2", fmt("%x", flags), ({ int p[2]; pipe2(p, flags); }));
    }
    close_all();
    SHOW("pipe", "bad", syscall(SYS_pipe, 1));
    int watch = inotify_init1(0);
    for (int bit = 0; bit < 32; bit++)
        OK("inotify_add_watch", fmt("%x", 1u << bit), inotify_add_watch(watch, dir, 1u << bit));
    SHOW("inotify_add_watch", "create_add", inotify_add_watch(watch, dir, IN_MASK_ADD | 0x10000000 | 1));
    SHOW("inotify_add_watch", "0", inotify_add_watch(watch, dir, 0));
    SHOW("inotify_add_watch", "exists", inotify_add_watch(watch, dir, 0x10000000 | 1));
}

int main(void)
{
    begin();
    actions();
    clocks();
    futexes();
    waiting();
    return end();
}
