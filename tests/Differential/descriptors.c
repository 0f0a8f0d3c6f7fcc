// Calls that take a descriptor, with each kind of descriptor.
#include "kinds.h"

static void read_and_write(int k)
{
    T("read0", read(fd, buf, 0));
    T("read4", read(fd, buf, 4));
    T("read_bad", read(fd, (void *)1, 4));
    T("read_bad0", read(fd, (void *)1, 0));
    T("write0", write(fd, buf, 0));
    T("write4", write(fd, "wxyz", 4));
    T("write8", write(fd, "\1\0\0\0\0\0\0\0", 8));
    T("write_bad", write(fd, (void *)1, 4));
    T("write_bad0", write(fd, (void *)1, 0));
    T("pread", pread(fd, buf, 4, 2));
    T("pread_neg", pread(fd, buf, 4, -1));
    T("pwrite", pwrite(fd, "ab", 2, 2));
    T("pwrite_neg", pwrite(fd, "ab", 2, -1));
    T("readv", readv(fd, iov, 2));
    T("readv0", readv(fd, iov, 0));
    T("readv_neg", readv(fd, iov, -1));
    T("readv_1025", readv(fd, iov, 1025));
    T("writev", writev(fd, iov, 2));
    T("writev_bad", writev(fd, (void *)1, 2));
    T("preadv2_-1", preadv2(fd, iov, 2, -1, 0));
    T("preadv2_nowait", preadv2(fd, iov, 2, 0, RWF_NOWAIT));
    T("preadv2_badflag", preadv2(fd, iov, 2, 0, 0x8000));
    T("pwritev2_append", pwritev2(fd, iov, 2, 0, RWF_APPEND));
    T("pwritev2_-1", pwritev2(fd, iov, 2, -1, 0));
    T("pwritev2_dsync", pwritev2(fd, iov, 1, 0, RWF_DSYNC));
    T("preadv2_hipri", preadv2(fd, iov, 1, 0, RWF_HIPRI));
    for (int w = -1; w < 6; w++) {
        char l[40];
        snprintf(l, sizeof l, "lseek_w%d", w);
        T(l, lseek(fd, 0, w));
        snprintf(l, sizeof l, "lseek5_w%d", w);
        T(l, lseek(fd, 5, w));
        snprintf(l, sizeof l, "lseekneg_w%d", w);
        T(l, lseek(fd, -20, w));
    }
}

static void attributes(int k)
{
    T("fstat", fstat(fd, &st));
    T("fstat_mode", (fstat(fd, &st) == 0 ? (long)(st.st_mode & S_IFMT) : -1));
    T("fstat_nlink", (fstat(fd, &st) == 0 ? (long)(st.st_nlink > 3 ? 99 : st.st_nlink) : -1));
    T("fstat_blksize", (fstat(fd, &st) == 0 ? (long)(st.st_blksize) : -1));
    T("fstat_size", (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode) ? (long)(st.st_size) : -1));
    T("fstat_perm", (fstat(fd, &st) == 0 ? (long)(st.st_mode & 07777) : -1));
    T("statx_empty", statx(fd, "", AT_EMPTY_PATH, STATX_ALL, &sx));
    T("statx_null", syscall(SYS_statx, fd, NULL, AT_EMPTY_PATH, STATX_ALL, &sx));
    T("statx_noflag", statx(fd, "", 0, STATX_ALL, &sx));
    T("statx_badflag", statx(fd, "", 0x8000000, STATX_ALL, &sx));
    T("statx_badmask", statx(fd, "", AT_EMPTY_PATH, 0x80000000, &sx));
    T("statx_sync", statx(fd, "", AT_EMPTY_PATH | 0x6000, 1, &sx));
    T("ftruncate5", ftruncate(fd, 5));
    T("ftruncate-1", ftruncate(fd, -1));
    T("ftruncate20", ftruncate(fd, 20));
    T("ftruncate_huge", ftruncate(fd, 0x7fffffffffffffffL));
    for (int m = 0; m < 0x100; m = m ? m * 2 : 1) {
        char l[40];
        snprintf(l, sizeof l, "fallocate_%x", m);
        T(l, fallocate(fd, m, 0, 4));
    }
    T("fallocate_3", fallocate(fd, 3, 0, 4));
    T("fallocate_0len", fallocate(fd, 0, 0, 0));
    T("fallocate_neg", fallocate(fd, 0, -1, 4));
    T("fallocate_11", fallocate(fd, 0x11, 0, 4));
    T("fallocate_huge", fallocate(fd, 0, 0x7fffffffffffffffL, 4));
    T("fsync", fsync(fd));
    T("fdatasync", fdatasync(fd));
    T("syncfs", syncfs(fd));
    T("sync_file_range", sync_file_range(fd, 0, 0, 7));
    T("sync_file_range_bad", sync_file_range(fd, 0, 0, 8));
    T("sync_file_range_neg", sync_file_range(fd, -1, 0, 1));
    for (int m = -1; m < 8; m++) {
        char l[40];
        snprintf(l, sizeof l, "fadvise_%d", m);
        errno = 0;
        T(l, ({
              long q = posix_fadvise(fd, 0, 0, m);
              if (q) {
                  errno = q;
                  q = -1;
              }
              q;
          }));
    }
    T("fadvise_neg", ({
          long q = posix_fadvise(fd, 0, -1, 0);
          if (q) {
              errno = q;
              q = -1;
          }
          q;
      }));
    T("readahead", readahead(fd, 0, 10));
    T("flock_ex", flock(fd, LOCK_EX | LOCK_NB));
    T("flock_un", flock(fd, LOCK_UN));
    T("flock_bad", flock(fd, 99));
    T("flock_0", flock(fd, 0));
    T("flock_mand", flock(fd, 32));
}

