// mlock(2), mlock2(2), munlock(2), mlockall(2), munlockall(2).
#include "../support/mem.h"
#include <sys/resource.h>

static void limit_locks(rlim_t bytes)
{
    struct rlimit limit = { bytes, bytes };
    EXPECT_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
}

static long locked_kib(void)
{
    char text[4096];
    int fd = EXPECT_OK(open("/proc/self/status", O_RDONLY));
    ssize_t n = EXPECT_OK(read(fd, text, sizeof text - 1));
    close(fd);
    text[n] = 0;
    char *line = strstr(text, "VmLck:");
    EXPECT_TRUE(line);
    return atol(line + 6);
}

TEST(mlock_accepts_unaligned_ranges)
{
    char *p = map_pages(3);
    EXPECT_OK(mlock(p + 100, PAGE));
    EXPECT_OK(munlock(p + 100, PAGE));
}

TEST(mlock_makes_pages_resident)
{
    char *p = map_pages(4);
    unsigned char v[4];
    EXPECT_OK(mlock(p, 4 * PAGE));
    EXPECT_OK(mincore(p, 4 * PAGE, v));
    for (int i = 0; i < 4; i++)
        EXPECT_TRUE(v[i] & 1);
}

TEST(locked_memory_is_counted)
{
    long before = locked_kib();
    char *p = map_pages(4);
    EXPECT_OK(mlock(p, 4 * PAGE));
    EXPECT_EQ(locked_kib(), before + 16);
    EXPECT_OK(mlock(p, 4 * PAGE));
    EXPECT_EQ(locked_kib(), before + 16);
    EXPECT_OK(munlock(p, PAGE));
    EXPECT_EQ(locked_kib(), before + 12);
    EXPECT_OK(munmap(p, 2 * PAGE));
    EXPECT_EQ(locked_kib(), before + 8);
}

TEST(mlock_of_unmapped_memory_is_ENOMEM)
{
    EXPECT_ERRNO(mlock(free_pages(1), PAGE), ENOMEM);
    EXPECT_ERRNO(munlock(free_pages(1), PAGE), ENOMEM);
    char *p = map_pages(3);
    EXPECT_OK(munmap(p + PAGE, PAGE));
    EXPECT_ERRNO(mlock(p, 3 * PAGE), ENOMEM);
}

TEST(mlock_of_a_wrapping_range_is_EINVAL)
{
    limit_locks(8 << 20);
    EXPECT_ERRNO(mlock((void *)-PAGE, 2 * PAGE), EINVAL);
}

TEST(mlock_of_inaccessible_memory_is_ENOMEM)
{
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_NONE, ANON, -1, 0));
    EXPECT_ERRNO(mlock(p, PAGE), ENOMEM);
}

TEST(mlock_of_length_zero_succeeds)
{
    EXPECT_OK(mlock(map_pages(1), 0));
    EXPECT_OK(munlock(map_pages(1), 0));
}

TEST(mlock2_with_unknown_flags_is_EINVAL)
{
    EXPECT_ERRNO(mlock2(map_pages(1), PAGE, 2), EINVAL);
    EXPECT_ERRNO(mlock2(map_pages(1), PAGE, ~0u), EINVAL);
}

TEST(mlock2_onfault_does_not_touch_the_pages)
{
    // So many that not all of them can be frames that a kernel in user space has just had back and kept.
    enum { PAGES = 1024 };
    char *p = map_pages(PAGES);
    static unsigned char v[PAGES];
    int resident = 0;
    EXPECT_OK(mlock2(p, PAGES * PAGE, MLOCK_ONFAULT));
    EXPECT_OK(mincore(p, PAGES * PAGE, v));
    for (int i = 0; i < PAGES; i++)
        resident += v[i] & 1;
    EXPECT_TRUE(resident < PAGES);
}

TEST(mlock_beyond_the_limit_is_ENOMEM)
{
    AS_USER(1000, 1000,
            limit_locks(4 * PAGE);
            char *p = map_pages(8);
            EXPECT_OK(mlock(p, 4 * PAGE));
            EXPECT_OK(mlock(p, 4 * PAGE));
            EXPECT_ERRNO(mlock(p + 4 * PAGE, PAGE), ENOMEM);
            EXPECT_OK(munlock(p, PAGE));
            EXPECT_OK(mlock(p + 4 * PAGE, PAGE)));
}

TEST(mlock_with_a_limit_of_zero_is_EPERM)
{
    AS_USER(1000, 1000,
            limit_locks(0);
            EXPECT_ERRNO(mlock(map_pages(1), PAGE), EPERM);
            EXPECT_ERRNO(mlockall(MCL_CURRENT), EPERM);
            EXPECT_OK(munlock(map_pages(1), PAGE)));
}

TEST(a_privileged_process_may_lock_beyond_the_limit)
{
    NEED_ROOT();
    limit_locks(PAGE);
    EXPECT_OK(mlock(map_pages(8), 8 * PAGE));
}

TEST(mlockall_with_bad_flags_is_EINVAL)
{
    EXPECT_ERRNO(mlockall(0), EINVAL);
    EXPECT_ERRNO(mlockall(8), EINVAL);
    EXPECT_ERRNO(mlockall(MCL_ONFAULT), EINVAL);
}

TEST(mlockall_current_locks_what_is_mapped)
{
    char *p = map_pages(1);
    EXPECT_OK(mlockall(MCL_CURRENT));
    EXPECT_ERRNO(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
    char *later = map_pages(1);
    EXPECT_OK(madvise(later, PAGE, MADV_DONTNEED));
    EXPECT_OK(munlockall());
    EXPECT_OK(madvise(p, PAGE, MADV_DONTNEED));
    EXPECT_EQ(locked_kib(), 0);
}

TEST(mlockall_future_locks_what_comes)
{
    char *p = map_pages(1);
    EXPECT_OK(mlockall(MCL_FUTURE));
    EXPECT_OK(madvise(p, PAGE, MADV_DONTNEED));
    char *later = map_pages(1);
    EXPECT_ERRNO(madvise(later, PAGE, MADV_DONTNEED), EINVAL);
    EXPECT_OK(munlockall());
    char *last = map_pages(1);
    EXPECT_OK(madvise(last, PAGE, MADV_DONTNEED));
}

TEST(mlockall_beyond_the_limit_is_ENOMEM)
{
    AS_USER(1000, 1000,
            limit_locks(2 * PAGE);
            EXPECT_ERRNO(mlockall(MCL_CURRENT), ENOMEM));
}

TEST(mappings_made_under_mlockall_future_obey_the_limit)
{
    AS_USER(1000, 1000,
            limit_locks(4 * PAGE);
            EXPECT_OK(mlockall(MCL_FUTURE));
            EXPECT_ERRNO(mmap(0, 8 * PAGE, RW, ANON, -1, 0), EAGAIN);
            EXPECT_OK(munmap(map_pages(2), 2 * PAGE)));
}
