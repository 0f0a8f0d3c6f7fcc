// mremap(2).
#include "../support/mem.h"

TEST(mremap_shrinks_in_place)
{
    char *p = map_pages(4);
    memset(p, 'x', 4 * PAGE);
    EXPECT_EQ(mremap(p, 4 * PAGE, PAGE, 0), p);
    EXPECT_TRUE(is_filled(p, PAGE, 'x'));
    EXPECT_UNMAPPED(p + PAGE);
    EXPECT_UNMAPPED(p + 3 * PAGE);
}

TEST(mremap_to_the_same_size_keeps_the_address)
{
    char *p = map_pages(2);
    EXPECT_EQ(mremap(p, 2 * PAGE, 2 * PAGE, 0), p);
    EXPECT_EQ(mremap(p, 2 * PAGE - 5, 2 * PAGE - 9, 0), p);
}

TEST(mremap_grows_in_place_into_free_space)
{
    char *p = free_pages(8);
    EXPECT_OK(mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    *p = 'x';
    EXPECT_EQ(mremap(p, PAGE, 4 * PAGE, 0), p);
    EXPECT_EQ(*p, 'x');
    EXPECT_TRUE(is_filled(p + PAGE, 3 * PAGE, 0));
    memset(p, 1, 4 * PAGE);
    EXPECT_UNMAPPED(p + 4 * PAGE);
}

TEST(mremap_without_MAYMOVE_and_without_room_is_ENOMEM)
{
    char *p = map_pages(2);
    EXPECT_ERRNO(mremap(p, PAGE, 2 * PAGE, 0), ENOMEM);
    EXPECT_NO_FAULT(p + PAGE, WRITE_IT);
}

TEST(mremap_moves_when_there_is_no_room)
{
    char *p = map_pages(3);
    memset(p, 'x', 2 * PAGE);
    p[2 * PAGE] = 'n';
    char *q = EXPECT_OK((char *)mremap(p, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE));
    EXPECT_NE(q, p);
    EXPECT_TRUE(is_filled(q, 2 * PAGE, 'x'));
    EXPECT_TRUE(is_filled(q + 2 * PAGE, 3 * PAGE, 0));
    EXPECT_UNMAPPED(p);
    EXPECT_UNMAPPED(p + PAGE);
    EXPECT_EQ(p[2 * PAGE], 'n');
}

TEST(mremap_fixed_moves_to_the_address_given)
{
    char *p = map_pages(2), *to = free_pages(8);
    memset(p, 'x', 2 * PAGE);
    EXPECT_EQ(mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to), to);
    EXPECT_TRUE(is_filled(to, 2 * PAGE, 'x'));
    EXPECT_TRUE(is_filled(to + 2 * PAGE, 2 * PAGE, 0));
    EXPECT_UNMAPPED(p);
}

TEST(mremap_fixed_replaces_what_is_at_the_target)
{
    char *p = map_pages(1), *to = map_pages(3);
    *p = 'x';
    memset(to, 'o', 3 * PAGE);
    EXPECT_EQ(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + PAGE), to + PAGE);
    EXPECT_EQ(to[0], 'o');
    EXPECT_EQ(to[PAGE], 'x');
    EXPECT_EQ(to[PAGE + 1], 0);
    EXPECT_EQ(to[2 * PAGE], 'o');
}

TEST(mremap_fixed_may_shrink)
{
    char *p = map_pages(4), *to = free_pages(4);
    memset(p, 'x', 4 * PAGE);
    EXPECT_EQ(mremap(p, 4 * PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to), to);
    EXPECT_TRUE(is_filled(to, PAGE, 'x'));
    EXPECT_UNMAPPED(to + PAGE);
    for (int i = 0; i < 4; i++)
        EXPECT_UNMAPPED(p + i * PAGE);
}

TEST(mremap_of_a_middle_part_splits_the_mapping)
{
    char *p = map_pages(5);
    for (int i = 0; i < 5; i++)
        p[i * PAGE] = '0' + i;
    char *q = EXPECT_OK((char *)mremap(p + PAGE, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE));
    EXPECT_EQ(q[0], '1');
    EXPECT_EQ(q[PAGE], '2');
    EXPECT_EQ(p[0], '0');
    EXPECT_EQ(p[3 * PAGE], '3');
    EXPECT_UNMAPPED(p + PAGE);
    EXPECT_UNMAPPED(p + 2 * PAGE);
}