static void controls(int k)
{
    T("F_GETFD", fcntl(fd, F_GETFD));
    T("F_GETFL", fcntl(fd, F_GETFL));
    T("F_SETFL_all", fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_ASYNC));
    T("F_SETFL_direct", fcntl(fd, F_SETFL, O_DIRECT));
    T("F_SETFL_noatime", fcntl(fd, F_SETFL, O_NOATIME));
    T("F_SETFL_get", (fcntl(fd, F_SETFL, O_APPEND | O_RDWR | O_CREAT), fcntl(fd, F_GETFL)));
    T("F_DUPFD", fcntl(fd, F_DUPFD, 100));
    T("F_DUPFD_neg", fcntl(fd, F_DUPFD, -1));
    T("F_DUPFD_huge", fcntl(fd, F_DUPFD, 1 << 30));
    T("F_DUPFD_CLOEXEC", fcntl(fd, F_DUPFD_CLOEXEC, 100));
    struct flock fl = {F_WRLCK, SEEK_SET, 0, 0};
    T("F_SETLK_w", fcntl(fd, F_SETLK, &fl));
    fl.l_type = F_RDLCK;
    T("F_SETLK_r", fcntl(fd, F_SETLK, &fl));
    fl.l_type = F_UNLCK;
    T("F_SETLK_u", fcntl(fd, F_SETLK, &fl));
    fl.l_type = 9;
    T("F_SETLK_badt", fcntl(fd, F_SETLK, &fl));
    fl.l_type = F_RDLCK;
    fl.l_whence = 9;
    T("F_SETLK_badw", fcntl(fd, F_SETLK, &fl));
    fl.l_whence = 0;
    fl.l_start = -5;
    T("F_SETLK_neg", fcntl(fd, F_SETLK, &fl));
    fl.l_start = 0;
    T("F_GETLK", fcntl(fd, F_GETLK, &fl));
    fl.l_type = F_UNLCK;
    T("F_GETLK_un", fcntl(fd, F_GETLK, &fl));
    fl.l_type = F_WRLCK;
    fl.l_pid = 0;
    T("F_OFD_SETLK", fcntl(fd, F_OFD_SETLK, &fl));
    fl.l_type = F_WRLCK;
    fl.l_pid = 5;
    T("F_OFD_SETLK_pid", fcntl(fd, F_OFD_SETLK, &fl));
    fl.l_pid = 0;
    fl.l_type = F_WRLCK;
    T("F_OFD_GETLK", fcntl(fd, F_OFD_GETLK, &fl));
    T("F_SETLK_badp", fcntl(fd, F_SETLK, 1));
    T("F_GETOWN", fcntl(fd, F_GETOWN));
    T("F_SETOWN", fcntl(fd, F_SETOWN, getpid()));
    T("F_SETOWN_bad", fcntl(fd, F_SETOWN, 999999));
    T("F_SETSIG", fcntl(fd, F_SETSIG, SIGUSR1));
    T("F_SETSIG_bad", fcntl(fd, F_SETSIG, 99));
    T("F_GETSIG", fcntl(fd, F_GETSIG));
    T("F_GETLEASE", fcntl(fd, F_GETLEASE));
    T("F_SETLEASE_r", fcntl(fd, F_SETLEASE, F_RDLCK));
    T("F_SETLEASE_w", fcntl(fd, F_SETLEASE, F_WRLCK));
    T("F_SETLEASE_u", fcntl(fd, F_SETLEASE, F_UNLCK));
    T("F_NOTIFY", fcntl(fd, F_NOTIFY, 1));
    T("F_NOTIFY0", fcntl(fd, F_NOTIFY, 0));
    T("F_GETPIPE_SZ", fcntl(fd, F_GETPIPE_SZ));
    T("F_SETPIPE_SZ", fcntl(fd, F_SETPIPE_SZ, 8192));
    T("F_SETPIPE_SZ0", fcntl(fd, F_SETPIPE_SZ, 0));
    T("F_SETPIPE_SZ_neg", fcntl(fd, F_SETPIPE_SZ, -1));
    T("F_GET_SEALS", fcntl(fd, F_GET_SEALS));
    T("F_ADD_SEALS", fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    T("F_ADD_SEALS_bad", fcntl(fd, F_ADD_SEALS, 0x800));
    T("F_GET_RW_HINT", fcntl(fd, 1035, buf));
    T("F_SET_RW_HINT", ({
          unsigned long h = 2;
          fcntl(fd, 1036, &h);
      }));
    T("F_bad", fcntl(fd, 555));
    T("F_DUPFD_QUERY", fcntl(fd, 1027, fd));
    T("F_CREATED_QUERY", fcntl(fd, 1028));
}

