// inotify(7).
#include "files.h"
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <poll.h>

static char events[8192] __attribute__((aligned(8)));
static int at, filled;

// The next event, or null if none is queued.
static struct inotify_event *next(int fd)
{
    if (at >= filled) {
        ssize_t n = read(fd, events, sizeof events);
        if (n == -1 && errno == EAGAIN)
            return 0;
        at = 0, filled = EXPECT_OK(n);
    }
    struct inotify_event *e = (void *)(events + at);
    at += sizeof *e + e->len;
    return e;
}

static void expect_event(int fd, int wd, uint32_t mask, const char *name)
{
    struct inotify_event *e = next(fd);
    if (!e)
        FAIL("expected event %#x %s, got none", mask, name);
    if (e->wd != wd || e->mask != mask || strcmp(e->len ? e->name : "", name))
        FAIL("expected event %d %#x \"%s\", got %d %#x \"%s\"", wd, mask, name, e->wd, e->mask, e->len ? e->name : "");
}

static void expect_none(int fd) { EXPECT_TRUE(next(fd) == 0); }

static int watch(uint32_t mask, int *wd)
{
    int fd = EXPECT_OK(inotify_init1(IN_NONBLOCK));
    EXPECT_OK(mkdir("dir", 0755));
    *wd = EXPECT_OK(inotify_add_watch(fd, "dir", mask));
    return fd;
}

TEST(creation_and_deletion_are_reported_with_the_name)
{
    int wd, fd = watch(IN_CREATE | IN_DELETE, &wd);
    make_file("dir/file", "text");
    EXPECT_OK(mkdir("dir/sub", 0755));
    EXPECT_OK(unlink("dir/file"));
    EXPECT_OK(rmdir("dir/sub"));
    expect_event(fd, wd, IN_CREATE, "file");
    expect_event(fd, wd, IN_CREATE | IN_ISDIR, "sub");
    expect_event(fd, wd, IN_DELETE, "file");
    expect_event(fd, wd, IN_DELETE | IN_ISDIR, "sub");
    expect_none(fd);
}

TEST(a_write_is_reported_as_open_modify_close)
{
    int wd, fd = watch(IN_ALL_EVENTS, &wd);
    make_file("dir/file", "text");
    expect_event(fd, wd, IN_CREATE, "file");
    expect_event(fd, wd, IN_OPEN, "file");
    expect_event(fd, wd, IN_MODIFY, "file");
    expect_event(fd, wd, IN_CLOSE_WRITE, "file");
    EXPECT_STREQ(file_text("dir/file"), "text");
    expect_event(fd, wd, IN_OPEN, "file");
    expect_event(fd, wd, IN_ACCESS, "file");
    expect_event(fd, wd, IN_CLOSE_NOWRITE, "file");
    expect_none(fd);
}

TEST(a_rename_gives_two_events_with_one_cookie)
{
    int wd, fd = watch(IN_MOVE, &wd);
    make_file("dir/a", "");
    EXPECT_OK(rename("dir/a", "dir/b"));
    struct inotify_event from = *next(fd);
    EXPECT_EQ(from.mask, IN_MOVED_FROM);
    struct inotify_event *to = next(fd);
    EXPECT_EQ(to->mask, IN_MOVED_TO);
    EXPECT_STREQ(to->name, "b");
    EXPECT_NE(from.cookie, 0);
    EXPECT_EQ(from.cookie, to->cookie);
}

TEST(a_watch_on_a_file_has_no_name_in_its_events)
{
    int fd = EXPECT_OK(inotify_init1(IN_NONBLOCK));
    make_file("file", "");
    int wd = EXPECT_OK(inotify_add_watch(fd, "file", IN_MODIFY | IN_ATTRIB));
    make_file("file", "text");
    EXPECT_OK(chmod("file", 0600));
    expect_event(fd, wd, IN_MODIFY, "");
    expect_event(fd, wd, IN_ATTRIB, "");
    expect_none(fd);
}

TEST(deleting_the_watched_file_ends_the_watch)
{
    int fd = EXPECT_OK(inotify_init1(IN_NONBLOCK));
    make_file("file", "");
    int wd = EXPECT_OK(inotify_add_watch(fd, "file", IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB));
    EXPECT_OK(rename("file", "moved"));
    expect_event(fd, wd, IN_MOVE_SELF, "");
    EXPECT_OK(unlink("moved"));
    expect_event(fd, wd, IN_ATTRIB, "");
    expect_event(fd, wd, IN_DELETE_SELF, "");
    expect_event(fd, wd, IN_IGNORED, "");
    EXPECT_ERRNO(inotify_rm_watch(fd, wd), EINVAL);
}

