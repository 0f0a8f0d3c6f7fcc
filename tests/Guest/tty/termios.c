// termios(3): defaults, getting and setting, flushing and draining.
#include "tty.h"

TEST(a_new_terminal_is_sane)
{
    struct tty t = open_tty();
    struct termios o;
    EXPECT_OK(tcgetattr(t.s, &o));
    EXPECT_EQ(o.c_iflag, ICRNL | IXON);
    EXPECT_EQ(o.c_oflag, OPOST | ONLCR);
    EXPECT_EQ(o.c_cflag & (CSIZE | CREAD), CS8 | CREAD);
    EXPECT_EQ(o.c_lflag, ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN);
    EXPECT_EQ(cfgetospeed(&o), B38400);
    EXPECT_EQ(o.c_cc[VINTR], 3);
    EXPECT_EQ(o.c_cc[VQUIT], 28);
    EXPECT_EQ(o.c_cc[VERASE], 127);
    EXPECT_EQ(o.c_cc[VKILL], 21);
    EXPECT_EQ(o.c_cc[VEOF], 4);
    EXPECT_EQ(o.c_cc[VSUSP], 26);
    EXPECT_EQ(o.c_cc[VSTART], 17);
    EXPECT_EQ(o.c_cc[VSTOP], 19);
    EXPECT_EQ(o.c_cc[VWERASE], 23);
    EXPECT_EQ(o.c_cc[VLNEXT], 22);
    EXPECT_EQ(o.c_cc[VREPRINT], 18);
    EXPECT_EQ(o.c_cc[VMIN], 1);
}

TEST(settings_are_kept_and_shared_by_both_sides)
{
    struct tty t = open_tty();
    struct termios o, back;
    EXPECT_OK(tcgetattr(t.s, &o));
    o.c_lflag &= ~(ECHO | ICANON);
    o.c_cc[VINTR] = 1;
    EXPECT_OK(tcsetattr(t.s, TCSANOW, &o));
    EXPECT_OK(tcgetattr(t.m, &back));
    EXPECT_EQ(back.c_lflag & (ECHO | ICANON), 0);
    EXPECT_EQ(back.c_cc[VINTR], 1);
    o.c_cc[VINTR] = 2;
    EXPECT_OK(tcsetattr(t.m, TCSADRAIN, &o));
    EXPECT_OK(tcgetattr(t.s, &back));
    EXPECT_EQ(back.c_cc[VINTR], 2);
}

TEST(settings_survive_the_close_of_the_slave)
{
    struct tty t = open_tty();
    struct termios o;
    quiet(t.s);
    close(t.s);
    t.s = EXPECT_OK(open(t.name, O_RDWR | O_NOCTTY));
    EXPECT_OK(tcgetattr(t.s, &o));
    EXPECT_EQ(o.c_lflag & ECHO, 0);
}

TEST(TCSAFLUSH_drops_unread_input)
{
    struct tty t = open_tty();
    struct termios o;
    quiet(t.s);
    put(t.m, "drop me\n");
    EXPECT_SOON(input_bytes(t.s) == 8);
    EXPECT_OK(tcgetattr(t.s, &o));
    EXPECT_OK(tcsetattr(t.s, TCSAFLUSH, &o));
    EXPECT_EQ(input_bytes(t.s), 0);
    put(t.m, "keep\n");
    expect_line(t.s, "keep\n");
}

TEST(tcflush_drops_input_that_is_not_read)
{
    struct tty t = open_tty();
    quiet(t.s);
    put(t.m, "drop me\n");
    EXPECT_SOON(input_bytes(t.s) == 8);
    EXPECT_OK(tcflush(t.s, TCOFLUSH));
    EXPECT_EQ(input_bytes(t.s), 8);
    EXPECT_OK(tcflush(t.s, TCIFLUSH));
    EXPECT_EQ(input_bytes(t.s), 0);
    EXPECT_OK(tcflush(t.s, TCIOFLUSH));
    EXPECT_ERRNO(ioctl(t.s, TCFLSH, 7), EINVAL);
}

TEST(tcdrain_and_tcsendbreak_return)
{
    struct tty t = open_tty();
    put(t.s, "x");
    EXPECT_OK(tcdrain(t.s));
    EXPECT_OK(tcsendbreak(t.s, 1));
    EXPECT_ERRNO(ioctl(t.s, TCXONC, 7), EINVAL);
}

TEST(FIONREAD_counts_complete_lines_only_in_canonical_mode)
{
    struct tty t = open_tty();
    quiet(t.s);
    put(t.m, "abc");
    sleep_ms(30);
    EXPECT_EQ(input_bytes(t.s), 0);
    put(t.m, "d\n");
    EXPECT_SOON(input_bytes(t.s) == 5);
}

