// pipe(2), pipe2(2): order, end of file, flags, inheritance.
#include "pipes.h"

TEST(bytes_come_out_in_the_order_they_went_in)
{
    struct pipe p = new_pipe(0);
    put(p.w, "hello ");
    put(p.w, "world");
    expect_read(p.r, "hello world");
}

TEST(read_returns_what_is_there_and_no_more_than_asked)
{
    char buffer[4];
    struct pipe p = new_pipe(0);
    put(p.w, "abcdef");
    EXPECT_EQ(read(p.r, buffer, 4), 4);
    EXPECT_EQ(read(p.r, buffer, 4), 2);
    EXPECT_MEMEQ(buffer, "ef", 2);
}

TEST(read_after_the_last_writer_closes_returns_what_is_left_and_then_zero)
{
    struct pipe p = new_pipe(0);
    put(p.w, "last");
    close(p.w);
    expect_read(p.r, "last");
    expect_read(p.r, "");
    expect_read(p.r, "");
}

TEST(a_duplicate_of_the_writer_keeps_the_pipe_open)
{
    char c;
    struct pipe p = new_pipe(O_NONBLOCK);
    int copy = EXPECT_OK(dup(p.w));
    close(p.w);
    EXPECT_ERRNO(read(p.r, &c, 1), EAGAIN);
    close(copy);
    EXPECT_EQ(read(p.r, &c, 1), 0);
}

TEST(the_exit_of_the_child_closes_its_writer)
{
    struct pipe p = new_pipe(0);
    pid_t pid = FORK(put(p.w, "from the child"));
    close(p.w);
    expect_read(p.r, "from the child");
    expect_read(p.r, "");
    EXPECT_EXIT(pid, 0);
}

TEST(a_blocked_reader_is_woken_by_a_write)
{
    struct pipe p = new_pipe(0);
    pid_t pid = FORK(sleep_ms(30); put(p.w, "x"));
    expect_read(p.r, "x");
    EXPECT_EXIT(pid, 0);
}

TEST(a_blocked_reader_is_woken_by_the_close_of_the_writer)
{
    struct pipe p = new_pipe(0);
    pid_t pid = FORK(close(p.w); expect_read(p.r, ""));
    sleep_ms(30);
    close(p.w);
    EXPECT_EXIT(pid, 0);
}

TEST(each_end_has_its_own_direction)
{
    char c;
    struct pipe p = new_pipe(0);
    EXPECT_ERRNO(write(p.r, "x", 1), EBADF);
    EXPECT_ERRNO(read(p.w, &c, 1), EBADF);
    EXPECT_EQ(fcntl(p.r, F_GETFL) & O_ACCMODE, O_RDONLY);
    EXPECT_EQ(fcntl(p.w, F_GETFL) & O_ACCMODE, O_WRONLY);
}

TEST(the_read_end_gets_the_lower_number)
{
    int p[2];
    EXPECT_OK(pipe(p));
    EXPECT_EQ(p[0], 3);
    EXPECT_EQ(p[1], 4);
}

TEST(pipe2_sets_its_flags_on_both_ends)
{
    struct pipe p = new_pipe(O_CLOEXEC | O_NONBLOCK);
    EXPECT_EQ(fcntl(p.r, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(p.w, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(p.r, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    EXPECT_EQ(fcntl(p.w, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
}

TEST(pipe2_refuses_unknown_flags)
{
    int p[2];
    EXPECT_ERRNO(pipe2(p, O_APPEND), EINVAL);
    EXPECT_ERRNO(pipe2(p, 0x40000000), EINVAL);
}

TEST(a_bad_result_pointer_gives_EFAULT_and_leaves_no_descriptor)
{
    EXPECT_ERRNO(pipe2(BAD_ADDRESS, 0), EFAULT);
    EXPECT_EQ(open("/", O_RDONLY), 3);
}

TEST(reading_and_writing_nothing_returns_zero)
{
    struct pipe p = new_pipe(0);
    EXPECT_EQ(write(p.w, "", 0), 0);
    EXPECT_EQ(read(p.r, BAD_ADDRESS, 0), 0);
    EXPECT_EQ(readable_bytes(p.r), 0);
}

TEST(a_bad_buffer_gives_EFAULT_and_loses_nothing)
{
    struct pipe p = new_pipe(0);
    put(p.w, "x");
    EXPECT_ERRNO(read(p.r, BAD_ADDRESS, 1), EFAULT);
    EXPECT_ERRNO(write(p.w, BAD_ADDRESS, 1), EFAULT);
    expect_read(p.r, "x");
}

TEST(vectors_gather_and_scatter)
{
    char a[2], b[4];
    struct pipe p = new_pipe(0);
    struct iovec out[] = { { "ab", 2 }, { "cd", 2 } }, in[] = { { a, 2 }, { b, 4 } };
    EXPECT_EQ(writev(p.w, out, 2), 4);
    EXPECT_EQ(readv(p.r, in, 2), 4);
    EXPECT_MEMEQ(b, "cd", 2);
}

TEST(a_pipe_reopened_through_proc_gets_a_new_end)
{
    char path[64];
    struct pipe p = new_pipe(0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", p.r);
    int w = EXPECT_OK(open(path, O_WRONLY));
    close(p.w);
    put(w, "x");
    expect_read(p.r, "x");
    close(w);
    expect_read(p.r, "");
}

TEST(its_link_in_proc_names_the_inode)
{
    char path[64], target[64] = { 0 }, expected[64];
    struct pipe p = new_pipe(0);
    struct stat st;
    EXPECT_OK(fstat(p.r, &st));
    snprintf(path, sizeof path, "/proc/self/fd/%d", p.r);
    snprintf(expected, sizeof expected, "pipe:[%lu]", st.st_ino);
    EXPECT_OK(readlink(path, target, sizeof target - 1));
    EXPECT_STREQ(target, expected);
}

static void on_signal(int number) { (void)number; }

TEST(a_signal_interrupts_a_blocked_read)
{
    char c;
    struct pipe p = new_pipe(0);
    struct sigaction action = { .sa_handler = on_signal };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_ERRNO(read(p.r, &c, 1), EINTR);
}

TEST(SA_RESTART_continues_a_blocked_read)
{
    struct pipe p = new_pipe(0);
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
    pid_t parent = getpid();
    pid_t pid = FORK(sleep_ms(30); kill(parent, SIGUSR1); sleep_ms(30); put(p.w, "x"));
    expect_read(p.r, "x");
    EXPECT_EXIT(pid, 0);
}