TEST(removing_a_watch_reports_IN_IGNORED)
{
    int wd, fd = watch(IN_CREATE, &wd);
    EXPECT_OK(inotify_rm_watch(fd, wd));
    expect_event(fd, wd, IN_IGNORED, "");
    make_file("dir/file", "");
    expect_none(fd);
    EXPECT_ERRNO(inotify_rm_watch(fd, wd), EINVAL);
}

TEST(a_second_watch_on_the_same_file_replaces_the_mask)
{
    int wd, fd = watch(IN_CREATE, &wd);
    EXPECT_EQ(inotify_add_watch(fd, "dir/.", IN_DELETE), wd);
    make_file("dir/file", "");
    expect_none(fd);
    EXPECT_EQ(inotify_add_watch(fd, "dir", IN_CREATE | IN_MASK_ADD), wd);
    EXPECT_OK(unlink("dir/file"));
    expect_event(fd, wd, IN_DELETE, "file");
    EXPECT_ERRNO(inotify_add_watch(fd, "dir", IN_CREATE | IN_MASK_CREATE), EEXIST);
}

TEST(IN_ONESHOT_reports_once)
{
    int wd, fd = watch(IN_CREATE | IN_ONESHOT, &wd);
    make_file("dir/a", "");
    make_file("dir/b", "");
    expect_event(fd, wd, IN_CREATE, "a");
    expect_event(fd, wd, IN_IGNORED, "");
    expect_none(fd);
}

TEST(equal_events_in_a_row_are_merged)
{
    int wd, fd = watch(IN_MODIFY, &wd);
    int file = EXPECT_OK(open("dir/file", O_CREAT | O_WRONLY, 0644));
    for (int i = 0; i < 5; i++)
        EXPECT_EQ(write(file, "x", 1), 1);
    expect_event(fd, wd, IN_MODIFY, "file");
    expect_none(fd);
}

TEST(a_buffer_too_small_for_the_first_event_gives_EINVAL)
{
    int wd, fd = watch(IN_CREATE, &wd);
    char small[16];
    EXPECT_ERRNO(read(fd, small, sizeof small), EAGAIN);
    make_file("dir/file", "");
    EXPECT_ERRNO(read(fd, small, sizeof small), EINVAL);
    expect_event(fd, wd, IN_CREATE, "file");
}

TEST(poll_and_FIONREAD_see_the_queue)
{
    int wd, fd = watch(IN_CREATE, &wd), bytes;
    struct pollfd p = { fd, POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 0);
    make_file("dir/file", "");
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_OK(ioctl(fd, FIONREAD, &bytes));
    EXPECT_EQ(bytes, 32);
    EXPECT_EQ(read(fd, events, sizeof events), 32);
}

TEST(a_blocking_read_waits_for_an_event)
{
    int fd = EXPECT_OK(inotify_init1(0));
    EXPECT_OK(inotify_add_watch(fd, ".", IN_CREATE));
    pid_t pid = FORK(sleep_ms(30); make_file("file", ""));
    EXPECT_EQ(next(fd)->mask, IN_CREATE);
    EXPECT_EXIT(pid, 0);
}

TEST(inotify_checks_its_arguments)
{
    int fd = EXPECT_OK(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)), p[2];
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_OK(pipe(p));
    make_file("file", "");
    EXPECT_ERRNO(inotify_init1(1), EINVAL);
    EXPECT_ERRNO(inotify_add_watch(fd, "missing", IN_CREATE), ENOENT);
    EXPECT_ERRNO(inotify_add_watch(fd, "file", 0), EINVAL);
    EXPECT_ERRNO(inotify_add_watch(fd, "file", IN_CREATE | IN_ONLYDIR), ENOTDIR);
    EXPECT_ERRNO(inotify_add_watch(99, "file", IN_CREATE), EBADF);
    EXPECT_ERRNO(inotify_add_watch(p[0], "file", IN_CREATE), EINVAL);
    EXPECT_ERRNO(inotify_rm_watch(p[0], 1), EINVAL);
    EXPECT_ERRNO(inotify_rm_watch(99, 1), EBADF);
    EXPECT_ERRNO(write(fd, "x", 1), EBADF);
}

TEST(watching_needs_read_permission)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0600));
    int fd = EXPECT_OK(inotify_init1(IN_NONBLOCK));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(inotify_add_watch(fd, "file", IN_MODIFY), EACCES));
}

TEST(IN_DONT_FOLLOW_watches_the_symlink)
{
    int fd = EXPECT_OK(inotify_init1(IN_NONBLOCK));
    EXPECT_OK(symlink("missing", "link"));
    EXPECT_ERRNO(inotify_add_watch(fd, "link", IN_ALL_EVENTS), ENOENT);
    EXPECT_OK(inotify_add_watch(fd, "link", IN_ALL_EVENTS | IN_DONT_FOLLOW));
}
