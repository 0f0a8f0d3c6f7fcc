// munmap(2).
#include "../support/mem.h"

TEST(munmap_of_length_zero_is_EINVAL)
{
    EXPECT_ERRNO(munmap(map_pages(1), 0), EINVAL);
}

TEST(munmap_of_an_unaligned_address_is_EINVAL)
{
    char *p = map_pages(2);
    EXPECT_ERRNO(munmap(p + 1, PAGE), EINVAL);
    EXPECT_NO_FAULT(p, WRITE_IT);
}

TEST(munmap_outside_the_user_address_space_is_EINVAL)
{
    EXPECT_ERRNO(syscall(SYS_munmap, 1ul << 47, PAGE), EINVAL);
    EXPECT_ERRNO(syscall(SYS_munmap, -PAGE, PAGE), EINVAL);
    EXPECT_ERRNO(syscall(SYS_munmap, PAGE, 1ul << 62), EINVAL);
    EXPECT_ERRNO(syscall(SYS_munmap, PAGE, -1ul), EINVAL);
}

TEST(munmap_rounds_the_length_up)
{
    char *p = map_pages(3);
    EXPECT_OK(munmap(p, PAGE + 1));
    EXPECT_UNMAPPED(p);
    EXPECT_UNMAPPED(p + PAGE);
    EXPECT_NO_FAULT(p + 2 * PAGE, WRITE_IT);
}

TEST(munmap_of_nothing_succeeds)
{
    char *p = free_pages(2);
    EXPECT_OK(munmap(p, 2 * PAGE));
    EXPECT_OK(munmap(p, 2 * PAGE));
}

TEST(munmap_takes_the_front)
{
    char *p = map_pages(4);
    memset(p, 'x', 4 * PAGE);
    EXPECT_OK(munmap(p, 2 * PAGE));
    EXPECT_UNMAPPED(p + PAGE);
    EXPECT_TRUE(is_filled(p + 2 * PAGE, 2 * PAGE, 'x'));
}

TEST(munmap_takes_the_back)
{
    char *p = map_pages(4);
    memset(p, 'x', 4 * PAGE);
    EXPECT_OK(munmap(p + 2 * PAGE, 2 * PAGE));
    EXPECT_UNMAPPED(p + 2 * PAGE);
    EXPECT_UNMAPPED(p + 3 * PAGE);
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 'x'));
}

TEST(munmap_takes_the_middle)
{
    char *p = map_pages(5);
    memset(p, 'x', 5 * PAGE);
    EXPECT_OK(munmap(p + 2 * PAGE, PAGE));
    EXPECT_UNMAPPED(p + 2 * PAGE);
    EXPECT_UNMAPPED(p + 3 * PAGE - 1);
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 'x'));
    EXPECT_TRUE(is_filled(p + 3 * PAGE, 2 * PAGE, 'x'));
}

TEST(munmap_across_holes_and_kinds)
{
    int fd = file_of_pages("f", 2);
    char *p = map_pages(8);
    memset(p, 'x', 8 * PAGE);
    EXPECT_OK(munmap(p + 2 * PAGE, PAGE));
    EXPECT_OK(mprotect(p + 4 * PAGE, PAGE, PROT_READ));
    EXPECT_OK(mmap(p + 5 * PAGE, 2 * PAGE, RW, MAP_SHARED | MAP_FIXED, fd, 0));
    EXPECT_OK(munmap(p + PAGE, 5 * PAGE));
    for (int i = 1; i < 6; i++)
        EXPECT_UNMAPPED(p + i * PAGE);
    EXPECT_EQ(p[0], 'x');
    EXPECT_TRUE(is_filled(p + 6 * PAGE, PAGE, 'b'));
    EXPECT_EQ(p[7 * PAGE], 'x');
}

TEST(memory_mapped_again_is_zero)
{
    char *p = map_pages(16);
    memset(p, 'x', 16 * PAGE);
    EXPECT_OK(munmap(p, 16 * PAGE));
    EXPECT_EQ(mmap(p, 16 * PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), p);
    EXPECT_TRUE(is_filled(p, 16 * PAGE, 0));
}

TEST(a_page_that_came_from_another_process_is_zero)
{
    IN_CHILD(char *p = map_pages(2048); memset(p, 'x', 2048 * PAGE));
    char *p = map_pages(2048);
    EXPECT_TRUE(is_filled(p, 2048 * PAGE, 0));
}

TEST(the_lowest_part_of_the_stack_grows_again_after_unmapping)
{
    volatile char *deep = (char *)__builtin_frame_address(0) - 64 * PAGE;
    *deep = 1;
    char *page = (char *)((unsigned long)deep & -PAGE);
    EXPECT_OK(munmap(page, 8 * PAGE));
    EXPECT_NO_FAULT(page + PAGE, WRITE_IT);
    EXPECT_EQ(*deep, 0);
}

TEST(unmapping_frees_the_memory)
{
    // 40 x 64 MiB would not fit a small machine if pages leaked.
    for (int i = 0; i < 40; i++) {
        char *p = map_pages(16384);
        for (int j = 0; j < 16384; j += 8)
            p[j * PAGE] = 1;
        EXPECT_OK(munmap(p, 16384 * PAGE));
    }
}

TEST(every_second_page_can_be_unmapped_and_mapped_again)
{
    char *p = map_pages(256);
    memset(p, 'x', 256 * PAGE);
    for (int i = 0; i < 256; i += 2)
        EXPECT_OK(munmap(p + i * PAGE, PAGE));
    for (int i = 0; i < 256; i += 2)
        EXPECT_EQ(mmap(p + i * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), p + i * PAGE);
    for (int i = 0; i < 256; i++)
        EXPECT_TRUE(is_filled(p + i * PAGE, PAGE, i % 2 ? 'x' : 0));
}
