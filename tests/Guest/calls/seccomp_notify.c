// seccomp_unotify(2): a filter's listener answers calls in the kernel's place.
#include "../support/caps.h"
#include "../support/task.h"
#include "../support/wake.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/ioctl.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV 32
#endif
#ifndef SECCOMP_ADDFD_FLAG_SEND
#define SECCOMP_ADDFD_FLAG_SEND 2
#endif

#define ASKED SYS_getppid

// A filter that hands getppid to the listener it gives.
static int listen_with(unsigned flags)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ASKED, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof code / sizeof *code, code };
    EXPECT_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, &program);
}

static struct seccomp_notif receive(int listener)
{
    struct seccomp_notif asked = { 0 };
    EXPECT_OK(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked));
    return asked;
}

static int answer(int listener, unsigned long id, long value, int error, unsigned flags)
{
    struct seccomp_notif_resp resp = { id, value, error, flags };
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

static int is_valid(int listener, unsigned long id)
{
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

TEST(a_call_gets_the_answer_of_the_listener)
{
    int listener = EXPECT_OK(listen_with(0));
    pid_t child = FORK({
        EXPECT_EQ(syscall(ASKED, 1, 2, 3, 4, 5, 6), 4711);
        EXPECT_ERRNO(syscall(ASKED), EXFULL);
    });
    struct seccomp_notif asked = receive(listener);
    EXPECT_EQ(asked.pid, child);
    EXPECT_EQ(asked.data.nr, ASKED);
    EXPECT_EQ(asked.data.arch, AUDIT_ARCH_X86_64);
    EXPECT_NE(asked.data.instruction_pointer, 0);
    EXPECT_TRUE(is_valid(listener, asked.id));
    EXPECT_FALSE(is_valid(listener, asked.id + 1));
    for (unsigned i = 0; i < 6; i++)
        EXPECT_EQ(asked.data.args[i], i + 1);
    EXPECT_OK(answer(listener, asked.id, 4711, 0, 0));
    EXPECT_ERRNO(answer(listener, asked.id + 7, 0, 0, 0), ENOENT);
    asked = receive(listener);
    EXPECT_OK(answer(listener, asked.id, 0, -EXFULL, 0));
    EXPECT_EXIT(child, 0);
    EXPECT_FALSE(is_valid(listener, asked.id));
}

TEST(an_answer_that_looks_like_a_restart_is_only_a_number)
{
    int listener = EXPECT_OK(listen_with(0));
    pid_t child = FORK(EXPECT_ERRNO(syscall(ASKED), 512));
    EXPECT_OK(answer(listener, receive(listener).id, 0, -512 /* ERESTARTSYS */, 0));
    EXPECT_EXIT(child, 0);
}

TEST(a_call_is_made_if_the_listener_says_so)
{
    int listener = EXPECT_OK(listen_with(0));
    pid_t self = getpid(), child = FORK(EXPECT_EQ(syscall(ASKED), self));
    EXPECT_OK(answer(listener, receive(listener).id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE));
    EXPECT_EXIT(child, 0);
}

TEST(the_listener_is_polled)
{
    int listener = EXPECT_OK(listen_with(0));
    struct pollfd p = { listener, POLLIN | POLLOUT, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 0);
    pid_t child = FORK(syscall(ASKED));
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_EQ(p.revents, POLLIN);
    struct seccomp_notif asked = receive(listener);
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLOUT);
    EXPECT_OK(answer(listener, asked.id, 0, 0, 0));
    EXPECT_EXIT(child, 0);
    EXPECT_EQ(poll(&p, 1, 0), 0);
}

TEST(the_listener_hangs_up_with_the_last_user_of_the_filter)
{
    int ends[2], go[2];
    EXPECT_OK(pipe(ends));
    EXPECT_OK(pipe(go));
    // It has our descriptors, we do not have its filter.
    struct clone_args args = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
    pid_t child = (pid_t)EXPECT_OK(syscall(SYS_clone3, &args, sizeof args));
    if (child == 0) {
        int fd = listen_with(0);
        write(ends[1], &fd, sizeof fd);
        pid_t grandchild = fork();
        char byte;
        if (grandchild == 0)
            read(go[0], &byte, 1);
        _exit(0);
    }
    int listener = -1;
    EXPECT_EQ(read(ends[0], &listener, sizeof listener), sizeof listener);
    EXPECT_GE(listener, 0);
    EXPECT_EXIT(child, 0);
    struct pollfd p = { listener, POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 20), 0);
    EXPECT_EQ(write(go[1], "g", 1), 1);
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_EQ(p.revents, POLLHUP);
    struct seccomp_notif asked = { 0 };
    EXPECT_ERRNO(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked), ENOENT);
}

TEST(a_closed_listener_makes_calls_fail)
{
    int listener = EXPECT_OK(listen_with(0));
    pid_t child = FORK({
        // A descriptor that it inherited would keep the listener.
        EXPECT_OK(close(listener));
        EXPECT_ERRNO(syscall(ASKED), ENOSYS);
        EXPECT_ERRNO(syscall(ASKED), ENOSYS);
    });
    receive(listener);
    EXPECT_OK(close(listener));
    EXPECT_EXIT(child, 0);
}

static void nothing(int number)
{
    (void)number;
}

