// eventfd(2).
#include "../harness.h"
#include <poll.h>
#include <sys/eventfd.h>

static int ready(int fd)
{
    struct pollfd p = { fd, POLLIN | POLLOUT, 0 };
    EXPECT_OK(poll(&p, 1, 0));
    return p.revents;
}

static void put(int fd, uint64_t value) { EXPECT_EQ(write(fd, &value, 8), 8); }

static uint64_t take(int fd)
{
    uint64_t value;
    EXPECT_EQ(read(fd, &value, 8), 8);
    return value;
}

TEST(a_read_takes_the_sum_and_leaves_zero)
{
    uint64_t value;
    int fd = EXPECT_OK(eventfd(3, EFD_NONBLOCK));
    put(fd, 4);
    EXPECT_EQ(take(fd), 7);
    EXPECT_ERRNO(read(fd, &value, 8), EAGAIN);
}

TEST(a_semaphore_gives_ones)
{
    uint64_t value;
    int fd = EXPECT_OK(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK));
    EXPECT_EQ(take(fd), 1);
    EXPECT_EQ(take(fd), 1);
    EXPECT_ERRNO(read(fd, &value, 8), EAGAIN);
}

TEST(the_counter_stops_below_its_largest_value)
{
    uint64_t value = 1;
    int fd = EXPECT_OK(eventfd(0, EFD_NONBLOCK));
    put(fd, UINT64_MAX - 1);
    EXPECT_EQ(ready(fd), POLLIN);
    EXPECT_ERRNO(write(fd, &value, 8), EAGAIN);
    put(fd, 0);
    EXPECT_EQ(take(fd), UINT64_MAX - 1);
    value = UINT64_MAX;
    EXPECT_ERRNO(write(fd, &value, 8), EINVAL);
}

TEST(a_writer_that_would_overflow_waits_for_a_reader)
{
    int fd = EXPECT_OK(eventfd(0, 0));
    put(fd, UINT64_MAX - 1);
    pid_t pid = FORK(put(fd, 5));
    sleep_ms(30);
    EXPECT_EQ(waitpid(pid, 0, WNOHANG), 0);
    EXPECT_EQ(take(fd), UINT64_MAX - 1);
    EXPECT_EXIT(pid, 0);
    EXPECT_EQ(take(fd), 5);
}

TEST(a_reader_waits_for_a_writer)
{
    int fd = EXPECT_OK(eventfd(0, 0));
    pid_t pid = FORK(sleep_ms(30); put(fd, 9));
    EXPECT_EQ(take(fd), 9);
    EXPECT_EXIT(pid, 0);
}

TEST(poll_sees_a_count_as_readable_and_room_as_writable)
{
    int fd = EXPECT_OK(eventfd(0, 0));
    EXPECT_EQ(ready(fd), POLLOUT);
    put(fd, 1);
    EXPECT_EQ(ready(fd), POLLIN | POLLOUT);
}

TEST(buffers_below_8_bytes_give_EINVAL)
{
    char small[16] = { 1 };
    int fd = EXPECT_OK(eventfd(1, EFD_NONBLOCK));
    EXPECT_ERRNO(read(fd, small, 7), EINVAL);
    EXPECT_ERRNO(write(fd, small, 7), EINVAL);
    EXPECT_EQ(read(fd, small, 16), 8);
}

TEST(bad_buffers_give_EFAULT)
{
    int fd = EXPECT_OK(eventfd(1, EFD_NONBLOCK));
    EXPECT_ERRNO(write(fd, BAD_ADDRESS, 8), EFAULT);
    EXPECT_ERRNO(read(fd, BAD_ADDRESS, 8), EFAULT);
}

TEST(flags_are_set_or_refused)
{
    EXPECT_EQ(fcntl(EXPECT_OK(eventfd(0, EFD_CLOEXEC)), F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(EXPECT_OK(eventfd(0, EFD_NONBLOCK)), F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    EXPECT_ERRNO(eventfd(0, 0x100), EINVAL);
}

TEST(seeking_an_eventfd_does_nothing)
{
    EXPECT_EQ(lseek(EXPECT_OK(eventfd(0, 0)), 100, SEEK_SET), 0);
}

TEST(its_name_in_proc_is_an_anonymous_inode)
{
    char path[64], target[64] = { 0 };
    snprintf(path, sizeof path, "/proc/self/fd/%d", EXPECT_OK(eventfd(0, 0)));
    EXPECT_OK(readlink(path, target, sizeof target - 1));
    EXPECT_STREQ(target, "anon_inode:[eventfd]");
}

TEST(several_blocked_readers_of_a_semaphore_get_one_each)
{
    int fd = EXPECT_OK(eventfd(0, EFD_SEMAPHORE));
    pid_t pids[3];
    for (int i = 0; i < 3; i++)
        pids[i] = FORK(EXPECT_EQ(take(fd), 1));
    sleep_ms(30);
    put(fd, 3);
    for (int i = 0; i < 3; i++)
        EXPECT_EXIT(pids[i], 0);
}

TEST(fdinfo_tells_the_counter_and_the_kind)
{
    char path[64], text[1024] = { 0 };
    int fd = EXPECT_OK(eventfd(0x1f, EFD_SEMAPHORE));
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    EXPECT_OK(read(EXPECT_OK(open(path, O_RDONLY)), text, sizeof text - 1));
    EXPECT_TRUE(strstr(text, "eventfd-count:               1f\n") != 0);
    EXPECT_TRUE(strstr(text, "eventfd-semaphore: 1\n") != 0);
}
