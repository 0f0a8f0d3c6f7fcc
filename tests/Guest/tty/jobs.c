// The controlling terminal and job control: sessions, the foreground group, signals.
#include "tty.h"

static struct tty t;
static int sync_pipe[2];

static void begin(void)
{
    t = open_tty();
    EXPECT_OK(pipe(sync_pipe));
}

static void tell(void) { put(sync_pipe[1], "x"); }

static void hear(void)
{
    char c;
    EXPECT_EQ(read(sync_pipe[0], &c, 1), 1);
}

TEST(TIOCSCTTY_makes_the_terminal_of_the_session_leader)
{
    begin();
    EXPECT_EXIT(SESSION(t, EXPECT_EQ(tcgetpgrp(t.s), getpgrp()); EXPECT_EQ(tcgetsid(t.s), getsid(0))), 0);
}

TEST(TIOCSCTTY_through_the_master_is_about_the_terminal_too)
{
    begin();
    EXPECT_EXIT(FORK(EXPECT_OK(setsid()); EXPECT_OK(ioctl(t.m, TIOCSCTTY, 0)); EXPECT_EQ(tcgetsid(t.s), getsid(0));
                     EXPECT_ERRNO(ioctl(t.m, TIOCNOTTY, 0), ENOTTY)), 0);
}

TEST(TIOCSCTTY_is_refused_to_others)
{
    begin();
    // No session leader.
    EXPECT_EXIT(FORK(EXPECT_ERRNO(ioctl(t.s, TIOCSCTTY, 0), EPERM)), 0);
    // A leader that has a terminal.
    struct tty other = open_tty();
    EXPECT_EXIT(SESSION(t, EXPECT_ERRNO(ioctl(other.s, TIOCSCTTY, 0), EPERM); EXPECT_OK(ioctl(t.s, TIOCSCTTY, 0))), 0);
    // A terminal that has a session.
    pid_t pid = SESSION(t, tell(); pause());
    hear();
    EXPECT_EXIT(FORK(EXPECT_OK(setsid()); EXPECT_ERRNO(ioctl(t.s, TIOCSCTTY, 0), EPERM)), 0);
    EXPECT_OK(kill(pid, SIGKILL));
    EXPECT_SIGNALED(pid, SIGKILL);
}

TEST(the_first_terminal_a_leader_opens_becomes_its_own)
{
    begin();
    EXPECT_EXIT(FORK(EXPECT_OK(setsid()); EXPECT_ERRNO(open("/dev/tty", O_RDWR), ENXIO);
                     EXPECT_OK(open(t.name, O_RDWR)); EXPECT_OK(open("/dev/tty", O_RDWR));
                     EXPECT_EQ(tcgetpgrp(t.s), getpgrp())), 0);
}

TEST(O_NOCTTY_keeps_it_from_that)
{
    begin();
    EXPECT_EXIT(FORK(EXPECT_OK(setsid()); EXPECT_OK(open(t.name, O_RDWR | O_NOCTTY));
                     EXPECT_ERRNO(open("/dev/tty", O_RDWR), ENXIO); EXPECT_ERRNO(tcgetpgrp(t.s), ENOTTY)), 0);
}

TEST(dev_tty_is_the_controlling_terminal)
{
    begin();
    EXPECT_EXIT(SESSION(t, int fd = EXPECT_OK(open("/dev/tty", O_RDWR)); put(fd, "through /dev/tty")), 0);
    expect_bytes(t.m, "through /dev/tty");
}

TEST(TIOCNOTTY_gives_the_terminal_up)
{
    begin();
    EXPECT_EXIT(SESSION(t, signal(SIGHUP, SIG_IGN); EXPECT_OK(ioctl(t.s, TIOCNOTTY));
                        EXPECT_ERRNO(open("/dev/tty", O_RDWR), ENXIO); EXPECT_ERRNO(ioctl(t.s, TIOCNOTTY), ENOTTY);
                        EXPECT_OK(ioctl(t.s, TIOCSCTTY, 0))), 0);
}

TEST(INTR_QUIT_and_SUSP_signal_the_foreground_group)
{
    begin();
    pid_t pid = SESSION(t, tell(); pause());
    hear();
    put(t.m, "\x03");
    EXPECT_SIGNALED(pid, SIGINT);
    expect_bytes(t.m, "^C");
    begin();
    pid = SESSION(t, signal(SIGQUIT, SIG_DFL); prctl(PR_SET_DUMPABLE, 0); tell(); pause());
    hear();
    put(t.m, "\x1c");
    EXPECT_SIGNALED(pid, SIGQUIT);
}

