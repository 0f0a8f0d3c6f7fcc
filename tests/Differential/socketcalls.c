// Socket calls with each kind of descriptor.
#include "kinds.h"

static void names_of_sockets(int k)
{

    T("accept", accept(fd, 0, 0));
    T("accept4_bad", accept4(fd, 0, 0, 0x1));
    T("bind_auto", bind(fd, (void *)&a, 2));
    T("bind_short", bind(fd, (void *)&a, 1));
    T("bind_long", bind(fd, (void *)&a, 200));
    T("bind_neg", bind(fd, (void *)&a, -1));
    T("bind_badfam", ({
          a.sun_family = 99;
          long q = bind(fd, (void *)&a, 10);
          a.sun_family = AF_UNIX;
          q;
      }));
    T("bind_null", bind(fd, NULL, 10));
    T("listen", listen(fd, 5));
    T("listen-1", listen(fd, -1));
    snprintf(a.sun_path, 100, "%s/none", dir);
    T("connect_no", connect(fd, (void *)&a, sizeof a));
    snprintf(a.sun_path, 100, "%s/rw", dir);
    T("connect_file", connect(fd, (void *)&a, sizeof a));
    T("connect_unspec", ({
          struct sockaddr u = {AF_UNSPEC};
          connect(fd, &u, sizeof u);
      }));
    T("connect_ls", ({
          int s = mk(22);
          snprintf(a.sun_path, 100, "%s/ls", dir);
          (void)s;
          connect(fd, (void *)&a, sizeof a);
      }));
    T("getsockname", ({
          al = sizeof a;
          long q = getsockname(fd, (void *)&a, &al);
          q == 0 ? (long)al : q;
      }));
    T("getsockname_neg", ({
          al = -1;
          getsockname(fd, (void *)&a, &al);
      }));
    T("getpeername", ({
          al = sizeof a;
          long q = getpeername(fd, (void *)&a, &al);
          q == 0 ? (long)al : q;
      }));
}

static void options(int k)
{
    int opts[] = {SO_TYPE,
                  SO_ERROR,
                  SO_SNDBUF,
                  SO_RCVBUF,
                  SO_KEEPALIVE,
                  SO_REUSEADDR,
                  SO_PASSCRED,
                  SO_PEERCRED,
                  SO_ACCEPTCONN,
                  SO_DOMAIN,
                  SO_PROTOCOL,
                  SO_LINGER,
                  SO_RCVTIMEO,
                  SO_BROADCAST,
                  SO_PRIORITY,
                  SO_MARK,
                  SO_TIMESTAMP,
                  SO_PEERSEC,
                  SO_RCVLOWAT,
                  SO_OOBINLINE,
                  SO_PEEK_OFF,
                  SO_DEBUG,
                  SO_DONTROUTE,
                  SO_REUSEPORT,
                  SO_COOKIE - 57 + 57,
                  77,
                  75,
                  76,
                  SO_BINDTODEVICE,
                  SO_ATTACH_FILTER,
                  SO_DETACH_FILTER,
                  SO_BUSY_POLL,
                  SO_MAX_PACING_RATE,
                  SO_SNDLOWAT,
                  SO_PEERGROUPS,
                  SO_INCOMING_CPU,
                  200};
    for (unsigned i = 0; i < sizeof opts / 4; i++) {
        char l[40];
        snprintf(l, sizeof l, "getsockopt_%d", opts[i]);
        T(l, ({
              int ob[32] = {0};
              ol = opts[i] == SO_PEERGROUPS ? 128 : sizeof ob;
              long q = getsockopt(fd, SOL_SOCKET, opts[i], ob, &ol);
              q == 0 ? (long)(opts[i] == SO_COOKIE || opts[i] == SO_PEERCRED || opts[i] == SO_PEERGROUPS || opts[i] == 77
                                  ? ol
                                  : ol * 1000000L + ob[0])
                     : q;
          }));
        snprintf(l, sizeof l, "setsockopt_%d", opts[i]);
        T(l, setsockopt(fd, SOL_SOCKET, opts[i], &one, 4));
        snprintf(l, sizeof l, "setsockopt_short_%d", opts[i]);
        T(l, setsockopt(fd, SOL_SOCKET, opts[i], &one, 1));
    }
    T("getsockopt_lvl", ({
          ol = 4;
          getsockopt(fd, 6, 1, &one, &ol);
      }));
    T("setsockopt_lvl", setsockopt(fd, 6, 1, &one, 4));
    T("getsockopt_neg", ({
          ol = -4;
          getsockopt(fd, 1, 3, &one, &ol);
      }));
    T("setsockopt_neglen", setsockopt(fd, 1, 2, &one, -1));
    T("setsockopt_null", setsockopt(fd, 1, 2, 0, 4));
    one = 1;
    for (int h = -1; h < 4; h++) {
        char l[40];
        snprintf(l, sizeof l, "shutdown_%d", h);
        T(l, shutdown(fd, h));
    }
}

