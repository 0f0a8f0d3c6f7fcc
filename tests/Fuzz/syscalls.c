// Random system calls with arguments that are half sensible. For the inside of a carrel only: it refuses to run on another kernel.
// usage: syscalls SEED [CALLS]
// What it looks for is an end of the kernel (exit status 125 of carrel), not what the calls return.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static uint64_t below(uint64_t n)
{
    return next() % n;
}

static char *pages;
enum { PAGES = 64 };

static const char *const paths[] = {
    "/", ".", "..", "", "/tmp", "/tmp/a", "/tmp/b", "/tmp/a/../b", "/proc/self/fd/3", "/proc/self/mem", "/proc/self/maps", "/proc/self/status", "/proc/1/stat",
    "/dev/null", "/dev/zero", "/dev/tty", "/dev/ptmx", "/dev/pts/0", "/dev/shm/x", "/proc/self/exe", "/proc/self/ns/mnt", "/proc/sys/kernel/hostname", "/sys", "/etc/passwd",
    "/tmp/dir", "/tmp/dir/x", "/tmp/link", "/proc/self/task", "/proc/self/oom_score_adj", "/bin/true", "a", "b", "dir", "/dev/full", "/proc/self/cwd", "/proc/self/root/tmp/a",
};

static uint64_t number(void)
{
    switch (below(12)) {
    case 0: return 0;
    case 1: return 1;
    case 2: return (uint64_t)-1;
    case 3: return below(16);
    case 4: return below(256);
    case 5: return 1ull << below(64);
    case 6: return (1ull << below(64)) - 1;
    case 7: return (uint64_t)-(int64_t)below(4096);
    case 8: return next();
    case 9: return 0x7fffffff - below(3) + below(3);
    case 10: return below(PAGES * 4096);
    default: return 4096 * below(64);
    }
}

static uint64_t address(void)
{
    switch (below(8)) {
    case 0: return 0;
    case 1: return number();
    case 2: return (uint64_t)pages + PAGES * 4096 - below(64);
    case 3: return (uint64_t)paths[below(sizeof paths / sizeof *paths)];
    case 4: return (uint64_t)&state + below(4096);
    default: return (uint64_t)pages + below(PAGES * 4096 / 8) * 8;
    }
}

static uint64_t argument(int position)
{
    switch (below(8)) {
    case 0: return number();
    case 1: return below(24);
    case 2: return position == 0 ? below(24) : number();
    case 3: return (uint64_t)(int64_t)AT_FDCWD;
    default: return position == 0 && below(2) ? below(24) : address();
    }
}

// Memory for arguments: numbers, descriptors, addresses, paths.
static void scribble(void)
{
    uint64_t *words = (uint64_t *)pages;
    for (int i = 0; i < 64; i++) {
        size_t at = below(PAGES * 512);
        switch (below(4)) {
        case 0: words[at] = number(); break;
        case 1: words[at] = address(); break;
        case 2: words[at] = below(24) | below(24) << 32; break;
        default: strncpy(pages + at * 8 % (PAGES * 4096 - 64), paths[below(sizeof paths / sizeof *paths)], 32);
        }
    }
}

static int forbidden(long nr)
{
    switch (nr) {
    case SYS_exit: case SYS_exit_group: case SYS_pause: case SYS_rt_sigsuspend: case SYS_rt_sigreturn: case SYS_vfork: case SYS_fork: case SYS_clone:
    case SYS_kill: case SYS_reboot: case SYS_rt_sigtimedwait: case SYS_seccomp:
        return below(40) != 0;
    }
    return 0;
}

static void child(uint64_t seed, int calls)
{
    state = seed * 0x9e3779b97f4a7c15ull | 1;
    for (int i = 0; i < 20; i++)
        next();
    alarm(2);
    for (int i = 0; i < 6; i++) {
        int pair[2];
        switch (below(8)) {
        case 0: if (pipe(pair)) {} break;
        case 1: if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) {} break;
        case 2: if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) {} break;
        case 3: syscall(SYS_epoll_create1, 0); syscall(SYS_eventfd2, 1, 0); break;
        case 4: syscall(SYS_timerfd_create, 1, 0); syscall(SYS_inotify_init1, 0); break;
        case 5: syscall(SYS_memfd_create, "m", 0); break;
        case 6: open("/dev/ptmx", O_RDWR); open("/tmp", O_RDONLY | O_DIRECTORY); break;
        default: open("/tmp/a", O_RDWR | O_CREAT, 0600); open("/tmp", O_TMPFILE | O_RDWR, 0600);
        }
    }
    for (int i = 0; i < calls; i++) {
        if (below(4) == 0)
            scribble();
        long nr = below(10) ? (long)below(335) : 424 + (long)below(46);
        if (forbidden(nr))
            continue;
        uint64_t a[6];
        for (int k = 0; k < 6; k++)
            a[k] = argument(k);
        syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    struct utsname name;
    if (uname(&name) || !strstr(name.release, "carrel")) {
        fprintf(stderr, "only for the inside of a carrel\n");
        return 2;
    }
    uint64_t seed = argc > 1 ? strtoull(argv[1], 0, 0) : 1;
    int calls = argc > 2 ? atoi(argv[2]) : 400, rounds = argc > 3 ? atoi(argv[3]) : 20;
    for (int round = 0; round < rounds; round++) {
        pid_t pid = fork();
        if (pid == 0) {
            setpgid(0, 0);
            pages = mmap(0, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
            child(seed * 1000 + round, calls);
        }
        // The child may block every signal, stop itself, or sleep for ever.
        for (int i = 0; i < 300 && waitpid(pid, 0, WNOHANG) == 0; i++)
            usleep(10000);
        kill(pid, SIGKILL);
        waitpid(pid, 0, 0);
    }
    return 0;
}