TEST(mremap_keeps_the_protection)
{
    char *p = map_pages(3);
    *p = 'x';
    EXPECT_OK(mprotect(p, 2 * PAGE, PROT_READ));
    char *q = EXPECT_OK((char *)mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE));
    EXPECT_EQ(*q, 'x');
    EXPECT_FAULT(q, WRITE_IT, SIGSEGV, SEGV_ACCERR);
    EXPECT_FAULT(q + 3 * PAGE, WRITE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(mremap_of_a_shared_file_mapping_shows_more_of_the_file)
{
    int fd = file_of_pages("f", 4);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, PAGE));
    char *q = EXPECT_OK((char *)mremap(p, PAGE, 3 * PAGE, MREMAP_MAYMOVE));
    EXPECT_TRUE(is_filled(q, PAGE, 'b'));
    EXPECT_TRUE(is_filled(q + 2 * PAGE, PAGE, 'd'));
    q[0] = 'Z';
    char c;
    EXPECT_EQ(pread(fd, &c, 1, PAGE), 1);
    EXPECT_EQ(c, 'Z');
}

TEST(mremap_of_a_private_file_mapping_keeps_written_pages)
{
    int fd = file_of_pages("f", 4);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_PRIVATE, fd, 0));
    p[PAGE] = 'W';
    char *to = free_pages(8);
    EXPECT_EQ(mremap(p, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to), to);
    EXPECT_EQ(to[0], 'a');
    EXPECT_EQ(to[PAGE], 'W');
    EXPECT_EQ(to[PAGE + 1], 'b');
    EXPECT_EQ(to[3 * PAGE], 'd');
}

TEST(mremap_dontunmap_leaves_an_empty_mapping_behind)
{
    char *p = map_pages(3);
    memset(p, 'x', 3 * PAGE);
    char *q = EXPECT_OK((char *)mremap(p, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0));
    EXPECT_NE(p, q);
    EXPECT_TRUE(is_filled(q, 3 * PAGE, 'x'));
    EXPECT_TRUE(is_filled(p, 3 * PAGE, 0));
    EXPECT_NO_FAULT(p, WRITE_IT);
    EXPECT_EQ(q[0], 'x');
}

TEST(mremap_dontunmap_takes_its_fifth_argument_as_a_hint)
{
    char *p = map_pages(1), *to = free_pages(1);
    *p = 'x';
    EXPECT_ERRNO(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, to + 1), EINVAL);
    EXPECT_EQ(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, to), to);
    EXPECT_EQ(*to, 'x');
}

TEST(mremap_dontunmap_to_a_fixed_address)
{
    char *p = map_pages(1), *to = free_pages(1);
    *p = 'x';
    EXPECT_EQ(mremap(p, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP | MREMAP_FIXED, to), to);
    EXPECT_EQ(*to, 'x');
    EXPECT_EQ(*p, 0);
}

TEST(mremap_with_an_old_length_of_zero_duplicates_shared_memory)
{
    char *p = map_shared_pages(2);
    p[PAGE] = 'x';
    char *q = EXPECT_OK((char *)mremap(p, 0, 2 * PAGE, MREMAP_MAYMOVE));
    EXPECT_NE(p, q);
    EXPECT_EQ(q[PAGE], 'x');
    q[0] = 'y';
    EXPECT_EQ(p[0], 'y');
}

TEST(mremap_moves_memory_that_a_fork_shares)
{
    char *p = map_pages(8);
    memset(p, 'x', 8 * PAGE);
    pid_t child = FORK(sleep_ms(50); EXPECT_TRUE(is_filled(p, 8 * PAGE, 'x')));
    char *q = EXPECT_OK((char *)mremap(p, 8 * PAGE, 64 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, free_pages(64)));
    EXPECT_TRUE(is_filled(q, 8 * PAGE, 'x'));
    memset(q, 'y', 64 * PAGE);
    EXPECT_EXIT(child, 0);
}

TEST(a_buffer_doubled_by_mremap_keeps_its_content)
{
    // What realloc does with large blocks.
    size_t size = PAGE;
    char *p = map_pages(1);
    memset(p, 1, size);
    for (int step = 2; step < 12; step++) {
        p = EXPECT_OK((char *)mremap(p, size, size * 2, MREMAP_MAYMOVE));
        memset(p + size, step, size);
        size *= 2;
    }
    EXPECT_TRUE(is_filled(p, PAGE, 1));
    for (size_t at = PAGE, step = 2; at < size; at *= 2, step++)
        EXPECT_TRUE(is_filled(p + at, at, step));
}