static void ioctls(int k)
{
    unsigned long cmds[] = {FIONREAD,
                            FIONBIO,
                            FIOASYNC,
                            FIOCLEX,
                            FIONCLEX,
                            FIOQSIZE,
                            TCGETS,
                            TCSETS,
                            TIOCGWINSZ,
                            TIOCGPGRP,
                            TIOCGSID,
                            TIOCOUTQ,
                            TIOCSTI + 0x100,
                            TIOCGPTN,
                            TIOCSPTLCK,
                            TIOCGETD,
                            TIOCEXCL,
                            TIOCNXCL,
                            TIOCGEXCL,
                            TCFLSH,
                            TCXONC,
                            TCSBRK,
                            TIOCMGET,
                            TIOCGSERIAL,
                            FS_IOC_GETFLAGS,
                            FS_IOC_GETVERSION,
                            BLKGETSIZE64,
                            FIBMAP,
                            FIGETBSZ,
                            FICLONE,
                            FS_IOC_FIEMAP,
                            FITRIM,
                            FS_IOC_FSGETXATTR,
                            FIFREEZE,
                            0x12345678,
                            SIOCATMARK,
                            SIOCGPGRP,
                            SIOCSPGRP,
                            SIOCGIFCONF,
                            SIOCGSTAMP_OLD,
                            0x80045432 /*TIOCGDEV*/,
                            0x5450,
                            0xb701 /*NS_GET_USERNS*/,
                            0xb703 /*NSTYPE*/,
                            0x80087001};
    for (unsigned i = 0; i < sizeof cmds / sizeof *cmds; i++) {
        char l[40];
        if (cmds[i] == FIFREEZE || cmds[i] == FITRIM)
            continue;
        snprintf(l, sizeof l, "ioctl_%lx", cmds[i]);
        memset(buf, 0, sizeof buf);
        T(l, ({
              long q = ioctl(fd, cmds[i], buf);
              (cmds[i] == 0xb701 && q > 0) ? 1 : q;
          }));
        snprintf(l, sizeof l, "ioctlbad_%lx", cmds[i]);
        if (i < 13 || i > 18)
            T(l, ({
                  long q = ioctl(fd, cmds[i], 1);
                  (cmds[i] == 0xb701 && q > 0) ? 1 : q;
              }));
    }
}

