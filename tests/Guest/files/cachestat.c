// cachestat(2): how many pages of a file are in memory (Linux >= 6.5).
#include "files.h"

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

struct range {
    uint64_t offset, length;
};

struct counts {
    uint64_t cached, dirty, writeback, evicted, recently;
};

static struct counts counts_of(int fd, uint64_t offset, uint64_t length)
{
    struct range range = { offset, length };
    struct counts counts;
    EXPECT_OK(syscall(SYS_cachestat, fd, &range, &counts, 0));
    return counts;
}

TEST(what_was_just_written_is_in_memory)
{
    static char text[5 * 4096];
    int fd = EXPECT_OK(memfd_create("m", 0));
    EXPECT_EQ(write(fd, text, sizeof text - 5), sizeof text - 5);
    EXPECT_EQ(counts_of(fd, 0, 0).cached, 5);
    EXPECT_EQ(counts_of(fd, 4096, 4097).cached, 2);
    EXPECT_EQ(counts_of(fd, 100 * 4096, 0).cached, 0);
    EXPECT_EQ(counts_of(fd, 0, 0).evicted, 0);
    EXPECT_OK(ftruncate(fd, 100 * 4096));
    EXPECT_EQ(counts_of(fd, 0, 0).cached, 5);
}

TEST(other_files_have_nothing_there)
{
    int p[2];
    EXPECT_OK(pipe(p));
    EXPECT_EQ(counts_of(EXPECT_OK(open("/dev/null", O_RDWR)), 0, 0).cached, 0);
    EXPECT_EQ(counts_of(p[1], 0, 0).cached, 0);
}

TEST(wrong_arguments)
{
    struct range range = { 0, 0 };
    struct counts counts;
    int fd = EXPECT_OK(memfd_create("m", 0));
    EXPECT_ERRNO(syscall(SYS_cachestat, -1, &range, &counts, 0), EBADF);
    EXPECT_ERRNO(syscall(SYS_cachestat, fd, BAD_ADDRESS, &counts, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_cachestat, fd, &range, BAD_ADDRESS, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_cachestat, fd, &range, &counts, 1), EINVAL);
}
