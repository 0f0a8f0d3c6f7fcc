// pid_namespaces(7): numbers by namespace, its init, what comes from outside.
#include "../support/caps.h"
#include "../support/role.h"
#include "../support/task.h"
#include "../support/wake.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static volatile int *words;

#ifndef NS_GET_PARENT
#define NS_GET_PARENT 0xb702
#endif

// A child that is init of a pid namespace of its own.
#define NEW_INIT(...)                                                                \
    ({                                                                               \
        pid_t init_ = (pid_t)EXPECT_OK(syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0)); \
        if (init_ == 0) {                                                            \
            __VA_ARGS__;                                                             \
            _exit(0);                                                                \
        }                                                                            \
        init_;                                                                       \
    })

TEST(numbers_begin_with_one_and_parents_outside_are_zero)
{
    NEED_CAP(SYS_ADMIN);
    pid_t init = NEW_INIT({
        EXPECT_EQ(getpid(), 1);
        EXPECT_EQ(syscall(SYS_gettid), 1);
        EXPECT_EQ(getppid(), 0);
        EXPECT_EQ(getsid(0), 0);
        EXPECT_EQ(getpgrp(), 0);
        EXPECT_EQ(setsid(), 1);
        EXPECT_EQ(getpgrp(), 1);
        pid_t child = FORK({
            EXPECT_EQ(getpid(), 2);
            EXPECT_EQ(getppid(), 1);
            EXPECT_EQ(getsid(0), 1);
            EXPECT_OK(setpgid(0, 0));
            EXPECT_EQ(getpgrp(), 2);
            _exit(3);
        });
        EXPECT_EQ(child, 2);
        EXPECT_EXIT(child, 3);
    });
    EXPECT_NE(init, 1);
    EXPECT_EXIT(init, 0);
}

TEST(kill_reaches_the_own_namespace_only)
{
    NEED_CAP(SYS_ADMIN);
    words = shared_words();
    pid_t outside = getpid();
    pid_t init = NEW_INIT({
        EXPECT_ERRNO(kill(outside > 100 ? outside : 12345, 0), ESRCH);
        for (int i = 0; i < 3; i++)
            FORK(words[i] = getpid(); for (;;) pause());
        EXPECT_SOON(words[0] && words[1] && words[2]);
        EXPECT_OK(kill(-1, SIGTERM));
        for (int i = 0; i < 3; i++)
            EXPECT_EQ(wait(0) > 1, 1);
    });
    EXPECT_EXIT(init, 0);
}

static volatile siginfo_t kept;

static void keep(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)context;
    memcpy((void *)&kept, info, sizeof kept);
}

TEST(a_sender_outside_has_pid_zero)
{
    NEED_CAP(SYS_ADMIN);
    words = shared_words();
    pid_t init = NEW_INIT({
        struct sigaction action = { .sa_sigaction = keep, .sa_flags = SA_SIGINFO | SA_RESTART };
        EXPECT_OK(sigaction(SIGUSR1, &action, 0));
        words[0] = 1;
        while (!kept.si_signo)
            usleep(1000);
        EXPECT_EQ(kept.si_pid, 0);
        memset((void *)&kept, 0, sizeof kept);
        pid_t child = FORK(EXPECT_OK(kill(1, SIGUSR1)); _exit(0));
        EXPECT_EXIT(child, 0);
        EXPECT_EQ(kept.si_pid, child);
    });
    EXPECT_SOON(words[0]);
    EXPECT_OK(kill(init, SIGUSR1));
    EXPECT_EXIT(init, 0);
}

TEST(init_is_killed_from_outside_only)
{
    NEED_CAP(SYS_ADMIN);
    words = shared_words();
    pid_t init = NEW_INIT({
        pid_t child = FORK({
            EXPECT_OK(kill(1, SIGKILL));
            EXPECT_OK(kill(1, SIGTERM));
            EXPECT_OK(kill(1, SIGSTOP));
        _exit(0); });
        EXPECT_EXIT(child, 0);
        words[0] = 1;
        for (;;)
            pause();
    });
    EXPECT_SOON(words[0]);
    EXPECT_OK(kill(init, SIGTERM));
    usleep(20000);
    EXPECT_EQ(waitpid(init, 0, WNOHANG), 0);
    EXPECT_OK(kill(init, SIGSTOP));
    int status;
    EXPECT_EQ(waitpid(init, &status, WUNTRACED), init);
    EXPECT_TRUE(WIFSTOPPED(status));
    END_CHILD(init);
}