static void paths(int k)
{
    T("getdents", ({
          long q = syscall(SYS_getdents64, fd, buf, 4096);
          q > 0 ? 1 : q;
      }));
    T("getdents_small", syscall(SYS_getdents64, fd, buf, 1));
    T("getdents_bad", syscall(SYS_getdents64, fd, 1, 4096));
    T("fchdir", ({
          long q = fchdir(fd);
          int e = errno;
          chdir("/");
          errno = e;
          q;
      }));
    T("fchmod", fchmod(fd, 0600));
    T("fchown", fchown(fd, -1, -1));
    T("fchown_me", fchown(fd, getuid(), getgid()));
    T("futimens", futimens(fd, NULL));

    T("futimens_bad", futimens(fd, ts));
    T("utimensat_null", syscall(SYS_utimensat, fd, NULL, NULL, 0));
    T("utimensat_empty", utimensat(fd, "", NULL, AT_EMPTY_PATH));
    T("utimensat_badflag", syscall(SYS_utimensat, fd, "x", NULL, 0x40));
    T("openat_rel", openat(fd, "rw", O_RDONLY));
    T("openat_empty", openat(fd, "", O_RDONLY));
    T("openat_abs", openat(fd, "/dev/null", O_RDONLY));
    T("openat_dot", openat(fd, ".", O_RDONLY));
    T("openat_creat_dir", openat(fd, "nd/", O_CREAT | O_WRONLY, 0600));
    T("mkdirat_ex", mkdirat(fd, ".", 0700));
    T("unlinkat_dot", unlinkat(fd, ".", AT_REMOVEDIR));
    T("unlinkat_no", unlinkat(fd, "nonexist", 0));
    T("unlinkat_badflag", unlinkat(fd, "x", 0x80));
    T("faccessat", faccessat(fd, "rw", R_OK, 0));
    T("faccessat2_empty", syscall(SYS_faccessat2, fd, "", R_OK, AT_EMPTY_PATH));
    T("faccessat_badmode", faccessat(fd, "rw", 0x80, 0));
    T("readlinkat_empty", readlinkat(fd, "", buf, 100));
    T("readlinkat_no", readlinkat(fd, "rw", buf, 100));
    T("readlinkat_0", readlinkat(fd, "sl", buf, 0));
    T("linkat_empty", ({
          snprintf(path, sizeof path, "%s/lk", dir);
          unlink(path);
          errno = 0;
          linkat(fd, "", AT_FDCWD, path, AT_EMPTY_PATH);
      }));
    T("linkat_badflag", linkat(fd, "", AT_FDCWD, path, 1));
    T("symlinkat_exist", symlinkat("x", fd, "rw"));
    T("renameat2_badflag", syscall(SYS_renameat2, fd, "rw", fd, "rw", 0x80));
    T("renameat2_both", syscall(SYS_renameat2, fd, "rw", fd, "rw", 3));
    T("renameat_same", renameat(fd, "rw", fd, "rw"));
    T("renameat_dot", renameat(fd, ".", fd, "x"));
    T("mknodat", ({
          long q = mknodat(fd, "nodx", S_IFIFO | 0600, 0);
          int e = errno;
          unlinkat(fd, "nodx", 0);
          errno = e;
          q;
      }));
    T("mknodat_bad", mknodat(fd, "nodx", 0170000, 0));
    T("mknodat_dir", mknodat(fd, "nodx", S_IFDIR, 0));
    T("fchmodat", fchmodat(fd, "rw", 0600, 0));
    T("fchmodat2_empty", syscall(452, fd, "", 0600, AT_EMPTY_PATH));
    T("fchownat_empty", fchownat(fd, "", -1, -1, AT_EMPTY_PATH));
    T("execveat_empty", ({
          char *a[] = {"x", 0};
          pid_t p = vfork();
          long q;
          if (!p) {
              syscall(SYS_execveat, fd, "", a, a, AT_EMPTY_PATH);
              _exit(errno);
          }
          int s;
          waitpid(p, &s, 0);
          q = WIFEXITED(s) ? WEXITSTATUS(s) : -1;
          q;
      }));
    T("name_to_handle", ({
          struct {
              struct file_handle h;
              char b[128];
          } x;
          int m;
          x.h.handle_bytes = 0;
          name_to_handle_at(fd, "", &x.h, &m, AT_EMPTY_PATH);
      }));
}