static void messages(int k)
{
    T("send", send(fd, "abc", 3, 0));
    T("send_nosig", send(fd, "abc", 3, MSG_NOSIGNAL));
    T("send_oob", send(fd, "a", 1, MSG_OOB));
    T("send_empty", send(fd, "", 0, 0));
    T("sendto_no", sendto(fd, "abc", 3, 0, (void *)&a, sizeof a));
    T("sendto_addr_unspec", ({
          struct sockaddr u = {AF_UNSPEC};
          sendto(fd, "abc", 3, 0, &u, sizeof u);
      }));
    T("send_badptr", send(fd, (void *)1, 3, 0));
    T("send_badflags", send(fd, "abc", 3, 0x800000));
    T("recv", recv(fd, buf, 3, MSG_DONTWAIT));
    T("recv_oob", recv(fd, buf, 3, MSG_OOB | MSG_DONTWAIT));
    T("recv_peek", recv(fd, buf, 3, MSG_PEEK | MSG_DONTWAIT));
    T("recv_waitall", recv(fd, buf, 3, MSG_WAITALL | MSG_DONTWAIT));
    T("recv_errq", recv(fd, buf, 3, MSG_ERRQUEUE | MSG_DONTWAIT));
    struct msghdr mh = {0};
    mh.msg_iov = iov;
    mh.msg_iovlen = 1;
    T("sendmsg", sendmsg(fd, &mh, 0));
    T("recvmsg", recvmsg(fd, &mh, MSG_DONTWAIT));
    mh.msg_iovlen = 1025;
    T("sendmsg_iov", sendmsg(fd, &mh, 0));
    mh.msg_iovlen = 0;
    T("sendmsg_0", sendmsg(fd, &mh, 0));
    T("sendmsg_bad", sendmsg(fd, (void *)1, 0));
    char cb[64];
    struct cmsghdr *cm = (void *)cb;
    memset(cb, 0, 64);
    mh.msg_iovlen = 1;
    mh.msg_control = cb;
    mh.msg_controllen = CMSG_SPACE(4);
    cm->cmsg_level = SOL_SOCKET;
    cm->cmsg_type = SCM_RIGHTS;
    cm->cmsg_len = CMSG_LEN(4);
    *(int *)CMSG_DATA(cm) = 555;
    T("sendmsg_badfd", sendmsg(fd, &mh, 0));
    cm->cmsg_len = 3;
    T("sendmsg_badcl", sendmsg(fd, &mh, 0));
    cm->cmsg_len = CMSG_LEN(4);
    cm->cmsg_type = 77;
    T("sendmsg_badct", sendmsg(fd, &mh, 0));
    cm->cmsg_type = SCM_CREDENTIALS;
    T("sendmsg_badcr", sendmsg(fd, &mh, 0));
    struct mmsghdr mm[2] = {0};
    mm[0].msg_hdr.msg_iov = iov;
    mm[0].msg_hdr.msg_iovlen = 1;
    mm[1] = mm[0];
    T("sendmmsg", sendmmsg(fd, mm, 2, 0));
    T("sendmmsg0", sendmmsg(fd, mm, 0, 0));
    T("recvmmsg", recvmmsg(fd, mm, 2, MSG_DONTWAIT, 0));
}

int main(void)
{
    static void (*const groups[])(int) = {names_of_sockets, options, messages};
    return with_each_kind(groups, sizeof groups / sizeof *groups);
}
