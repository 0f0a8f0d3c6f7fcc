// POSIX message queues: mq_overview(7).
#include "sysv.h"
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#define OPEN(NAME, FLAGS) mq_open(NAME, (FLAGS) | O_CREAT, 0600, (struct mq_attr *)0)

static mqd_t small_queue(const char *name, int flags, long count, long size)
{
    struct mq_attr attr = { .mq_maxmsg = count, .mq_msgsize = size };
    return EXPECT_OK(mq_open(name, O_CREAT | flags, 0600, &attr));
}

static void send(mqd_t q, const char *text, unsigned priority)
{
    EXPECT_OK(mq_send(q, text, strlen(text), priority));
}

static void expect_message(mqd_t q, const char *text, unsigned priority)
{
    char buffer[8192] = "";
    unsigned got = 12345;
    EXPECT_EQ(mq_receive(q, buffer, sizeof buffer, &got), strlen(text));
    EXPECT_STREQ(buffer, text);
    EXPECT_EQ(got, priority);
}

static struct timespec from_now(long ms)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_nsec += ms % 1000 * 1000000;
    t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

TEST(mq_open_refuses_bad_names)
{
    OWN_NAMESPACE();
    EXPECT_ERRNO(syscall(SYS_mq_open, "", O_RDONLY, 0, 0), ENOENT);
    EXPECT_ERRNO(syscall(SYS_mq_open, "a/b", O_RDONLY | O_CREAT, 0600, 0), EACCES);
    EXPECT_ERRNO(syscall(SYS_mq_open, ".", O_RDONLY | O_CREAT, 0600, 0), EACCES);
    EXPECT_ERRNO(syscall(SYS_mq_open, "..", O_RDONLY | O_CREAT, 0600, 0), EACCES);
    EXPECT_ERRNO(syscall(SYS_mq_open, BAD_ADDRESS, O_RDONLY | O_CREAT, 0600, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_mq_open, "a", O_RDONLY | O_CREAT, 0600, BAD_ADDRESS), EFAULT);
    char name[300];
    memset(name, 'n', sizeof name);
    name[256] = 0;
    EXPECT_ERRNO(syscall(SYS_mq_open, name, O_RDONLY | O_CREAT, 0600, 0), ENAMETOOLONG);
    name[255] = 0;
    EXPECT_OK(syscall(SYS_mq_open, name, O_RDONLY | O_CREAT, 0600, 0));
    EXPECT_ERRNO(mq_open("/nothing", O_RDWR), ENOENT);
}

TEST(mq_open_makes_a_queue_with_the_wanted_attributes)
{
    OWN_NAMESPACE();
    mqd_t q = EXPECT_OK(OPEN("/q", O_RDWR));
    struct mq_attr attr;
    EXPECT_OK(mq_getattr(q, &attr));
    EXPECT_EQ(attr.mq_maxmsg, 10);
    EXPECT_EQ(attr.mq_msgsize, 8192);
    EXPECT_EQ(attr.mq_curmsgs, 0);
    EXPECT_EQ(attr.mq_flags, 0);
    EXPECT_EQ(fcntl(q, F_GETFD), FD_CLOEXEC);
    EXPECT_ERRNO(mq_open("/q", O_CREAT | O_EXCL | O_RDWR, 0600, 0), EEXIST);
    EXPECT_ERRNO(mq_open("/q", O_RDWR | O_WRONLY), EINVAL);
    mqd_t small = small_queue("/small", O_RDWR | O_NONBLOCK, 3, 16);
    EXPECT_OK(mq_getattr(small, &attr));
    EXPECT_EQ(attr.mq_maxmsg, 3);
    EXPECT_EQ(attr.mq_msgsize, 16);
    EXPECT_EQ(attr.mq_flags, O_NONBLOCK);
    struct mq_attr bad = { .mq_maxmsg = 0, .mq_msgsize = 8 };
    EXPECT_ERRNO(mq_open("/bad", O_CREAT | O_RDWR, 0600, &bad), EINVAL);
    bad = (struct mq_attr){ .mq_maxmsg = 1, .mq_msgsize = -1 };
    EXPECT_ERRNO(mq_open("/bad", O_CREAT | O_RDWR, 0600, &bad), EINVAL);
    EXPECT_ERRNO(mq_open("/bad", O_RDWR), ENOENT);
}

