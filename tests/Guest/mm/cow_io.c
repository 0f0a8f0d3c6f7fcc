// System calls that write into, or read from, memory that a fork shares.
#include "../support/mem.h"
#include <sys/socket.h>
#include <sys/uio.h>

// Two processes hold the same pages while the body runs; the sibling checks that it still sees 'x'.
static char *shared_by_fork(size_t pages, int hold[2], pid_t *sibling)
{
    char *p = map_pages(pages);
    memset(p, 'x', pages * PAGE);
    EXPECT_OK(pipe(hold));
    *sibling = FORK({
        char c;
        close(hold[1]);
        EXPECT_EQ(read(hold[0], &c, 1), 0);
        EXPECT_TRUE(is_filled(p, pages * PAGE, 'x'));
    });
    return p;
}

#define WITH_SHARED(P, PAGES, ...)                                                   \
    do {                                                                             \
        int hold_[2];                                                                \
        pid_t sibling_;                                                              \
        char *P = shared_by_fork(PAGES, hold_, &sibling_);                           \
        __VA_ARGS__;                                                                 \
        close(hold_[1]);                                                             \
        EXPECT_EXIT(sibling_, 0);                                                    \
    } while (0)

TEST(read_into_shared_pages_breaks_the_share)
{
    int fd = file_of_pages("f", 4);
    WITH_SHARED(p, 4, {
        EXPECT_EQ(pread(fd, p + 100, 2 * PAGE, 0), 2 * PAGE);
        EXPECT_TRUE(is_filled(p, 100, 'x'));
        EXPECT_TRUE(is_filled(p + 100, PAGE, 'a'));
        EXPECT_TRUE(is_filled(p + 100 + PAGE, PAGE, 'b'));
        EXPECT_TRUE(is_filled(p + 100 + 2 * PAGE, 2 * PAGE - 100, 'x'));
    });
}

TEST(readv_into_shared_pages_breaks_the_share)
{
    int fd = file_of_pages("f", 4);
    WITH_SHARED(p, 4, {
        struct iovec v[3] = { { p, 10 }, { p + PAGE, PAGE }, { p + 3 * PAGE + 5, 20 } };
        EXPECT_EQ(preadv(fd, v, 3, 0), PAGE + 30);
        EXPECT_TRUE(is_filled(p, 10, 'a'));
        EXPECT_EQ(p[10], 'x');
        EXPECT_EQ(p[3 * PAGE + 5], 'b');
        EXPECT_EQ(p[3 * PAGE + 4], 'x');
    });
}

TEST(pipe_and_socket_reads_break_the_share)
{
    int fds[2], pair[2];
    EXPECT_OK(pipe(fds));
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    WITH_SHARED(p, 2, {
        EXPECT_EQ(write(fds[1], "pipe", 4), 4);
        EXPECT_EQ(read(fds[0], p, 4), 4);
        EXPECT_MEMEQ(p, "pipex", 5);
        EXPECT_EQ(send(pair[1], "sock", 4, 0), 4);
        EXPECT_EQ(recv(pair[0], p + PAGE, 4, 0), 4);
        EXPECT_MEMEQ(p + PAGE, "sockx", 5);
    });
}

TEST(small_results_break_the_share)
{
    WITH_SHARED(p, 1, {
        EXPECT_OK(clock_gettime(CLOCK_MONOTONIC, (struct timespec *)p));
        EXPECT_OK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, p + 64));
        EXPECT_OK(fstat(1, (struct stat *)(p + 256)));
        EXPECT_EQ(getcwd(p + 1024, 1024), p + 1024);
        EXPECT_EQ(p[1024], '/');
        EXPECT_EQ(p[4000], 'x');
    });
}

TEST(the_child_reads_into_pages_of_the_parent)
{
    int fd = file_of_pages("f", 1);
    char *p = map_pages(2);
    memset(p, 'x', 2 * PAGE);
    IN_CHILD({
        EXPECT_EQ(pread(fd, p + PAGE - 50, 100, 0), 100);
        EXPECT_TRUE(is_filled(p + PAGE - 50, 100, 'a'));
        p[0] = 'c';
    });
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 'x'));
}

TEST(wait_writes_its_status_into_a_shared_page)
{
    int *status = (int *)map_pages(1);
    *status = 0x12345678;
    IN_CHILD({
        pid_t inner = FORK(_exit(3));
        EXPECT_EQ(waitpid(inner, status, 0), inner);
        EXPECT_EQ(*status, 3 << 8);
    });
    EXPECT_EQ(*status, 0x12345678);
}

TEST(a_blocked_read_completes_into_a_page_shared_meanwhile)
{
    int fds[2];
    EXPECT_OK(pipe(fds));
    char *p = map_pages(1);
    memset(p, 'x', PAGE);
    pid_t reader = FORK({
        // Blocks; its own child is forked before, so the page is shared among three.
        pid_t inner = FORK({
            sleep_ms(60);
            EXPECT_TRUE(is_filled(p, PAGE, 'x'));
        });
        EXPECT_EQ(read(fds[0], p, 4), 4);
        EXPECT_MEMEQ(p, "latex", 5);
        EXPECT_EXIT(inner, 0);
    });
    sleep_ms(20);
    EXPECT_EQ(write(fds[1], "late", 4), 4);
    EXPECT_EXIT(reader, 0);
    EXPECT_TRUE(is_filled(p, PAGE, 'x'));
}

TEST(write_from_shared_pages_takes_the_own_content)
{
    int fd = file_of_pages("f", 0);
    char *p = map_pages(2), back[8];
    memset(p, 'x', 2 * PAGE);
    IN_CHILD({
        p[0] = 'c';
        EXPECT_EQ(pwrite(fd, p, 4, 0), 4);
    });
    EXPECT_EQ(pwrite(fd, p, 4, 4), 4);
    EXPECT_EQ(pread(fd, back, 8, 0), 8);
    EXPECT_MEMEQ(back, "cxxxxxxx", 8);
}

TEST(read_into_untouched_memory_after_fork)
{
    int fd = file_of_pages("f", 1);
    char *p = map_pages(2);
    IN_CHILD({
        EXPECT_EQ(pread(fd, p, 100, 0), 100);
        EXPECT_TRUE(is_filled(p, 100, 'a'));
        EXPECT_TRUE(is_filled(p + 100, PAGE, 0));
    });
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 0));
}

TEST(a_signal_frame_is_pushed_onto_a_shared_stack)
{
    static volatile int seen;
    volatile char marker[256];
    memset((char *)marker, 'm', sizeof marker);
    struct sigaction action = { .sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO };
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
    for (int i = 0; i < 10; i++)
        IN_CHILD({
            if (sigsetjmp(fault_return, 1) == 0)
                raise(SIGUSR1);
            seen = fault_seen.number;
            EXPECT_EQ(seen, SIGUSR1);
            EXPECT_TRUE(is_filled(marker, sizeof marker, 'm'));
        });
    EXPECT_EQ(seen, 0);
}
