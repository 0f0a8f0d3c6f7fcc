// Many small mappings.
#include "../support/mem.h"

TEST(thousands_of_separate_mappings)
{
    enum { COUNT = 4000 };
    static char *p[COUNT];
    for (int i = 0; i < COUNT; i++) {
        // Alternating protection keeps neighbours from merging.
        p[i] = EXPECT_OK((char *)mmap(0, PAGE, i % 2 ? RW : RW | PROT_EXEC, ANON, -1, 0));
        *(int *)p[i] = i;
    }
    for (int i = 0; i < COUNT; i++)
        EXPECT_EQ(*(int *)p[i], i);
    for (int i = 0; i < COUNT; i += 2)
        EXPECT_OK(munmap(p[i], PAGE));
    for (int i = 1; i < COUNT; i += 2)
        EXPECT_EQ(*(int *)p[i], i);
}

TEST(a_mapping_split_into_thousands_and_merged_again)
{
    enum { COUNT = 4000 };
    char *p = map_pages(COUNT);
    memset(p, 'x', COUNT * PAGE);
    for (int i = 0; i < COUNT; i += 2)
        EXPECT_OK(mprotect(p + i * PAGE, PAGE, PROT_READ));
    for (int i = 0; i < COUNT; i++)
        EXPECT_EQ(p[i * PAGE + 9], 'x');
    EXPECT_OK(mprotect(p, COUNT * PAGE, RW));
    struct mapping m;
    EXPECT_TRUE(find_mapping(p + COUNT / 2 * PAGE, &m));
    EXPECT_LE(m.start, p);
    EXPECT_GE(m.end, p + COUNT * PAGE);
    memset(p, 'y', COUNT * PAGE);
}

TEST(a_fork_copies_thousands_of_mappings)
{
    enum { COUNT = 2000 };
    char *p = map_pages(2 * COUNT);
    for (int i = 0; i < COUNT; i++) {
        *(int *)(p + 2 * i * PAGE) = i;
        EXPECT_OK(munmap(p + (2 * i + 1) * PAGE, PAGE));
    }
    IN_CHILD({
        for (int i = 0; i < COUNT; i++) {
            EXPECT_EQ(*(int *)(p + 2 * i * PAGE), i);
            *(int *)(p + 2 * i * PAGE) = -1;
        }
        EXPECT_UNMAPPED(p + PAGE);
    });
    for (int i = 0; i < COUNT; i++)
        EXPECT_EQ(*(int *)(p + 2 * i * PAGE), i);
}

TEST(too_many_mappings_is_ENOMEM)
{
    // vm.max_map_count, 65530 unless someone changed it.
    size_t pages = 200000, failed = 0;
    char text[16] = "";
    int fd = open("/proc/sys/vm/max_map_count", O_RDONLY);
    if (fd == -1 || read(fd, text, sizeof text - 1) <= 0 || atoi(text) > 90000)
        SKIP("unknown or large vm.max_map_count");
    char *p = EXPECT_OK((char *)mmap(0, pages * PAGE, PROT_NONE, ANON | MAP_NORESERVE, -1, 0));
    for (size_t i = 0; i < pages && !failed; i += 2)
        if (mprotect(p + i * PAGE, PAGE, PROT_READ) == -1) {
            EXPECT_EQ(errno, ENOMEM);
            failed = i;
        }
    EXPECT_GT(failed, 0);
    EXPECT_LE(failed, atoi(text));
    // Splitting by munmap needs one more as well.
    EXPECT_ERRNO(munmap(p + (pages - 10) * PAGE, PAGE), ENOMEM);
    EXPECT_OK(munmap(p, pages * PAGE));
    map_pages(1);
}

TEST(mappings_made_and_removed_ten_thousand_times)
{
    for (int i = 0; i < 10000; i++) {
        char *p = map_pages(1 + i % 8);
        *(int *)p = i;
        EXPECT_EQ(*(int *)p, i);
        EXPECT_OK(munmap(p, (1 + i % 8) * PAGE));
    }
}

TEST(a_random_walk_over_a_window_agrees_with_a_model)
{
    enum { WINDOW = 64, STEPS = 6000 };
    char *p = free_pages(WINDOW);
    unsigned char value[WINDOW] = { 0 }, kind[WINDOW] = { 0 }; // 0 unmapped, 1 read-only, 2 writable
    unsigned seed = 20240607;
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1103515245 + 12345;
        int at = seed >> 8 & 63, count = 1 + (seed >> 14 & 7), action = seed >> 20 & 7;
        if (at + count > WINDOW)
            count = WINDOW - at;
        if (action < 2) {
            EXPECT_OK(mmap(p + at * PAGE, count * PAGE, RW, ANON | MAP_FIXED, -1, 0));
            memset(value + at, 0, count);
            memset(kind + at, 2, count);
        } else if (action == 2) {
            EXPECT_OK(munmap(p + at * PAGE, count * PAGE));
            memset(kind + at, 0, count);
        } else if (action == 3 || action == 4) {
            int whole = !memchr(kind + at, 0, count);
            EXPECT_EQ(mprotect(p + at * PAGE, count * PAGE, action == 3 ? PROT_READ : RW), whole ? 0 : -1);
            for (int i = at; i < at + count && kind[i]; i++)
                kind[i] = action == 3 ? 1 : 2;
        } else if (action == 5) {
            madvise(p + at * PAGE, count * PAGE, MADV_DONTNEED);
            for (int i = at; i < at + count; i++)
                if (kind[i])
                    value[i] = 0;
        } else {
            for (int i = at; i < at + count; i++)
                if (kind[i] == 2)
                    p[i * PAGE + step % PAGE] = 0, p[i * PAGE] = value[i] = (char)step;
        }
        if (step % 50 == 0)
            for (int i = 0; i < WINDOW; i++) {
                struct fault fault = fault_at(p + i * PAGE, READ_IT);
                EXPECT_EQ(fault.number, kind[i] ? 0 : SIGSEGV);
                if (kind[i])
                    EXPECT_EQ((unsigned char)p[i * PAGE], value[i]);
            }
    }
}
