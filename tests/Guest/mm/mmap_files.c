// mmap(2) of files: offsets, lengths, the life of the mapping.
#include "../support/mem.h"

TEST(a_file_mapping_starts_at_its_offset)
{
    int fd = file_of_pages("f", 4);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 2 * PAGE));
    EXPECT_TRUE(is_filled(p, PAGE, 'c'));
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 'd'));
}

TEST(a_file_mapping_outlives_its_descriptor)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_OK(close(fd));
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 'b'));
}

TEST(a_file_mapping_outlives_the_name)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_OK(close(fd));
    EXPECT_OK(unlink("f"));
    p[0] = 'x';
    EXPECT_EQ(p[0], 'x');
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 'b'));
}

TEST(the_tail_of_the_last_page_is_zero)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    EXPECT_EQ(write(fd, "tail", 4), 4);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_MEMEQ(p, "tail", 4);
    EXPECT_TRUE(is_filled(p + 4, PAGE - 4, 0));
}

TEST(writes_past_the_end_in_the_last_page_do_not_grow_the_file)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    EXPECT_EQ(write(fd, "tail", 4), 4);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    p[100] = 'x';
    EXPECT_OK(msync(p, PAGE, MS_SYNC));
    struct stat st;
    EXPECT_OK(fstat(fd, &st));
    EXPECT_EQ(st.st_size, 4);
}

TEST(a_mapping_may_be_longer_than_its_file)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_TRUE(is_filled(p, PAGE, 'a'));
    EXPECT_FAULT(p + PAGE, READ_IT, SIGBUS, BUS_ADRERR);
}

TEST(a_mapping_may_start_past_the_end_of_its_file)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 16 * PAGE));
    EXPECT_FAULT(p, READ_IT, SIGBUS, BUS_ADRERR);
    EXPECT_FAULT(p, WRITE_IT, SIGBUS, BUS_ADRERR);
}

TEST(an_empty_file_can_be_mapped_but_not_touched)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_PRIVATE, fd, 0));
    EXPECT_FAULT(p, READ_IT, SIGBUS, BUS_ADRERR);
}

TEST(a_sparse_file_maps_as_zeros)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    EXPECT_OK(ftruncate(fd, 1 << 20));
    EXPECT_EQ(pwrite(fd, "x", 1, 512 << 10), 1);
    char *p = EXPECT_OK((char *)mmap(0, 1 << 20, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_EQ(p[512 << 10], 'x');
    EXPECT_TRUE(is_filled(p, 512 << 10, 0));
}

TEST(the_length_of_a_file_mapping_is_rounded_up)
{
    int fd = file_of_pages("f", 2);
    char *p = free_pages(3);
    EXPECT_EQ(mmap(p, PAGE + 1, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0), p);
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 'b'));
    EXPECT_UNMAPPED(p + 2 * PAGE);
}

TEST(one_page_of_a_file_can_be_mapped_at_many_addresses)
{
    int fd = file_of_pages("f", 1);
    char *p[64];
    for (int i = 0; i < 64; i++)
        p[i] = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    for (int i = 0; i < 64; i++) {
        p[i][i] = 'A';
        for (int j = 0; j < 64; j++)
            EXPECT_EQ(p[j][i], 'A');
    }
}

TEST(a_file_may_be_mapped_in_reverse_order_of_pages)
{
    int fd = file_of_pages("f", 8);
    char *p = free_pages(8);
    for (int i = 0; i < 8; i++)
        EXPECT_OK(mmap(p + i * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, (7 - i) * PAGE));
    for (int i = 0; i < 8; i++)
        EXPECT_TRUE(is_filled(p + i * PAGE, PAGE, 'a' + 7 - i));
}

TEST(mmap_moves_no_file_position)
{
    int fd = file_of_pages("f", 2);
    EXPECT_OK(lseek(fd, 10, SEEK_SET));
    EXPECT_OK(mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, PAGE));
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 10);
}

TEST(a_shared_writable_mapping_of_an_append_only_descriptor_is_allowed)
{
    close(file_of_pages("f", 1));
    int fd = EXPECT_OK(open("f", O_RDWR | O_APPEND));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    p[0] = 'x';
    char c;
    EXPECT_EQ(pread(fd, &c, 1, 0), 1);
    EXPECT_EQ(c, 'x');
}

TEST(mapping_a_large_offset_of_a_sparse_file_works)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    off_t far = 6l << 30;
    EXPECT_OK(ftruncate(fd, far + PAGE));
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, far));
    p[7] = 'q';
    char c;
    EXPECT_EQ(pread(fd, &c, 1, far + 7), 1);
    EXPECT_EQ(c, 'q');
}