static void mappings(int k)
{
    T("dup", dup(fd));
    T("dup2_same", ({
          long q = dup2(fd, fd);
          q >= 0 ? (q == fd) : q;
      }));
    T("dup3_same", dup3(fd, fd, 0));
    T("dup3_bad", dup3(fd, 50, 0x1));
    T("dup2_neg", dup2(fd, -1));
    T("dup2_huge", dup2(fd, 1 << 30));
    for (int pr = 0; pr < 2; pr++)
        for (int fl2 = 1; fl2 < 4; fl2++) {
            char l[40];
            snprintf(l, sizeof l, "mmap_p%d_f%d", pr ? 3 : 1, fl2);
            Z(l, (long)mmap(0, 4096, pr ? 3 : 1, fl2, fd, 0) == -1 ? -1 : 0);
        }
    Z("mmap_exec", (long)mmap(0, 4096, 5, 2, fd, 0) == -1 ? -1 : 0);
    Z("mmap_off1", (long)mmap(0, 4096, 1, 2, fd, 1) == -1 ? -1 : 0);
    Z("mmap_len0", (long)mmap(0, 0, 1, 2, fd, 0) == -1 ? -1 : 0);
    Z("mmap_f0", (long)mmap(0, 4096, 1, 0, fd, 0) == -1 ? -1 : 0);
    Z("mmap_fixed_unal", (long)mmap((void *)1, 4096, 1, MAP_PRIVATE | MAP_FIXED, fd, 0) == -1 ? -1 : 0);
    Z("mmap_validate_sync", (long)mmap(0, 4096, 1, MAP_SHARED_VALIDATE | MAP_SYNC, fd, 0) == -1 ? -1 : 0);
    Z("mmap_negoff", (long)mmap(0, 4096, 1, 2, fd, -4096L) == -1 ? -1 : 0);
    Z("mmap_hugetlb", (long)mmap(0, 4096, 1, MAP_PRIVATE | MAP_HUGETLB, fd, 0) == -1 ? -1 : 0);
    Z("mmap_anon_fd", (long)mmap(0, 4096, 1, MAP_PRIVATE | MAP_ANONYMOUS, fd, 0) == -1 ? -1 : 0);
    Z("mmap_growsdown", (long)mmap(0, 4096, 3, MAP_PRIVATE | MAP_GROWSDOWN, fd, 0) == -1 ? -1 : 0);
    Z("mmap_w_shared", (long)mmap(0, 4096, 2, MAP_SHARED, fd, 0) == -1 ? -1 : 0);
}

