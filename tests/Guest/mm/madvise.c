// madvise(2): errors, and what DONTNEED, FREE, POPULATE and the hints do.
#include "../support/mem.h"

TEST(madvise_with_unknown_advice_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(madvise(p, PAGE, 12345), EINVAL);
    EXPECT_ERRNO(madvise(p, PAGE, -1), EINVAL);
    // Even of nothing at all.
    EXPECT_ERRNO(madvise(p, 0, 12345), EINVAL);
}

TEST(madvise_of_an_unaligned_address_is_EINVAL)
{
    char *p = map_pages(2);
    EXPECT_ERRNO(madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
    EXPECT_ERRNO(madvise(p + 1, 0, MADV_DONTNEED), EINVAL);
}

TEST(madvise_of_a_wrapping_length_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_ERRNO(madvise(p, -1ul, MADV_DONTNEED), EINVAL);
    EXPECT_ERRNO(madvise(p, -PAGE, MADV_DONTNEED), EINVAL);
}

TEST(madvise_of_length_zero_succeeds)
{
    EXPECT_OK(madvise(free_pages(1), 0, MADV_DONTNEED));
}

TEST(madvise_of_unmapped_memory_is_ENOMEM)
{
    static const int advice[] = { MADV_NORMAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE, MADV_DONTFORK, MADV_SEQUENTIAL };
    for (unsigned i = 0; i < sizeof advice / sizeof *advice; i++)
        EXPECT_ERRNO(madvise(free_pages(1), PAGE, advice[i]), ENOMEM);
}

TEST(madvise_with_a_hole_does_the_rest_and_is_ENOMEM)
{
    char *p = map_pages(5);
    memset(p, 'x', 5 * PAGE);
    EXPECT_OK(munmap(p + 2 * PAGE, PAGE));
    EXPECT_ERRNO(madvise(p, 5 * PAGE, MADV_DONTNEED), ENOMEM);
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 0));
    EXPECT_TRUE(is_filled(p + 3 * PAGE, 2 * PAGE, 0));
}

TEST(hints_change_nothing)
{
    static const int advice[] = { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTDUMP,
                                  MADV_DODUMP, MADV_COLD, MADV_PAGEOUT };
    char *p = map_pages(4);
    memset(p, 'x', 4 * PAGE);
    for (unsigned i = 0; i < sizeof advice / sizeof *advice; i++) {
        EXPECT_OK(madvise(p, 4 * PAGE, advice[i]));
        EXPECT_TRUE(is_filled(p, 4 * PAGE, 'x'));
    }
    int fd = file_of_pages("f", 4);
    char *q = EXPECT_OK((char *)mmap(0, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0));
    for (unsigned i = 0; i < sizeof advice / sizeof *advice; i++)
        EXPECT_OK(madvise(q, 4 * PAGE, advice[i]));
    EXPECT_TRUE(is_filled(q + 3 * PAGE, PAGE, 'd'));
}

TEST(dontneed_zeroes_private_anonymous_memory)
{
    char *p = map_pages(4);
    memset(p, 'x', 4 * PAGE);
    EXPECT_OK(madvise(p + PAGE, 2 * PAGE, MADV_DONTNEED));
    EXPECT_TRUE(is_filled(p, PAGE, 'x'));
    EXPECT_TRUE(is_filled(p + PAGE, 2 * PAGE, 0));
    EXPECT_TRUE(is_filled(p + 3 * PAGE, PAGE, 'x'));
}

TEST(dontneed_rounds_the_length_up)
{
    char *p = map_pages(2);
    memset(p, 'x', 2 * PAGE);
    EXPECT_OK(madvise(p, 1, MADV_DONTNEED));
    EXPECT_TRUE(is_filled(p, PAGE, 0));
    EXPECT_EQ(p[PAGE], 'x');
}

TEST(dontneed_rereads_a_private_file_mapping)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_PRIVATE, fd, 0));
    memset(p, 'x', 2 * PAGE);
    EXPECT_EQ(pwrite(fd, "new", 3, 0), 3);
    EXPECT_OK(madvise(p, 2 * PAGE, MADV_DONTNEED));
    EXPECT_MEMEQ(p, "newaa", 5);
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 'b'));
}

TEST(dontneed_keeps_shared_memory)
{
    char *p = map_shared_pages(2);
    memset(p, 'x', 2 * PAGE);
    EXPECT_OK(madvise(p, 2 * PAGE, MADV_DONTNEED));
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 'x'));
    int fd = file_of_pages("f", 1);
    char *q = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    q[0] = 'y';
    EXPECT_OK(madvise(q, PAGE, MADV_DONTNEED));
    EXPECT_EQ(q[0], 'y');
}

