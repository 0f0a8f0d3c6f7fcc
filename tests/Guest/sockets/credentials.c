// SCM_CREDENTIALS and SO_PASSCRED (unix(7)).
#include "sockets.h"

static long send_cred(int s, struct ucred cred)
{
    char control[CMSG_SPACE(sizeof cred)] __attribute__((aligned(8))) = { 0 };
    struct iovec v = { "x", 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_CREDENTIALS;
    c->cmsg_len = CMSG_LEN(sizeof cred);
    memcpy(CMSG_DATA(c), &cred, sizeof cred);
    return sendmsg(s, &m, 0);
}

// The credentials that came with the next byte; pid -1 if none did.
static struct ucred recv_cred(int s)
{
    struct ucred cred = { -1, -1, -1 };
    char control[CMSG_SPACE(sizeof cred)] __attribute__((aligned(8))), byte;
    struct iovec v = { &byte, 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    EXPECT_EQ(recvmsg(s, &m, 0), 1);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (c && c->cmsg_type == SCM_CREDENTIALS)
        memcpy(&cred, CMSG_DATA(c), sizeof cred);
    return cred;
}

TEST(SO_PASSCRED_adds_the_credentials_of_the_sender)
{
    struct pair p = pair_of(SOCK_STREAM);
    EXPECT_OK(set_option(p.b, SO_PASSCRED, 1));
    EXPECT_EQ(option(p.b, SO_PASSCRED), 1);
    pid_t pid = FORK(put(p.a, "x"));
    struct ucred cred = recv_cred(p.b);
    EXPECT_EQ(cred.pid, pid);
    EXPECT_EQ(cred.uid, getuid());
    EXPECT_EQ(cred.gid, getgid());
    EXPECT_EXIT(pid, 0);
}

TEST(without_SO_PASSCRED_nothing_is_added)
{
    struct pair p = pair_of(SOCK_STREAM);
    put(p.a, "x");
    EXPECT_EQ(recv_cred(p.b).pid, -1);
}

TEST(explicit_credentials_of_oneself_are_accepted)
{
    struct pair p = pair_of(SOCK_DGRAM);
    EXPECT_OK(set_option(p.b, SO_PASSCRED, 1));
    EXPECT_OK(send_cred(p.a, (struct ucred){ getpid(), getuid(), getgid() }));
    EXPECT_EQ(recv_cred(p.b).pid, getpid());
}

TEST(root_may_name_other_ids_and_existing_processes_only)
{
    if (geteuid() != 0)
        SKIP("needs root");
    struct pair p = pair_of(SOCK_DGRAM);
    EXPECT_OK(set_option(p.b, SO_PASSCRED, 1));
    EXPECT_OK(send_cred(p.a, (struct ucred){ getpid(), 12345, 23456 }));
    struct ucred cred = recv_cred(p.b);
    EXPECT_EQ(cred.uid, 12345);
    EXPECT_EQ(cred.gid, 23456);
    EXPECT_OK(send_cred(p.a, (struct ucred){ getppid(), 0, 0 }));
    EXPECT_ERRNO(send_cred(p.a, (struct ucred){ 999999999, 0, 0 }), ESRCH);
}

TEST(a_user_may_not_lie)
{
    if (geteuid() != 0)
        SKIP("needs root");
    struct pair p = pair_of(SOCK_DGRAM);
    AS_USER(12345, 12345, EXPECT_OK(send_cred(p.a, (struct ucred){ getpid(), 12345, 12345 }));
            EXPECT_ERRNO(send_cred(p.a, (struct ucred){ getpid(), 0, 12345 }), EPERM);
            EXPECT_ERRNO(send_cred(p.a, (struct ucred){ getpid(), 12345, 0 }), EPERM);
            EXPECT_ERRNO(send_cred(p.a, (struct ucred){ getppid(), 12345, 12345 }), EPERM));
}

TEST(a_credential_message_of_the_wrong_size_gives_EINVAL)
{
    struct pair p = pair_of(SOCK_DGRAM);
    char control[CMSG_SPACE(4)] __attribute__((aligned(8))) = { 0 };
    struct iovec v = { "x", 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    *CMSG_FIRSTHDR(&m) = (struct cmsghdr){ CMSG_LEN(4), SOL_SOCKET, SCM_CREDENTIALS };
    EXPECT_ERRNO(sendmsg(p.a, &m, 0), EINVAL);
}

TEST(bytes_of_different_senders_are_not_glued_together)
{
    struct pair p = pair_of(SOCK_STREAM);
    char text[16];
    EXPECT_OK(set_option(p.b, SO_PASSCRED, 1));
    put(p.a, "mine");
    IN_CHILD(put(p.a, "theirs"));
    EXPECT_EQ(read(p.b, text, sizeof text), 4);
    EXPECT_EQ(read(p.b, text, sizeof text), 6);
}

TEST(an_accepted_socket_inherits_SO_PASSCRED_of_the_listener)
{
    int l = listen_at("s", SOCK_STREAM, 1), c = new_socket(SOCK_STREAM);
    EXPECT_OK(set_option(l, SO_PASSCRED, 1));
    EXPECT_OK(connect_to(c, "s"));
    int a = EXPECT_OK(accept(l, 0, 0));
    put(c, "x");
    EXPECT_EQ(recv_cred(a).pid, getpid());
}

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#define PIDFD_MESSAGE 4 // SCM_PIDFD
#define BY_PIDFD 3      // P_PIDFD

// The pidfd that came with the next byte; -1 if none did.
static int recv_pidfd(int s, size_t room, int *flags)
{
    char control[64] __attribute__((aligned(8))), byte;
    struct iovec v = { &byte, 1 };
    struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room };
    EXPECT_EQ(recvmsg(s, &m, 0), 1);
    *flags = m.msg_flags;
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    if (!c || c->cmsg_type != PIDFD_MESSAGE)
        return -1;
    EXPECT_EQ(c->cmsg_len, CMSG_LEN(sizeof(int)));
    return *(int *)CMSG_DATA(c);
}

TEST(SO_PASSPIDFD_adds_a_pidfd_of_the_sender)
{
    struct pair p = pair_of(SOCK_STREAM);
    int flags;
    EXPECT_OK(set_option(p.b, SO_PASSPIDFD, 1));
    EXPECT_EQ(option(p.b, SO_PASSPIDFD), 1);
    pid_t pid = FORK({
        char c;
        put(p.a, "xy");
        EXPECT_EQ(read(p.a, &c, 1), 1);
    });
    EXPECT_EQ(recv_pidfd(p.b, CMSG_LEN(sizeof(int)) - 1, &flags), -1);
    EXPECT_EQ(flags & MSG_CTRUNC, MSG_CTRUNC);
    int fd = EXPECT_OK(recv_pidfd(p.b, 64, &flags));
    EXPECT_EQ(flags & MSG_CTRUNC, 0);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    put(p.b, "!");
    siginfo_t info = { 0 };
    EXPECT_OK(waitid(BY_PIDFD, fd, &info, WEXITED));
    EXPECT_EQ(info.si_pid, pid);
}