static void polling(int k)
{
    struct epoll_event ev = {EPOLLIN | EPOLLOUT};
    T("epoll_add", ({
          int e = epoll_create1(0);
          epoll_ctl(e, EPOLL_CTL_ADD, fd, &ev);
      }));
    T("epoll_add_excl", ({
          int e = epoll_create1(0);
          struct epoll_event x = {EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT};
          epoll_ctl(e, EPOLL_CTL_ADD, fd, &x);
      }));
    T("epoll_mod", ({
          int e = epoll_create1(0);
          epoll_ctl(e, EPOLL_CTL_MOD, fd, &ev);
      }));
    T("epoll_del", ({
          int e = epoll_create1(0);
          epoll_ctl(e, EPOLL_CTL_DEL, fd, &ev);
      }));
    T("epoll_badop", ({
          int e = epoll_create1(0);
          epoll_ctl(e, 9, fd, &ev);
      }));
    T("epoll_on", epoll_ctl(fd, EPOLL_CTL_ADD, 1, &ev));
    T("epoll_on_self", epoll_ctl(fd, EPOLL_CTL_ADD, fd, &ev));
    T("epoll_ev", ({
          int e = epoll_create1(0);
          struct epoll_event x = {-1 & ~(EPOLLET | EPOLLONESHOT | EPOLLEXCLUSIVE | EPOLLWAKEUP)}, o = {0};
          epoll_ctl(e, EPOLL_CTL_ADD, fd, &x);
          long n = epoll_wait(e, &o, 1, 0);
          n > 0 ? (long)o.events : n;
      }));
    T("epoll_wait", epoll_wait(fd, &ev, 1, 0));
    T("epoll_wait0", epoll_wait(fd, &ev, 0, 0));
    T("epoll_wait_bad", epoll_wait(fd, (void *)1, 1, 0));
    T("epoll_pwait2", syscall(441, fd, &ev, 1, &ts[1], NULL, 8));
    T("poll", ({
          struct pollfd p = {fd, -1, 0};
          long n = poll(&p, 1, 0);
          n >= 0 ? p.revents : n;
      }));
    T("poll_in", ({
          struct pollfd p = {fd, POLLIN, 0};
          long n = poll(&p, 1, 0);
          n >= 0 ? p.revents : n;
      }));
    T("select", ({
          fd_set r, w, x;
          FD_ZERO(&r);
          FD_ZERO(&w);
          FD_ZERO(&x);
          long n = 0;
          if (fd >= 0 && fd < 1000) {
              FD_SET(fd, &r);
              FD_SET(fd, &w);
              FD_SET(fd, &x);
              struct timeval tv = {0, 0};
              n = select(fd + 1, &r, &w, &x, &tv);
              if (n >= 0)
                  n = FD_ISSET(fd, &r) | FD_ISSET(fd, &w) * 2 | FD_ISSET(fd, &x) * 4;
          }
          n;
      }));
}

static void events(int k)
{
    T("inotify_add", ({
          long q = inotify_add_watch(fd, dir, IN_ALL_EVENTS);
          q;
      }));
    T("inotify_add0", inotify_add_watch(fd, dir, 0));
    T("inotify_rm", inotify_rm_watch(fd, 1));
    struct itimerspec its = {{0, 0}, {0, 1}};
    T("timerfd_set", timerfd_settime(fd, 0, &its, 0));
    T("timerfd_set_bad", timerfd_settime(fd, 0x80, &its, 0));
    T("timerfd_get", timerfd_gettime(fd, &its));
    sigset_t ss;
    sigemptyset(&ss);
    T("signalfd_on", signalfd(fd, &ss, 0) == -1 ? -1 : 0);
    T("signalfd_bad", syscall(SYS_signalfd4, fd, &ss, 8, 0x1));
    T("signalfd_size", syscall(SYS_signalfd4, fd, &ss, 4, 0));
    T("pidfd_send", syscall(SYS_pidfd_send_signal, fd, 0, 0, 0));
    T("pidfd_getfd", syscall(SYS_pidfd_getfd, fd, 1, 0));
    T("waitid_pidfd", ({
          siginfo_t si;
          waitid(P_PIDFD, fd, &si, WEXITED | WNOHANG);
      }));
    T("setns", setns(fd, CLONE_NEWUTS | CLONE_NEWPID));
}