TEST(dontneed_of_locked_memory_is_EINVAL)
{
    char *p = map_pages(2);
    *p = 'x';
    EXPECT_OK(mlock(p, PAGE));
    EXPECT_ERRNO(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
    EXPECT_EQ(*p, 'x');
    EXPECT_OK(munlock(p, PAGE));
    EXPECT_OK(madvise(p, PAGE, MADV_DONTNEED));
    EXPECT_EQ(*p, 0);
}

TEST(dontneed_leaves_the_memory_of_a_forked_child)
{
    char *p = map_pages(4);
    memset(p, 'x', 4 * PAGE);
    int fds[2];
    EXPECT_OK(pipe(fds));
    pid_t child = FORK({
        char c;
        close(fds[1]);
        EXPECT_EQ(read(fds[0], &c, 1), 0);
        EXPECT_TRUE(is_filled(p, 4 * PAGE, 'x'));
    });
    EXPECT_OK(madvise(p, 4 * PAGE, MADV_DONTNEED));
    EXPECT_TRUE(is_filled(p, 4 * PAGE, 0));
    close(fds[1]);
    EXPECT_EXIT(child, 0);
}

TEST(dontneed_of_read_only_memory_zeroes_it)
{
    char *p = map_pages(1);
    *p = 'x';
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    EXPECT_OK(madvise(p, PAGE, MADV_DONTNEED));
    EXPECT_EQ(*p, 0);
}

TEST(freed_pages_that_are_written_again_keep_the_write)
{
    char *p = map_pages(4);
    memset(p, 'x', 4 * PAGE);
    EXPECT_OK(madvise(p, 4 * PAGE, MADV_FREE));
    p[0] = 'y';
    EXPECT_EQ(p[0], 'y');
    // What was not written is the old content or zero, the kernel chooses.
    EXPECT_TRUE(p[PAGE] == 'x' || p[PAGE] == 0);
}

TEST(free_of_a_file_or_shared_mapping_is_EINVAL)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    EXPECT_ERRNO(madvise(p, PAGE, MADV_FREE), EINVAL);
    EXPECT_ERRNO(madvise(map_shared_pages(1), PAGE, MADV_FREE), EINVAL);
}

TEST(remove_punches_a_hole_into_shared_memory)
{
    char *p = map_shared_pages(3);
    memset(p, 'x', 3 * PAGE);
    EXPECT_OK(madvise(p + PAGE, PAGE, MADV_REMOVE));
    EXPECT_EQ(p[0], 'x');
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 0));
    EXPECT_EQ(p[2 * PAGE], 'x');
}

TEST(remove_of_private_memory_is_EINVAL)
{
    EXPECT_ERRNO(madvise(map_pages(1), PAGE, MADV_REMOVE), EINVAL);
}

TEST(populate_makes_pages_resident)
{
    char *p = map_pages(4);
    unsigned char resident[4];
    EXPECT_OK(madvise(p, 4 * PAGE, MADV_POPULATE_WRITE));
    EXPECT_OK(mincore(p, 4 * PAGE, resident));
    for (int i = 0; i < 4; i++)
        EXPECT_TRUE(resident[i] & 1);
    EXPECT_TRUE(is_filled(p, 4 * PAGE, 0));
    EXPECT_OK(madvise(map_pages(2), 2 * PAGE, MADV_POPULATE_READ));
}

TEST(populate_without_the_permission_is_EINVAL)
{
    char *p = map_pages(1);
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    EXPECT_OK(madvise(p, PAGE, MADV_POPULATE_READ));
    EXPECT_ERRNO(madvise(p, PAGE, MADV_POPULATE_WRITE), EINVAL);
    EXPECT_OK(mprotect(p, PAGE, PROT_NONE));
    EXPECT_ERRNO(madvise(p, PAGE, MADV_POPULATE_READ), EINVAL);
}

TEST(populate_of_unmapped_memory_is_ENOMEM_and_beyond_a_file_EFAULT)
{
    EXPECT_ERRNO(madvise(free_pages(1), PAGE, MADV_POPULATE_READ), ENOMEM);
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_OK(madvise(p, PAGE, MADV_POPULATE_WRITE));
    EXPECT_ERRNO(madvise(p, 2 * PAGE, MADV_POPULATE_READ), EFAULT);
}

TEST(populating_to_read_needs_PROT_READ)
{
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_WRITE, ANON, -1, 0));
    EXPECT_ERRNO(madvise(p, PAGE, MADV_POPULATE_READ), EINVAL);
    EXPECT_OK(madvise(p, PAGE, MADV_POPULATE_WRITE));
}
