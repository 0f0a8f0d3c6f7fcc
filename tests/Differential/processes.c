// Calls about processes: waiting, cloning, ids, capabilities, limits, scheduling, prctl, namespaces. Arguments good and bad.
#include "differential.h"
#include <linux/capability.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/uio.h>

// Not 1: in a carrel that is the program itself.
static const int pids[] = {0, -1, -2, 999999, 4194304, INT_MAX, INT_MIN};
#define EACH_PID(label, call)                                          \
    for (int p = 0; p < 7; p++) {                                      \
        int pid = pids[p];                                             \
        CHILD(label, fmt("%d", pid), call);                            \
    }

static void waits(void)
{
    siginfo_t info;
    int status;
    for (int o = -1; o < 32; o++) {
        unsigned options = o < 0 ? 0 : 1u << o;
        CHILD(fmt("wait4_%x", options), "nochild", syscall(SYS_wait4, -1, &status, options | WNOHANG, NULL));
        for (int type = -1; type < 5; type++)
            CHILD(fmt("waitid_%x", options), fmt("%d", type), syscall(SYS_waitid, type, type == 3 ? 777 : 1, &info, options | WNOHANG, NULL));
        CHILD(fmt("waitid_exited_%x", options), "all", syscall(SYS_waitid, P_ALL, 0, &info, options | WNOHANG | WEXITED, NULL));
    }
    for (int kind = 0; kind < 5; kind++) {
        static const char *const kinds[] = {"child", "group", "any", "badstatus", "badinfo"};
        SHOW("wait4_zombie", kinds[kind], ({
                 pid_t child = fork();
                 if (child == 0)
                     _exit(7);
                 waitid(P_PID, child, &info, WEXITED | WNOWAIT);
                 long r = kind == 0   ? waitpid(child, &status, 0) == child
                          : kind == 1 ? waitpid(0, &status, 0) == child
                          : kind == 2 ? waitpid(-1, &status, __WALL) == child
                          : kind == 3 ? syscall(SYS_wait4, child, 1, 0, NULL)
                                      : syscall(SYS_waitid, P_PID, child, 1, WEXITED, NULL);
                 int e = errno;
                 waitpid(child, NULL, 0);
                 errno = e;
                 r;
             }));
    }
    EACH_PID("wait4", syscall(SYS_wait4, pid, NULL, WNOHANG, NULL));
}

