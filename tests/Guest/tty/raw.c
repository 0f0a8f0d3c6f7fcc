// Noncanonical input: VMIN and VTIME in their four combinations.
#include "tty.h"

static struct tty t;

static void begin(int vmin, int vtime)
{
    t = open_tty();
    make_raw(t.s, vmin, vtime);
}

TEST(raw_bytes_arrive_as_they_are)
{
    begin(1, 0);
    put_bytes(t.m, "\x03\r\x7f\x04\x00\xff", 6);
    char text[6];
    for (int got = 0; got < 6;)
        got += EXPECT_OK(read(t.s, text + got, 6 - got));
    EXPECT_MEMEQ(text, "\x03\r\x7f\x04\x00\xff", 6);
    expect_quiet(t.m);
}

TEST(VMIN_1_waits_for_one_byte)
{
    begin(1, 0);
    pid_t pid = FORK(sleep_ms(30); put(t.m, "x"));
    expect_line(t.s, "x");
    EXPECT_EXIT(pid, 0);
}

TEST(VMIN_3_waits_for_three_bytes)
{
    begin(3, 0);
    pid_t pid = FORK(put(t.m, "a"); sleep_ms(30); put(t.m, "b"); sleep_ms(30); put(t.m, "c"));
    expect_line(t.s, "abc");
    EXPECT_EXIT(pid, 0);
}

TEST(a_buffer_smaller_than_VMIN_is_enough)
{
    char text[2];
    begin(5, 0);
    put(t.m, "ab");
    EXPECT_EQ(read(t.s, text, 2), 2);
}

TEST(VMIN_0_VTIME_0_returns_at_once)
{
    char c;
    begin(0, 0);
    EXPECT_EQ(read(t.s, &c, 1), 0);
    put(t.m, "x");
    EXPECT_SOON(input_bytes(t.s) == 1);
    EXPECT_EQ(read(t.s, &c, 1), 1);
}

TEST(VMIN_0_VTIME_2_waits_two_tenths_of_a_second_for_the_first_byte)
{
    char c;
    begin(0, 2);
    long start = now_ms();
    EXPECT_EQ(read(t.s, &c, 1), 0);
    EXPECT_GE(now_ms() - start, 190);
    put(t.m, "x");
    EXPECT_EQ(read(t.s, &c, 1), 1);
}

TEST(VMIN_3_VTIME_1_gives_up_a_tenth_after_the_last_byte)
{
    char text[3];
    begin(3, 1);
    put(t.m, "ab");
    long start = now_ms();
    EXPECT_EQ(read(t.s, text, 3), 2);
    EXPECT_GE(now_ms() - start, 90);
}

TEST(the_time_between_bytes_does_not_start_before_the_first)
{
    begin(2, 1);
    pid_t pid = FORK(sleep_ms(250); put(t.m, "ab"));
    expect_line(t.s, "ab");
    EXPECT_EXIT(pid, 0);
}

TEST(poll_waits_for_VMIN_bytes_without_VTIME)
{
    begin(3, 0);
    put(t.m, "ab");
    expect_quiet(t.s);
    put(t.m, "c");
    EXPECT_EQ(ready(t.s, POLLIN, 3000), POLLIN);
}

TEST(nonblocking_takes_what_is_there_whatever_VMIN)
{
    char text[8];
    begin(5, 0);
    EXPECT_OK(fcntl(t.s, F_SETFL, O_RDWR | O_NONBLOCK));
    EXPECT_ERRNO(read(t.s, text, 8), EAGAIN);
    put(t.m, "ab");
    EXPECT_SOON(input_bytes(t.s) == 2);
    EXPECT_EQ(read(t.s, text, 8), 2);
}

TEST(raw_output_is_not_processed)
{
    begin(1, 0);
    put(t.s, "a\nb\r\t");
    expect_bytes(t.m, "a\nb\r\t");
    expect_quiet(t.m);
}

TEST(ISIG_works_without_ICANON)
{
    begin(1, 0);
    change(t.s, 0, 0, 0, 0, 0, ISIG);
    int p[2];
    char c;
    EXPECT_OK(pipe(p));
    pid_t pid = SESSION(t, put(p[1], "x"); pause());
    EXPECT_EQ(read(p[0], &c, 1), 1);
    put(t.m, "\x03");
    EXPECT_SIGNALED(pid, SIGINT);
}

TEST(a_large_amount_of_input_waits_for_the_reader)
{
    enum { SIZE = 100000 };
    begin(1, 0);
    pid_t pid = FORK(char *out = malloc(SIZE); for (int i = 0; i < SIZE; i++) out[i] = 'a' + i % 26;
                     for (int at = 0; at < SIZE;) at += EXPECT_OK(write(t.m, out + at, SIZE - at)));
    char text[4096];
    for (int got = 0; got < SIZE;) {
        ssize_t n = EXPECT_OK(read(t.s, text, sizeof text));
        for (int i = 0; i < n; i++)
            EXPECT_EQ(text[i], 'a' + (got + i) % 26);
        got += n;
    }
    EXPECT_EXIT(pid, 0);
}
