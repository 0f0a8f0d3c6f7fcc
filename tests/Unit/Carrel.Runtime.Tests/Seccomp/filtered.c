// filtered FILTER FLAGS ABI NUMBER [ARGUMENT]...: loads the filter and makes one system call under it, ABI x64 or x86 (int 0x80); a number with the bit of
// x32 is an x32 call. Prints what became of it: `value N`, `errno N`, `signal N`, or `notified N` if the call came to the filter's listener, which answers N.
#define _GNU_SOURCE
#include <sched.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/mman.h>
#include <unistd.h>

static long call(int x86, long n, long a, long b, long c)
{
    long result;
    if (x86)
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(n), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
    else
        __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c) : "memory", "rcx", "r11");
    return x86 ? (int)result : result;
}

int main(int argc, char **argv)
{
    static struct sock_filter program[4096];
    static struct seccomp_notif request;
    static struct seccomp_notif_resp answer;
    if (argc < 5)
        return 2;
    int file = open(argv[1], O_RDONLY);
    struct sock_fprog loaded = { read(file, program, sizeof program) / sizeof program[0], program };
    unsigned flags = strtoul(argv[2], NULL, 0);
    int x86 = !strcmp(argv[3], "x86");
    unsigned number = strtoul(argv[4], NULL, 0);
    long arguments[3] = { 0 };
    for (int i = 5; i < argc && i < 8; i++)
        arguments[i - 5] = strtoul(argv[i], NULL, 0);
    long *result = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    volatile int *listener = (int *)(result + 1), *done = (int *)(result + 2);
    *listener = -1;
    pid_t child = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &loaded);
        if (fd < 0) {
            perror("seccomp");
            _exit(3);
        }
        *listener = flags & SECCOMP_FILTER_FLAG_NEW_LISTENER ? fd : -1;
        *result = call(x86, number, arguments[0], arguments[1], arguments[2]);
        *done = 1;
        _exit(0);
    }
    if (flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) {
        while (*listener < 0)
            usleep(1000);
        if (ioctl(*listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
            return 4;
        answer.id = request.id;
        answer.val = request.data.nr + 1000;
        if (ioctl(*listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0)
            return 5;
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && !*done)
        printf("signal %d\n", WTERMSIG(status));
    else if (!*done)
        return 6;
    else if (*result < 0 && *result > -4096)
        printf("errno %ld\n", -*result);
    else
        printf("%s %ld\n", flags & SECCOMP_FILTER_FLAG_NEW_LISTENER ? "notified" : "value", *result);
    return 0;
}
