// msync(2) and mincore(2).
#include "../support/mem.h"

TEST(msync_with_unknown_flags_is_EINVAL)
{
    EXPECT_ERRNO(msync(map_pages(1), PAGE, 8), EINVAL);
}

TEST(msync_both_async_and_sync_is_EINVAL)
{
    EXPECT_ERRNO(msync(map_pages(1), PAGE, MS_ASYNC | MS_SYNC), EINVAL);
}

TEST(msync_of_an_unaligned_address_is_EINVAL)
{
    EXPECT_ERRNO(msync(map_pages(1) + 1, 1, MS_SYNC), EINVAL);
}

TEST(msync_of_a_wrapping_length_is_ENOMEM)
{
    EXPECT_ERRNO(syscall(SYS_msync, map_pages(1), -PAGE, MS_SYNC), ENOMEM);
}

TEST(msync_of_length_zero_succeeds)
{
    EXPECT_OK(msync(free_pages(1), 0, MS_SYNC));
}

TEST(msync_of_unmapped_memory_is_ENOMEM)
{
    EXPECT_ERRNO(msync(free_pages(1), PAGE, MS_SYNC), ENOMEM);
    EXPECT_ERRNO(msync(free_pages(1), PAGE, MS_ASYNC), ENOMEM);
    EXPECT_ERRNO(msync(free_pages(1), PAGE, 0), ENOMEM);
}

TEST(msync_with_a_hole_is_ENOMEM)
{
    char *p = map_pages(3);
    EXPECT_OK(munmap(p + PAGE, PAGE));
    EXPECT_ERRNO(msync(p, 3 * PAGE, MS_SYNC), ENOMEM);
}

TEST(msync_invalidate_of_locked_memory_is_EBUSY)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_OK(mlock(p, PAGE));
    EXPECT_ERRNO(msync(p, PAGE, MS_SYNC | MS_INVALIDATE), EBUSY);
    EXPECT_OK(munlock(p, PAGE));
    EXPECT_OK(msync(p, PAGE, MS_SYNC | MS_INVALIDATE));
}

TEST(msync_of_anonymous_memory_succeeds)
{
    EXPECT_OK(msync(map_pages(2), 2 * PAGE, MS_SYNC));
    EXPECT_OK(msync(map_shared_pages(2), 2 * PAGE, MS_ASYNC));
}

TEST(a_synced_write_is_in_the_file)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    memcpy(p + PAGE - 2, "edge", 4);
    EXPECT_OK(msync(p, 2 * PAGE, MS_SYNC));
    int other = EXPECT_OK(open("f", O_RDONLY));
    char text[4];
    EXPECT_EQ(pread(other, text, 4, PAGE - 2), 4);
    EXPECT_MEMEQ(text, "edge", 4);
}

TEST(mincore_of_an_unaligned_address_is_EINVAL)
{
    unsigned char v[2];
    EXPECT_ERRNO(mincore(map_pages(1) + 1, 1, v), EINVAL);
}

TEST(mincore_of_unmapped_memory_is_ENOMEM)
{
    unsigned char v[4];
    EXPECT_ERRNO(mincore(free_pages(1), PAGE, v), ENOMEM);
    char *p = map_pages(3);
    EXPECT_OK(munmap(p + PAGE, PAGE));
    EXPECT_ERRNO(mincore(p, 3 * PAGE, v), ENOMEM);
}

TEST(mincore_outside_user_space_is_ENOMEM)
{
    unsigned char v[1];
    EXPECT_ERRNO(syscall(SYS_mincore, 1ul << 47, PAGE, v), ENOMEM);
    EXPECT_ERRNO(syscall(SYS_mincore, PAGE, -PAGE, v), ENOMEM);
}

TEST(mincore_into_a_bad_vector_is_EFAULT)
{
    char *p = map_pages(2);
    EXPECT_ERRNO(mincore(p, 2 * PAGE, (unsigned char *)1), EFAULT);
    EXPECT_ERRNO(mincore(p, 2 * PAGE, (unsigned char *)pages_before_guard(1) - 1), EFAULT);
}

TEST(mincore_of_length_zero_succeeds)
{
    EXPECT_OK(mincore(map_pages(1), 0, 0));
}

TEST(touched_pages_are_in_core)
{
    char *p = map_pages(3);
    memset(p, 1, 3 * PAGE);
    unsigned char v[4] = { 0, 0, 0, 0xee };
    EXPECT_OK(mincore(p, 3 * PAGE, v));
    for (int i = 0; i < 3; i++)
        EXPECT_TRUE(v[i] & 1);
    EXPECT_EQ(v[3], 0xee);
}

TEST(untouched_private_pages_are_not_in_core)
{
    char *p = map_pages(64);
    madvise(p, 64 * PAGE, MADV_NOHUGEPAGE); // EINVAL where there are no huge pages
    p[0] = 1;
    unsigned char v[64];
    EXPECT_OK(mincore(p, 64 * PAGE, v));
    EXPECT_TRUE(v[0] & 1);
    EXPECT_FALSE(v[63] & 1);
}

TEST(pages_given_back_are_not_in_core)
{
    char *p = map_pages(2);
    memset(p, 1, 2 * PAGE);
    EXPECT_OK(madvise(p, 2 * PAGE, MADV_DONTNEED));
    unsigned char v[2];
    EXPECT_OK(mincore(p, 2 * PAGE, v));
    EXPECT_FALSE(v[0] & 1);
    EXPECT_FALSE(v[1] & 1);
}
