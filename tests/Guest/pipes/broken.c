// Writing without a reader, polling, FIONREAD, nonblocking reads, packet mode.
#include "pipes.h"

TEST(a_write_without_reader_kills_by_SIGPIPE)
{
    struct pipe p = new_pipe(0);
    close(p.r);
    EXPECT_SIGNALED(FORK(write(p.w, "x", 1)), SIGPIPE);
}

TEST(with_SIGPIPE_ignored_the_write_gives_EPIPE)
{
    struct pipe p = new_pipe(0);
    signal(SIGPIPE, SIG_IGN);
    close(p.r);
    EXPECT_ERRNO(write(p.w, "x", 1), EPIPE);
    EXPECT_EQ(write(p.w, "", 0), 0);
}

TEST(a_blocked_writer_gets_EPIPE_when_the_reader_goes)
{
    struct pipe p = new_pipe(O_NONBLOCK);
    fill(p.w);
    EXPECT_OK(fcntl(p.w, F_SETFL, 0));
    pid_t pid = FORK(signal(SIGPIPE, SIG_IGN); close(p.r); EXPECT_ERRNO(write(p.w, "x", 1), EPIPE));
    sleep_ms(30);
    close(p.r);
    EXPECT_EXIT(pid, 0);
}

TEST(SIGPIPE_goes_to_the_writing_thread_with_its_own_code)
{
    struct pipe p = new_pipe(0);
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, 0);
    close(p.r);
    EXPECT_ERRNO(write(p.w, "x", 1), EPIPE);
    struct timespec none = { 0, 0 };
    EXPECT_EQ(sigtimedwait(&set, &info, &none), SIGPIPE);
}

TEST(a_nonblocking_read_of_an_empty_pipe_gives_EAGAIN_or_end_of_file)
{
    char c;
    struct pipe p = new_pipe(O_NONBLOCK);
    EXPECT_ERRNO(read(p.r, &c, 1), EAGAIN);
    close(p.w);
    EXPECT_EQ(read(p.r, &c, 1), 0);
}

TEST(O_NONBLOCK_is_a_flag_of_each_end)
{
    char c;
    struct pipe p = new_pipe(0);
    EXPECT_OK(fcntl(p.r, F_SETFL, O_NONBLOCK));
    EXPECT_EQ(fcntl(p.w, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_ERRNO(read(p.r, &c, 1), EAGAIN);
    int on = 0;
    EXPECT_OK(ioctl(p.r, FIONBIO, &on));
    EXPECT_EQ(fcntl(p.r, F_GETFL) & O_NONBLOCK, 0);
}

TEST(FIONREAD_counts_what_is_unread)
{
    char c;
    struct pipe p = new_pipe(0);
    EXPECT_EQ(readable_bytes(p.r), 0);
    put(p.w, "abc");
    put(p.w, "de");
    EXPECT_EQ(readable_bytes(p.r), 5);
    EXPECT_EQ(readable_bytes(p.w), 5);
    EXPECT_EQ(read(p.r, &c, 1), 1);
    EXPECT_EQ(readable_bytes(p.r), 4);
    EXPECT_ERRNO(ioctl(p.r, FIONREAD, BAD_ADDRESS), EFAULT);
}

TEST(a_terminal_request_on_a_pipe_gives_ENOTTY)
{
    char buffer[64];
    struct pipe p = new_pipe(0);
    EXPECT_ERRNO(ioctl(p.r, TCGETS, buffer), ENOTTY);
    EXPECT_FALSE(isatty(p.r));
}

TEST(poll_sees_an_empty_pipe_as_writable_only)
{
    struct pipe p = new_pipe(0);
    EXPECT_EQ(ready(p.r, POLLIN | POLLOUT), 0);
    EXPECT_EQ(ready(p.w, POLLIN | POLLOUT), POLLOUT);
}

TEST(poll_sees_data_and_room)
{
    struct pipe p = new_pipe(O_NONBLOCK);
    fill(p.w);
    EXPECT_EQ(ready(p.r, POLLIN | POLLRDNORM), POLLIN | POLLRDNORM);
    EXPECT_EQ(ready(p.w, POLLOUT), 0);
    static char page[4096];
    EXPECT_EQ(read(p.r, page, 4096), 4096);
    EXPECT_EQ(ready(p.w, POLLOUT), POLLOUT);
}

TEST(poll_reports_the_missing_writer_as_POLLHUP_and_the_missing_reader_as_POLLERR)
{
    struct pipe p = new_pipe(0), q = new_pipe(0);
    put(p.w, "x");
    close(p.w);
    EXPECT_EQ(ready(p.r, POLLIN), POLLIN | POLLHUP);
    expect_read(p.r, "x");
    EXPECT_EQ(ready(p.r, POLLIN), POLLHUP);
    EXPECT_EQ(ready(p.r, 0), POLLHUP);
    close(q.r);
    EXPECT_EQ(ready(q.w, POLLOUT), POLLOUT | POLLERR);
}

TEST(a_packet_pipe_keeps_the_borders_of_writes)
{
    struct pipe p = new_pipe(O_DIRECT);
    put(p.w, "one");
    put(p.w, "two");
    expect_read(p.r, "one");
    expect_read(p.r, "two");
    EXPECT_EQ(fcntl(p.w, F_GETFL) & O_DIRECT, O_DIRECT);
}

TEST(a_short_read_of_a_packet_drops_the_rest)
{
    char buffer[2];
    struct pipe p = new_pipe(O_DIRECT);
    put(p.w, "one");
    put(p.w, "two");
    EXPECT_EQ(read(p.r, buffer, 2), 2);
    expect_read(p.r, "two");
}

TEST(a_packet_larger_than_PIPE_BUF_is_split)
{
    static char big[5000], in[8192];
    struct pipe p = new_pipe(O_DIRECT);
    EXPECT_EQ(write(p.w, big, 5000), 5000);
    EXPECT_EQ(read(p.r, in, sizeof in), 4096);
    EXPECT_EQ(read(p.r, in, sizeof in), 904);
}

TEST(packet_mode_is_switched_on_later_by_fcntl)
{
    struct pipe p = new_pipe(0);
    EXPECT_OK(fcntl(p.w, F_SETFL, O_DIRECT));
    put(p.w, "a");
    put(p.w, "b");
    expect_read(p.r, "a");
    expect_read(p.r, "b");
}
