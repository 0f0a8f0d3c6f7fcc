// mremap(2): what it refuses.
#include "../support/mem.h"
#include <sys/resource.h>

TEST(mremap_of_an_unaligned_address_is_EINVAL)
{
    char *p = map_pages(2);
    EXPECT_ERRNO(mremap(p + 1, PAGE, PAGE, MREMAP_MAYMOVE), EINVAL);
}

TEST(mremap_to_length_zero_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(mremap(p, PAGE, 0, MREMAP_MAYMOVE), EINVAL);
    EXPECT_NO_FAULT(p, WRITE_IT);
}

TEST(mremap_with_unknown_flags_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, 8), EINVAL);
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, 1 << 30), EINVAL);
}

TEST(mremap_fixed_without_MAYMOVE_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, MREMAP_FIXED, free_pages(1)), EINVAL);
}

TEST(mremap_dontunmap_without_MAYMOVE_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, MREMAP_DONTUNMAP, 0), EINVAL);
}

TEST(mremap_dontunmap_with_a_change_of_size_is_EINVAL)
{
    char *p = map_pages(2);
    EXPECT_ERRNO(mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0), EINVAL);
    EXPECT_ERRNO(mremap(p, 2 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0), EINVAL);
}

TEST(mremap_to_an_unaligned_fixed_address_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, free_pages(4) + 1), EINVAL);
}

TEST(mremap_to_an_address_outside_user_space_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(1ul << 47)), EINVAL);
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)-PAGE), EINVAL);
}

TEST(mremap_to_an_overlapping_target_is_EINVAL)
{
    char *p = map_pages(4);
    EXPECT_ERRNO(mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE), EINVAL);
    EXPECT_ERRNO(mremap(p + PAGE, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p), EINVAL);
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p), EINVAL);
    memset(p, 1, 4 * PAGE);
}

TEST(mremap_of_unmapped_memory_is_EFAULT)
{
    char *p = free_pages(2);
    EXPECT_ERRNO(mremap(p, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
    EXPECT_ERRNO(mremap(p, PAGE, 2 * PAGE, 0), EFAULT);
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, 0), EFAULT);
}

TEST(mremap_that_grows_two_mappings_is_EFAULT)
{
    char *p = map_pages(4);
    EXPECT_OK(mprotect(p + PAGE, PAGE, PROT_READ));
    EXPECT_ERRNO(mremap(p, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE), EFAULT);
    EXPECT_NO_FAULT(p, WRITE_IT);
}

TEST(mremap_that_grows_into_a_hole_of_its_own_old_range_is_EFAULT)
{
    char *p = map_pages(3);
    EXPECT_OK(munmap(p + 2 * PAGE, PAGE));
    EXPECT_ERRNO(mremap(p, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE), EFAULT);
}

TEST(mremap_with_an_old_length_of_zero_of_private_memory_is_EINVAL)
{
    EXPECT_ERRNO(mremap(map_pages(1), 0, PAGE, MREMAP_MAYMOVE), EINVAL);
}

// Since Linux 6.17; ENOMEM before.
TEST(mremap_to_a_size_beyond_the_address_space_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(mremap(p, PAGE, 1ul << 47, MREMAP_MAYMOVE), EINVAL);
    EXPECT_ERRNO(mremap(p, PAGE, 1ul << 62, MREMAP_MAYMOVE), EINVAL);
    EXPECT_ERRNO(mremap(p, PAGE, -1ul, MREMAP_MAYMOVE), EINVAL);
    EXPECT_NO_FAULT(p, WRITE_IT);
}

TEST(mremap_beyond_the_address_space_limit_is_ENOMEM)
{
    char *p = map_pages(1);
    struct rlimit limit = { 64 << 20, 64 << 20 };
    EXPECT_OK(setrlimit(RLIMIT_AS, &limit));
    EXPECT_ERRNO(mremap(p, PAGE, 256 << 20, MREMAP_MAYMOVE), ENOMEM);
    *p = 1;
    EXPECT_OK(mremap(p, PAGE, 1 << 20, MREMAP_MAYMOVE));
}

TEST(mremap_of_locked_memory_beyond_the_lock_limit_is_EAGAIN)
{
    AS_USER(1000, 1000,
            char *p = map_pages(1);
            struct rlimit limit = { 2 * PAGE, 2 * PAGE };
            EXPECT_OK(setrlimit(RLIMIT_MEMLOCK, &limit));
            EXPECT_OK(mlock(p, PAGE));
            EXPECT_ERRNO(mremap(p, PAGE, 64 * PAGE, MREMAP_MAYMOVE), EAGAIN));
}