TEST(the_end_of_init_is_told_when_all_have_ended)
{
    NEED_CAP(SYS_ADMIN);
    words = shared_words();
    int fds[2];
    EXPECT_OK(pipe(fds));
    pid_t init = NEW_INIT({
        for (int i = 0; i < 4; i++)
            FORK(setsid(); words[i] = 1; FORK(words[4 + i] = 1; for (;;) pause()); for (;;) pause());
        for (int i = 0; i < 8; i++)
            EXPECT_SOON(words[i]);
        _exit(7);
    });
    close(fds[1]);
    EXPECT_EXIT(init, 7);
    struct pollfd p = { fds[0], POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLHUP);
}

TEST(orphans_come_to_the_init_of_the_namespace)
{
    NEED_CAP(SYS_ADMIN);
    pid_t init = NEW_INIT({
        pid_t child = FORK(FORK(while (getppid() != 1) usleep(1000); _exit(9)); _exit(0));
        EXPECT_EXIT(child, 0);
        EXPECT_EXIT(3, 9);
    });
    EXPECT_EXIT(init, 0);
}

TEST(unshare_is_for_children)
{
    NEED_CAP(SYS_ADMIN);
    char before[64], after[64], children[64];
    pid_t self = getpid();
    EXPECT_GT(readlink("/proc/self/ns/pid", before, sizeof before), 0);
    EXPECT_OK(unshare(CLONE_NEWPID));
    EXPECT_EQ(getpid(), self);
    EXPECT_GT(readlink("/proc/self/ns/pid", after, sizeof after), 0);
    EXPECT_EQ(strncmp(before, after, 16), 0);
    EXPECT_ERRNO(unshare(CLONE_NEWPID), EINVAL);
    // No thread may live in another namespace than its process.
    EXPECT_ERRNO(syscall(SYS_clone, THREAD_FLAGS, new_stack() + STACK_SIZE, 0, 0, 0), EINVAL);
    words = shared_words();
    pid_t init = FORK(words[0] = getpid(); for (;;) pause());
    EXPECT_SOON(words[0]);
    EXPECT_EQ(words[0], 1);
    EXPECT_GT(readlink("/proc/self/ns/pid_for_children", children, sizeof children), 0);
    EXPECT_NE(strncmp(before, children, 16), 0);
    // A second child is no init.
    pid_t second = FORK(_exit(getpid()));
    EXPECT_EXIT(second, 2);
    END_CHILD(init);
    EXPECT_ERRNO(fork(), ENOMEM);
}

TEST(proc_shows_the_namespace_it_was_mounted_in)
{
    NEED_CAP(SYS_ADMIN);
    EXPECT_OK(mkdir("proc", 0755));
    pid_t init = NEW_INIT({
        EXPECT_OK(unshare(CLONE_NEWNS));
        EXPECT_OK(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0));
        if (mount("proc", "proc", "proc", 0, 0) == -1)
            SKIP("proc cannot be mounted here");
        char link[64] = "";
        EXPECT_EQ(readlink("proc/self", link, sizeof link), 1);
        EXPECT_EQ(link[0], '1');
        FORK(for (;;) pause());
        DIR *dir = opendir("proc");
        struct dirent *entry;
        int count = 0;
        while ((entry = readdir(dir)))
            count += entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
        EXPECT_EQ(count, 2);
        closedir(dir);
        char text[4096] = "";
        int fd = EXPECT_OK(open("proc/self/status", O_RDONLY | O_CLOEXEC));
        EXPECT_GT(read(fd, text, sizeof text - 1), 0);
        close(fd);
        EXPECT_TRUE(strstr(text, "\nPid:\t1\n") && strstr(text, "\nPPid:\t0\n") && strstr(text, "\nNSpid:\t1\n"));
        // The mount of before shows the numbers of before: two of them.
        fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            ssize_t n = read(fd, text, sizeof text - 1);
            text[n > 0 ? n : 0] = 0;
            char *line = strstr(text, "\nNSpid:\t");
            EXPECT_TRUE(line != 0);
            EXPECT_EQ(strtol(strrchr((*strchr(line + 1, '\n') = 0, line), '\t'), 0, 10), 1);
        }
    });
    EXPECT_EXIT(init, 0);
}