static void clones(void)
{
    static const unsigned long flags[] = {
        CLONE_VM, CLONE_FS | CLONE_NEWNS, CLONE_NEWUSER | CLONE_FS, CLONE_THREAD, CLONE_THREAD | CLONE_SIGHAND, CLONE_SIGHAND, CLONE_PARENT, CLONE_NEWPID,
        CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWCGROUP, CLONE_PIDFD, CLONE_PIDFD | CLONE_PARENT_SETTID, CLONE_DETACHED,
        CLONE_PIDFD | CLONE_DETACHED, CLONE_THREAD | CLONE_NEWPID, CLONE_IO, CLONE_PTRACE, CLONE_UNTRACED, CLONE_VFORK, CLONE_SYSVSEM | CLONE_NEWIPC,
        CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, CLONE_SETTLS, 99, 0x100,
    };
    for (unsigned f = 0; f < sizeof flags / sizeof *flags; f++) {
        if (flags[f] & (CLONE_VM | CLONE_VFORK) && !(flags[f] & CLONE_THREAD))
            continue;
        CHILD("clone", fmt("%lx", flags[f]), ({
                  long r = syscall(SYS_clone, flags[f] | ((flags[f] & 0xff) ? 0 : SIGCHLD), NULL, flags[f] & CLONE_PIDFD ? (void *)&r : NULL, NULL, NULL);
                  if (r == 0)
                      _exit(0);
                  r;
              }));
        CHILD("unshare", fmt("%lx", flags[f]), unshare(flags[f]));
    }
    struct clone_args args;
    char space[256];
#define CLONE3(name, size, ...)                                        \
    CHILD("clone3", name, ({                                           \
              memset(space, 0, sizeof space);                          \
              args = (struct clone_args){__VA_ARGS__};                 \
              memcpy(space, &args, sizeof args);                       \
              long r = syscall(SYS_clone3, space, (size_t)(size));     \
              if (r == 0)                                              \
                  _exit(0);                                            \
              r;                                                       \
          }))
    CLONE3("plain", 64, .exit_signal = SIGCHLD);
    CLONE3("88", 88, .exit_signal = SIGCHLD);
    CLONE3("80", 80, .exit_signal = SIGCHLD);
    CLONE3("small", 63, .exit_signal = SIGCHLD);
    CLONE3("zero", 0, .exit_signal = SIGCHLD);
    CLONE3("large", 200, .exit_signal = SIGCHLD);
    CLONE3("huge", 5000, .exit_signal = SIGCHLD);
    CLONE3("nosignal", 64, .exit_signal = 0);
    CLONE3("badsignal", 64, .exit_signal = 65);
    CLONE3("hugesignal", 64, .exit_signal = 256);
    CLONE3("parentsignal", 64, .flags = CLONE_PARENT, .exit_signal = SIGCHLD);
    CLONE3("threadsignal", 64, .flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD);
    CLONE3("csignal", 64, .flags = 17);
    CLONE3("detached", 64, .flags = CLONE_DETACHED, .exit_signal = SIGCHLD);
    CLONE3("unknown", 64, .flags = 1UL << 40, .exit_signal = SIGCHLD);
    CLONE3("stackonly", 64, .stack = 0x1000, .exit_signal = SIGCHLD);
    CLONE3("sizeonly", 64, .stack_size = 0x1000, .exit_signal = SIGCHLD);
    CLONE3("badstack", 64, .stack = -4096UL, .stack_size = 8192, .exit_signal = SIGCHLD);
    CLONE3("settid", 80, .set_tid = 1, .set_tid_size = 1, .exit_signal = SIGCHLD);
    CLONE3("settidnull", 80, .set_tid = 0, .set_tid_size = 1, .exit_signal = SIGCHLD);
    CLONE3("settidsize", 80, .set_tid = 1, .set_tid_size = 0, .exit_signal = SIGCHLD);
    CLONE3("settidmany", 80, .set_tid = 1, .set_tid_size = 33, .exit_signal = SIGCHLD);
    CLONE3("cgroup", 88, .flags = CLONE_INTO_CGROUP, .cgroup = 777, .exit_signal = SIGCHLD);
    CLONE3("clearsighand", 64, .flags = 0x100000000UL, .exit_signal = SIGCHLD);
    CLONE3("clearsighand_shared", 64, .flags = 0x100000000UL | CLONE_SIGHAND | CLONE_VM, .exit_signal = SIGCHLD);
    CHILD("clone3", "badpointer", syscall(SYS_clone3, 1, 64));
    static const int kinds[] = {0, CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWIPC, 0x12345};
    static const char *const files[] = {"user", "mnt", "pid", "net", "uts", "ipc", "cgroup", "pid_for_children"};
    for (unsigned k = 0; k < 8; k++)
        for (unsigned f = 0; f < 8; f++)
            CHILD(fmt("setns_%x", kinds[k]), files[f], setns(open(fmt("/proc/self/ns/%s", files[f]), O_RDONLY), kinds[k]));
}

