// How much a pipe holds, PIPE_BUF, blocking and nonblocking writers.
#include "pipes.h"
#include <linux/limits.h>

TEST(a_new_pipe_holds_64_KiB)
{
    struct pipe p = new_pipe(O_NONBLOCK);
    EXPECT_EQ(fcntl(p.r, F_GETPIPE_SZ), 65536);
    EXPECT_EQ(fcntl(p.w, F_GETPIPE_SZ), 65536);
    EXPECT_EQ(fill(p.w), 65536);
    EXPECT_EQ(readable_bytes(p.r), 65536);
}

TEST(F_SETPIPE_SZ_rounds_up_to_a_power_of_two_pages)
{
    struct pipe p = new_pipe(O_NONBLOCK);
    EXPECT_EQ(fcntl(p.w, F_SETPIPE_SZ, 1), 4096);
    EXPECT_EQ(fcntl(p.w, F_SETPIPE_SZ, 5000), 8192);
    EXPECT_EQ(fcntl(p.w, F_SETPIPE_SZ, 100000), 131072);
    EXPECT_EQ(fcntl(p.r, F_GETPIPE_SZ), 131072);
    EXPECT_EQ(fill(p.w), 131072);
}

TEST(F_SETPIPE_SZ_below_what_is_in_the_pipe_gives_EBUSY)
{
    struct pipe p = new_pipe(O_NONBLOCK);
    fill(p.w);
    EXPECT_ERRNO(fcntl(p.w, F_SETPIPE_SZ, 4096), EBUSY);
    EXPECT_EQ(fcntl(p.w, F_GETPIPE_SZ), 65536);
}

TEST(F_SETPIPE_SZ_keeps_what_is_in_the_pipe)
{
    struct pipe p = new_pipe(0);
    put(p.w, "text");
    EXPECT_EQ(fcntl(p.w, F_SETPIPE_SZ, 4096), 4096);
    expect_read(p.r, "text");
}

TEST(F_SETPIPE_SZ_of_too_much_or_of_no_pipe_is_refused)
{
    struct pipe p = new_pipe(0);
    EXPECT_ERRNO(fcntl(p.w, F_SETPIPE_SZ, 1u << 31 | 1), EINVAL);
    int fd = EXPECT_OK(open("/", O_RDONLY));
    EXPECT_ERRNO(fcntl(fd, F_GETPIPE_SZ), EBADF);
}

TEST(an_ordinary_user_stays_below_pipe_max_size)
{
    if (geteuid() != 0)
        SKIP("needs root to become an ordinary user");
    struct pipe p = new_pipe(0);
    AS_USER(12345, 12345, EXPECT_ERRNO(fcntl(p.w, F_SETPIPE_SZ, 1 << 30), EPERM);
            EXPECT_EQ(fcntl(p.w, F_SETPIPE_SZ, 1 << 20), 1 << 20));
}

TEST(a_nonblocking_write_to_a_full_pipe_gives_EAGAIN)
{
    struct pipe p = new_pipe(O_NONBLOCK);
    fill(p.w);
    EXPECT_ERRNO(write(p.w, "x", 1), EAGAIN);
}

TEST(a_nonblocking_write_of_at_most_PIPE_BUF_is_all_or_nothing)
{
    static char chunk[PIPE_BUF], page[4096];
    struct pipe p = new_pipe(O_NONBLOCK);
    // 15 full buffers and one of 100 bytes: 3996 bytes of room, of which a write of 4096 may use none.
    for (int i = 0; i < 15; i++)
        EXPECT_EQ(write(p.w, page, 4096), 4096);
    EXPECT_EQ(write(p.w, page, 100), 100);
    EXPECT_ERRNO(write(p.w, chunk, PIPE_BUF), EAGAIN);
    EXPECT_EQ(readable_bytes(p.r), 15 * 4096 + 100);
    EXPECT_EQ(write(p.w, chunk, 3996), 3996);
}

TEST(a_nonblocking_write_of_more_than_PIPE_BUF_may_be_partial)
{
    static char big[100000];
    struct pipe p = new_pipe(O_NONBLOCK);
    EXPECT_EQ(write(p.w, big, sizeof big), 65536);
    EXPECT_ERRNO(write(p.w, big, sizeof big), EAGAIN);
}

TEST(a_blocking_write_waits_until_all_is_written)
{
    static char big[300000], in[300000];
    for (int i = 0; i < sizeof big; i++)
        big[i] = i * 11 + (i >> 9);
    struct pipe p = new_pipe(0);
    pid_t pid = FORK(close(p.r); EXPECT_EQ(write(p.w, big, sizeof big), sizeof big));
    close(p.w);
    for (size_t got = 0; got < sizeof in;) {
        ssize_t n = EXPECT_OK(read(p.r, in + got, sizeof in - got));
        EXPECT_GT(n, 0);
        got += n;
    }
    EXPECT_MEMEQ(in, big, sizeof in);
    expect_read(p.r, "");
    EXPECT_EXIT(pid, 0);
}

TEST(a_blocked_writer_is_woken_by_a_reader)
{
    static char page[4096];
    struct pipe p = new_pipe(O_NONBLOCK);
    fill(p.w);
    EXPECT_OK(fcntl(p.w, F_SETFL, 0));
    pid_t pid = FORK(put(p.w, "x"));
    sleep_ms(30);
    EXPECT_EQ(waitpid(pid, 0, WNOHANG), 0);
    EXPECT_EQ(read(p.r, page, 4096), 4096);
    EXPECT_EXIT(pid, 0);
}

TEST(writers_of_at_most_PIPE_BUF_do_not_interleave)
{
    enum { WRITERS = 4, RECORDS = 50, SIZE = 1000 };
    struct pipe p = new_pipe(0);
    for (int i = 0; i < WRITERS; i++)
        FORK(char record[SIZE]; memset(record, 'a' + i, SIZE);
             for (int k = 0; k < RECORDS; k++) EXPECT_EQ(write(p.w, record, SIZE), SIZE));
    close(p.w);
    char record[SIZE];
    int count = 0;
    for (;;) {
        size_t got = 0;
        for (ssize_t n; got < SIZE && (n = EXPECT_OK(read(p.r, record + got, SIZE - got))) > 0;)
            got += n;
        if (got == 0)
            break;
        EXPECT_EQ(got, SIZE);
        for (int i = 1; i < SIZE; i++)
            EXPECT_EQ(record[i], record[0]);
        count++;
    }
    EXPECT_EQ(count, WRITERS * RECORDS);
}

static void on_signal(int number) { (void)number; }

TEST(a_signal_in_a_half_done_write_returns_the_half)
{
    static char big[100000];
    struct pipe p = new_pipe(0);
    struct sigaction action = { .sa_handler = on_signal };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_EQ(write(p.w, big, sizeof big), 65536);
}

TEST(a_signal_in_a_write_that_has_not_begun_gives_EINTR)
{
    struct pipe p = new_pipe(O_NONBLOCK);
    fill(p.w);
    EXPECT_OK(fcntl(p.w, F_SETFL, 0));
    struct sigaction action = { .sa_handler = on_signal };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_ERRNO(write(p.w, "x", 1), EINTR);
}
