// Costs of single system calls and of memory and process operations, in microseconds: "name value" a line.
// The median of several batches is printed, so that one interruption does not count.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 9 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void measure(const char *name, int count, void (*operation)(void))
{
    double batch[BATCHES];
    operation();
    for (int b = 0; b < BATCHES; b++) {
        double start = now();
        for (int i = 0; i < count; i++)
            operation();
        batch[b] = (now() - start) / count;
    }
    qsort(batch, BATCHES, sizeof batch[0], compare);
    printf("%s %.3f\n", name, batch[BATCHES / 2]);
    fflush(stdout);
}

static char scratch[64 * 1024];
static char path[] = "/tmp/bench-file";
static int zero, pipes[2], ping[2], pong[2];
static char *self;

static void op_getppid(void) { syscall(SYS_getppid); }
static void op_read(void) { if (pread(zero, scratch, 1, 0) != 1) abort(); }
static void op_open_close(void) { int fd = open(path, O_RDONLY); if (fd < 0) abort(); close(fd); }
static void op_stat(void) { struct stat st; if (stat(path, &st)) abort(); }
static void op_pipe(void) { if (write(pipes[1], scratch, 1) != 1 || read(pipes[0], scratch, 1) != 1) abort(); }
static void op_pipe_64k(void)
{
    if (write(pipes[1], scratch, sizeof scratch) != (ssize_t)sizeof scratch) abort();
    for (size_t done = 0; done < sizeof scratch;) {
        ssize_t n = read(pipes[0], scratch, sizeof scratch - done);
        if (n <= 0) abort();
        done += n;
    }
}
static void op_ping_pong(void) { if (write(ping[1], "x", 1) != 1 || read(pong[0], scratch, 1) != 1) abort(); }
static void op_mmap(void)
{
    char *p = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) abort();
    for (int i = 0; i < 65536; i += 4096)
        p[i] = 1;
    munmap(p, 65536);
}
static void op_fork(void)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    if (pid < 0 || waitpid(pid, 0, 0) != pid) abort();
}
static void op_fork_exec(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl(self, self, "exit", (char *)0);
        _exit(127);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status) abort();
}
static void op_vfork_exec(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        execl(self, self, "exit", (char *)0);
        _exit(127);
    }
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status) abort();
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "exit"))
        return 0;
    self = argv[0];
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || write(fd, scratch, 4096) != 4096) return 1;
    zero = fd;
    if (pipe(pipes) || pipe(ping) || pipe(pong)) return 1;
    measure("getppid", 2000, op_getppid);
    measure("pread-1-byte", 2000, op_read);
    measure("open+close", 1000, op_open_close);
    measure("stat", 1000, op_stat);
    measure("pipe-write+read", 1000, op_pipe);
    measure("pipe-64k", 100, op_pipe_64k);
    pid_t echo = fork();
    if (echo == 0) {
        char c;
        close(ping[1]);
        while (read(ping[0], &c, 1) == 1)
            if (write(pong[1], &c, 1) != 1)
                break;
        _exit(0);
    }
    measure("pipe-ping-pong", 300, op_ping_pong);
    close(ping[1]);
    waitpid(echo, 0, 0);
    measure("mmap+touch+munmap-64k", 100, op_mmap);
    measure("fork+exit+wait", 40, op_fork);
    measure("fork+exec+wait", 20, op_fork_exec);
    measure("vfork+exec+wait", 20, op_vfork_exec);
    unlink(path);
    return 0;
}