TEST(limits_of_the_unprivileged)
{
    OWN_NAMESPACE();
    AS_USER(1234, 1234, {
        struct mq_attr bad = { .mq_maxmsg = 11, .mq_msgsize = 8 };
        EXPECT_ERRNO(mq_open("/bad", O_CREAT | O_RDWR, 0600, &bad), EINVAL);
        bad = (struct mq_attr){ .mq_maxmsg = 1, .mq_msgsize = 8193 };
        EXPECT_ERRNO(mq_open("/bad", O_CREAT | O_RDWR, 0600, &bad), EINVAL);
        struct rlimit limit = { 10 * 8192, 10 * 8192 };
        EXPECT_OK(setrlimit(RLIMIT_MSGQUEUE, &limit));
        EXPECT_ERRNO(OPEN("/bad", O_RDWR), EMFILE);
        small_queue("/good", O_RDWR, 5, 8192);
    });
}

TEST(the_bytes_of_a_queue_are_given_back_with_its_last_reference)
{
    OWN_NAMESPACE();
    AS_USER(1235, 1235, {
        struct rlimit limit = { 100000, 100000 };
        EXPECT_OK(setrlimit(RLIMIT_MSGQUEUE, &limit));
        for (int i = 0; i < 5; i++) {
            mqd_t q = EXPECT_OK(OPEN("/q", O_RDWR));
            EXPECT_ERRNO(OPEN("/r", O_RDWR), EMFILE);
            EXPECT_OK(mq_unlink("/q"));
            EXPECT_ERRNO(OPEN("/r", O_RDWR), EMFILE);
            EXPECT_OK(mq_close(q));
        }
    });
}

TEST(messages_come_by_priority_then_age)
{
    OWN_NAMESPACE();
    mqd_t q = EXPECT_OK(OPEN("/q", O_RDWR | O_NONBLOCK));
    send(q, "low", 1);
    send(q, "high", 9);
    send(q, "", 0);
    send(q, "high too", 9);
    struct mq_attr attr;
    EXPECT_OK(mq_getattr(q, &attr));
    EXPECT_EQ(attr.mq_curmsgs, 4);
    expect_message(q, "high", 9);
    expect_message(q, "high too", 9);
    expect_message(q, "low", 1);
    expect_message(q, "", 0);
    char buffer[8192];
    EXPECT_ERRNO(mq_receive(q, buffer, sizeof buffer, 0), EAGAIN);
}

