// mknod(2), fifo(7) open rules, device nodes, name_to_handle_at(2).
#include "files.h"
#include <poll.h>
#include <sys/sysmacros.h>

TEST(mknod_makes_each_type)
{
    EXPECT_OK(mknod("file", S_IFREG | 0640, 0));
    EXPECT_OK(mknod("plain", 0600, 0));
    EXPECT_OK(mknod("fifo", S_IFIFO | 0600, 0));
    EXPECT_OK(mknod("socket", S_IFSOCK | 0600, 0));
    EXPECT_EQ(stat_of("file").st_mode, S_IFREG | 0640);
    EXPECT_EQ(stat_of("plain").st_mode, S_IFREG | 0600);
    EXPECT_EQ(stat_of("fifo").st_mode, S_IFIFO | 0600);
    EXPECT_EQ(stat_of("socket").st_mode, S_IFSOCK | 0600);
}

TEST(mknod_refuses_directories_symlinks_and_unknown_types)
{
    EXPECT_ERRNO(mknod("x", S_IFDIR | 0755, 0), EPERM);
    EXPECT_ERRNO(mknod("x", S_IFLNK | 0755, 0), EINVAL);
    EXPECT_ERRNO(mknod("x", 0170000 | 0755, 0), EINVAL);
}

TEST(mknod_names_the_usual_path_errors)
{
    make_file("file", "");
    EXPECT_OK(symlink("missing", "link"));
    EXPECT_ERRNO(mknod("file", S_IFIFO | 0600, 0), EEXIST);
    EXPECT_ERRNO(mknod("link", S_IFIFO | 0600, 0), EEXIST);
    EXPECT_ERRNO(mknod("missing/x", S_IFIFO | 0600, 0), ENOENT);
    EXPECT_ERRNO(mknod("file/x", S_IFIFO | 0600, 0), ENOTDIR);
    EXPECT_ERRNO(mknod(BAD_ADDRESS, S_IFIFO | 0600, 0), EFAULT);
    EXPECT_ERRNO(mknodat(99, "x", S_IFIFO | 0600, 0), EBADF);
}

TEST(a_device_node_has_its_number_and_opens_the_device)
{
    NEED_ROOT();
    if (mknod("null", S_IFCHR | 0666, makedev(1, 3)) == -1)
        SKIP("no device nodes: %s", harness_errno_name(errno));
    EXPECT_EQ(stat_of("null").st_rdev, makedev(1, 3));
    int fd = open("null", O_RDWR);
    if (fd == -1)
        SKIP("device nodes do not open here: %s", harness_errno_name(errno));
    EXPECT_EQ(write(fd, "x", 1), 1);
}

TEST(a_fifo_carries_bytes_from_one_process_to_another)
{
    char buffer[16];
    EXPECT_OK(mkfifo("fifo", 0644));
    pid_t pid = FORK(int w = EXPECT_OK(open("fifo", O_WRONLY)); EXPECT_EQ(write(w, "hello", 5), 5));
    int r = EXPECT_OK(open("fifo", O_RDONLY));
    EXPECT_EQ(read(r, buffer, sizeof buffer), 5);
    EXPECT_EQ(read(r, buffer, sizeof buffer), 0);
    EXPECT_EXIT(pid, 0);
}

TEST(opening_a_fifo_to_read_waits_for_a_writer)
{
    EXPECT_OK(mkfifo("fifo", 0644));
    pid_t pid = FORK(EXPECT_OK(open("fifo", O_RDONLY)));
    sleep_ms(50);
    EXPECT_EQ(waitpid(pid, 0, WNOHANG), 0);
    EXPECT_OK(open("fifo", O_WRONLY));
    EXPECT_EXIT(pid, 0);
}

TEST(a_writer_that_comes_and_goes_still_releases_the_reader)
{
    EXPECT_OK(mkfifo("fifo", 0644));
    pid_t pid = FORK(char c; int r = EXPECT_OK(open("fifo", O_RDONLY)); EXPECT_EQ(read(r, &c, 1), 0));
    close(EXPECT_OK(open("fifo", O_WRONLY)));
    EXPECT_EXIT(pid, 0);
}