TEST(a_signal_ends_the_wait_and_the_question)
{
    int listener = EXPECT_OK(listen_with(0));
    pid_t child = FORK({
        struct sigaction action = { .sa_handler = nothing };
        EXPECT_OK(sigaction(SIGUSR1, &action, 0));
        EXPECT_ERRNO(syscall(ASKED), EINTR);
        action.sa_flags = SA_RESTART;
        EXPECT_OK(sigaction(SIGUSR1, &action, 0));
        EXPECT_EQ(syscall(ASKED), 5);
    });
    struct seccomp_notif asked = receive(listener);
    EXPECT_OK(kill(child, SIGUSR1));
    EXPECT_SOON(!is_valid(listener, asked.id));
    EXPECT_ERRNO(answer(listener, asked.id, 0, 0, 0), ENOENT);
    asked = receive(listener);
    EXPECT_OK(kill(child, SIGUSR1));
    // With SA_RESTART it asks again.
    struct seccomp_notif again = receive(listener);
    EXPECT_NE(asked.id, again.id);
    EXPECT_OK(answer(listener, again.id, 5, 0, 0));
    EXPECT_EXIT(child, 0);
}

TEST(a_stop_and_its_end_make_it_ask_again)
{
    int listener = EXPECT_OK(listen_with(0)), status;
    pid_t child = FORK(EXPECT_EQ(syscall(ASKED), 6));
    struct seccomp_notif asked = receive(listener);
    EXPECT_OK(kill(child, SIGSTOP));
    EXPECT_EQ(waitpid(child, &status, WUNTRACED), child);
    EXPECT_TRUE(WIFSTOPPED(status));
    EXPECT_FALSE(is_valid(listener, asked.id));
    EXPECT_OK(kill(child, SIGCONT));
    EXPECT_OK(answer(listener, receive(listener).id, 6, 0, 0));
    EXPECT_EXIT(child, 0);
}

static volatile int was_signalled;

static void note_signal(int number)
{
    was_signalled = number;
}

TEST(a_fetched_question_may_be_left_to_sigkill_only)
{
    int listener = EXPECT_OK(listen_with(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV));
    pid_t child = FORK({
        signal(SIGUSR1, note_signal);
        EXPECT_EQ(syscall(ASKED), 8);
        EXPECT_EQ(was_signalled, SIGUSR1);
        syscall(ASKED);
    });
    struct seccomp_notif asked = receive(listener);
    EXPECT_OK(kill(child, SIGUSR1));
    sleep_ms(20);
    EXPECT_OK(answer(listener, asked.id, 8, 0, 0));
    receive(listener);
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_SIGNALED(child, SIGKILL);
}

TEST(a_killed_task_takes_its_question_along)
{
    int listener = EXPECT_OK(listen_with(0));
    pid_t child = FORK(syscall(ASKED));
    struct seccomp_notif asked = receive(listener);
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_SIGNALED(child, SIGKILL);
    EXPECT_FALSE(is_valid(listener, asked.id));
    struct pollfd p = { listener, POLLIN | POLLOUT, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 0);
}

TEST(a_descriptor_is_put_into_the_task)
{
    int listener = EXPECT_OK(listen_with(0)), ends[2];
    EXPECT_OK(pipe(ends));
    pid_t child = FORK({
        EXPECT_OK(close(ends[1]));
        long fd = EXPECT_OK(syscall(ASKED));
        EXPECT_EQ(write((int)fd, "x", 1), 1);
        EXPECT_EQ(fcntl((int)fd, F_GETFD), FD_CLOEXEC);
        EXPECT_EQ(syscall(ASKED), 77);
        EXPECT_EQ(write(77, "y", 1), 1);
    });
    struct seccomp_notif asked = receive(listener);
    struct seccomp_notif_addfd add = { .id = asked.id, .srcfd = (unsigned)ends[1], .newfd_flags = O_CLOEXEC };
    int fd = EXPECT_OK(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add));
    EXPECT_OK(answer(listener, asked.id, fd, 0, 0));
    add.id = receive(listener).id;
    add.newfd = 77;
    EXPECT_ERRNO(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add), EINVAL);
    add.flags = SECCOMP_ADDFD_FLAG_SETFD | SECCOMP_ADDFD_FLAG_SEND;
    add.srcfd = 999;
    EXPECT_ERRNO(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add), EBADF);
    add.srcfd = (unsigned)ends[1];
    EXPECT_EQ(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add), 77);
    EXPECT_EXIT(child, 0);
    char text[3] = "";
    EXPECT_EQ(read(ends[0], text, 2), 2);
    EXPECT_STREQ(text, "xy");
    EXPECT_ERRNO(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add), ENOENT);
}

TEST(bad_arguments)
{
    EXPECT_ERRNO(listen_with(SECCOMP_FILTER_FLAG_TSYNC), EINVAL);
    int listener = EXPECT_OK(listen_with(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH));
    EXPECT_EQ(fcntl(listener, F_GETFD), FD_CLOEXEC);
    EXPECT_ERRNO(listen_with(0), EBUSY);
    struct seccomp_notif asked = { .flags = 1 };
    EXPECT_ERRNO(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked), EINVAL);
    EXPECT_ERRNO(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(answer(listener, 1, 0, 0, 0), ENOENT);
    EXPECT_ERRNO(answer(listener, 1, 0, 0, 2), EINVAL);
    EXPECT_ERRNO(answer(listener, 1, 1, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE), EINVAL);
    EXPECT_ERRNO(ioctl(listener, TCGETS, 0), EINVAL);
    unsigned action = SECCOMP_RET_USER_NOTIF;
    EXPECT_OK(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
    pid_t child = FORK(syscall(ASKED));
    struct pollfd p = { listener, POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_OK(kill(child, SIGKILL));
    EXPECT_SIGNALED(child, SIGKILL);
}
