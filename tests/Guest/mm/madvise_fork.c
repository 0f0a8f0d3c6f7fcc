// madvise(2): what decides what a child gets.
#include "../support/mem.h"

TEST(dontfork_memory_is_unmapped_in_the_child)
{
    char *p = map_pages(3);
    memset(p, 'x', 3 * PAGE);
    EXPECT_OK(madvise(p + PAGE, PAGE, MADV_DONTFORK));
    IN_CHILD({
        EXPECT_EQ(p[0], 'x');
        EXPECT_UNMAPPED(p + PAGE);
        EXPECT_EQ(p[2 * PAGE], 'x');
    });
    EXPECT_EQ(p[PAGE], 'x');
}

TEST(dofork_undoes_dontfork)
{
    char *p = map_pages(1);
    *p = 'x';
    EXPECT_OK(madvise(p, PAGE, MADV_DONTFORK));
    EXPECT_OK(madvise(p, PAGE, MADV_DOFORK));
    IN_CHILD(EXPECT_EQ(*p, 'x'));
}

TEST(dontfork_works_on_shared_memory)
{
    char *p = map_shared_pages(1);
    EXPECT_OK(madvise(p, PAGE, MADV_DONTFORK));
    IN_CHILD(EXPECT_UNMAPPED(p));
}

TEST(dontfork_memory_can_be_mapped_anew_by_the_child)
{
    char *p = map_pages(1);
    *p = 'x';
    EXPECT_OK(madvise(p, PAGE, MADV_DONTFORK));
    IN_CHILD({
        EXPECT_EQ(mmap(p, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), p);
        EXPECT_EQ(*p, 0);
    });
}

TEST(wipeonfork_memory_is_zero_in_the_child)
{
    char *p = map_pages(3);
    memset(p, 'x', 3 * PAGE);
    EXPECT_OK(madvise(p + PAGE, PAGE, MADV_WIPEONFORK));
    IN_CHILD({
        EXPECT_EQ(p[0], 'x');
        EXPECT_TRUE(is_filled(p + PAGE, PAGE, 0));
        EXPECT_EQ(p[2 * PAGE], 'x');
    });
    EXPECT_EQ(p[PAGE], 'x');
}

TEST(wipeonfork_is_inherited)
{
    char *p = map_pages(1);
    EXPECT_OK(madvise(p, PAGE, MADV_WIPEONFORK));
    IN_CHILD({
        *p = 'c';
        IN_CHILD(EXPECT_EQ(*p, 0));
        EXPECT_EQ(*p, 'c');
    });
}

TEST(keeponfork_undoes_wipeonfork)
{
    char *p = map_pages(1);
    *p = 'x';
    EXPECT_OK(madvise(p, PAGE, MADV_WIPEONFORK));
    EXPECT_OK(madvise(p, PAGE, MADV_KEEPONFORK));
    IN_CHILD(EXPECT_EQ(*p, 'x'));
}

TEST(wipeonfork_of_shared_or_file_memory_is_EINVAL)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    EXPECT_ERRNO(madvise(p, PAGE, MADV_WIPEONFORK), EINVAL);
    EXPECT_ERRNO(madvise(map_shared_pages(1), PAGE, MADV_WIPEONFORK), EINVAL);
}

TEST(locks_are_not_inherited)
{
    char *p = map_pages(1);
    EXPECT_OK(mlock(p, PAGE));
    // DONTNEED is refused for locked memory only.
    IN_CHILD(EXPECT_OK(madvise(p, PAGE, MADV_DONTNEED)));
    EXPECT_ERRNO(madvise(p, PAGE, MADV_DONTNEED), EINVAL);
}
