// Memory after fork(2): each side has its own.
#include "../support/mem.h"

static char data_segment[3 * PAGE] = "initialised";
static char bss_segment[3 * PAGE];

// The child runs while the parent waits at the pipe, and the other way round.
struct turn {
    int fds[2];
};

static void turn_make(struct turn *turn)
{
    EXPECT_OK(pipe(turn->fds));
}

static void turn_wait(struct turn *turn)
{
    char c;
    EXPECT_EQ(read(turn->fds[0], &c, 1), 1);
}

static void turn_give(struct turn *turn)
{
    EXPECT_EQ(write(turn->fds[1], "x", 1), 1);
}

TEST(a_write_of_the_child_is_not_seen_by_the_parent)
{
    char *p = map_pages(4);
    memset(p, 'p', 4 * PAGE);
    IN_CHILD({
        EXPECT_TRUE(is_filled(p, 4 * PAGE, 'p'));
        memset(p, 'c', 4 * PAGE);
    });
    EXPECT_TRUE(is_filled(p, 4 * PAGE, 'p'));
}

TEST(a_write_of_the_parent_is_not_seen_by_the_child)
{
    char *p = map_pages(4);
    memset(p, 'p', 4 * PAGE);
    struct turn turn;
    turn_make(&turn);
    pid_t child = FORK({
        turn_wait(&turn);
        EXPECT_TRUE(is_filled(p, 4 * PAGE, 'p'));
    });
    memset(p, 'n', 4 * PAGE);
    turn_give(&turn);
    EXPECT_EXIT(child, 0);
    EXPECT_TRUE(is_filled(p, 4 * PAGE, 'n'));
}

TEST(both_write_different_parts_of_one_page)
{
    char *p = map_pages(1);
    memset(p, 'o', PAGE);
    struct turn turn;
    turn_make(&turn);
    pid_t child = FORK({
        p[0] = 'c';
        turn_wait(&turn);
        EXPECT_EQ(p[0], 'c');
        EXPECT_EQ(p[1], 'o');
        EXPECT_TRUE(is_filled(p + 2, PAGE - 2, 'o'));
    });
    p[1] = 'p';
    turn_give(&turn);
    EXPECT_EXIT(child, 0);
    EXPECT_EQ(p[0], 'o');
    EXPECT_EQ(p[1], 'p');
}

TEST(untouched_memory_is_zero_and_private_on_both_sides)
{
    char *p = map_pages(4);
    IN_CHILD({
        EXPECT_TRUE(is_filled(p, 4 * PAGE, 0));
        memset(p, 'c', 4 * PAGE);
    });
    EXPECT_TRUE(is_filled(p, 4 * PAGE, 0));
}

TEST(data_and_bss_and_stack_and_heap_are_copied)
{
    char on_stack[PAGE], *on_heap = malloc(64 << 10);
    memset(on_stack, 's', PAGE);
    memset(on_heap, 'h', 64 << 10);
    memset(bss_segment, 'b', sizeof bss_segment);
    IN_CHILD({
        EXPECT_TRUE(is_filled(on_stack, PAGE, 's'));
        EXPECT_TRUE(is_filled(on_heap, 64 << 10, 'h'));
        EXPECT_TRUE(is_filled(bss_segment, sizeof bss_segment, 'b'));
        EXPECT_STREQ(data_segment, "initialised");
        memset(on_stack, 'c', PAGE);
        memset(on_heap, 'c', 64 << 10);
        memset(bss_segment, 'c', sizeof bss_segment);
        memset(data_segment, 'c', sizeof data_segment);
    });
    EXPECT_TRUE(is_filled(on_stack, PAGE, 's'));
    EXPECT_TRUE(is_filled(on_heap, 64 << 10, 'h'));
    EXPECT_TRUE(is_filled(bss_segment, sizeof bss_segment, 'b'));
    EXPECT_STREQ(data_segment, "initialised");
}

