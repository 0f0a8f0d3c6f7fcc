// brk(2), by the raw call: it returns the break, never an errno.
#include "../support/mem.h"
#include <sys/resource.h>

static char *raw_brk(void *to)
{
    return (char *)syscall(SYS_brk, to);
}

TEST(brk_of_zero_tells_the_break)
{
    char *now = raw_brk(0);
    EXPECT_EQ(raw_brk(0), now);
    EXPECT_EQ(raw_brk((void *)1), now);
}

TEST(brk_grows_by_zeroed_memory)
{
    char *start = raw_brk(0);
    EXPECT_EQ(raw_brk(start + (1 << 20)), start + (1 << 20));
    EXPECT_TRUE(is_filled(start, 1 << 20, 0));
    memset(start, 'x', 1 << 20);
}

TEST(brk_keeps_an_unaligned_break_exactly)
{
    char *start = raw_brk(0);
    EXPECT_EQ(raw_brk(start + PAGE + 3), start + PAGE + 3);
    EXPECT_EQ(raw_brk(0), start + PAGE + 3);
    EXPECT_NO_FAULT(start + PAGE + 2, WRITE_IT);
}

TEST(brk_gives_whole_pages)
{
    char *start = raw_brk(0);
    char *page = (char *)(((unsigned long)start + PAGE - 1) & -PAGE);
    EXPECT_EQ(raw_brk(page + 1), page + 1);
    EXPECT_NO_FAULT(page + PAGE - 1, WRITE_IT);
    EXPECT_UNMAPPED(page + PAGE);
}

TEST(brk_shrinks_and_the_memory_is_gone)
{
    char *start = raw_brk(0);
    char *page = (char *)(((unsigned long)start + PAGE - 1) & -PAGE);
    EXPECT_EQ(raw_brk(page + 8 * PAGE), page + 8 * PAGE);
    memset(page, 'x', 8 * PAGE);
    EXPECT_EQ(raw_brk(page + 2 * PAGE), page + 2 * PAGE);
    EXPECT_EQ(page[2 * PAGE - 1], 'x');
    EXPECT_UNMAPPED(page + 2 * PAGE);
}

TEST(brk_grown_again_is_zero)
{
    char *start = raw_brk(0);
    char *page = (char *)(((unsigned long)start + PAGE - 1) & -PAGE);
    EXPECT_EQ(raw_brk(page + 4 * PAGE), page + 4 * PAGE);
    memset(page, 'x', 4 * PAGE);
    EXPECT_EQ(raw_brk(page), page);
    EXPECT_EQ(raw_brk(page + 4 * PAGE), page + 4 * PAGE);
    EXPECT_TRUE(is_filled(page, 4 * PAGE, 0));
}

TEST(a_break_shrunk_within_a_page_keeps_the_page)
{
    char *start = raw_brk(0);
    char *page = (char *)(((unsigned long)start + PAGE - 1) & -PAGE);
    EXPECT_EQ(raw_brk(page + PAGE), page + PAGE);
    page[PAGE - 1] = 'x';
    EXPECT_EQ(raw_brk(page + 1), page + 1);
    EXPECT_EQ(page[PAGE - 1], 'x');
}

TEST(brk_below_the_heap_changes_nothing)
{
    char *now = raw_brk(0);
    EXPECT_EQ(raw_brk((void *)PAGE), now);
    EXPECT_EQ(raw_brk((char *)main), now);
}

TEST(brk_into_a_mapping_changes_nothing)
{
    char *now = raw_brk(0);
    char *page = (char *)(((unsigned long)now + PAGE - 1) & -PAGE);
    char *block = page + 256 * PAGE;
    EXPECT_EQ(mmap(block, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), block);
    EXPECT_EQ(raw_brk(block + PAGE), now);
    EXPECT_EQ(raw_brk(block + 4), now);
    EXPECT_EQ(raw_brk(page + PAGE), page + PAGE);
}

TEST(brk_out_of_the_address_space_changes_nothing)
{
    char *now = raw_brk(0);
    EXPECT_EQ(raw_brk((void *)(1ul << 47)), now);
    EXPECT_EQ(raw_brk((void *)-1), now);
}

TEST(brk_respects_the_data_limit)
{
    char *now = raw_brk(0);
    struct rlimit limit = { 8 << 20, 8 << 20 };
    EXPECT_OK(setrlimit(RLIMIT_DATA, &limit));
    EXPECT_EQ(raw_brk(now + (64 << 20)), now);
    EXPECT_EQ(raw_brk(now + (1 << 20)), now + (1 << 20));
}

TEST(brk_respects_the_address_space_limit)
{
    char *now = raw_brk(0);
    struct rlimit limit = { 64 << 20, 64 << 20 };
    EXPECT_OK(setrlimit(RLIMIT_AS, &limit));
    EXPECT_EQ(raw_brk(now + (128 << 20)), now);
}

TEST(sbrk_fails_with_ENOMEM_at_the_limit)
{
    struct rlimit limit = { 8 << 20, 8 << 20 };
    EXPECT_OK(setrlimit(RLIMIT_DATA, &limit));
    EXPECT_ERRNO(sbrk(64 << 20), ENOMEM);
    char *before = EXPECT_OK((char *)sbrk(4 * PAGE));
    EXPECT_EQ(sbrk(0), before + 4 * PAGE);
    EXPECT_EQ(sbrk(-4 * (long)PAGE), before + 4 * PAGE);
    EXPECT_EQ(sbrk(0), before);
}

TEST(the_break_is_private_to_a_child)
{
    char *start = raw_brk(0);
    EXPECT_EQ(raw_brk(start + 4 * PAGE), start + 4 * PAGE);
    memset(start, 'p', 4 * PAGE);
    IN_CHILD({
        EXPECT_EQ(raw_brk(0), start + 4 * PAGE);
        EXPECT_TRUE(is_filled(start, 4 * PAGE, 'p'));
        EXPECT_EQ(raw_brk(start + 64 * PAGE), start + 64 * PAGE);
        memset(start, 'c', 64 * PAGE);
    });
    EXPECT_EQ(raw_brk(0), start + 4 * PAGE);
    EXPECT_TRUE(is_filled(start, 4 * PAGE, 'p'));
}

TEST(the_heap_is_named_in_maps)
{
    char *start = raw_brk(0);
    EXPECT_EQ(raw_brk(start + 4 * PAGE), start + 4 * PAGE);
    struct mapping m;
    EXPECT_TRUE(find_mapping(start + PAGE, &m));
    EXPECT_STREQ(m.path, "[heap]");
    EXPECT_STREQ(m.perms, "rw-p");
}

TEST(the_heap_is_not_executable)
{
    char *start = raw_brk(0);
    EXPECT_EQ(raw_brk(start + PAGE), start + PAGE);
    *start = (char)0xc3;
    EXPECT_FAULT(start, EXECUTE_IT, SIGSEGV, SEGV_ACCERR);
}

TEST(the_heap_grows_to_a_gigabyte_without_being_touched)
{
    char *start = raw_brk(0);
    EXPECT_EQ(raw_brk(start + (1 << 30)), start + (1 << 30));
    start[(1 << 30) - 1] = 1;
    EXPECT_EQ(start[512 << 20], 0);
    EXPECT_EQ(raw_brk(start), start);
}
