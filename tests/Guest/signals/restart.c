// Calls that SA_RESTART makes go on after a handler (signal(7)), and that are EINTR without it.
#include "../support/task.h"
#include "../support/wake.h"
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>

static int fds[2];
static char c;

TEST(read_of_a_pipe)
{
    EXPECT_OK(pipe(fds));
    EXPECT_RESTARTS(read(fds[0], &c, 1), 1, write(fds[1], "x", 1));
    EXPECT_INTERRUPTED(read(fds[0], &c, 1), 0);
}

TEST(write_to_a_full_pipe)
{
    static char block[1 << 20];
    EXPECT_OK(pipe(fds));
    int size = EXPECT_OK(fcntl(fds[1], F_GETPIPE_SZ));
    EXPECT_EQ(write(fds[1], block, size), size);
    EXPECT_RESTARTS(write(fds[1], block, 4096), 4096, read(fds[0], block, 4096));
    EXPECT_INTERRUPTED(write(fds[1], block, 4096), 0);
}

TEST(a_write_that_moved_something_returns_the_part)
{
    static char block[1 << 20];
    EXPECT_OK(pipe(fds));
    int size = EXPECT_OK(fcntl(fds[1], F_GETPIPE_SZ));
    handle(SIGALRM, note, SA_RESTART);
    alarm_ms(20, 0);
    EXPECT_EQ(write(fds[1], block, size + 5000), size);
}

TEST(read_and_write_of_a_socket)
{
    static char block[1 << 20];
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
    EXPECT_RESTARTS(read(fds[0], &c, 1), 1, write(fds[1], "x", 1));
    EXPECT_RESTARTS(recv(fds[0], &c, 1, 0), 1, write(fds[1], "x", 1));
    EXPECT_INTERRUPTED(read(fds[0], &c, 1), 0);
    EXPECT_INTERRUPTED(recv(fds[0], &c, 1, 0), 0);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    while (write(fds[0], block, 4096) > 0)
        ;
    fcntl(fds[0], F_SETFL, 0);
    EXPECT_INTERRUPTED(write(fds[0], block, 1), 0);
}

TEST(a_receive_with_a_timeout_is_EINTR_always)
{
    EXPECT_OK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds));
    struct timeval t = { 5, 0 };
    EXPECT_OK(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    EXPECT_INTERRUPTED(recv(fds[0], &c, 1, 0), SA_RESTART);
}

TEST(accept_of_a_connection)
{
    struct sockaddr_un address = { AF_UNIX, "s" };
    int listener = EXPECT_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    EXPECT_OK(bind(listener, (struct sockaddr *)&address, sizeof address));
    EXPECT_OK(listen(listener, 5));
    EXPECT_INTERRUPTED(accept(listener, 0, 0), 0);
    pid_t waker = INTERRUPTED(SA_RESTART, {
        int s = EXPECT_OK(socket(AF_UNIX, SOCK_STREAM, 0));
        EXPECT_OK(connect(s, (struct sockaddr *)&address, sizeof address));
    });
    EXPECT_OK(accept(listener, 0, 0));
    END_WAKER(waker);
}

TEST(wait_for_a_child)
{
    pid_t child = FORK(sleep_ms(80));
    handle(SIGALRM, note, SA_RESTART);
    alarm_ms(20, 0);
    EXPECT_EQ(waitpid(child, 0, 0), child);
    EXPECT_EQ(noted, SIGALRM);
    child = IDLE_CHILD();
    EXPECT_INTERRUPTED(waitpid(child, 0, 0), 0);
    siginfo_t info;
    EXPECT_INTERRUPTED(waitid(P_PID, child, &info, WEXITED), 0);
    END_CHILD(child);
}

TEST(file_locks)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    volatile int *words = shared_words();
    pid_t holder = FORK({
        int own = EXPECT_OK(open("f", O_RDWR));
        EXPECT_OK(flock(own, LOCK_EX));
        words[0] = 1;
        EXPECT_SOON(words[1]);
        sleep_ms(60);
    });
    EXPECT_SOON(words[0]);
    EXPECT_INTERRUPTED(flock(fd, LOCK_EX), 0);
    handle(SIGALRM, note, SA_RESTART);
    alarm_ms(20, 0);
    words[1] = 1;
    EXPECT_OK(flock(fd, LOCK_EX));
    EXPECT_EXIT(holder, 0);
}

