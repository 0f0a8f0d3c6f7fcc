// mmap(2): where a mapping lands and what it replaces.
#include "../support/mem.h"

TEST(a_mapping_is_page_aligned_and_zeroed)
{
    char *p = map_pages(3);
    EXPECT_EQ((unsigned long)p % PAGE, 0);
    EXPECT_TRUE(is_filled(p, 3 * PAGE, 0));
}

TEST(a_length_is_rounded_up_to_a_page)
{
    char *p = free_pages(2);
    EXPECT_EQ(EXPECT_OK(mmap(p, 1, RW, ANON | MAP_FIXED, -1, 0)), p);
    p[PAGE - 1] = 1;
    EXPECT_UNMAPPED(p + PAGE);
}

TEST(a_free_hint_is_taken)
{
    char *p = free_pages(4);
    EXPECT_EQ(mmap(p + PAGE, PAGE, RW, ANON, -1, 0), p + PAGE);
}

TEST(an_unaligned_hint_is_rounded_down)
{
    char *p = free_pages(4);
    EXPECT_EQ(mmap(p + PAGE + 5, PAGE, RW, ANON, -1, 0), p + PAGE);
}

TEST(an_occupied_hint_moves_the_mapping_elsewhere)
{
    char *p = map_pages(1);
    *p = 'x';
    char *q = EXPECT_OK((char *)mmap(p, PAGE, RW, ANON, -1, 0));
    EXPECT_NE(p, q);
    EXPECT_EQ(*p, 'x');
    EXPECT_EQ(*q, 0);
}

TEST(a_hint_beyond_the_address_space_is_ignored)
{
    EXPECT_OK(mmap((void *)(1ul << 60), PAGE, RW, ANON, -1, 0));
}

TEST(a_low_hint_never_gives_the_null_page)
{
    char *p = EXPECT_OK((char *)mmap((void *)1, PAGE, RW, ANON, -1, 0));
    EXPECT_NE(p, 0);
}

TEST(a_fixed_mapping_replaces_what_is_there)
{
    char *p = map_pages(3);
    memset(p, 'o', 3 * PAGE);
    EXPECT_EQ(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0), p + PAGE);
    EXPECT_TRUE(is_filled(p, PAGE, 'o'));
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 0));
    EXPECT_TRUE(is_filled(p + 2 * PAGE, PAGE, 'o'));
}

TEST(a_fixed_mapping_spans_several_old_ones_and_holes)
{
    char *p = map_pages(6);
    memset(p, 'o', 6 * PAGE);
    EXPECT_OK(munmap(p + PAGE, PAGE));
    EXPECT_OK(mprotect(p + 3 * PAGE, PAGE, PROT_READ));
    EXPECT_EQ(mmap(p + PAGE, 4 * PAGE, RW, ANON | MAP_FIXED, -1, 0), p + PAGE);
    EXPECT_TRUE(is_filled(p + PAGE, 4 * PAGE, 0));
    EXPECT_EQ(p[0], 'o');
    EXPECT_EQ(p[5 * PAGE], 'o');
    memset(p, 'n', 6 * PAGE);
}

TEST(a_fixed_mapping_replaces_a_file_mapping)
{
    int fd = file_of_pages("f", 3);
    char *p = EXPECT_OK((char *)mmap(0, 3 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_EQ(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0), p + PAGE);
    memset(p + PAGE, 'x', PAGE);
    EXPECT_TRUE(is_filled(p, PAGE, 'a'));
    EXPECT_TRUE(is_filled(p + 2 * PAGE, PAGE, 'c'));
    char c;
    EXPECT_EQ(pread(fd, &c, 1, PAGE), 1);
    EXPECT_EQ(c, 'b');
}

TEST(a_failed_fixed_file_mapping_leaves_the_old_memory)
{
    char *p = map_pages(2);
    memset(p, 'k', 2 * PAGE);
    int fds[2];
    EXPECT_OK(pipe(fds));
    EXPECT_ERRNO(mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, 999, 0), EBADF);
    EXPECT_ERRNO(mmap(p, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, fds[0], 0), ENODEV);
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 'k'));
}

TEST(map_32bit_lands_in_the_low_two_gigabytes)
{
    char *p = EXPECT_OK((char *)mmap(0, 16 * PAGE, RW, ANON | MAP_32BIT, -1, 0));
    EXPECT_TRUE((unsigned long)p + 16 * PAGE <= 1ul << 31);
    memset(p, 1, 16 * PAGE);
}