TEST(bad_arguments_of_send_and_receive)
{
    OWN_NAMESPACE();
    mqd_t q = small_queue("/q", O_RDWR | O_NONBLOCK, 2, 16);
    char buffer[64] = "";
    EXPECT_ERRNO(mq_send(q, buffer, 17, 0), EMSGSIZE);
    EXPECT_ERRNO(mq_send(q, buffer, 1, 32768), EINVAL);
    EXPECT_OK(mq_send(q, buffer, 16, 32767));
    EXPECT_ERRNO(mq_send(q, BAD_ADDRESS, 1, 0), EFAULT);
    EXPECT_ERRNO(mq_receive(q, buffer, 15, 0), EMSGSIZE);
    EXPECT_ERRNO(mq_send(99, buffer, 1, 0), EBADF);
    EXPECT_ERRNO(mq_send(1, buffer, 1, 0), EBADF);
    EXPECT_ERRNO(mq_receive(1, buffer, 64, 0), EBADF);
    mqd_t reader = EXPECT_OK(mq_open("/q", O_RDONLY)), writer = EXPECT_OK(mq_open("/q", O_WRONLY));
    EXPECT_ERRNO(mq_send(reader, buffer, 1, 0), EBADF);
    EXPECT_ERRNO(mq_receive(writer, buffer, 64, 0), EBADF);
    struct timespec bad = { 0, -1 };
    EXPECT_ERRNO(mq_timedsend(q, buffer, 1, 32768, &bad), EINVAL);
    EXPECT_ERRNO(syscall(SYS_mq_timedsend, 99, buffer, 1, 0, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(mq_timedreceive(99, buffer, 1, 0, &bad), EINVAL);
    EXPECT_ERRNO(write(q, buffer, 1), EINVAL);
    EXPECT_ERRNO(mq_receive(q, BAD_ADDRESS, 64, 0), EFAULT);
    EXPECT_ERRNO(mq_receive(q, buffer, 64, 0), EAGAIN);
}

TEST(a_full_queue_makes_senders_wait)
{
    OWN_NAMESPACE();
    mqd_t q = small_queue("/q", O_RDWR, 1, 16);
    send(q, "first", 0);
    pid_t pid = FORK(send(q, "second", 3));
    EXPECT_ASLEEP(pid);
    expect_message(q, "first", 0);
    EXPECT_EXIT(pid, 0);
    expect_message(q, "second", 3);
    pid = FORK(expect_message(q, "third", 1));
    EXPECT_ASLEEP(pid);
    send(q, "third", 1);
    EXPECT_EXIT(pid, 0);
}

TEST(receivers_are_served_in_order)
{
    OWN_NAMESPACE();
    mqd_t q = small_queue("/q", O_RDWR, 4, 16);
    pid_t first = FORK(expect_message(q, "one", 0));
    EXPECT_ASLEEP(first);
    pid_t second = FORK(expect_message(q, "two", 7));
    EXPECT_ASLEEP(second);
    send(q, "one", 0);
    send(q, "two", 7);
    EXPECT_EXIT(first, 0);
    EXPECT_EXIT(second, 0);
}

TEST(timed_calls_give_up_in_time)
{
    OWN_NAMESPACE();
    mqd_t q = small_queue("/q", O_RDWR, 1, 16);
    char buffer[16];
    struct timespec past = { 1, 0 }, soon = from_now(60);
    long start = now_ms();
    EXPECT_ERRNO(mq_timedreceive(q, buffer, 16, 0, &soon), ETIMEDOUT);
    EXPECT_GE(now_ms() - start, 58);
    EXPECT_ERRNO(mq_timedreceive(q, buffer, 16, 0, &past), ETIMEDOUT);
    send(q, "x", 0);
    EXPECT_ERRNO(mq_timedsend(q, "y", 1, 0, &past), ETIMEDOUT);
    soon = from_now(60);
    EXPECT_ERRNO(mq_timedsend(q, "y", 1, 0, &soon), ETIMEDOUT);
    // With something to do the timeout is not looked at, unless it is malformed.
    EXPECT_EQ(mq_timedreceive(q, buffer, 16, 0, &past), 1);
}

TEST(waits_are_restarted_with_sa_restart_and_interrupted_without)
{
    OWN_NAMESPACE();
    mqd_t q = small_queue("/q", O_RDWR, 1, 16);
    pid_t parent = getpid();
    char buffer[16];
    catch_signal(SIGUSR1, 0);
    pid_t pid = FORK(EXPECT_ASLEEP(parent); kill(parent, SIGUSR1));
    EXPECT_ERRNO(mq_receive(q, buffer, 16, 0), EINTR);
    EXPECT_EXIT(pid, 0);
    catch_signal(SIGUSR1, SA_RESTART);
    pid = FORK(EXPECT_ASLEEP(parent); kill(parent, SIGUSR1); sleep_ms(20); send(q, "go", 0));
    expect_message(q, "go", 0);
    EXPECT_EXIT(pid, 0);
}

TEST(a_killed_receiver_takes_no_message)
{
    OWN_NAMESPACE();
    mqd_t q = small_queue("/q", O_RDWR, 2, 16);
    char buffer[16];
    pid_t pid = FORK(mq_receive(q, buffer, 16, 0));
    EXPECT_ASLEEP(pid);
    kill(pid, SIGKILL);
    EXPECT_SIGNALED(pid, SIGKILL);
    send(q, "mine", 0);
    expect_message(q, "mine", 0);
}

TEST(a_queue_lives_until_it_is_unlinked_and_closed)
{
    OWN_NAMESPACE();
    mqd_t q = EXPECT_OK(OPEN("/q", O_RDWR));
    send(q, "kept", 0);
    EXPECT_OK(mq_close(q));
    q = EXPECT_OK(mq_open("/q", O_RDWR));
    EXPECT_OK(mq_unlink("/q"));
    EXPECT_ERRNO(mq_unlink("/q"), ENOENT);
    EXPECT_ERRNO(mq_open("/q", O_RDWR), ENOENT);
    mqd_t other = EXPECT_OK(OPEN("/q", O_RDWR | O_NONBLOCK));
    expect_message(q, "kept", 0);
    char buffer[8192];
    EXPECT_ERRNO(mq_receive(other, buffer, sizeof buffer, 0), EAGAIN);
}

TEST(permissions)
{
    OWN_NAMESPACE();
    NEED_ROOT();
    umask(0);
    EXPECT_OK(mq_open("/closed", O_CREAT | O_RDWR, 0600, 0));
    EXPECT_OK(mq_open("/writable", O_CREAT | O_RDWR, 0602, 0));
    AS_USER(1234, 1234, {
        EXPECT_ERRNO(mq_open("/closed", O_RDONLY), EACCES);
        EXPECT_ERRNO(mq_open("/writable", O_RDWR), EACCES);
        EXPECT_OK(mq_open("/writable", O_WRONLY));
        // The directory is sticky.
        EXPECT_ERRNO(syscall(SYS_mq_unlink, "writable"), EPERM);
    });
}

TEST(getsetattr_changes_o_nonblock_only)
{
    OWN_NAMESPACE();
    mqd_t q = small_queue("/q", O_RDWR, 2, 16);
    struct mq_attr old, wanted = { .mq_flags = O_NONBLOCK, .mq_maxmsg = 7 };
    EXPECT_OK(mq_setattr(q, &wanted, &old));
    EXPECT_EQ(old.mq_flags, 0);
    EXPECT_OK(mq_getattr(q, &old));
    EXPECT_EQ(old.mq_flags, O_NONBLOCK);
    EXPECT_EQ(old.mq_maxmsg, 2);
    EXPECT_EQ(fcntl(q, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    wanted.mq_flags = O_APPEND;
    EXPECT_ERRNO(syscall(SYS_mq_getsetattr, 99, &wanted, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_mq_getsetattr, 99, 0, &old), EBADF);
    EXPECT_ERRNO(syscall(SYS_mq_getsetattr, 1, 0, &old), EBADF);
    EXPECT_ERRNO(syscall(SYS_mq_getsetattr, q, BAD_ADDRESS, &old), EFAULT);
    EXPECT_ERRNO(syscall(SYS_mq_getsetattr, q, 0, BAD_ADDRESS), EFAULT);
}

TEST(poll_tells_room_and_messages)
{
    OWN_NAMESPACE();
    mqd_t q = small_queue("/q", O_RDWR, 1, 16);
    struct pollfd p = { .fd = q, .events = POLLIN | POLLOUT };
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLOUT);
    send(q, "x", 0);
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLIN);
    expect_message(q, "x", 0);
    p.events = POLLIN;
    pid_t pid = FORK(sleep_ms(40); send(q, "y", 0));
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_EXIT(pid, 0);
    p.events = POLLOUT;
    pid = FORK(sleep_ms(40); expect_message(q, "y", 0));
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_EXIT(pid, 0);
}

TEST(notify_sends_one_signal_for_a_message_in_an_empty_queue)
{
    OWN_NAMESPACE();
    mqd_t q = EXPECT_OK(OPEN("/q", O_RDWR | O_NONBLOCK));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77 };
    EXPECT_OK(mq_notify(q, &event));
    EXPECT_ERRNO(mq_notify(q, &event), EBUSY);
    pid_t pid = FORK(EXPECT_ERRNO(mq_notify(q, &event), EBUSY); send(q, "a", 0));
    EXPECT_EXIT(pid, 0);
    siginfo_t info;
    struct timespec none = { 0, 0 };
    EXPECT_EQ(sigtimedwait(&set, &info, &none), SIGUSR1);
    EXPECT_EQ(info.si_code, SI_MESGQ);
    EXPECT_EQ(info.si_value.sival_int, 77);
    EXPECT_EQ(info.si_pid, pid);
    // Good for one message, and only if the queue was empty.
    EXPECT_OK(mq_notify(q, &event));
    send(q, "b", 0);
    EXPECT_ERRNO(sigtimedwait(&set, &info, &none), EAGAIN);
    expect_message(q, "a", 0);
    expect_message(q, "b", 0);
    send(q, "c", 0);
    EXPECT_EQ(sigtimedwait(&set, &info, &none), SIGUSR1);
    expect_message(q, "c", 0);
    send(q, "d", 0);
    EXPECT_ERRNO(sigtimedwait(&set, &info, &none), EAGAIN);
}

TEST(notify_ends_with_null_close_and_waiting_receivers)
{
    OWN_NAMESPACE();
    mqd_t q = EXPECT_OK(OPEN("/q", O_RDWR | O_NONBLOCK));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    EXPECT_OK(mq_notify(q, &event));
    EXPECT_OK(mq_notify(q, 0));
    EXPECT_OK(mq_notify(q, &event));
    // Any descriptor of the queue will do.
    EXPECT_OK(close(dup(q)));
    EXPECT_OK(mq_notify(q, &event));
    mqd_t blocking = EXPECT_OK(mq_open("/q", O_RDONLY));
    pid_t pid = FORK(expect_message(blocking, "for the receiver", 0));
    EXPECT_ASLEEP(pid);
    send(q, "for the receiver", 0);
    EXPECT_EXIT(pid, 0);
    sigset_t pending;
    EXPECT_OK(sigpending(&pending));
    EXPECT_FALSE(sigismember(&pending, SIGUSR1));
    send(q, "now", 0);
    EXPECT_OK(sigpending(&pending));
    EXPECT_TRUE(sigismember(&pending, SIGUSR1));
}

TEST(notify_refuses_bad_arguments)
{
    OWN_NAMESPACE();
    mqd_t q = EXPECT_OK(OPEN("/q", O_RDWR));
    struct sigevent event = { .sigev_notify = 77 };
    EXPECT_ERRNO(mq_notify(99, &event), EINVAL);
    event = (struct sigevent){ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65 };
    EXPECT_ERRNO(mq_notify(q, &event), EINVAL);
    event.sigev_signo = SIGUSR1;
    EXPECT_ERRNO(mq_notify(99, &event), EBADF);
    EXPECT_ERRNO(mq_notify(1, &event), EBADF);
    EXPECT_ERRNO(syscall(SYS_mq_notify, q, BAD_ADDRESS), EFAULT);
    char cookie[32];
    event = (struct sigevent){ .sigev_notify = SIGEV_THREAD, .sigev_signo = 99, .sigev_value.sival_ptr = cookie };
    EXPECT_ERRNO(syscall(SYS_mq_notify, q, &event), EBADF);
    event.sigev_signo = q;
    EXPECT_ERRNO(syscall(SYS_mq_notify, q, &event), ENOTSOCK);
    event.sigev_value.sival_ptr = BAD_ADDRESS;
    EXPECT_ERRNO(syscall(SYS_mq_notify, q, &event), EFAULT);
}

static volatile int thread_value;

static void on_message(union sigval value)
{
    thread_value = value.sival_int;
}

TEST(notify_by_a_thread)
{
    OWN_NAMESPACE();
    mqd_t q = EXPECT_OK(OPEN("/q", O_RDWR));
    struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_message, .sigev_value.sival_int = 31 };
    EXPECT_OK(mq_notify(q, &event));
    send(q, "x", 0);
    EXPECT_SOON(thread_value == 31);
}