TEST(SUSP_stops_a_job_whose_parent_is_in_the_session)
{
    begin();
    EXPECT_EXIT(SESSION(t, int status; pid_t job = FORK(setpgid(0, 0); pause());
                        setpgid(job, job); signal(SIGTTOU, SIG_IGN); EXPECT_OK(tcsetpgrp(t.s, job));
                        put(t.m, "\x1a");
                        EXPECT_EQ(waitpid(job, &status, WUNTRACED), job);
                        EXPECT_TRUE(WIFSTOPPED(status)); EXPECT_EQ(WSTOPSIG(status), SIGTSTP);
                        kill(job, SIGKILL)), 0);
}

TEST(a_signal_character_drops_the_input_unless_NOFLSH)
{
    begin();
    quiet(t.s);
    EXPECT_EXIT(SESSION(t, signal(SIGINT, SIG_IGN); put(t.m, "drop\x03keep\n"); expect_line(t.s, "keep\n");
                        change(t.s, 0, 0, 0, 0, 0, NOFLSH); put(t.m, "both\x03ways\n");
                        expect_line(t.s, "bothways\n")), 0);
}

TEST(without_ISIG_the_characters_are_ordinary)
{
    begin();
    change(t.s, 0, 0, 0, 0, ISIG | ECHO, 0);
    EXPECT_EXIT(SESSION(t, put(t.m, "\x03\x1c\x1a\n"); expect_line(t.s, "\x03\x1c\x1a\n")), 0);
}

TEST(a_background_reader_is_stopped_by_SIGTTIN)
{
    begin();
    EXPECT_EXIT(SESSION(t, int status; pid_t job = FORK(char c; setpgid(0, 0); read(t.s, &c, 1));
                        EXPECT_EQ(waitpid(job, &status, WUNTRACED), job);
                        EXPECT_TRUE(WIFSTOPPED(status)); EXPECT_EQ(WSTOPSIG(status), SIGTTIN);
                        kill(job, SIGKILL)), 0);
}

TEST(a_background_reader_that_ignores_SIGTTIN_gets_EIO)
{
    begin();
    EXPECT_EXIT(SESSION(t, IN_CHILD(char c; setpgid(0, 0); signal(SIGTTIN, SIG_IGN);
                                    EXPECT_ERRNO(read(t.s, &c, 1), EIO))), 0);
}

// The job leaves a child behind in its group; once the job is gone, nobody of the session cares for that group.
static void orphan_reads(void)
{
    pid_t job = getpid();
    EXPECT_OK(setpgid(0, 0));
    if (EXPECT_OK(fork()) == 0) {
        char c;
        EXPECT_SOON(getppid() != job);
        EXPECT_ERRNO(read(t.s, &c, 1), EIO);
        tell();
    }
}

TEST(an_orphaned_background_group_gets_EIO)
{
    begin();
    EXPECT_EXIT(SESSION(t, IN_CHILD(orphan_reads()); hear()), 0);
}

TEST(a_background_writer_writes_unless_TOSTOP)
{
    begin();
    EXPECT_EXIT(SESSION(t, int status; IN_CHILD(setpgid(0, 0); put(t.s, "background"));
                        expect_bytes(t.m, "background"); change(t.s, 0, 0, 0, 0, 0, TOSTOP);
                        pid_t job = FORK(setpgid(0, 0); write(t.s, "x", 1));
                        EXPECT_EQ(waitpid(job, &status, WUNTRACED), job);
                        EXPECT_TRUE(WIFSTOPPED(status)); EXPECT_EQ(WSTOPSIG(status), SIGTTOU);
                        kill(job, SIGKILL);
                        IN_CHILD(setpgid(0, 0); signal(SIGTTOU, SIG_IGN); put(t.s, "ignored"))), 0);
    expect_bytes(t.m, "ignored");
}

TEST(a_background_change_of_settings_is_stopped_by_SIGTTOU)
{
    begin();
    EXPECT_EXIT(SESSION(t, int status; struct termios o; EXPECT_OK(tcgetattr(t.s, &o));
                        pid_t job = FORK(setpgid(0, 0); tcsetattr(t.s, TCSANOW, &o));
                        EXPECT_EQ(waitpid(job, &status, WUNTRACED), job);
                        EXPECT_TRUE(WIFSTOPPED(status)); EXPECT_EQ(WSTOPSIG(status), SIGTTOU);
                        kill(job, SIGKILL);
                        IN_CHILD(setpgid(0, 0); EXPECT_OK(tcgetattr(t.s, &o)))), 0);
}