TEST(map_32bit_takes_a_free_hint_in_the_low_two_gigabytes)
{
    char *low = EXPECT_OK((char *)mmap((void *)0x50000000, 2 * PAGE, RW, ANON | MAP_32BIT, -1, 0));
    EXPECT_EQ(low, (char *)0x50000000);
    char *lower = EXPECT_OK((char *)mmap((void *)0x30000000, PAGE, RW, ANON | MAP_32BIT, -1, 0));
    EXPECT_EQ(lower, (char *)0x30000000);
    char *taken = EXPECT_OK((char *)mmap((void *)0x50001000, PAGE, RW, ANON | MAP_32BIT, -1, 0));
    EXPECT_TRUE((unsigned long)taken >= 0x40000000 && (unsigned long)taken < 0x50000000);
    char *high = EXPECT_OK((char *)mmap((void *)0x7ffff000, 2 * PAGE, RW, ANON | MAP_32BIT, -1, 0));
    EXPECT_TRUE((unsigned long)high >= 0x40000000 && (unsigned long)high < 0x7ffff000);
    EXPECT_ERRNO(mmap((void *)0x50000000, 1ul << 32, PROT_NONE, ANON | MAP_32BIT, -1, 0), ENOMEM);
}

TEST(populate_and_norseserve_and_stack_flags_are_accepted)
{
    char *p = EXPECT_OK((char *)mmap(0, 8 * PAGE, RW, ANON | MAP_POPULATE, -1, 0));
    unsigned char resident[8];
    EXPECT_OK(mincore(p, 8 * PAGE, resident));
    for (int i = 0; i < 8; i++)
        EXPECT_TRUE(resident[i] & 1);
    EXPECT_OK(mmap(0, PAGE, RW, ANON | MAP_NORESERVE, -1, 0));
    EXPECT_OK(mmap(0, PAGE, RW, ANON | MAP_STACK, -1, 0));
    EXPECT_OK(mmap(0, PAGE, RW, ANON | MAP_DENYWRITE | MAP_EXECUTABLE, -1, 0));
}

TEST(populate_of_a_read_only_mapping_succeeds)
{
    char *p = EXPECT_OK((char *)mmap(0, 8 * PAGE, PROT_READ, ANON | MAP_POPULATE, -1, 0));
    EXPECT_TRUE(is_filled(p, 8 * PAGE, 0));
    EXPECT_OK(mmap(0, 8 * PAGE, PROT_NONE, ANON | MAP_POPULATE, -1, 0));
}

TEST(write_only_memory_can_be_read_on_x86)
{
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_WRITE, ANON, -1, 0));
    *p = 'x';
    EXPECT_EQ(*(volatile char *)p, 'x');
}

TEST(memory_without_access_faults_on_read_and_write)
{
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_NONE, ANON, -1, 0));
    EXPECT_FAULT(p, READ_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_FAULT(p, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(dev_zero_gives_zeroed_private_memory)
{
    int fd = EXPECT_OK(open("/dev/zero", O_RDWR));
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_PRIVATE, fd, 0));
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 0));
    p[0] = 'x';
    char *q = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_PRIVATE, fd, 0));
    EXPECT_EQ(q[0], 0);
}

TEST(dev_zero_mapped_shared_is_shared_with_children_only)
{
    int fd = EXPECT_OK(open("/dev/zero", O_RDWR));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    char *q = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    IN_CHILD(p[0] = 'c');
    EXPECT_EQ(p[0], 'c');
    EXPECT_EQ(q[0], 0);
}

TEST(a_program_may_keep_the_upper_part_of_a_trimmed_mapping)
{
    // What allocators do to get 2 MiB alignment.
    size_t size = 2 << 20;
    char *p = EXPECT_OK((char *)mmap(0, 2 * size, RW, ANON, -1, 0));
    char *aligned = (char *)(((unsigned long)p + size - 1) & -size);
    if (aligned > p)
        EXPECT_OK(munmap(p, aligned - p));
    EXPECT_OK(munmap(aligned + size, p + 2 * size - (aligned + size)));
    memset(aligned, 1, size);
    EXPECT_TRUE(is_filled(aligned, size, 1));
}

TEST(addresses_are_reused_after_unmapping)
{
    // A leak of address space would end this loop: 64 GiB x 4096.
    for (int i = 0; i < 4096; i++) {
        char *p = EXPECT_OK((char *)mmap(0, 64ul << 30, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
        EXPECT_OK(munmap(p, 64ul << 30));
    }
}