TEST(the_file_system_shows_queues)
{
    OWN_NAMESPACE();
    NEED_ROOT();
    EXPECT_OK(unshare(CLONE_NEWNS));
    EXPECT_OK(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0));
    EXPECT_OK(mkdir("mnt", 0755));
    EXPECT_OK(mount("none", "mnt", "mqueue", 0, 0));
    struct stat st;
    EXPECT_OK(stat("mnt", &st));
    EXPECT_EQ(st.st_mode, S_IFDIR | 01777);
    struct statfs fs;
    EXPECT_OK(statfs("mnt", &fs));
    EXPECT_EQ(fs.f_type, 0x19800202);
    mqd_t q = EXPECT_OK(OPEN("/q", O_RDWR));
    send(q, "four", 0);
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
    EXPECT_OK(mq_notify(q, &event));
    EXPECT_OK(stat("mnt/q", &st));
    EXPECT_EQ(st.st_mode, S_IFREG | 0600);
    EXPECT_EQ(st.st_size, 80);
    char text[128] = "", wanted[128];
    int fd = EXPECT_OK(open("mnt/q", O_RDONLY));
    EXPECT_GT(read(fd, text, sizeof text - 1), 0);
    sprintf(wanted, "QSIZE:%-10d NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n", 4, SIGEV_SIGNAL, SIGUSR2, getpid());
    EXPECT_STREQ(text, wanted);
    // A plain creat(2) makes a queue, a plain unlink(2) removes it.
    EXPECT_OK(open("mnt/r", O_CREAT | O_RDWR, 0600));
    EXPECT_OK(mq_open("/r", O_RDWR));
    EXPECT_OK(unlink("mnt/r"));
    EXPECT_ERRNO(mq_open("/r", O_RDWR), ENOENT);
    EXPECT_ERRNO(mkdir("mnt/d", 0700), EPERM);
    EXPECT_OK(mq_unlink("/q"));
    EXPECT_ERRNO(stat("mnt/q", &st), ENOENT);
    EXPECT_OK(umount2("mnt", MNT_DETACH));
}

