// Output processing, echo, flow control, packet mode.
#include "tty.h"

TEST(ONLCR_puts_a_carriage_return_before_newline)
{
    struct tty t = open_tty();
    put(t.s, "a\nb\n");
    expect_bytes(t.m, "a\r\nb\r\n");
}

TEST(without_OPOST_nothing_is_changed)
{
    struct tty t = open_tty();
    change(t.s, 0, 0, OPOST, 0, 0, 0);
    put(t.s, "a\nb\n");
    expect_bytes(t.m, "a\nb\n");
    expect_quiet(t.m);
}

TEST(OCRNL_ONOCR_OLCUC_and_XTABS_change_output)
{
    struct tty t = open_tty();
    change(t.s, 0, 0, ONLCR, OCRNL, 0, 0);
    put(t.s, "a\rb");
    expect_bytes(t.m, "a\nb");
    change(t.s, 0, 0, OCRNL, OLCUC | ONLCR, 0, 0);
    put(t.s, "\nshout\n");
    expect_bytes(t.m, "\r\nSHOUT\r\n");
    change(t.s, 0, 0, OLCUC, XTABS, 0, 0);
    put(t.s, "ab\tc\n");
    expect_bytes(t.m, "ab      c\r\n");
}

TEST(write_counts_its_own_bytes_and_not_the_added_ones)
{
    struct tty t = open_tty();
    EXPECT_EQ(write(t.s, "\n\n\n", 3), 3);
    expect_bytes(t.m, "\r\n\r\n\r\n");
}

TEST(typed_characters_are_echoed_with_output_processing)
{
    struct tty t = open_tty();
    put(t.m, "hi\n");
    expect_bytes(t.m, "hi\r\n");
    expect_line(t.s, "hi\n");
}

TEST(control_characters_are_echoed_with_a_caret)
{
    struct tty t = open_tty();
    put(t.m, "\x01\x1b\x7f\x7f");
    expect_bytes(t.m, "^A^[\b \b\b \b\b \b\b \b");
    change(t.s, 0, 0, 0, 0, ECHOCTL, 0);
    put(t.m, "\x01");
    expect_bytes(t.m, "\x01");
}

TEST(ERASE_is_echoed_as_backspace_space_backspace)
{
    struct tty t = open_tty();
    put(t.m, "ab\x7f");
    expect_bytes(t.m, "ab\b \b");
    expect_quiet(t.m);
}

TEST(KILL_with_ECHOKE_erases_the_line_on_the_screen)
{
    struct tty t = open_tty();
    put(t.m, "abc\x15");
    expect_bytes(t.m, "abc\b \b\b \b\b \b");
    change(t.s, 0, 0, 0, 0, ECHOKE, 0);
    put(t.m, "ab\x15");
    expect_bytes(t.m, "ab^U\r\n");
}

TEST(ECHONL_echoes_the_newline_without_ECHO)
{
    struct tty t = open_tty();
    change(t.s, 0, 0, 0, 0, ECHO, ECHONL);
    put(t.m, "ab\n");
    expect_bytes(t.m, "\r\n");
    expect_quiet(t.m);
}

TEST(EOF_is_not_echoed)
{
    struct tty t = open_tty();
    put(t.m, "ab\x04");
    expect_line(t.s, "ab");
    expect_bytes(t.m, "ab");
    expect_quiet(t.m);
}

TEST(REPRINT_types_the_line_again)
{
    struct tty t = open_tty();
    put(t.m, "ab\x12");
    expect_bytes(t.m, "ab^R\r\nab");
}

TEST(STOP_halts_output_and_START_lets_it_go_on)
{
    struct tty t = open_tty();
    quiet(t.s);
    EXPECT_OK(fcntl(t.s, F_SETFL, O_RDWR | O_NONBLOCK));
    put(t.m, "\x13");
    EXPECT_SOON((ready(t.s, POLLOUT, 0) & POLLOUT) == 0);
    EXPECT_ERRNO(write(t.s, "x", 1), EAGAIN);
    put(t.m, "\x11");
    EXPECT_EQ(ready(t.s, POLLOUT, 3000), POLLOUT);
    put(t.s, "go");
    expect_bytes(t.m, "go");
}