TEST(credentials_of_a_peer_are_translated)
{
    NEED_CAP(SYS_ADMIN);
    int pair[2];
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    int on = 1;
    EXPECT_OK(setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
    pid_t init = NEW_INIT({
        struct ucred peer;
        socklen_t length = sizeof peer;
        EXPECT_OK(getsockopt(pair[1], SOL_SOCKET, SO_PEERCRED, &peer, &length));
        EXPECT_EQ(peer.pid, 0);
        EXPECT_EQ(write(pair[1], "x", 1), 1);
    });
    char c, control[128];
    struct iovec iov = { &c, 1 };
    struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    EXPECT_EQ(recvmsg(pair[0], &msg, 0), 1);
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
    EXPECT_TRUE(cmsg && cmsg->cmsg_type == SCM_CREDENTIALS);
    EXPECT_EQ(((struct ucred *)CMSG_DATA(cmsg))->pid, init);
    EXPECT_EXIT(init, 0);
}

TEST(setns_enters_a_child_namespace_and_never_a_parent)
{
    NEED_CAP(SYS_ADMIN);
    words = shared_words();
    int above = EXPECT_OK(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
    pid_t init = NEW_INIT({
        EXPECT_ERRNO(setns(above, CLONE_NEWPID), EINVAL);
        words[0] = 1;
        for (;;)
            pause();
    });
    EXPECT_SOON(words[0]);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/pid", init);
    int fd = EXPECT_OK(open(path, O_RDONLY | O_CLOEXEC));
    int parent = EXPECT_OK(ioctl(fd, NS_GET_PARENT));
    struct stat a, b;
    EXPECT_OK(fstat(parent, &a));
    EXPECT_OK(fstat(above, &b));
    EXPECT_EQ(a.st_ino, b.st_ino);
    EXPECT_OK(setns(fd, CLONE_NEWPID));
    pid_t child = FORK(EXPECT_EQ(getppid(), 0); _exit(getpid()));
    EXPECT_EXIT(child, 2);
    END_CHILD(init);
}

TEST(namespaces_nest)
{
    NEED_CAP(SYS_ADMIN);
    pid_t outer = NEW_INIT({
        FORK(for (;;) pause());
        pid_t inner = NEW_INIT({
            EXPECT_EQ(getpid(), 1);
            EXPECT_EQ(FORK(_exit(0)), 2);
            wait(0);
        });
        EXPECT_EQ(inner, 3);
        EXPECT_EXIT(inner, 0);
    });
    EXPECT_EXIT(outer, 0);
}

TEST(memfd_noexec_of_a_namespace_is_for_it_and_those_below)
{
    NEED_ROOT();
    if (unshare(CLONE_NEWPID) == -1)
        SKIP("needs a pid namespace");
    IN_CHILD({
        int setting = open("/proc/sys/vm/memfd_noexec", O_RDWR);
        if (setting == -1)
            SKIP("memfd_noexec cannot be set: %s", harness_errno_name(errno));
        struct stat st;
        EXPECT_EQ(write(setting, "1", 1), 1);
        EXPECT_OK(fstat(EXPECT_OK(syscall(SYS_memfd_create, "m", 0)), &st));
        EXPECT_EQ(st.st_mode & 0111, 0);
        EXPECT_EQ(pwrite(setting, "2", 1, 0), 1);
        EXPECT_ERRNO(syscall(SYS_memfd_create, "m", 0x10), EACCES); // MFD_EXEC
        EXPECT_OK(syscall(SYS_memfd_create, "m", 0));
        EXPECT_OK(unshare(CLONE_NEWPID));
        IN_CHILD(EXPECT_ERRNO(write(open("/proc/sys/vm/memfd_noexec", O_RDWR), "1", 1), EINVAL));
    });
}

TEST(loadavg_tells_the_last_number_of_the_readers_namespace)
{
    NEED_ROOT();
    pid_t init = NEW_INIT({
        char text[128] = { 0 };
        EXPECT_OK(read(EXPECT_OK(open("/proc/loadavg", O_RDONLY)), text, sizeof text - 1));
        EXPECT_STREQ(strrchr(text, ' '), " 1\n");
    });
    EXPECT_EXIT(init, 0);
}
