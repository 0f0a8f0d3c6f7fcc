// mseal(2): a sealed mapping stays where it is and as it is.
#include "../harness.h"
#include "../support/mem.h"

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static char *sealed(int prot, size_t pages, size_t first, size_t count)
{
    char *at = mmap(0, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_TRUE(at != MAP_FAILED);
    EXPECT_OK(syscall(SYS_mseal, at + first * PAGE, count * PAGE, 0));
    return at;
}

TEST(seals_are_checked_before_anything_is_sealed)
{
    char *at = sealed(PROT_READ, 4, 0, 0);
    EXPECT_ERRNO(syscall(SYS_mseal, at + 1, PAGE, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_mseal, at, PAGE, 1), EINVAL);
    EXPECT_ERRNO(syscall(SYS_mseal, at, -PAGE, 0), EINVAL);
    EXPECT_OK(munmap(at + PAGE, PAGE));
    EXPECT_ERRNO(syscall(SYS_mseal, at, 4 * PAGE, 0), ENOMEM);
    EXPECT_OK(mprotect(at, PAGE, PROT_NONE));
    EXPECT_OK(syscall(SYS_mseal, at, PAGE, 0));
    EXPECT_OK(syscall(SYS_mseal, at, PAGE, 0));
}

TEST(sealed_memory_cannot_be_unmapped_moved_or_protected)
{
    char *at = sealed(PROT_READ | PROT_WRITE, 4, 1, 2);
    EXPECT_ERRNO(munmap(at, 4 * PAGE), EPERM);
    EXPECT_ERRNO(munmap(at + 2 * PAGE, PAGE), EPERM);
    EXPECT_ERRNO(mprotect(at + PAGE, PAGE, PROT_READ), EPERM);
    EXPECT_ERRNO(mprotect(at + PAGE, PAGE, PROT_READ | PROT_WRITE), EPERM);
    EXPECT_TRUE(mremap(at + PAGE, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EPERM);
    EXPECT_TRUE(mremap(at + PAGE, 2 * PAGE, PAGE, 0) == MAP_FAILED && errno == EPERM);
    EXPECT_TRUE(mremap(at + 3 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at + PAGE) == MAP_FAILED && errno == EPERM);
    EXPECT_TRUE(mmap(at, 4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED && errno == EPERM);
    // Nothing of it has happened.
    memset(at, 7, 4 * PAGE);
    EXPECT_OK(munmap(at, PAGE));
    EXPECT_OK(munmap(at + 3 * PAGE, PAGE));
}

TEST(what_is_sealed_read_only_keeps_its_bytes)
{
    char *at = sealed(PROT_READ | PROT_WRITE, 2, 0, 0);
    memset(at, 7, 2 * PAGE);
    EXPECT_OK(mprotect(at, PAGE, PROT_READ));
    EXPECT_OK(syscall(SYS_mseal, at, 2 * PAGE, 0));
    EXPECT_ERRNO(madvise(at, PAGE, MADV_DONTNEED), EPERM);
    EXPECT_ERRNO(madvise(at, PAGE, MADV_DONTFORK), EPERM);
    EXPECT_ERRNO(madvise(at, PAGE, MADV_WIPEONFORK), EPERM);
    EXPECT_OK(madvise(at, PAGE, MADV_DONTDUMP));
    EXPECT_OK(madvise(at + PAGE, PAGE, MADV_DONTNEED));
    EXPECT_EQ(at[0], 7);
    EXPECT_EQ(at[PAGE], 0);
}

TEST(a_child_inherits_seals)
{
    char *at = sealed(PROT_READ, 1, 0, 1);
    pid_t child = fork();
    if (child == 0)
        _exit(munmap(at, PAGE) == -1 && errno == EPERM ? 0 : 1);
    int status;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}