TEST(fork_copies_protection)
{
    char *p = map_pages(3);
    memset(p, 'x', 3 * PAGE);
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    EXPECT_OK(mprotect(p + PAGE, PAGE, PROT_NONE));
    IN_CHILD({
        EXPECT_FAULT(p, WRITE_IT, SIGSEGV, SEGV_ACCERR);
        EXPECT_FAULT(p + PAGE, READ_IT, SIGSEGV, SEGV_ACCERR);
        EXPECT_NO_FAULT(p + 2 * PAGE, WRITE_IT);
        EXPECT_OK(mprotect(p, 2 * PAGE, RW));
        EXPECT_EQ(p[PAGE], 'x');
        p[PAGE] = 'c';
    });
    EXPECT_OK(mprotect(p + PAGE, PAGE, PROT_READ));
    EXPECT_EQ(p[PAGE], 'x');
}

TEST(read_only_memory_made_writable_after_fork_is_still_copied)
{
    char *p = map_pages(1);
    *p = 'x';
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    struct turn turn;
    turn_make(&turn);
    pid_t child = FORK({
        turn_wait(&turn);
        EXPECT_EQ(*p, 'x');
    });
    EXPECT_OK(mprotect(p, PAGE, RW));
    *p = 'y';
    turn_give(&turn);
    EXPECT_EXIT(child, 0);
}

TEST(unmapping_after_fork_leaves_the_other_side)
{
    char *p = map_pages(8);
    memset(p, 'x', 8 * PAGE);
    struct turn turn;
    turn_make(&turn);
    pid_t child = FORK({
        EXPECT_OK(munmap(p, 2 * PAGE));
        turn_wait(&turn);
        EXPECT_UNMAPPED(p + PAGE);
        EXPECT_TRUE(is_filled(p + 2 * PAGE, 6 * PAGE, 'x'));
        memset(p + 2 * PAGE, 'c', 6 * PAGE);
    });
    EXPECT_OK(munmap(p + 5 * PAGE, PAGE));
    memset(p + 6 * PAGE, 'p', 2 * PAGE);
    turn_give(&turn);
    EXPECT_EXIT(child, 0);
    EXPECT_TRUE(is_filled(p, 5 * PAGE, 'x'));
    EXPECT_TRUE(is_filled(p + 6 * PAGE, 2 * PAGE, 'p'));
}

TEST(the_last_owner_of_a_page_writes_it_in_place)
{
    char *p = map_pages(64);
    memset(p, 'x', 64 * PAGE);
    for (int i = 0; i < 50; i++) {
        IN_CHILD(EXPECT_TRUE(is_filled(p, PAGE, i ? 'a' + i - 1 : 'x')));
        memset(p, 'a' + i, 64 * PAGE);
    }
    EXPECT_TRUE(is_filled(p, 64 * PAGE, 'a' + 49));
}

TEST(a_vforked_child_writes_into_the_parent)
{
    volatile int value = 1;
    pid_t child = vfork();
    if (child == 0) {
        value = 2;
        _exit(0);
    }
    EXPECT_EXIT(child, 0);
    EXPECT_EQ(value, 2);
}

TEST(an_atomic_operation_breaks_the_share_like_a_store)
{
    long *p = (long *)map_pages(1);
    *p = 5;
    IN_CHILD(EXPECT_EQ(__atomic_add_fetch(p, 1, __ATOMIC_SEQ_CST), 6));
    EXPECT_EQ(__atomic_add_fetch(p, 1, __ATOMIC_SEQ_CST), 6);
    pid_t child = FORK(EXPECT_EQ(__sync_val_compare_and_swap(p, 6, 9), 6));
    EXPECT_EQ(__sync_val_compare_and_swap(p, 6, 7), 6);
    EXPECT_EXIT(child, 0);
    EXPECT_EQ(*p, 7);
}

TEST(a_store_across_two_shared_pages_breaks_both)
{
    char *p = map_pages(2);
    memset(p, 'x', 2 * PAGE);
    IN_CHILD({
        *(volatile long *)(p + PAGE - 4) = 0x6363636363636363;
        EXPECT_TRUE(is_filled(p + PAGE - 4, 8, 'c'));
        EXPECT_EQ(p[PAGE - 5], 'x');
        EXPECT_EQ(p[PAGE + 4], 'x');
    });
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 'x'));
}
