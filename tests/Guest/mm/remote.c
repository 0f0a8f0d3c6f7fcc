// Calls on the memory of another process: move_pages(2), process_madvise(2), process_mrelease(2).
#include "../support/task.h"
#include <sys/mman.h>
#include <sys/uio.h>

#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

static char *page(void)
{
    char *memory = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_TRUE(memory != MAP_FAILED);
    *memory = 1;
    return memory;
}

TEST(move_pages_tells_the_node_of_a_page)
{
    void *pages[] = { page() };
    int status[] = { -1000 };
    EXPECT_EQ(syscall(SYS_move_pages, 0, 1, pages, 0, status, 0), 0);
    EXPECT_EQ(status[0], 0);
}

TEST(move_pages_checks_its_flags_and_its_process)
{
    void *pages[] = { page() };
    int status[] = { 0 };
    EXPECT_ERRNO(syscall(SYS_move_pages, 0, 1, pages, 0, status, 0x100), EINVAL);
    EXPECT_ERRNO(syscall(SYS_move_pages, dead_pid(), 1, pages, 0, status, 0), ESRCH);
}

TEST(process_madvise_counts_the_bytes)
{
    struct iovec range = { page(), 4096 };
    int self = (int)EXPECT_OK(syscall(SYS_pidfd_open, getpid(), 0));
    EXPECT_EQ(syscall(SYS_process_madvise, self, &range, 1, 20 /* MADV_COLD */, 0), 4096);
}

TEST(process_madvise_checks_its_arguments)
{
    struct iovec range = { page(), 4096 };
    int self = (int)EXPECT_OK(syscall(SYS_pidfd_open, getpid(), 0));
    EXPECT_ERRNO(syscall(SYS_process_madvise, self, &range, 1, 20, 1), EINVAL);
    EXPECT_ERRNO(syscall(SYS_process_madvise, -1, &range, 1, 20, 0), EBADF);
}

TEST(process_mrelease_is_for_the_dying)
{
    int self = (int)EXPECT_OK(syscall(SYS_pidfd_open, getpid(), 0));
    EXPECT_ERRNO(syscall(SYS_process_mrelease, self, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_process_mrelease, self, 1), EINVAL);
    EXPECT_ERRNO(syscall(SYS_process_mrelease, -1, 0), EBADF);
}
