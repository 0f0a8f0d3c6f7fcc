// Copy on write through generations, over large heaps and in odd orders.
#include "../support/mem.h"

// Each generation marks its own page and checks those of its ancestors.
static void generation(char *p, int depth, int last)
{
    for (int i = 0; i < last; i++)
        EXPECT_EQ(p[i * PAGE], i < depth ? '0' + i : 0);
    if (depth == last)
        return;
    p[depth * PAGE] = '0' + depth;
    IN_CHILD(generation(p, depth + 1, last));
    for (int i = 0; i < last; i++)
        EXPECT_EQ(p[i * PAGE], i <= depth ? '0' + i : 0);
}

TEST(ten_generations_keep_their_own_memory)
{
    generation(map_pages(10), 0, 10);
}

static void overwrite(char *p, int depth)
{
    EXPECT_TRUE(is_filled(p, 8 * PAGE, 'A' + depth));
    if (depth == 8)
        return;
    IN_CHILD({
        memset(p, 'A' + depth + 1, 8 * PAGE);
        overwrite(p, depth + 1);
    });
    EXPECT_TRUE(is_filled(p, 8 * PAGE, 'A' + depth));
}

TEST(each_generation_overwrites_everything)
{
    char *p = map_pages(8);
    memset(p, 'A', 8 * PAGE);
    overwrite(p, 0);
}

TEST(a_grandchild_keeps_the_memory_after_its_parents_end)
{
    char *p = map_pages(16), *result = map_shared_pages(1);
    memset(p, 'x', 16 * PAGE);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t child = FORK({
        memset(p, 'y', 8 * PAGE);
        FORK({
            EXPECT_SOON(getppid() != 0 && *(volatile char *)result == 1);
            EXPECT_TRUE(is_filled(p, 8 * PAGE, 'y'));
            EXPECT_TRUE(is_filled(p + 8 * PAGE, 8 * PAGE, 'x'));
            memset(p, 'z', 16 * PAGE);
        });
    });
    EXPECT_EXIT(child, 0);
    memset(p, 'q', 16 * PAGE);
    *(volatile char *)result = 1;
    int status;
    EXPECT_OK(wait(&status));
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(is_filled(p, 16 * PAGE, 'q'));
}

TEST(sixteen_children_of_one_heap_see_it_unchanged)
{
    char *p = map_pages(256);
    for (int i = 0; i < 256; i++)
        memset(p + i * PAGE, i, PAGE);
    pid_t child[16];
    for (int c = 0; c < 16; c++)
        child[c] = FORK({
            for (int i = c; i < 256; i += 16)
                memset(p + i * PAGE, 0xcc, PAGE);
            for (int i = 0; i < 256; i++)
                EXPECT_TRUE(is_filled(p + i * PAGE, PAGE, i % 16 == c ? 0xcc : i));
        });
    for (int c = 0; c < 16; c++)
        EXPECT_EXIT(child[c], 0);
    for (int i = 0; i < 256; i++)
        EXPECT_TRUE(is_filled(p + i * PAGE, PAGE, i));
}

TEST(a_large_heap_written_on_both_sides)
{
    size_t pages = 16384; // 64 MiB
    char *p = map_pages(pages);
    for (size_t i = 0; i < pages; i++)
        *(size_t *)(p + i * PAGE) = i;
    pid_t child = FORK({
        for (size_t i = 0; i < pages; i += 2)
            *(size_t *)(p + i * PAGE) = ~i;
        for (size_t i = 0; i < pages; i++)
            EXPECT_EQ(*(size_t *)(p + i * PAGE), i % 2 ? i : ~i);
    });
    for (size_t i = 0; i < pages; i += 3)
        *(size_t *)(p + i * PAGE) = i + 1;
    for (size_t i = 0; i < pages; i++)
        EXPECT_EQ(*(size_t *)(p + i * PAGE), i % 3 ? i : i + 1);
    EXPECT_EXIT(child, 0);
}

TEST(a_heap_forked_again_and_again)
{
    size_t pages = 1024;
    char *p = map_pages(pages);
    for (int round = 0; round < 30; round++) {
        memset(p + round * 30 * PAGE, round + 1, 30 * PAGE);
        IN_CHILD({
            for (int i = 0; i <= round; i++)
                EXPECT_TRUE(is_filled(p + i * 30 * PAGE, 30 * PAGE, i + 1));
            EXPECT_TRUE(is_filled(p + (round + 1) * 30 * PAGE, PAGE, 0));
            memset(p, 0xff, pages * PAGE);
        });
    }
}

TEST(every_other_page_unmapped_after_fork)
{
    char *p = map_pages(128);
    memset(p, 'x', 128 * PAGE);
    IN_CHILD({
        for (int i = 0; i < 128; i += 2)
            EXPECT_OK(munmap(p + i * PAGE, PAGE));
        for (int i = 1; i < 128; i += 2)
            EXPECT_TRUE(is_filled(p + i * PAGE, PAGE, 'x'));
        IN_CHILD({
            for (int i = 1; i < 128; i += 4)
                p[i * PAGE] = 'g';
            for (int i = 0; i < 128; i += 2)
                EXPECT_EQ(mmap(p + i * PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), p + i * PAGE);
            EXPECT_EQ(p[0], 0);
            EXPECT_EQ(p[PAGE], 'g');
            EXPECT_EQ(p[3 * PAGE], 'x');
        });
        for (int i = 1; i < 128; i += 2)
            EXPECT_TRUE(is_filled(p + i * PAGE, PAGE, 'x'));
    });
    EXPECT_TRUE(is_filled(p, 128 * PAGE, 'x'));
}

TEST(pages_moved_before_a_second_fork)
{
    char *p = map_pages(4), *to = free_pages(4);
    memset(p, 'x', 4 * PAGE);
    IN_CHILD({
        EXPECT_EQ(mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to), to);
        IN_CHILD({
            EXPECT_UNMAPPED(p);
            memset(to, 'g', 4 * PAGE);
        });
        EXPECT_TRUE(is_filled(to, 4 * PAGE, 'x'));
    });
    EXPECT_TRUE(is_filled(p, 4 * PAGE, 'x'));
    EXPECT_UNMAPPED(to);
}

TEST(private_and_shared_pages_side_by_side)
{
    char *p = map_pages(8);
    for (int i = 1; i < 8; i += 2)
        EXPECT_OK(mmap(p + i * PAGE, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    memset(p, 'x', 8 * PAGE);
    IN_CHILD(memset(p, 'c', 8 * PAGE));
    for (int i = 0; i < 8; i++)
        EXPECT_TRUE(is_filled(p + i * PAGE, PAGE, i % 2 ? 'c' : 'x'));
}

TEST(a_child_that_dies_in_the_middle_of_writing)
{
    char *p = map_pages(512);
    memset(p, 'x', 512 * PAGE);
    for (int i = 0; i < 20; i++) {
        pid_t child = FORK(for (;;) memset(p, 'c', 512 * PAGE));
        sleep_ms(2);
        EXPECT_OK(kill(child, SIGKILL));
        EXPECT_SIGNALED(child, SIGKILL);
        EXPECT_TRUE(is_filled(p, 512 * PAGE, 'x'));
    }
}