TEST(a_new_namespace_has_no_queues)
{
    OWN_NAMESPACE();
    EXPECT_OK(OPEN("/q", O_RDWR));
    IN_CHILD({
        OWN_NAMESPACE();
        EXPECT_ERRNO(mq_open("/q", O_RDWR), ENOENT);
    });
    EXPECT_OK(mq_open("/q", O_RDWR));
}

static int set_limit(const char *name, const char *value)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/sys/fs/mqueue/%s", name);
    int fd = open(path, O_WRONLY);
    if (fd == -1)
        SKIP("the limits cannot be set: %s", harness_errno_name(errno));
    int failed = write(fd, value, strlen(value)) == -1 ? errno : 0;
    close(fd);
    return failed;
}

TEST(the_defaults_of_a_namespace_can_be_set)
{
    struct mq_attr attr;
    NEED_ROOT();
    OWN_NAMESPACE();
    EXPECT_EQ(set_limit("msg_default", "7\n"), 0);
    EXPECT_EQ(set_limit("msgsize_default", "200\n"), 0);
    EXPECT_OK(mq_getattr(EXPECT_OK(OPEN("/q", O_RDWR)), &attr));
    EXPECT_EQ(attr.mq_maxmsg, 7);
    EXPECT_EQ(attr.mq_msgsize, 200);
    // The maximum is for defaults, too.
    EXPECT_EQ(set_limit("msg_max", "5"), 0);
    EXPECT_OK(mq_getattr(EXPECT_OK(OPEN("/r", O_RDWR)), &attr));
    EXPECT_EQ(attr.mq_maxmsg, 5);
    EXPECT_EQ(set_limit("msg_max", "0"), EINVAL);
    EXPECT_EQ(set_limit("msgsize_max", "127"), EINVAL);
}
