// The devices of /dev: null, zero, full, random, and the directories behind it.
#include "procfs.h"
#include <poll.h>
#include <sys/random.h>
#include <sys/vfs.h>

static int device(const char *name, int flags)
{
    char path[64];
    snprintf(path, sizeof path, "/dev/%s", name);
    return EXPECT_OK(open(path, flags));
}

TEST(null_swallows_and_is_empty)
{
    char c;
    int fd = device("null", O_RDWR);
    EXPECT_EQ(write(fd, "text", 4), 4);
    EXPECT_EQ(read(fd, &c, 1), 0);
    EXPECT_EQ(write(fd, BAD_ADDRESS, 4), 4);
}

TEST(null_is_truncated_by_O_TRUNC_and_O_CREAT_without_harm)
{
    EXPECT_OK(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0644));
    EXPECT_ERRNO(ftruncate(device("null", O_RDWR), 0), EINVAL);
    EXPECT_ERRNO(open("/dev/null", O_RDWR | O_CREAT | O_EXCL, 0644), EEXIST);
}

TEST(zero_gives_zeros_and_swallows)
{
    char text[8192], zeros[8192] = { 0 };
    int fd = device("zero", O_RDWR);
    memset(text, 'x', sizeof text);
    EXPECT_EQ(read(fd, text, sizeof text), sizeof text);
    EXPECT_MEMEQ(text, zeros, sizeof text);
    EXPECT_EQ(write(fd, "text", 4), 4);
    EXPECT_ERRNO(read(fd, BAD_ADDRESS, 4), EFAULT);
}

TEST(zero_mapped_is_anonymous_memory)
{
    int fd = device("zero", O_RDWR);
    char *a = EXPECT_OK(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
    EXPECT_EQ(a[100], 0);
    a[100] = 1;
    char *b = EXPECT_OK(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    IN_CHILD(b[0] = 'c');
    EXPECT_EQ(b[0], 'c');
}

TEST(null_cannot_be_mapped)
{
    EXPECT_ERRNO(mmap(0, 4096, PROT_READ, MAP_PRIVATE, device("null", O_RDWR), 0), ENODEV);
}

TEST(full_gives_zeros_and_ENOSPC)
{
    char text[16];
    memset(text, 'x', sizeof text);
    int fd = device("full", O_RDWR);
    EXPECT_EQ(read(fd, text, sizeof text), sizeof text);
    EXPECT_EQ(text[7], 0);
    EXPECT_ERRNO(write(fd, "x", 1), ENOSPC);
    EXPECT_ERRNO(write(fd, "", 0), ENOSPC);
}

TEST(random_and_urandom_give_different_bytes)
{
    char a[32] = { 0 }, b[32] = { 0 }, c[32] = { 0 };
    EXPECT_EQ(read(device("urandom", O_RDONLY), a, 32), 32);
    EXPECT_EQ(read(device("urandom", O_RDONLY), b, 32), 32);
    EXPECT_EQ(read(device("random", O_RDONLY), c, 32), 32);
    EXPECT_NE(memcmp(a, b, 32), 0);
    EXPECT_NE(memcmp(a, c, 32), 0);
}

TEST(bytes_may_be_written_to_urandom)
{
    EXPECT_EQ(write(device("urandom", O_WRONLY), "seed", 4), 4);
}

TEST(getrandom_gives_bytes_and_checks_its_flags)
{
    char a[64] = { 0 }, b[64] = { 0 };
    EXPECT_EQ(getrandom(a, 64, 0), 64);
    EXPECT_EQ(getrandom(b, 64, GRND_NONBLOCK), 64);
    EXPECT_NE(memcmp(a, b, 64), 0);
    EXPECT_EQ(getrandom(a, 0, 0), 0);
    EXPECT_ERRNO(getrandom(a, 64, 0x100), EINVAL);
    EXPECT_ERRNO(getrandom(a, 64, GRND_RANDOM | GRND_INSECURE), EINVAL);
    EXPECT_ERRNO(getrandom(BAD_ADDRESS, 64, 0), EFAULT);
}

TEST(a_large_read_of_urandom_is_complete)
{
    enum { SIZE = 1 << 20 };
    char *text = calloc(1, SIZE);
    EXPECT_EQ(read(device("urandom", O_RDONLY), text, SIZE), SIZE);
    int zeros = 0;
    for (int i = 0; i < SIZE; i++)
        zeros += text[i] == 0;
    EXPECT_TRUE(zeros > SIZE / 512 && zeros < SIZE / 128);
}

TEST(memory_devices_are_always_ready)
{
    struct pollfd p[] = { { device("null", O_RDWR), POLLIN | POLLOUT, 0 }, { device("zero", O_RDWR), POLLIN | POLLOUT, 0 } };
    EXPECT_EQ(poll(p, 2, -1), 2);
    EXPECT_EQ(p[0].revents, POLLIN | POLLOUT);
    EXPECT_EQ(p[1].revents, POLLIN | POLLOUT);
}

TEST(everybody_may_use_them)
{
    if (geteuid() != 0)
        SKIP("needs root");
    AS_USER(12345, 12345, device("null", O_RDWR); device("zero", O_RDWR); device("full", O_RDWR);
            device("urandom", O_RDONLY); device("tty", O_PATH));
}

TEST(dev_fd_and_the_standard_streams_are_links_into_proc)
{
    struct stat st;
    if (lstat("/dev/fd", &st) == -1)
        SKIP("no /dev/fd: the place has a bare devtmpfs");
    EXPECT_STREQ(link_text("/dev/fd"), "/proc/self/fd");
    EXPECT_STREQ(link_text("/dev/stdin"), "/proc/self/fd/0");
    EXPECT_STREQ(link_text("/dev/stdout"), "/proc/self/fd/1");
    EXPECT_STREQ(link_text("/dev/stderr"), "/proc/self/fd/2");
}

TEST(a_descriptor_is_opened_again_through_dev_fd)
{
    struct stat st;
    char path[32], c;
    if (lstat("/dev/fd", &st) == -1)
        SKIP("no /dev/fd: the place has a bare devtmpfs");
    int p[2];
    EXPECT_OK(pipe(p));
    EXPECT_EQ(write(p[1], "x", 1), 1);
    snprintf(path, sizeof path, "/dev/fd/%d", p[0]);
    EXPECT_EQ(read(EXPECT_OK(open(path, O_RDONLY)), &c, 1), 1);
}

TEST(dev_shm_is_a_tmpfs_for_everybody)
{
    struct statfs s;
    struct stat st;
    char path[64];
    EXPECT_OK(statfs("/dev/shm", &s));
    EXPECT_EQ(s.f_type, 0x01021994);
    EXPECT_OK(stat("/dev/shm", &st));
    EXPECT_EQ(st.st_mode & 07777, 01777);
    snprintf(path, sizeof path, "/guest-test-%d", getpid());
    int fd = EXPECT_OK(shm_open(path, O_CREAT | O_EXCL | O_RDWR, 0600));
    EXPECT_OK(ftruncate(fd, 4096));
    char *a = EXPECT_OK(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    IN_CHILD(int other = EXPECT_OK(shm_open(path, O_RDWR, 0));
             strcpy(EXPECT_OK(mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, other, 0)), "shared"));
    EXPECT_OK(shm_unlink(path));
    EXPECT_STREQ(a, "shared");
}
