// fcntl(2), F_NOTIFY: signals for what happens in a directory.
#include "files.h"

static int directory(const char *name, int events)
{
    EXPECT_OK(mkdir(name, 0755));
    int fd = EXPECT_OK(open(name, O_RDONLY | O_DIRECTORY));
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    EXPECT_OK(sigprocmask(SIG_BLOCK, &set, 0));
    EXPECT_OK(fcntl(fd, F_SETSIG, SIGRTMIN));
    EXPECT_EQ(fcntl(fd, F_NOTIFY, (unsigned long)(unsigned)events), 0);
    return fd;
}

// How many signals there were since the last call; they were sent while the call that caused them ran.
static int signals(int fd)
{
    sigset_t set;
    siginfo_t info;
    struct timespec now = { 0 };
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    int count = 0;
    while (sigtimedwait(&set, &info, &now) == SIGRTMIN) {
        EXPECT_EQ(info.si_code, POLL_MSG);
        EXPECT_EQ(info.si_fd, fd);
        EXPECT_EQ(info.si_band, 0x441); // POLLIN | POLLRDNORM | POLLMSG
        count++;
    }
    return count;
}

TEST(without_multishot_one_event_ends_it)
{
    int fd = directory("dir", DN_CREATE);
    EXPECT_EQ(fcntl(fd, F_GETOWN), getpid());
    make_file("dir/a", "");
    EXPECT_EQ(signals(fd), 1);
    make_file("dir/b", "");
    EXPECT_EQ(signals(fd), 0);
}

TEST(names_that_come_and_go)
{
    int fd = directory("dir", DN_CREATE | DN_DELETE | DN_MULTISHOT);
    make_file("dir/a", "");
    EXPECT_OK(mkdir("dir/sub", 0755));
    EXPECT_OK(symlink("a", "dir/s"));
    EXPECT_OK(link("dir/a", "dir/l"));
    EXPECT_EQ(signals(fd), 4);
    EXPECT_OK(rename("dir/a", "a"));
    EXPECT_OK(rmdir("dir/sub"));
    EXPECT_OK(unlink("dir/l"));
    EXPECT_EQ(signals(fd), 3);
    EXPECT_OK(rename("a", "dir/a"));
    EXPECT_EQ(signals(fd), 1);
}

TEST(renames_are_those_within_the_directory)
{
    int fd = directory("dir", DN_RENAME | DN_MULTISHOT);
    make_file("dir/a", "");
    EXPECT_EQ(signals(fd), 0);
    EXPECT_OK(rename("dir/a", "dir/b"));
    EXPECT_EQ(signals(fd), 1);
    EXPECT_OK(rename("dir/b", "b"));
    EXPECT_EQ(signals(fd), 0);
}

TEST(accesses_to_the_files_in_it)
{
    int fd = directory("dir", DN_ACCESS | DN_MULTISHOT);
    make_file("dir/a", "text");
    int file = EXPECT_OK(open("dir/a", O_RDWR));
    char c;
    EXPECT_EQ(signals(fd), 0);
    EXPECT_EQ(read(file, &c, 1), 1);
    EXPECT_EQ(signals(fd), 1);
    EXPECT_EQ(fcntl(fd, F_NOTIFY, DN_MODIFY), 0); // is added to DN_ACCESS
    EXPECT_EQ(write(file, "x", 1), 1);
    EXPECT_EQ(read(file, &c, 1), 1);
    EXPECT_EQ(signals(fd), 2);
    EXPECT_OK(fchmod(file, 0600));
    EXPECT_EQ(signals(fd), 0);
}

TEST(no_events_end_it)
{
    int fd = directory("dir", DN_CREATE | DN_MULTISHOT);
    EXPECT_EQ(fcntl(fd, F_NOTIFY, 0), 0);
    make_file("dir/a", "");
    EXPECT_EQ(signals(fd), 0);
}

TEST(closing_any_descriptor_of_it_ends_it)
{
    int fd = directory("dir", DN_CREATE | DN_MULTISHOT);
    EXPECT_OK(close(EXPECT_OK(dup(fd))));
    make_file("dir/a", "");
    EXPECT_EQ(signals(fd), 0);
}

TEST(a_child_that_closes_it_changes_nothing)
{
    int fd = directory("dir", DN_CREATE | DN_MULTISHOT);
    EXPECT_EXIT(FORK(close(fd)), 0);
    make_file("dir/a", "");
    EXPECT_EQ(signals(fd), 1);
}

TEST(only_directories)
{
    make_file("file", "");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_ERRNO(fcntl(fd, F_NOTIFY, DN_CREATE), ENOTDIR);
    EXPECT_EQ(fcntl(fd, F_NOTIFY, 0), 0);
    EXPECT_ERRNO(fcntl(EXPECT_OK(open(".", O_PATH)), F_NOTIFY, DN_CREATE), EBADF);
}
