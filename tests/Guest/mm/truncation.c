// A mapped file that shrinks or grows.
#include "../support/mem.h"

TEST(pages_beyond_the_new_end_are_SIGBUS)
{
    int fd = file_of_pages("f", 4);
    char *p = EXPECT_OK((char *)mmap(0, 4 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_TRUE(is_filled(p + 3 * PAGE, PAGE, 'd'));
    EXPECT_OK(ftruncate(fd, 2 * PAGE));
    EXPECT_TRUE(is_filled(p, PAGE, 'a'));
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 'b'));
    EXPECT_FAULT(p + 2 * PAGE, READ_IT, SIGBUS, BUS_ADRERR);
    EXPECT_FAULT(p + 3 * PAGE, WRITE_IT, SIGBUS, BUS_ADRERR);
}

TEST(the_rest_of_the_last_page_becomes_zero)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_EQ(p[PAGE], 'b');
    EXPECT_OK(ftruncate(fd, PAGE + 100));
    EXPECT_TRUE(is_filled(p + PAGE, 100, 'b'));
    EXPECT_TRUE(is_filled(p + PAGE + 100, PAGE - 100, 0));
}

TEST(a_file_grown_again_shows_zeros)
{
    int fd = file_of_pages("f", 3);
    char *p = EXPECT_OK((char *)mmap(0, 3 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_EQ(p[2 * PAGE], 'c');
    EXPECT_OK(ftruncate(fd, PAGE / 2));
    EXPECT_OK(ftruncate(fd, 3 * PAGE));
    EXPECT_TRUE(is_filled(p, PAGE / 2, 'a'));
    EXPECT_TRUE(is_filled(p + PAGE / 2, 3 * PAGE - PAGE / 2, 0));
    p[2 * PAGE] = 'n';
    char c;
    EXPECT_EQ(pread(fd, &c, 1, 2 * PAGE), 1);
    EXPECT_EQ(c, 'n');
}

TEST(private_copies_beyond_the_new_end_are_gone)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_PRIVATE, fd, 0));
    p[PAGE] = 'P';
    EXPECT_OK(ftruncate(fd, PAGE));
    EXPECT_FAULT(p + PAGE, READ_IT, SIGBUS, BUS_ADRERR);
    EXPECT_OK(ftruncate(fd, 2 * PAGE));
    EXPECT_EQ(p[PAGE], 0);
}

TEST(private_copies_of_the_kept_part_stay)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_PRIVATE, fd, 0));
    p[0] = 'P';
    EXPECT_OK(ftruncate(fd, PAGE));
    EXPECT_EQ(p[0], 'P');
    EXPECT_EQ(p[1], 'a');
}

TEST(opening_with_O_TRUNC_empties_the_mapping)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_EQ(*p, 'a');
    EXPECT_OK(open("f", O_RDWR | O_TRUNC));
    EXPECT_FAULT(p, READ_IT, SIGBUS, BUS_ADRERR);
}

TEST(a_child_sees_the_truncation_by_its_parent)
{
    int fd = file_of_pages("f", 2), fds[2];
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_OK(pipe(fds));
    pid_t child = FORK({
        char c;
        EXPECT_EQ(p[PAGE], 'b');
        EXPECT_EQ(read(fds[0], &c, 1), 1);
        EXPECT_FAULT(p + PAGE, READ_IT, SIGBUS, BUS_ADRERR);
    });
    sleep_ms(20);
    EXPECT_OK(truncate("f", PAGE));
    EXPECT_EQ(write(fds[1], "x", 1), 1);
    EXPECT_EXIT(child, 0);
}

TEST(a_system_call_that_reads_beyond_the_end_of_a_mapped_file_is_EFAULT)
{
    int fd = file_of_pages("f", 2), fds[2];
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_OK(ftruncate(fd, PAGE));
    EXPECT_OK(pipe(fds));
    EXPECT_ERRNO(write(fds[1], p + PAGE, 10), EFAULT);
    // Part of it is there: a pipe takes whole chunks, a file what it can get.
    EXPECT_ERRNO(write(fds[1], p + PAGE - 10, 20), EFAULT);
    EXPECT_EQ(write(EXPECT_OK(open("g", O_WRONLY | O_CREAT, 0644)), p + PAGE - 10, 20), 10);
    EXPECT_EQ(write(fds[1], "0123456789", 10), 10);
    EXPECT_ERRNO(read(fds[0], p + PAGE, 10), EFAULT);
    EXPECT_ERRNO(syscall(SYS_pipe2, p + PAGE, 0), EFAULT);
}

TEST(an_unlinked_file_can_still_be_truncated_under_a_mapping)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_OK(unlink("f"));
    EXPECT_OK(ftruncate(fd, 0));
    EXPECT_FAULT(p, READ_IT, SIGBUS, BUS_ADRERR);
}

TEST(a_hole_punched_into_a_mapped_file_reads_zero)
{
    int fd = file_of_pages("f", 3);
    char *p = EXPECT_OK((char *)mmap(0, 3 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_EQ(p[PAGE], 'b');
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, PAGE, PAGE) == -1)
        SKIP("no holes here: %s", strerrorname_np(errno));
    EXPECT_TRUE(is_filled(p + PAGE, PAGE, 0));
    EXPECT_TRUE(is_filled(p, PAGE, 'a'));
    EXPECT_TRUE(is_filled(p + 2 * PAGE, PAGE, 'c'));
}
