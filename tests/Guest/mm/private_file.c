// Private file mappings: copy on write.
#include "../support/mem.h"

TEST(a_store_stays_private)
{
    int fd = file_of_pages("f", 2);
    char c, *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_PRIVATE, fd, 0));
    p[PAGE] = 'P';
    EXPECT_EQ(pread(fd, &c, 1, PAGE), 1);
    EXPECT_EQ(c, 'b');
    char *q = EXPECT_OK((char *)mmap(0, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_EQ(q[PAGE], 'b');
}

TEST(a_store_copies_the_rest_of_the_page)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    p[100] = 'P';
    EXPECT_TRUE(is_filled(p, 100, 'a'));
    EXPECT_TRUE(is_filled(p + 101, PAGE - 101, 'a'));
}

TEST(a_copied_page_does_not_see_later_writes)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    p[0] = 'P';
    EXPECT_EQ(pwrite(fd, "zz", 2, 0), 2);
    EXPECT_EQ(p[0], 'P');
    EXPECT_EQ(p[1], 'a');
}

TEST(two_private_mappings_are_apart)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    char *q = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    p[0] = 'P';
    q[0] = 'Q';
    EXPECT_EQ(p[0], 'P');
    EXPECT_EQ(q[0], 'Q');
}

TEST(a_child_gets_the_copied_page_and_its_own_copy)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_PRIVATE, fd, 0));
    p[0] = 'P';
    IN_CHILD({
        EXPECT_EQ(p[0], 'P');
        p[0] = 'C';
        p[PAGE] = 'C';
    });
    EXPECT_EQ(p[0], 'P');
    EXPECT_EQ(p[PAGE], 'b');
}

TEST(the_kernel_writes_into_the_private_copy_too)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    EXPECT_EQ(pread(fd, p, 10, PAGE), 10);
    EXPECT_TRUE(is_filled(p, 10, 'b'));
    EXPECT_EQ(p[10], 'a');
    char c;
    EXPECT_EQ(pread(fd, &c, 1, 0), 1);
    EXPECT_EQ(c, 'a');
}

TEST(the_tail_of_the_last_page_can_be_written_privately)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    EXPECT_EQ(write(fd, "tail", 4), 4);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    memset(p + 4, 'z', PAGE - 4);
    EXPECT_MEMEQ(p, "tailz", 5);
    struct stat st;
    EXPECT_OK(fstat(fd, &st));
    EXPECT_EQ(st.st_size, 4);
}

TEST(a_loader_maps_a_file_over_a_reservation)
{
    // The shape of ld.so: reserve, text, data by MAP_FIXED, bss by an anonymous tail.
    int fd = file_of_pages("f", 4);
    char *base = EXPECT_OK((char *)mmap(0, 6 * PAGE, PROT_READ, MAP_PRIVATE | MAP_DENYWRITE, fd, 0));
    EXPECT_EQ(mmap(base + PAGE, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, PAGE), base + PAGE);
    EXPECT_EQ(mmap(base + 2 * PAGE, 2 * PAGE, RW, MAP_PRIVATE | MAP_FIXED, fd, 2 * PAGE), base + 2 * PAGE);
    EXPECT_EQ(mmap(base + 4 * PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0), base + 4 * PAGE);
    memset(base + 3 * PAGE + 100, 0, PAGE - 100);
    EXPECT_OK(mprotect(base + 2 * PAGE, PAGE, PROT_READ));
    EXPECT_TRUE(is_filled(base, PAGE, 'a'));
    EXPECT_TRUE(is_filled(base + PAGE, PAGE, 'b'));
    EXPECT_TRUE(is_filled(base + 2 * PAGE, PAGE, 'c'));
    EXPECT_TRUE(is_filled(base + 3 * PAGE, 100, 'd'));
    EXPECT_TRUE(is_filled(base + 3 * PAGE + 100, 3 * PAGE - 100, 0));
}

TEST(a_private_mapping_made_read_only_keeps_its_copies)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    p[0] = 'P';
    EXPECT_OK(mprotect(p, PAGE, PROT_READ));
    EXPECT_EQ(p[0], 'P');
    EXPECT_OK(mprotect(p, PAGE, RW));
    EXPECT_EQ(p[0], 'P');
    p[1] = 'R';
    EXPECT_EQ(p[0], 'P');
}

TEST(a_large_private_mapping_written_sparsely)
{
    int fd = file_of_pages("f", 512);
    char *p = EXPECT_OK((char *)mmap(0, 512 * PAGE, RW, MAP_PRIVATE, fd, 0));
    for (int i = 0; i < 512; i += 7)
        p[i * PAGE + 17] = 'S';
    for (int i = 0; i < 512; i++) {
        EXPECT_EQ(p[i * PAGE + 17], i % 7 ? 'a' + i % 26 : 'S');
        EXPECT_EQ(p[i * PAGE + 18], 'a' + i % 26);
    }
}

TEST(a_populated_private_mapping_no_longer_sees_the_file_change)
{
    int fd = file_of_pages("f", 40);
    char *shared = EXPECT_OK((char *)mmap(0, 40 * PAGE, RW, MAP_SHARED, fd, 0));
    char *p = EXPECT_OK((char *)mmap(0, 40 * PAGE, RW, MAP_PRIVATE | MAP_POPULATE, fd, 0));
    memset(shared, 'N', 40 * PAGE);
    for (int i = 0; i < 40; i++)
        EXPECT_EQ(p[i * PAGE], 'a' + i % 26);
}