TEST(opening_a_fifo_to_read_nonblocking_succeeds_at_once)
{
    char c;
    EXPECT_OK(mkfifo("fifo", 0644));
    int r = EXPECT_OK(open("fifo", O_RDONLY | O_NONBLOCK));
    EXPECT_EQ(read(r, &c, 1), 0);
    int w = EXPECT_OK(open("fifo", O_WRONLY | O_NONBLOCK));
    EXPECT_ERRNO(read(r, &c, 1), EAGAIN);
    EXPECT_EQ(write(w, "x", 1), 1);
    EXPECT_EQ(read(r, &c, 1), 1);
}

TEST(opening_a_fifo_for_both_never_waits)
{
    char c;
    EXPECT_OK(mkfifo("fifo", 0644));
    int fd = EXPECT_OK(open("fifo", O_RDWR));
    EXPECT_EQ(write(fd, "x", 1), 1);
    EXPECT_EQ(read(fd, &c, 1), 1);
}

TEST(poll_on_a_fifo_nobody_ever_wrote_to_does_not_hang_up)
{
    EXPECT_OK(mkfifo("fifo", 0644));
    struct pollfd p = { EXPECT_OK(open("fifo", O_RDONLY | O_NONBLOCK)), POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 0);
    close(EXPECT_OK(open("fifo", O_WRONLY)));
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLHUP);
}

TEST(what_is_in_a_fifo_is_lost_when_the_last_end_closes)
{
    char c;
    EXPECT_OK(mkfifo("fifo", 0644));
    int fd = EXPECT_OK(open("fifo", O_RDWR));
    EXPECT_EQ(write(fd, "x", 1), 1);
    close(fd);
    int r = EXPECT_OK(open("fifo", O_RDONLY | O_NONBLOCK));
    EXPECT_EQ(read(r, &c, 1), 0);
}

static void on_signal(int number) { (void)number; }

TEST(a_signal_interrupts_the_wait_in_open)
{
    EXPECT_OK(mkfifo("fifo", 0644));
    struct sigaction action = { .sa_handler = on_signal };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_ERRNO(open("fifo", O_RDONLY), EINTR);
}

TEST(an_unlinked_fifo_works_on)
{
    char c;
    EXPECT_OK(mkfifo("fifo", 0644));
    int fd = EXPECT_OK(open("fifo", O_RDWR));
    EXPECT_OK(unlink("fifo"));
    EXPECT_EQ(write(fd, "x", 1), 1);
    EXPECT_EQ(read(fd, &c, 1), 1);
}

TEST(name_to_handle_at_says_how_much_room_it_needs)
{
    union { struct file_handle handle; char room[sizeof(struct file_handle) + MAX_HANDLE_SZ]; } u = { 0 };
    int mount_id;
    int r = name_to_handle_at(AT_FDCWD, ".", &u.handle, &mount_id, 0);
    EXPECT_EQ(r, -1);
    if (errno == EOPNOTSUPP)
        SKIP("the file system gives no handles");
    EXPECT_EQ(errno, EOVERFLOW);
    EXPECT_GT(u.handle.handle_bytes, 0);
    EXPECT_OK(name_to_handle_at(AT_FDCWD, ".", &u.handle, &mount_id, 0));
}

TEST(name_to_handle_at_checks_its_arguments)
{
    union { struct file_handle handle; char room[sizeof(struct file_handle) + MAX_HANDLE_SZ]; } u = { 0 };
    int mount_id;
    EXPECT_ERRNO(name_to_handle_at(AT_FDCWD, ".", &u.handle, &mount_id, 0x40000000), EINVAL);
    EXPECT_ERRNO(name_to_handle_at(AT_FDCWD, "missing", &u.handle, &mount_id, 0), ENOENT);
    EXPECT_ERRNO(open_by_handle_at(99, &u.handle, O_RDONLY), EINVAL);
}