TEST(a_blocked_writer_goes_on_at_START)
{
    struct tty t = open_tty();
    quiet(t.s);
    put(t.m, "\x13");
    sleep_ms(50);
    pid_t pid = FORK(put(t.s, "late"));
    sleep_ms(50);
    EXPECT_EQ(waitpid(pid, 0, WNOHANG), 0);
    put(t.m, "\x11");
    EXPECT_EXIT(pid, 0);
    expect_bytes(t.m, "late");
}

TEST(IXANY_lets_any_character_restart)
{
    struct tty t = open_tty();
    quiet(t.s);
    change(t.s, 0, IXANY, 0, 0, 0, 0);
    put(t.m, "\x13");
    EXPECT_SOON((ready(t.s, POLLOUT, 0) & POLLOUT) == 0);
    put(t.m, "a");
    EXPECT_EQ(ready(t.s, POLLOUT, 3000), POLLOUT);
}

TEST(without_IXON_STOP_is_ordinary)
{
    struct tty t = open_tty();
    quiet(t.s);
    change(t.s, IXON, 0, 0, 0, 0, 0);
    put(t.m, "\x13\x11\n");
    expect_line(t.s, "\x13\x11\n");
}

TEST(TCOOFF_and_TCOON_do_the_same_from_the_program)
{
    struct tty t = open_tty();
    EXPECT_OK(fcntl(t.s, F_SETFL, O_RDWR | O_NONBLOCK));
    EXPECT_OK(tcflow(t.s, TCOOFF));
    EXPECT_ERRNO(write(t.s, "x", 1), EAGAIN);
    EXPECT_OK(tcflow(t.s, TCOON));
    put(t.s, "x");
    expect_bytes(t.m, "x");
}

TEST(packet_mode_puts_a_zero_before_data)
{
    struct tty t = open_tty();
    char text[16];
    int on = 1, value = -1;
    EXPECT_OK(ioctl(t.m, TIOCPKT, &on));
    EXPECT_OK(ioctl(t.m, TIOCGPKT, &value));
    EXPECT_EQ(value, 1);
    put(t.s, "hi");
    EXPECT_EQ(ready(t.m, POLLIN, 3000), POLLIN);
    EXPECT_EQ(read(t.m, text, sizeof text), 3);
    EXPECT_MEMEQ(text, "\0hi", 3);
}

TEST(packet_mode_reports_a_flush_and_stopped_output)
{
    struct tty t = open_tty();
    char c;
    int on = 1;
    EXPECT_OK(ioctl(t.m, TIOCPKT, &on));
    EXPECT_OK(tcflush(t.s, TCIFLUSH));
    EXPECT_EQ(ready(t.m, POLLIN | POLLPRI, 3000) & POLLPRI, POLLPRI);
    EXPECT_EQ(read(t.m, &c, 1), 1);
    EXPECT_EQ(c, TIOCPKT_FLUSHREAD);
    EXPECT_OK(tcflow(t.s, TCOOFF));
    EXPECT_EQ(read(t.m, &c, 1), 1);
    EXPECT_EQ(c, TIOCPKT_STOP);
    EXPECT_OK(tcflow(t.s, TCOON));
    EXPECT_EQ(read(t.m, &c, 1), 1);
    EXPECT_EQ(c, TIOCPKT_START);
}

TEST(a_nonblocking_slave_fills_up_until_the_master_reads)
{
    static char junk[4096];
    struct tty t = open_tty();
    memset(junk, 'x', sizeof junk);
    EXPECT_OK(fcntl(t.s, F_SETFL, O_RDWR | O_NONBLOCK));
    long total = 0;
    for (int idle = 0; idle < 3 && total < 100 << 20;) {
        ssize_t n = write(t.s, junk, sizeof junk);
        if (n > 0)
            total += n, idle = 0;
        else {
            EXPECT_EQ(errno, EAGAIN);
            idle++;
            sleep_ms(5);
        }
    }
    EXPECT_GE(total, 4096);
    for (ssize_t n; total > 0 && (n = EXPECT_OK(read(t.m, junk, sizeof junk))) > 0;)
        total -= n;
    EXPECT_EQ(ready(t.s, POLLOUT, 3000), POLLOUT);
}
