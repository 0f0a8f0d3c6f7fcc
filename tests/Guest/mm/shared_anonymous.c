// Shared anonymous memory: one memory for all who inherit it.
#include "../support/mem.h"

TEST(a_child_writes_and_the_parent_reads)
{
    char *p = map_shared_pages(4);
    IN_CHILD(memset(p, 'c', 4 * PAGE));
    EXPECT_TRUE(is_filled(p, 4 * PAGE, 'c'));
}

TEST(pages_first_touched_after_the_fork_are_shared)
{
    int *p = (int *)map_shared_pages(4);
    pid_t child = FORK({
        EXPECT_SOON(__atomic_load_n(&p[1024], __ATOMIC_SEQ_CST) == 1);
        __atomic_store_n(&p[2048], 2, __ATOMIC_SEQ_CST);
    });
    __atomic_store_n(&p[1024], 1, __ATOMIC_SEQ_CST);
    EXPECT_SOON(__atomic_load_n(&p[2048], __ATOMIC_SEQ_CST) == 2);
    EXPECT_EXIT(child, 0);
}

TEST(a_grandchild_shares_it_too)
{
    char *p = map_shared_pages(1);
    IN_CHILD(IN_CHILD(p[0] = 'g'));
    EXPECT_EQ(p[0], 'g');
}

TEST(siblings_share_it)
{
    int *p = (int *)map_shared_pages(1);
    pid_t first = FORK(EXPECT_SOON(__atomic_load_n(&p[0], __ATOMIC_SEQ_CST) == 7));
    pid_t second = FORK(__atomic_store_n(&p[0], 7, __ATOMIC_SEQ_CST));
    EXPECT_EXIT(second, 0);
    EXPECT_EXIT(first, 0);
}

TEST(it_outlives_the_process_that_made_it)
{
    char *p = map_shared_pages(1);
    int fds[2];
    EXPECT_OK(pipe(fds));
    IN_CHILD({
        p[0] = 'c';
        FORK({
            sleep_ms(30);
            p[1] = 'g';
            EXPECT_EQ(write(fds[1], "x", 1), 1);
        });
    });
    char c;
    EXPECT_EQ(read(fds[0], &c, 1), 1);
    EXPECT_EQ(p[0], 'c');
    EXPECT_EQ(p[1], 'g');
}

TEST(unmapping_in_one_process_leaves_the_other)
{
    char *p = map_shared_pages(2);
    memset(p, 'x', 2 * PAGE);
    IN_CHILD({
        EXPECT_OK(munmap(p, PAGE));
        EXPECT_UNMAPPED(p);
        EXPECT_EQ(p[PAGE], 'x');
    });
    EXPECT_TRUE(is_filled(p, 2 * PAGE, 'x'));
}

TEST(protection_is_each_process_its_own)
{
    char *p = map_shared_pages(1);
    IN_CHILD({
        EXPECT_OK(mprotect(p, PAGE, PROT_READ));
        EXPECT_FAULT(p, WRITE_IT, SIGSEGV, SEGV_ACCERR);
    });
    EXPECT_NO_FAULT(p, WRITE_IT);
}

TEST(atomic_increments_by_eight_processes_lose_nothing)
{
    long *counter = (long *)map_shared_pages(1);
    pid_t child[8];
    for (int i = 0; i < 8; i++)
        child[i] = FORK(for (int j = 0; j < 20000; j++) __atomic_add_fetch(counter, 1, __ATOMIC_RELAXED));
    for (int i = 0; i < 8; i++)
        EXPECT_EXIT(child[i], 0);
    EXPECT_EQ(*counter, 8 * 20000);
}

TEST(two_shared_anonymous_mappings_are_apart)
{
    char *p = map_shared_pages(1), *q = map_shared_pages(1);
    p[0] = 'p';
    EXPECT_EQ(q[0], 0);
}

TEST(it_is_named_like_a_deleted_dev_zero_in_maps)
{
    char *p = map_shared_pages(2);
    struct mapping m;
    EXPECT_TRUE(find_mapping(p, &m));
    EXPECT_STREQ(m.path, "/dev/zero (deleted)");
    EXPECT_STREQ(m.perms, "rw-s");
}