static void transfers(int k)
{
    T("sendfile_to", ({
          int s = mk(2);
          sendfile(fd, s, NULL, 4);
      }));
    T("sendfile_from", ({
          int s = mk(2);
          sendfile(s, fd, NULL, 4);
      }));
    T("sendfile_off", ({
          int s = mk(2);
          off_t o = 2;
          sendfile(s, fd, &o, 4);
      }));
    T("sendfile_off-", ({
          int s = mk(2);
          off_t o = -2;
          sendfile(s, fd, &o, 4);
      }));
    T("sendfile_pipe", ({
          int s = mk(10);
          sendfile(s, fd, NULL, 4);
      }));
    T("splice_to", ({
          int s = mk(9);
          splice(s, 0, fd, 0, 3, SPLICE_F_NONBLOCK);
      }));
    T("splice_from", ({
          int s = mk(10);
          splice(fd, 0, s, 0, 3, SPLICE_F_NONBLOCK);
      }));
    T("splice_from_off", ({
          int s = mk(10);
          loff_t o = 1;
          splice(fd, &o, s, 0, 3, SPLICE_F_NONBLOCK);
      }));
    T("splice_pipeoff", ({
          int s = mk(9);
          loff_t o = 1;
          splice(s, &o, fd, 0, 3, SPLICE_F_NONBLOCK);
      }));
    T("splice_flags", ({
          int s = mk(9);
          splice(s, 0, fd, 0, 3, 0x80);
      }));
    T("splice_nopipe", ({
          int s = mk(2);
          splice(s, 0, fd, 0, 3, 0);
      }));
    T("splice0", splice(fd, 0, fd, 0, 0, 0));
    T("tee", ({
          int s = mk(9);
          tee(s, fd, 3, SPLICE_F_NONBLOCK);
      }));
    T("tee_self", tee(fd, fd, 3, SPLICE_F_NONBLOCK));
    T("vmsplice", vmsplice(fd, iov, 1, SPLICE_F_NONBLOCK));
    T("cfr_to", ({
          int s = mk(24);
          copy_file_range(s, 0, fd, 0, 4, 0);
      }));
    T("cfr_from", ({
          int s = mk(36);
          copy_file_range(fd, 0, s, 0, 4, 0);
      }));
    T("cfr_flags", copy_file_range(fd, 0, fd, 0, 4, 1));
    T("cfr_self", copy_file_range(fd, 0, fd, 0, 4, 0));
}

static void others(int k)
{
    T("fgetxattr", fgetxattr(fd, "user.x", buf, 10));
    T("fsetxattr", fsetxattr(fd, "user.x", "v", 1, 0));
    T("fsetxattr_rep", fsetxattr(fd, "user.zz", "v", 1, XATTR_REPLACE));
    T("fsetxattr_bad", fsetxattr(fd, "user.zz", "v", 1, 9));
    T("fsetxattr_ns", fsetxattr(fd, "foo.zz", "v", 1, 0));
    T("fsetxattr_noname", fsetxattr(fd, "user.", "v", 1, 0));
    T("fsetxattr_empty", fsetxattr(fd, "", "v", 1, 0));
    T("fsetxattr_trusted", fsetxattr(fd, "trusted.zz", "v", 1, 0));
    T("flistxattr", flistxattr(fd, buf, 100));
    T("fremovexattr", fremovexattr(fd, "user.x"));
    T("fgetxattr_sys", fgetxattr(fd, "system.posix_acl_access", buf, 100));
    T("fgetxattr_sec", fgetxattr(fd, "security.capability", buf, 100));
    T("fsetxattr_big", fsetxattr(fd, "user.b", buf, 70000, 0));
    T("fstatfs", syscall(SYS_fstatfs, fd, buf));
    T("close", close(fd));
    T("close2", (close(fd), close(fd)));
    T("kcmp", syscall(SYS_kcmp, getpid(), getpid(), 0, fd, fd));
    T("fsopen_fsconfig", syscall(431, fd, 0, 0, 0, 0));
    T("fspick", syscall(433, fd, "", 8));
    T("move_mount", syscall(429, fd, "", -1, "", 4));
    T("mq_getsetattr", syscall(245, fd, 0, buf));
    T("process_madvise", syscall(440, fd, iov, 1, 20, 0));
    T("process_mrelease", syscall(448, fd, 0));
    T("landlock_restrict", syscall(446, fd, 0));
    T("quotactl_fd", syscall(443, fd, 0, 0, 0));
    T("cachestat", ({
          unsigned long cr[2] = {0, 0}, co[5];
          syscall(451, fd, cr, co, 0);
      }));
    T("close_range_bad", syscall(436, 5, 4, 0));
    T("close_range_flag", syscall(436, fd, fd, 8));
    T("epoll_create0", epoll_create(0));
}

int main(void)
{
    static void (*const groups[])(int) = {read_and_write, attributes, controls, ioctls, paths, mappings, polling, events, transfers, others};
    return with_each_kind(groups, sizeof groups / sizeof *groups);
}
