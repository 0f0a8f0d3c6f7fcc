// pty(7): the two sides, their names, and what is left when one closes.
#include "tty.h"
#include <sys/sysmacros.h>
#include <sys/vfs.h>

TEST(each_open_of_ptmx_makes_a_new_pair)
{
    struct tty a = open_tty(), b = open_tty();
    EXPECT_NE(strcmp(a.name, b.name), 0);
    EXPECT_TRUE(isatty(a.m));
    EXPECT_TRUE(isatty(a.s));
}

TEST(a_locked_slave_does_not_open)
{
    int m = open_master(), number, locked = -1;
    char name[32];
    EXPECT_OK(ioctl(m, TIOCGPTN, &number));
    EXPECT_OK(ioctl(m, TIOCGPTLCK, &locked));
    EXPECT_EQ(locked, 1);
    snprintf(name, sizeof name, "/dev/pts/%d", number);
    EXPECT_ERRNO(open(name, O_RDWR | O_NOCTTY), EIO);
    locked = 0;
    EXPECT_OK(ioctl(m, TIOCSPTLCK, &locked));
    EXPECT_OK(open(name, O_RDWR | O_NOCTTY));
}

TEST(the_slave_is_a_device_with_major_136)
{
    struct stat st;
    struct tty t = open_tty();
    int number;
    EXPECT_OK(ioctl(t.m, TIOCGPTN, &number));
    EXPECT_OK(fstat(t.s, &st));
    EXPECT_TRUE(S_ISCHR(st.st_mode));
    EXPECT_EQ(major(st.st_rdev), 136);
    EXPECT_EQ(minor(st.st_rdev), number);
    EXPECT_EQ(st.st_uid, getuid());
    EXPECT_OK(fstat(t.m, &st));
    EXPECT_EQ(st.st_rdev, makedev(5, 2));
}

TEST(the_name_vanishes_with_the_master)
{
    struct tty t = open_tty();
    EXPECT_OK(access(t.name, F_OK));
    close(t.m);
    EXPECT_ERRNO(access(t.name, F_OK), ENOENT);
}

TEST(the_name_is_found_by_proc_and_ttyname)
{
    char path[64], target[64] = { 0 };
    struct tty t = open_tty();
    snprintf(path, sizeof path, "/proc/self/fd/%d", t.s);
    EXPECT_OK(readlink(path, target, sizeof target - 1));
    EXPECT_STREQ(target, t.name);
    EXPECT_STREQ(ttyname(t.s), t.name);
}

TEST(TIOCGPTPEER_opens_the_slave_without_a_name)
{
    struct tty t = open_tty();
    int s = ioctl(t.m, TIOCGPTPEER, O_RDWR | O_NOCTTY);
    EXPECT_OK(s);
    quiet(s);
    put(t.m, "hello\n");
    expect_line(s, "hello\n");
}

TEST(what_the_master_writes_the_slave_reads)
{
    struct tty t = open_tty();
    put(t.m, "typed\n");
    expect_line(t.s, "typed\n");
}

TEST(what_the_slave_writes_the_master_reads)
{
    struct tty t = open_tty();
    put(t.s, "printed");
    expect_bytes(t.m, "printed");
}

TEST(closing_the_slave_gives_the_master_EIO_after_the_rest)
{
    struct tty t = open_tty();
    char c;
    put(t.s, "rest");
    close(t.s);
    expect_bytes(t.m, "rest");
    EXPECT_SOON(ready(t.m, POLLIN, 0) & POLLHUP);
    EXPECT_ERRNO(read(t.m, &c, 1), EIO);
}

TEST(a_slave_opened_again_ends_the_EIO)
{
    struct tty t = open_tty();
    char c;
    close(t.s);
    EXPECT_ERRNO(read(t.m, &c, 1), EIO);
    t.s = EXPECT_OK(open(t.name, O_RDWR | O_NOCTTY));
    EXPECT_EQ(ready(t.m, POLLIN, 0), 0);
    put(t.s, "again");
    expect_bytes(t.m, "again");
}

TEST(closing_the_master_hangs_up_the_slave)
{
    struct tty t = open_tty();
    struct termios o;
    char c;
    close(t.m);
    EXPECT_EQ(read(t.s, &c, 1), 0);
    EXPECT_ERRNO(write(t.s, "x", 1), EIO);
    EXPECT_ERRNO(ioctl(t.s, TCGETS, &o), EIO);
    EXPECT_EQ(ready(t.s, POLLIN, 0) & (POLLIN | POLLHUP), POLLIN | POLLHUP);
}

TEST(closing_the_master_wakes_a_blocked_reader)
{
    struct tty t = open_tty();
    pid_t pid = FORK(char c; close(t.m); EXPECT_TRUE(read(t.s, &c, 1) == 0 || errno == EIO));
    sleep_ms(50);
    close(t.m);
    EXPECT_EXIT(pid, 0);
}

TEST(closing_the_master_sends_SIGHUP_to_the_session_leader)
{
    struct tty t = open_tty();
    int p[2];
    char c;
    EXPECT_OK(pipe(p));
    pid_t pid = SESSION(t, close(t.m); put(p[1], "x"); pause());
    EXPECT_EQ(read(p[0], &c, 1), 1);
    close(t.m);
    EXPECT_SIGNALED(pid, SIGHUP);
}

TEST(the_devpts_directory_holds_ptmx_and_the_slaves)
{
    struct statfs s;
    struct tty t = open_tty();
    int seen = 0;
    EXPECT_OK(statfs("/dev/pts", &s));
    EXPECT_EQ(s.f_type, 0x1cd1);
    DIR *dir = opendir("/dev/pts");
    for (struct dirent *e; (e = readdir(dir));) {
        seen |= !strcmp(e->d_name, "ptmx");
        seen |= !strcmp(e->d_name, t.name + 9) << 1;
    }
    EXPECT_EQ(seen, 3);
}

TEST(pty_requests_on_the_wrong_side_or_file_give_ENOTTY)
{
    struct tty t = open_tty();
    int number, p[2];
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(ioctl(t.s, TIOCGPTN, &number), ENOTTY);
    EXPECT_ERRNO(ioctl(p[0], TIOCGPTN, &number), ENOTTY);
    EXPECT_ERRNO(ioctl(t.m, 0x5499, &number), ENOTTY);
    EXPECT_ERRNO(ioctl(t.m, TIOCGPTN, BAD_ADDRESS), EFAULT);
}

TEST(a_nonblocking_read_of_nothing_gives_EAGAIN)
{
    struct tty t = open_tty();
    char c;
    EXPECT_OK(fcntl(t.m, F_SETFL, O_RDWR | O_NONBLOCK));
    EXPECT_OK(fcntl(t.s, F_SETFL, O_RDWR | O_NONBLOCK));
    EXPECT_ERRNO(read(t.m, &c, 1), EAGAIN);
    EXPECT_ERRNO(read(t.s, &c, 1), EAGAIN);
}

TEST(a_terminal_does_not_seek)
{
    struct tty t = open_tty();
    char c;
    EXPECT_ERRNO(lseek(t.s, 0, SEEK_SET), ESPIPE);
    EXPECT_ERRNO(pread(t.s, &c, 1, 0), ESPIPE);
}