static void ids(void)
{
    static const int values[] = {0, 65534, 1, -1};
    for (int a = 0; a < 4; a++) {
        CHILD("setuid", fmt("%d", values[a]), syscall(SYS_setuid, values[a]));
        CHILD("setgid", fmt("%d", values[a]), syscall(SYS_setgid, values[a]));
        SHOW("setfsuid", fmt("%d", values[a]), syscall(SYS_setfsuid, values[a]));
        SHOW("setfsgid", fmt("%d", values[a]), syscall(SYS_setfsgid, values[a]));
        for (int b = 0; b < 4; b++) {
            CHILD("setreuid", fmt("%d_%d", values[a], values[b]), syscall(SYS_setreuid, values[a], values[b]));
            CHILD("setregid", fmt("%d_%d", values[a], values[b]), syscall(SYS_setregid, values[a], values[b]));
            for (int c = 0; c < 4; c++) {
                CHILD("setresuid", fmt("%d_%d_%d", values[a], values[b], values[c]), syscall(SYS_setresuid, values[a], values[b], values[c]));
                CHILD("setresgid", fmt("%d_%d_%d", values[a], values[b], values[c]), syscall(SYS_setresgid, values[a], values[b], values[c]));
            }
        }
    }
    gid_t list[4];
    SHOW("getgroups", "0", getgroups(0, NULL));
    SHOW("getgroups", "-1", syscall(SYS_getgroups, -1, list));
    SHOW("getgroups", "4", getgroups(4, list));
    SHOW("setgroups", "0", setgroups(0, NULL));
    SHOW("setgroups", "huge", syscall(SYS_setgroups, 65537, list));
    SHOW("setgroups", "bad", syscall(SYS_setgroups, 1, 1));
    static const unsigned versions[] = {0, _LINUX_CAPABILITY_VERSION_1, _LINUX_CAPABILITY_VERSION_2, _LINUX_CAPABILITY_VERSION_3, 0x12345678};
    for (int v = 0; v < 5; v++)
        for (int p = 0; p < 7; p++) {
            struct __user_cap_header_struct header = {versions[v], pids[p]};
            struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
            SHOW(fmt("capget_%x", versions[v]), fmt("%d", pids[p]), syscall(SYS_capget, &header, data));
            header.version = versions[v];
            SHOW(fmt("capget_null_%x", versions[v]), fmt("%d", pids[p]), syscall(SYS_capget, &header, NULL));
            header.version = versions[v];
            CHILD(fmt("capset_%x", versions[v]), fmt("%d", pids[p]), syscall(SYS_capset, &header, data));
            data[0].effective = 1;
            header.version = versions[v];
            CHILD(fmt("capset_more_%x", versions[v]), fmt("%d", pids[p]), syscall(SYS_capset, &header, data));
        }
    SHOW("capget", "bad", syscall(SYS_capget, 1, NULL));
    EACH_PID("getpgid", getpgid(pid));
    EACH_PID("getsid", getsid(pid));
    EACH_PID("setpgid", setpgid(pid, 0));
    EACH_PID("setpgid_to", setpgid(0, pid));
    EACH_PID("kill", pid == -1 ? -1 : kill(pid, 0));
    EACH_PID("kill_bad", kill(pid, 65));
    EACH_PID("kill_negative", kill(pid, -1));
    EACH_PID("tgkill", syscall(SYS_tgkill, pid, pid, 0));
    EACH_PID("tgkill_mixed", syscall(SYS_tgkill, getpid(), pid, 0));
    EACH_PID("tkill", syscall(SYS_tkill, pid, 0));
    EACH_PID("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
    EACH_PID("pidfd_open_thread", syscall(SYS_pidfd_open, pid, O_EXCL));
    EACH_PID("pidfd_open_flags", syscall(SYS_pidfd_open, pid, 1));
    siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
    EACH_PID("rt_sigqueueinfo", syscall(SYS_rt_sigqueueinfo, pid, 0, &info));
    EACH_PID("rt_tgsigqueueinfo", syscall(SYS_rt_tgsigqueueinfo, pid, pid, 0, &info));
    info.si_code = SI_KERNEL;
    EACH_PID("rt_sigqueueinfo_kernel", syscall(SYS_rt_sigqueueinfo, pid, 0, &info));
    CHILD("rt_sigqueueinfo_kernel", "self", syscall(SYS_rt_sigqueueinfo, getpid(), 0, &info));
    CHILD("rt_sigqueueinfo", "bad", syscall(SYS_rt_sigqueueinfo, getpid(), 0, 1));
    int self = syscall(SYS_pidfd_open, getpid(), 0);
    for (int signal = -1; signal < 67; signal += 66)
        for (unsigned flags = 0; flags < 17; flags = flags ? flags * 2 : 1)
            SHOW(fmt("pidfd_send_signal_%d", signal), fmt("%x", flags), syscall(SYS_pidfd_send_signal, self, signal, NULL, flags));
    SHOW("pidfd_send_signal", "0", syscall(SYS_pidfd_send_signal, self, 0, NULL, 0));
    SHOW("pidfd_send_signal", "badinfo", syscall(SYS_pidfd_send_signal, self, 0, 1, 0));
    SHOW("pidfd_getfd", "none", syscall(SYS_pidfd_getfd, self, 777, 0));
    SHOW("pidfd_getfd", "flags", syscall(SYS_pidfd_getfd, self, 1, 1));
    CHILD("setsid", "leader", ({ setpgid(0, 0); setsid(); }));
    CHILD("setsid", "child", setsid());
    CHILD("setsid", "twice", ({ setsid(); setsid(); }));
    CHILD("setpgid", "leader", ({ setsid(); setpgid(0, 0); }));
}

static void limits(void)
{
    struct rlimit64 limit;
    for (int resource = -1; resource < 18; resource++) {
        SHOW("getrlimit", fmt("%d", resource), syscall(SYS_getrlimit, resource, &limit));
        SHOW("getrlimit_bad", fmt("%d", resource), syscall(SYS_getrlimit, resource, 1));
        CHILD("setrlimit_same", fmt("%d", resource), ({ syscall(SYS_prlimit64, 0, resource, NULL, &limit); syscall(SYS_setrlimit, resource, &limit); }));
        CHILD("setrlimit_low", fmt("%d", resource), ({ struct rlimit64 low = {1, 1}; syscall(SYS_setrlimit, resource, &low); }));
        CHILD("setrlimit_crossed", fmt("%d", resource), ({ struct rlimit64 crossed = {2, 1}; syscall(SYS_setrlimit, resource, &crossed); }));
        CHILD("setrlimit_raise", fmt("%d", resource), ({ struct rlimit64 low = {1, 1}, high = {1, 2}; syscall(SYS_setrlimit, resource, &low); syscall(SYS_setrlimit, resource, &high); }));
        CHILD("prlimit_init", fmt("%d", resource), syscall(SYS_prlimit64, 999999, resource, NULL, &limit));
    }
    CHILD("setrlimit", "nofile_huge", ({ struct rlimit64 huge = {1 << 21, 1 << 21}; syscall(SYS_setrlimit, RLIMIT_NOFILE, &huge); }));
    struct rusage usage;
    for (int who = -3; who < 3; who++) {
        SHOW("getrusage", fmt("%d", who), getrusage(who, &usage));
        SHOW("getrusage_bad", fmt("%d", who), syscall(SYS_getrusage, who, 1));
    }
    for (int which = -1; which < 4; which++)
        for (int p = 0; p < 7; p++) {
            if (which >= 0 && pids[p] == 0)
                continue;
            SHOW(fmt("getpriority_%d", which), fmt("%d", pids[p]), syscall(SYS_getpriority, which, pids[p]));
            CHILD(fmt("setpriority_%d", which), fmt("%d", pids[p]), syscall(SYS_setpriority, which, pids[p], 5));
            SHOW(fmt("ioprio_get_%d", which), fmt("%d", pids[p]), syscall(SYS_ioprio_get, which, pids[p]));
            CHILD(fmt("ioprio_set_%d", which), fmt("%d", pids[p]), syscall(SYS_ioprio_set, which, pids[p], 0));
        }
    for (int class = 0; class < 5; class++)
        for (int level = 0; level < 10; level++)
            CHILD(fmt("ioprio_class_%d", class), fmt("%d", level), syscall(SYS_ioprio_set, 1, 0, class << 13 | level));
    CHILD("nice", "up", syscall(SYS_setpriority, PRIO_PROCESS, 0, -1));
    CHILD("nice", "far", syscall(SYS_setpriority, PRIO_PROCESS, 0, 100));
    SHOW("times", "bad", syscall(SYS_times, 1));
    OK("times", "null", syscall(SYS_times, NULL));
    SHOW("sysinfo", "bad", syscall(SYS_sysinfo, 1));
    SHOW("uname", "bad", syscall(SYS_uname, 1));
    SHOW("getcpu", "null", syscall(SYS_getcpu, NULL, NULL, NULL));
    SHOW("getcpu", "bad", syscall(SYS_getcpu, 1, NULL, NULL));
    char bytes[16];
    for (unsigned flags = 0; flags < 9; flags++)
        SHOW("getrandom", fmt("%x", flags), syscall(SYS_getrandom, bytes, 16, flags));
    SHOW("getrandom", "bad", syscall(SYS_getrandom, 1, 16, 0));
    SHOW("getrandom", "none", syscall(SYS_getrandom, 1, 0, 0));
    static char head[64];
    SHOW("set_robust_list", "ok", syscall(SYS_set_robust_list, head, 24));
    SHOW("set_robust_list", "size", syscall(SYS_set_robust_list, head, 23));
    void *pointer;
    size_t size;
    EACH_PID("get_robust_list", syscall(SYS_get_robust_list, pid, &pointer, &size));
    SHOW("get_robust_list", "bad", syscall(SYS_get_robust_list, 0, 1, &size));
    SHOW("sethostname", "nobody", sethostname("x", 1));
    SHOW("sethostname", "long", syscall(SYS_sethostname, "x", 65));
    SHOW("setdomainname", "nobody", syscall(SYS_setdomainname, "x", 1));
    SHOW("reboot", "nobody", syscall(SYS_reboot, 0, 0, 0, 0));
    SHOW("vhangup", "nobody", syscall(SYS_vhangup));
    SHOW("syslog", "bad", syscall(SYS_syslog, 99, NULL, 0));
    SHOW("personality", "query", syscall(SYS_personality, 0xffffffff));
    CHILD("personality", "linux32", syscall(SYS_personality, PER_LINUX32));
    for (int op = -1; op < 12; op++)
        SHOW("kcmp", fmt("%d", op), op == 7 ? -2 : syscall(SYS_kcmp, getpid(), getpid(), op, 0, 0));
    SHOW("kcmp", "nopid", syscall(SYS_kcmp, 999999, getpid(), 0, 0, 0));
    SHOW("kcmp", "badfd", syscall(SYS_kcmp, getpid(), getpid(), 0, 0, 777));
}

static void scheduling(void)
{
    struct sched_param parameter = {0};
    struct timespec interval;
    cpu_set_t set;
    EACH_PID("sched_getscheduler", syscall(SYS_sched_getscheduler, pid));
    EACH_PID("sched_getparam", syscall(SYS_sched_getparam, pid, &parameter));
    EACH_PID("sched_rr_get_interval", syscall(SYS_sched_rr_get_interval, pid, &interval));
    EACH_PID("sched_getaffinity", syscall(SYS_sched_getaffinity, pid, sizeof set, &set));
    EACH_PID("sched_setaffinity", ({ memset(&set, 255, sizeof set); syscall(SYS_sched_setaffinity, pid, sizeof set, &set); }));
    SHOW("sched_getaffinity", "odd", syscall(SYS_sched_getaffinity, 0, 7, &set));
    SHOW("sched_getaffinity", "0", syscall(SYS_sched_getaffinity, 0, 0, &set));
    SHOW("sched_getaffinity", "bad", syscall(SYS_sched_getaffinity, 0, sizeof set, 1));
    SHOW("sched_setaffinity", "none", ({ memset(&set, 0, sizeof set); syscall(SYS_sched_setaffinity, 0, sizeof set, &set); }));
    SHOW("sched_setaffinity", "bad", syscall(SYS_sched_setaffinity, 0, 8, 1));
    SHOW("sched_getparam", "null", syscall(SYS_sched_getparam, 0, NULL));
    for (int policy = -1; policy < 9; policy++) {
        SHOW("sched_get_priority_max", fmt("%d", policy), syscall(SYS_sched_get_priority_max, policy));
        SHOW("sched_get_priority_min", fmt("%d", policy), syscall(SYS_sched_get_priority_min, policy));
        for (int priority = -1; priority < 101; priority = priority < 1 ? priority + 1 : priority + 99) {
            struct sched_param wanted = {priority};
            CHILD(fmt("sched_setscheduler_%d", policy), fmt("%d", priority), syscall(SYS_sched_setscheduler, 0, policy, &wanted));
            CHILD(fmt("sched_setscheduler_reset_%d", policy), fmt("%d", priority), syscall(SYS_sched_setscheduler, 0, policy | 0x40000000, &wanted));
            struct {
                unsigned size, policy;
                unsigned long flags;
                int nice;
                unsigned priority;
                unsigned long runtime, deadline, period;
            } attributes = {48, policy, 0, 0, priority, 0, 0, 0};
            CHILD(fmt("sched_setattr_%d", policy), fmt("%d", priority), syscall(SYS_sched_setattr, 0, &attributes, 0));
            attributes.size = 47;
            CHILD(fmt("sched_setattr_small_%d", policy), fmt("%d", priority), syscall(SYS_sched_setattr, 0, &attributes, 0));
            attributes.size = 48;
            attributes.flags = 0x100;
            CHILD(fmt("sched_setattr_flags_%d", policy), fmt("%d", priority), syscall(SYS_sched_setattr, 0, &attributes, 0));
        }
    }
    char space[128];
    for (int size = 0; size < 128; size += 16) {
        SHOW("sched_getattr", fmt("%d", size), syscall(SYS_sched_getattr, 0, space, size, 0));
        SHOW("sched_getattr_flags", fmt("%d", size), syscall(SYS_sched_getattr, 0, space, size, 1));
    }
    SHOW("sched_setattr", "badpointer", syscall(SYS_sched_setattr, 0, 1, 0));
    SHOW("sched_setattr", "null", syscall(SYS_sched_setattr, 0, NULL, 0));
    SHOW("sched_yield", "", syscall(SYS_sched_yield));
}

static void controls(void)
{
    static char name[64];
    static const unsigned long values[] = {0, 1, 2, 3, 4, 64, 65, -1UL};
    for (int option = -1; option < 80; option++) {
        if (option == 25 || option == 26 || option == 35 || option == 41 || option == 23 || option == 24)
            continue; // the time stamp counter, PR_SET_MM, THP, capability bounds: below, or the machine's business
        if (option > 51 && option != 55 && option != 56 && option != 59)
            continue; // speculation, vectors of other machines, core scheduling
        for (int v = 0; v < 8; v++) {
            CHILD(fmt("prctl_%d", option), fmt("%lx", values[v]), syscall(SYS_prctl, option, values[v], 0, 0, 0));
            CHILD(fmt("prctl_a3_%d", option), fmt("%lx", values[v]), syscall(SYS_prctl, option, values[v], 1, 0, 0));
            CHILD(fmt("prctl_a5_%d", option), fmt("%lx", values[v]), syscall(SYS_prctl, option, values[v], 0, 0, 1));
        }
        CHILD(fmt("prctl_%d", option), "pointer", syscall(SYS_prctl, option, name, 0, 0, 0));
    }
    for (int capability = -1; capability < 66; capability++) {
        CHILD("bounding_read", fmt("%d", capability), syscall(SYS_prctl, PR_CAPBSET_READ, capability, 0, 0, 0));
        CHILD("bounding_drop", fmt("%d", capability), syscall(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0));
        for (int op = 0; op < 6; op++)
            CHILD(fmt("ambient_%d", op), fmt("%d", capability), syscall(SYS_prctl, PR_CAP_AMBIENT, op, capability, 0, 0));
    }
    CHILD("ambient", "extra", syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 1, 1, 0));
    for (int what = 0; what < 16; what++) {
        CHILD("prctl_mm", fmt("%d", what), syscall(SYS_prctl, PR_SET_MM, what, 0, 0, 0));
        CHILD("prctl_mm_a5", fmt("%d", what), syscall(SYS_prctl, PR_SET_MM, what, 0, 0, 1));
    }
    static const int codes[] = {0x1001, 0x1002, 0x1003, 0x1004, 0x1011, 0x1000, 0x2000, 0x3000, 0};
    for (int c = 0; c < 9; c++) {
        CHILD("arch_prctl_kernel", fmt("%x", codes[c]), syscall(SYS_arch_prctl, codes[c], -4096L));
        if (codes[c] != 0x1002 && codes[c] != 0x1011)
            CHILD("arch_prctl_1", fmt("%x", codes[c]), syscall(SYS_arch_prctl, codes[c], 1));
    }
    struct sock_filter allow[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}}, bad[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0}}, odd[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 3}, {BPF_RET | BPF_K, 0, 0, 0}};
    struct sock_fprog programs[] = {{1, allow}, {0, allow}, {1, bad}, {2, odd}, {4097, allow}, {1, (void *)1}};
    for (int op = -1; op < 5; op++)
        for (unsigned flags = 0; flags < 65; flags = flags ? flags * 2 : 1)
            for (int p = 0; p < 6; p++) {
                if (op == 0 || (op == 1 && flags == 8))
                    continue;
                unsigned action = p == 0 ? SECCOMP_RET_ALLOW : p == 1 ? SECCOMP_RET_TRACE : p;
                void *argument = op == 2 ? (void *)&action : op == 3 ? (void *)name : (void *)&programs[p];
                CHILD(fmt("seccomp_%d_%x", op, flags), fmt("%d", p), syscall(SYS_seccomp, op, flags, argument));
                CHILD(fmt("seccomp_nnp_%d_%x", op, flags), fmt("%d", p), ({ prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); syscall(SYS_seccomp, op, flags, argument); }));
            }
    CHILD("seccomp_strict", "arguments", syscall(SYS_seccomp, 0, 0, 1));
    CHILD("seccomp_strict", "flags", syscall(SYS_seccomp, 0, 1, NULL));
    CHILD("seccomp_strict", "dies", ({ syscall(SYS_seccomp, 0, 0, NULL); getpid(); }));
    for (int request = 0; request < 25; request++) {
        if (request == PTRACE_TRACEME)
            continue;
        CHILD(fmt("ptrace_%d", request), "none", syscall(SYS_ptrace, request, 999999, 0, 0));
        CHILD(fmt("ptrace_%d", request), "self", syscall(SYS_ptrace, request, getpid(), 0, 0));
    }
    for (int request = 0x4200; request < 0x4212; request++) {
        CHILD(fmt("ptrace_%x", request), "none", syscall(SYS_ptrace, request, 999999, 0, 0));
        CHILD(fmt("ptrace_%x", request), "self", syscall(SYS_ptrace, request, getpid(), 0, 0));
    }
    CHILD("ptrace", "traceme_twice", ({ ptrace(PTRACE_TRACEME); ptrace(PTRACE_TRACEME); }));
}

int main(void)
{
    begin();
    struct rlimit core = {0, 0};
    setrlimit(RLIMIT_CORE, &core);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    setpgid(0, 0);
    waits();
    clones();
    ids();
    limits();
    scheduling();
    controls();
    return end();
}
