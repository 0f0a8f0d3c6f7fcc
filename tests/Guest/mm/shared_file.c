// Shared file mappings are the file.
#include "../support/mem.h"
#include <sys/uio.h>

static char byte_at(int fd, off_t offset)
{
    char c = 0;
    EXPECT_EQ(pread(fd, &c, 1, offset), 1);
    return c;
}

TEST(a_store_is_seen_by_read_at_once)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    p[PAGE + 3] = 'X';
    EXPECT_EQ(byte_at(fd, PAGE + 3), 'X');
    EXPECT_EQ(byte_at(fd, PAGE + 4), 'b');
}

TEST(a_write_is_seen_by_a_load_at_once)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_EQ(p[PAGE], 'b');
    EXPECT_EQ(pwrite(fd, "YZ", 2, PAGE - 1), 2);
    EXPECT_EQ(p[PAGE - 1], 'Y');
    EXPECT_EQ(p[PAGE], 'Z');
}

TEST(a_write_through_another_descriptor_is_seen)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0));
    int other = EXPECT_OK(open("f", O_WRONLY));
    struct iovec v[2] = { { "one", 3 }, { "two", 3 } };
    EXPECT_EQ(writev(other, v, 2), 6);
    EXPECT_MEMEQ(p, "onetwoa", 7);
}

TEST(two_mappings_of_one_file_are_one_memory)
{
    int fd = file_of_pages("f", 3);
    char *p = EXPECT_OK((char *)mmap(0, 3 * PAGE, RW, MAP_SHARED, fd, 0));
    char *q = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, PAGE));
    q[1] = 'Q';
    EXPECT_EQ(p[PAGE + 1], 'Q');
    p[PAGE + 2] = 'P';
    EXPECT_EQ(q[2], 'P');
}

TEST(a_child_shares_the_mapping)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    IN_CHILD(p[0] = 'C');
    EXPECT_EQ(p[0], 'C');
    EXPECT_EQ(byte_at(fd, 0), 'C');
}

TEST(unrelated_processes_that_map_the_file_share_it)
{
    close(file_of_pages("f", 1));
    int to_child[2], to_parent[2];
    EXPECT_OK(pipe(to_child));
    EXPECT_OK(pipe(to_parent));
    pid_t child = FORK({
        char c;
        int fd = EXPECT_OK(open("f", O_RDWR));
        char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
        EXPECT_EQ(read(to_child[0], &c, 1), 1);
        EXPECT_EQ(p[10], 'A');
        p[11] = 'B';
        EXPECT_EQ(write(to_parent[1], "x", 1), 1);
    });
    int fd = EXPECT_OK(open("f", O_RDWR));
    char c, *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    p[10] = 'A';
    EXPECT_EQ(write(to_child[1], "x", 1), 1);
    EXPECT_EQ(read(to_parent[0], &c, 1), 1);
    EXPECT_EQ(p[11], 'B');
    EXPECT_EXIT(child, 0);
}

TEST(read_into_a_mapping_of_the_same_file)
{
    int fd = file_of_pages("f", 2);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_EQ(pread(fd, p, PAGE, PAGE), PAGE);
    EXPECT_EQ(byte_at(fd, 5), 'b');
    EXPECT_EQ(pwrite(fd, p + PAGE, 10, 100), 10);
    EXPECT_EQ(p[100], 'b');
}

TEST(data_stays_after_unmapping)
{
    int fd = file_of_pages("f", 4);
    char *p = EXPECT_OK((char *)mmap(0, 4 * PAGE, RW, MAP_SHARED, fd, 0));
    for (int i = 0; i < 4; i++)
        p[i * PAGE + 1] = 'm';
    EXPECT_OK(munmap(p, 4 * PAGE));
    for (int i = 0; i < 4; i++)
        EXPECT_EQ(byte_at(fd, i * PAGE + 1), 'm');
}

TEST(data_written_through_a_mapping_survives_the_process)
{
    close(file_of_pages("f", 2));
    IN_CHILD({
        int fd = EXPECT_OK(open("f", O_RDWR));
        char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, RW, MAP_SHARED, fd, 0));
        memset(p, 's', 2 * PAGE);
    });
    int fd = EXPECT_OK(open("f", O_RDONLY));
    EXPECT_EQ(byte_at(fd, 2 * PAGE - 1), 's');
}

TEST(a_killed_process_leaves_its_stores_in_the_file)
{
    close(file_of_pages("f", 1));
    pid_t child = FORK({
        int fd = EXPECT_OK(open("f", O_RDWR));
        char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
        p[0] = 'k';
        raise(SIGKILL);
    });
    EXPECT_SIGNALED(child, SIGKILL);
    EXPECT_EQ(byte_at(EXPECT_OK(open("f", O_RDONLY)), 0), 'k');
}

TEST(mmap_stores_update_the_modification_time)
{
    int fd = file_of_pages("f", 1);
    struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    char *p = EXPECT_OK((char *)mmap(0, PAGE, RW, MAP_SHARED, fd, 0));
    EXPECT_OK(futimens(fd, old));
    p[0] = 'x';
    EXPECT_OK(msync(p, PAGE, MS_SYNC));
    struct stat st;
    EXPECT_OK(fstat(fd, &st));
    EXPECT_GT(st.st_mtime, 1000000);
    EXPECT_EQ(st.st_size, PAGE);
}

TEST(a_read_only_shared_mapping_sees_later_writes_of_a_child)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0));
    for (int i = 0; i < 20; i++) {
        char c = 'A' + i;
        IN_CHILD(EXPECT_EQ(pwrite(fd, &c, 1, i), 1));
        EXPECT_EQ(p[i], c);
    }
}

TEST(mprotect_to_writable_of_a_shared_mapping_reaches_the_file)
{
    int fd = file_of_pages("f", 1);
    char *p = EXPECT_OK((char *)mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0));
    EXPECT_EQ(p[0], 'a');
    EXPECT_OK(mprotect(p, PAGE, RW));
    p[0] = 'w';
    EXPECT_EQ(byte_at(fd, 0), 'w');
}