TEST(TIOCOUTQ_and_speed_requests_answer)
{
    struct tty t = open_tty();
    struct termios o;
    int n = -1;
    EXPECT_OK(ioctl(t.s, TIOCOUTQ, &n));
    EXPECT_GE(n, 0);
    EXPECT_OK(tcgetattr(t.s, &o));
    EXPECT_OK(cfsetspeed(&o, B9600));
    EXPECT_OK(tcsetattr(t.s, TCSANOW, &o));
    EXPECT_OK(tcgetattr(t.s, &o));
    EXPECT_EQ(cfgetospeed(&o), B9600);
}

TEST(a_pty_is_always_8_bits_with_receiver)
{
    struct tty t = open_tty();
    struct termios o;
    EXPECT_OK(tcgetattr(t.s, &o));
    o.c_cflag = (o.c_cflag & ~(CSIZE | CREAD)) | CS5 | PARENB;
    // Not tcsetattr(3): it reports what did not take effect as EINVAL.
    EXPECT_OK(ioctl(t.s, TCSETS, &o));
    EXPECT_OK(ioctl(t.s, TCGETS, &o));
    EXPECT_EQ(o.c_cflag & (CSIZE | CREAD | PARENB), CS8 | CREAD);
}

TEST(termios_requests_on_other_files_give_ENOTTY)
{
    struct termios o;
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644)), null = EXPECT_OK(open("/dev/null", O_RDWR));
    EXPECT_ERRNO(tcgetattr(fd, &o), ENOTTY);
    EXPECT_ERRNO(tcgetattr(null, &o), ENOTTY);
    EXPECT_ERRNO(tcflush(fd, TCIFLUSH), ENOTTY);
    EXPECT_ERRNO(ioctl(99, TCGETS, &o), EBADF);
    EXPECT_ERRNO(ioctl(open_tty().s, TCGETS, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(ioctl(open_tty().s, TCSETS, BAD_ADDRESS), EFAULT);
}

TEST(TCGETS2_has_the_numeric_speed)
{
    struct { tcflag_t i, o, c, l; cc_t line, cc[19]; speed_t in, out; } two;
    struct tty t = open_tty();
    EXPECT_OK(ioctl(t.s, 0x802C542A, &two));
    EXPECT_EQ(two.out, 38400);
    EXPECT_EQ(two.i, ICRNL | IXON);
}

TEST(the_line_discipline_is_0)
{
    int n = -1;
    EXPECT_OK(ioctl(open_tty().s, TIOCGETD, &n));
    EXPECT_EQ(n, 0);
}

TEST(the_old_struct_sets_the_low_halves_and_eight_characters)
{
    struct tty t = open_tty();
    struct termio old;
    struct termios before, after;
    EXPECT_OK(tcgetattr(t.s, &before));
    EXPECT_OK(ioctl(t.s, TCGETA, &old));
    EXPECT_EQ(old.c_lflag, (unsigned short)before.c_lflag);
    old.c_lflag &= ~ECHO;
    old.c_cc[VINTR] = 5;
    EXPECT_OK(ioctl(t.s, TCSETA, &old));
    EXPECT_OK(ioctl(t.s, TCSETAW, &old));
    EXPECT_OK(ioctl(t.s, TCSETAF, &old));
    EXPECT_OK(tcgetattr(t.s, &after));
    EXPECT_EQ(after.c_lflag, before.c_lflag & ~ECHO);
    EXPECT_EQ(after.c_cc[VINTR], 5);
    EXPECT_EQ(after.c_cc[VLNEXT], before.c_cc[VLNEXT]);
    EXPECT_ERRNO(ioctl(t.s, TCSETA, BAD_ADDRESS), EFAULT);
}

TEST(locked_settings_keep_their_value)
{
    struct tty t = open_tty();
    // The kernel's struct is shorter than the C library's.
    struct { tcflag_t i, o, c, l; cc_t line, cc[19]; } lock = { .l = ECHO }, now;
    lock.cc[VINTR] = 1;
    if (geteuid())
        SKIP("needs root");
    EXPECT_OK(ioctl(t.s, TIOCGLCKTRMIOS, &now));
    EXPECT_EQ(now.l, 0);
    EXPECT_OK(ioctl(t.s, TIOCSLCKTRMIOS, &lock));
    EXPECT_OK(ioctl(t.s, TIOCGLCKTRMIOS, &now));
    EXPECT_EQ(memcmp(&lock, &now, sizeof now), 0);
    struct termios before, after;
    EXPECT_OK(tcgetattr(t.s, &before));
    after = before;
    after.c_lflag = 0;
    after.c_cc[VINTR] = after.c_cc[VQUIT] = 9;
    EXPECT_OK(tcsetattr(t.s, TCSANOW, &after));
    EXPECT_OK(tcgetattr(t.s, &after));
    EXPECT_EQ(after.c_lflag, ECHO);
    EXPECT_EQ(after.c_cc[VINTR], before.c_cc[VINTR]);
    EXPECT_EQ(after.c_cc[VQUIT], 9);
    EXPECT_EQ(setuid(65534), 0);
    EXPECT_ERRNO(ioctl(t.s, TIOCSLCKTRMIOS, &lock), EPERM);
}