TEST(tcsetpgrp_changes_the_foreground_group)
{
    begin();
    EXPECT_EXIT(SESSION(t, signal(SIGTTOU, SIG_IGN); pid_t job = FORK(setpgid(0, 0); pause());
                        setpgid(job, job); EXPECT_OK(tcsetpgrp(t.s, job)); EXPECT_EQ(tcgetpgrp(t.s), job);
                        EXPECT_EQ(tcgetpgrp(t.m), job);
                        put(t.m, "\x03"); EXPECT_SIGNALED(job, SIGINT);
                        EXPECT_OK(tcsetpgrp(t.s, getpgrp()))), 0);
}

TEST(tcsetpgrp_refuses_groups_of_other_sessions_and_none)
{
    begin();
    pid_t outside = getpgrp();
    EXPECT_EXIT(SESSION(t, EXPECT_ERRNO(tcsetpgrp(t.s, outside), EPERM);
                        EXPECT_ERRNO(tcsetpgrp(t.s, 999999999), ESRCH);
                        EXPECT_ERRNO(tcsetpgrp(t.s, -1), EINVAL)), 0);
    EXPECT_ERRNO(tcsetpgrp(t.s, outside), ENOTTY);
    EXPECT_ERRNO(tcgetpgrp(t.s), ENOTTY);
    EXPECT_ERRNO(tcgetsid(t.s), ENOTTY);
}

TEST(the_end_of_the_leader_hangs_up_the_foreground_group)
{
    begin();
    EXPECT_EXIT(SESSION(t, FORK(sigset_t set; sigemptyset(&set); sigaddset(&set, SIGHUP);
                                sigprocmask(SIG_BLOCK, &set, 0); put(sync_pipe[1], "r");
                                struct timespec limit = { 5, 0 };
                                put(sync_pipe[1], sigtimedwait(&set, 0, &limit) == SIGHUP ? "h" : "-"));
                        hear()), 0);
    char c;
    EXPECT_EQ(read(sync_pipe[0], &c, 1), 1);
    EXPECT_EQ(c, 'h');
    // The terminal is free again.
    EXPECT_EXIT(SESSION(t, EXPECT_EQ(tcgetpgrp(t.s), getpgrp())), 0);
}

TEST(the_window_size_is_zero_at_first_and_then_what_was_set)
{
    begin();
    struct winsize w = { 1, 1, 1, 1 };
    EXPECT_OK(ioctl(t.s, TIOCGWINSZ, &w));
    EXPECT_EQ(w.ws_row, 0);
    EXPECT_EQ(w.ws_col, 0);
    w = (struct winsize){ 24, 80, 640, 480 };
    EXPECT_OK(ioctl(t.m, TIOCSWINSZ, &w));
    memset(&w, 0, sizeof w);
    EXPECT_OK(ioctl(t.s, TIOCGWINSZ, &w));
    EXPECT_EQ(w.ws_row, 24);
    EXPECT_EQ(w.ws_col, 80);
    EXPECT_EQ(w.ws_xpixel, 640);
    EXPECT_ERRNO(ioctl(t.s, TIOCGWINSZ, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(ioctl(sync_pipe[0], TIOCGWINSZ, &w), ENOTTY);
}

TEST(a_change_of_the_window_size_sends_SIGWINCH_once)
{
    begin();
    pid_t pid = SESSION(t, sigset_t set; sigemptyset(&set); sigaddset(&set, SIGWINCH);
                        sigprocmask(SIG_BLOCK, &set, 0); tell();
                        struct timespec limit = { 5, 0 }; struct timespec brief = { 0, 200000000 };
                        EXPECT_EQ(sigtimedwait(&set, 0, &limit), SIGWINCH); tell();
                        EXPECT_ERRNO(sigtimedwait(&set, 0, &brief), EAGAIN));
    hear();
    struct winsize w = { 24, 80, 0, 0 };
    EXPECT_OK(ioctl(t.m, TIOCSWINSZ, &w));
    hear();
    EXPECT_OK(ioctl(t.m, TIOCSWINSZ, &w));
    EXPECT_EXIT(pid, 0);
}

TEST(TIOCSTI_types_a_character_or_is_refused)
{
    begin();
    quiet(t.s);
    EXPECT_EXIT(SESSION(t, if (ioctl(t.s, TIOCSTI, "x") == 0) {
                        EXPECT_OK(ioctl(t.s, TIOCSTI, "\n")); expect_line(t.s, "x\n");
                    } else EXPECT_TRUE(errno == EIO || errno == EPERM)), 0);
}

TEST(a_signal_is_sent_to_the_foreground_group_through_the_master)
{
    begin();
    pid_t pid = SESSION(t, tell(); pause());
    hear();
    EXPECT_OK(ioctl(t.m, TIOCSIG, SIGINT));
    EXPECT_SIGNALED(pid, SIGINT);
}