TEST(record_locks)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    struct flock lock = { .l_type = F_WRLCK };
    volatile int *words = shared_words();
    pid_t holder = FORK({
        EXPECT_OK(fcntl(fd, F_SETLK, &lock));
        words[0] = 1;
        EXPECT_SOON(words[1]);
        sleep_ms(60);
    });
    EXPECT_SOON(words[0]);
    EXPECT_INTERRUPTED(fcntl(fd, F_SETLKW, &lock), 0);
    handle(SIGALRM, note, SA_RESTART);
    alarm_ms(20, 0);
    words[1] = 1;
    EXPECT_OK(fcntl(fd, F_SETLKW, &lock));
    EXPECT_EXIT(holder, 0);
}

TEST(opening_a_fifo)
{
    EXPECT_OK(mkfifo("fifo", 0600));
    EXPECT_INTERRUPTED(open("fifo", O_RDONLY), 0);
    pid_t waker = INTERRUPTED(SA_RESTART, EXPECT_OK(open("fifo", O_WRONLY)));
    EXPECT_OK(open("fifo", O_RDONLY));
    END_WAKER(waker);
}

TEST(reads_of_event_descriptors)
{
    long value;
    int event = EXPECT_OK(eventfd(0, 0));
    EXPECT_RESTARTS(read(event, &value, 8), 8, eventfd_write(event, 1));
    EXPECT_INTERRUPTED(read(event, &value, 8), 0);
    int timer = EXPECT_OK(timerfd_create(CLOCK_MONOTONIC, 0));
    struct itimerspec spec = { { 0, 0 }, { 0, 100000000 } };
    EXPECT_OK(timerfd_settime(timer, 0, &spec, 0));
    EXPECT_INTERRUPTED(read(timer, &value, 8), 0);
    handle(SIGALRM, note, SA_RESTART);
    alarm_ms(20, 0);
    EXPECT_EQ(read(timer, &value, 8), 8);
}

TEST(read_of_inotify)
{
    char events[4096];
    int fd = EXPECT_OK(inotify_init());
    EXPECT_OK(inotify_add_watch(fd, ".", IN_CREATE));
    EXPECT_INTERRUPTED(read(fd, events, sizeof events), 0);
    pid_t waker = INTERRUPTED(SA_RESTART, close(EXPECT_OK(open("new", O_WRONLY | O_CREAT, 0644))));
    EXPECT_GT(read(fd, events, sizeof events), 0);
    END_WAKER(waker);
}

TEST(futex_wait_without_a_timeout)
{
    volatile int *words = shared_words();
    EXPECT_RESTARTS(syscall(SYS_futex, words, FUTEX_WAIT, 0, 0, 0, 0), 0,
                    EXPECT_SOON(syscall(SYS_futex, words, FUTEX_WAKE, 1, 0, 0, 0) == 1));
    EXPECT_INTERRUPTED(syscall(SYS_futex, words, FUTEX_WAIT, 0, 0, 0, 0), 0);
}

TEST(message_queues_are_EINTR_always)
{
    int queue = msgget(IPC_PRIVATE, 0600);
    if (queue == -1 && errno == ENOSYS)
        SKIP("no System V message queues");
    struct { long type; char text[8]; } message;
    EXPECT_INTERRUPTED(msgrcv(queue, &message, 8, 0, 0), SA_RESTART);
    EXPECT_OK(msgctl(queue, IPC_RMID, 0));
}

TEST(many_signals_during_one_read)
{
    EXPECT_OK(pipe(fds));
    handle(SIGALRM, note, SA_RESTART);
    pid_t child = FORK(sleep_ms(100); write(fds[1], "x", 1));
    alarm_ms(1, 1);
    EXPECT_EQ(read(fds[0], &c, 1), 1);
    EXPECT_GT(noted_count, 20);
    alarm_ms(0, 0);
    EXPECT_EXIT(child, 0);
}
