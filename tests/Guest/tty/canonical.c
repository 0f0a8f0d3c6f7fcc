// Canonical input: lines, the editing characters, end of file.
#include "tty.h"

static struct tty t;

static void begin(void)
{
    t = open_tty();
    quiet(t.s);
}

TEST(a_line_is_readable_when_it_is_complete)
{
    begin();
    put(t.m, "hel");
    expect_quiet(t.s);
    put(t.m, "lo\n");
    expect_line(t.s, "hello\n");
}

TEST(one_read_gives_one_line)
{
    begin();
    put(t.m, "one\ntwo\n");
    expect_line(t.s, "one\n");
    expect_line(t.s, "two\n");
}

TEST(a_short_read_leaves_the_rest_of_the_line)
{
    char text[4] = { 0 };
    begin();
    put(t.m, "hello\n");
    EXPECT_EQ(read(t.s, text, 3), 3);
    EXPECT_STREQ(text, "hel");
    expect_line(t.s, "lo\n");
}

TEST(ERASE_takes_the_last_character_but_not_past_the_line_start)
{
    begin();
    put(t.m, "abx\x7f" "c\n");
    expect_line(t.s, "abc\n");
    put(t.m, "\x7f\x7fxy\n");
    expect_line(t.s, "xy\n");
    put(t.m, "one\n\x7f\x7ftwo\n");
    expect_line(t.s, "one\n");
    expect_line(t.s, "two\n");
}

TEST(WERASE_takes_the_last_word)
{
    begin();
    put(t.m, "one two  \x17three\n");
    expect_line(t.s, "one three\n");
}

TEST(KILL_takes_the_line)
{
    begin();
    put(t.m, "forget this\x15keep\n");
    expect_line(t.s, "keep\n");
}

TEST(EOF_at_the_line_start_is_the_end_of_file_once)
{
    begin();
    put(t.m, "\x04");
    expect_line(t.s, "");
    put(t.m, "more\n");
    expect_line(t.s, "more\n");
}

TEST(EOF_within_a_line_hands_over_what_is_there)
{
    begin();
    put(t.m, "half\x04");
    expect_line(t.s, "half");
    put(t.m, "\x04");
    expect_line(t.s, "");
}

TEST(LNEXT_takes_the_next_character_literally)
{
    begin();
    put(t.m, "a\x16\x7f" "b\x16\x03" "c\n");
    expect_line(t.s, "a\x7f" "b\x03" "c\n");
}

TEST(without_IEXTEN_LNEXT_and_WERASE_are_ordinary)
{
    begin();
    change(t.s, 0, 0, 0, 0, IEXTEN, 0);
    put(t.m, "a b\x17\x16\n");
    expect_line(t.s, "a b\x17\x16\n");
}

TEST(ICRNL_turns_carriage_return_into_newline)
{
    begin();
    put(t.m, "line\r");
    expect_line(t.s, "line\n");
}

TEST(without_ICRNL_carriage_return_is_ordinary)
{
    begin();
    change(t.s, ICRNL, 0, 0, 0, 0, 0);
    put(t.m, "a\rb\n");
    expect_line(t.s, "a\rb\n");
}

TEST(IGNCR_drops_carriage_return_and_INLCR_makes_it_of_newline)
{
    begin();
    change(t.s, ICRNL, IGNCR, 0, 0, 0, 0);
    put(t.m, "a\rb\n");
    expect_line(t.s, "ab\n");
    change(t.s, IGNCR, INLCR, 0, 0, 0, 0);
    put(t.m, "a\nb\x04");
    expect_line(t.s, "a\rb");
}

TEST(ISTRIP_clears_the_eighth_bit_and_IUCLC_lowers)
{
    begin();
    change(t.s, 0, ISTRIP | IUCLC, 0, 0, 0, 0);
    put(t.m, "\xc1" "BC\n");
    expect_line(t.s, "abc\n");
}

TEST(VEOL_ends_a_line_and_is_part_of_it)
{
    struct termios o;
    begin();
    EXPECT_OK(tcgetattr(t.s, &o));
    o.c_cc[VEOL] = ';';
    EXPECT_OK(tcsetattr(t.s, TCSANOW, &o));
    put(t.m, "one;two\n");
    expect_line(t.s, "one;");
    expect_line(t.s, "two\n");
}

TEST(a_disabled_character_is_ordinary)
{
    struct termios o;
    begin();
    EXPECT_OK(tcgetattr(t.s, &o));
    o.c_cc[VERASE] = 0;
    o.c_cc[VKILL] = 0;
    EXPECT_OK(tcsetattr(t.s, TCSANOW, &o));
    put(t.m, "a\x7f\x15\n");
    expect_line(t.s, "a\x7f\x15\n");
}

TEST(a_line_holds_4095_characters_and_drops_more)
{
    char line[6000], in[8192];
    begin();
    memset(line, 'x', sizeof line);
    for (int i = 0; i < 6000; i += 500)
        put_bytes(t.m, line, 500);
    put(t.m, "\n");
    ssize_t n = EXPECT_OK(read(t.s, in, sizeof in));
    EXPECT_EQ(n, 4096);
    EXPECT_EQ(in[4094], 'x');
    EXPECT_EQ(in[4095], '\n');
}

TEST(IUTF8_erases_a_whole_character)
{
    begin();
    change(t.s, 0, IUTF8, 0, 0, 0, 0);
    put(t.m, "a\xc3\xa4\x7f" "b\n");
    expect_line(t.s, "ab\n");
    change(t.s, IUTF8, 0, 0, 0, 0, 0);
    put(t.m, "a\xc3\xa4\x7f" "b\n");
    expect_line(t.s, "a\xc3" "b\n");
}

TEST(leaving_canonical_mode_makes_the_unfinished_line_readable)
{
    begin();
    put(t.m, "half");
    expect_quiet(t.s);
    change(t.s, 0, 0, 0, 0, ICANON, 0);
    expect_bytes(t.s, "half");
}

TEST(poll_sees_a_complete_line_only)
{
    begin();
    put(t.m, "half");
    expect_quiet(t.s);
    put(t.m, "\n");
    EXPECT_EQ(ready(t.s, POLLIN, 3000), POLLIN);
}

TEST(a_blocked_reader_is_woken_by_the_end_of_the_line)
{
    begin();
    pid_t pid = FORK(sleep_ms(30); put(t.m, "now\n"));
    expect_line(t.s, "now\n");
    EXPECT_EXIT(pid, 0);
}

static void on_signal(int number) { (void)number; }

TEST(a_signal_interrupts_a_blocked_read)
{
    char c;
    begin();
    struct sigaction action = { .sa_handler = on_signal };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_ERRNO(read(t.s, &c, 1), EINTR);
}

TEST(a_bad_buffer_gives_EFAULT)
{
    begin();
    put(t.m, "x\n");
    EXPECT_ERRNO(read(t.s, BAD_ADDRESS, 1), EFAULT);
    EXPECT_ERRNO(write(t.s, BAD_ADDRESS, 1), EFAULT);
}
