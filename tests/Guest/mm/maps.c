// /proc/self/maps follows what the calls do.
#include "../support/mem.h"

TEST(a_mapping_appears_and_disappears)
{
    struct mapping m;
    char *p = free_pages(4);
    EXPECT_FALSE(find_mapping(p, &m));
    EXPECT_OK(mmap(p, 4 * PAGE, RW, ANON | MAP_FIXED, -1, 0));
    EXPECT_TRUE(find_mapping(p, &m));
    EXPECT_EQ(m.start, p);
    EXPECT_EQ(m.end, p + 4 * PAGE);
    EXPECT_STREQ(m.path, "");
    EXPECT_EQ(m.inode, 0);
    EXPECT_OK(munmap(p, 4 * PAGE));
    EXPECT_FALSE(find_mapping(p, &m));
}

TEST(permissions_are_shown)
{
    char *p = map_pages(4);
    EXPECT_OK(mprotect(p, PAGE, PROT_NONE));
    EXPECT_OK(mprotect(p + PAGE, PAGE, PROT_READ));
    EXPECT_OK(mprotect(p + 2 * PAGE, PAGE, PROT_READ | PROT_EXEC));
    EXPECT_PERMS(p, "---p");
    EXPECT_PERMS(p + PAGE, "r--p");
    EXPECT_PERMS(p + 2 * PAGE, "r-xp");
    EXPECT_PERMS(p + 3 * PAGE, "rw-p");
    EXPECT_PERMS(map_shared_pages(1), "rw-s");
    EXPECT_PERMS(EXPECT_OK(mmap(0, PAGE, PROT_WRITE, ANON, -1, 0)), "-w-p");
}

TEST(a_file_mapping_shows_path_offset_and_inode)
{
    int fd = file_of_pages("mapped file", 3);
    char *p = EXPECT_OK((char *)mmap(0, 2 * PAGE, PROT_READ, MAP_SHARED, fd, PAGE)), path[512];
    struct stat st;
    struct mapping m;
    EXPECT_OK(fstat(fd, &st));
    EXPECT_TRUE(find_mapping(p, &m));
    EXPECT_EQ(m.offset, PAGE);
    EXPECT_EQ(m.inode, st.st_ino);
    EXPECT_TRUE(getcwd(path, 256));
    strcat(path, "/mapped file");
    EXPECT_STREQ(m.path, path);
    EXPECT_OK(unlink("mapped file"));
    strcat(path, " (deleted)");
    EXPECT_TRUE(find_mapping(p, &m));
    EXPECT_STREQ(m.path, path);
}

TEST(the_second_half_of_a_split_file_mapping_has_its_own_offset)
{
    int fd = file_of_pages("f", 4);
    char *p = EXPECT_OK((char *)mmap(0, 4 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
    EXPECT_OK(munmap(p + PAGE, PAGE));
    struct mapping m;
    EXPECT_TRUE(find_mapping(p + 2 * PAGE, &m));
    EXPECT_EQ(m.start, p + 2 * PAGE);
    EXPECT_EQ(m.offset, 2 * PAGE);
}

TEST(neighbours_of_the_same_kind_are_one_line)
{
    char *p = free_pages(4);
    EXPECT_OK(mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    EXPECT_OK(mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    struct mapping m;
    EXPECT_TRUE(find_mapping(p + PAGE, &m));
    EXPECT_EQ(m.start, p);
    EXPECT_EQ(m.end, p + 2 * PAGE);
}

TEST(neighbours_of_different_kinds_are_two_lines)
{
    char *p = free_pages(4);
    EXPECT_OK(mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0));
    EXPECT_OK(mmap(p + PAGE, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
    struct mapping m;
    EXPECT_TRUE(find_mapping(p + PAGE, &m));
    EXPECT_EQ(m.start, p + PAGE);
    EXPECT_TRUE(find_mapping(p, &m));
    EXPECT_EQ(m.end, p + PAGE);
}

TEST(the_program_is_in_maps)
{
    struct mapping text, data;
    static int variable = 1;
    char exe[256] = "";
    EXPECT_OK(readlink("/proc/self/exe", exe, sizeof exe - 1));
    EXPECT_TRUE(find_mapping((char *)main, &text));
    EXPECT_STREQ(text.perms, "r-xp");
    EXPECT_STREQ(text.path, exe);
    EXPECT_TRUE(find_mapping(&variable, &data));
    EXPECT_STREQ(data.perms, "rw-p");
    EXPECT_STREQ(data.path, exe);
}

TEST(lines_are_sorted_and_do_not_overlap)
{
    map_pages(3);
    FILE *f = fopen("/proc/self/maps", "r");
    EXPECT_TRUE(f);
    unsigned long start, end, last = 0;
    char line[512];
    int lines = 0;
    while (fgets(line, sizeof line, f)) {
        if (strstr(line, "[vsyscall]"))
            continue;
        EXPECT_EQ(sscanf(line, "%lx-%lx", &start, &end), 2);
        EXPECT_GE(start, last);
        EXPECT_GT(end, start);
        EXPECT_EQ(start % PAGE + end % PAGE, 0);
        last = end;
        lines++;
    }
    EXPECT_GE(lines, 6);
}

TEST(every_line_has_the_shape_tools_parse)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512], perms[8], device[16];
    unsigned long start, end, offset, inode;
    int at;
    while (fgets(line, sizeof line, f)) {
        EXPECT_EQ(sscanf(line, "%lx-%lx %7s %lx %15s %lu%n", &start, &end, perms, &offset, device, &inode, &at), 6);
        EXPECT_EQ(strlen(perms), 4);
        EXPECT_EQ(device[2], ':');
        // The path starts in column 73.
        if (strchr(line, '/') || strchr(line, '['))
            EXPECT_TRUE(at >= 72 || line[73] == '/' || line[73] == '[');
    }
}

TEST(the_maps_of_a_child_are_its_own)
{
    char *p = map_pages(2);
    IN_CHILD({
        struct mapping m;
        EXPECT_TRUE(find_mapping(p, &m));
        EXPECT_OK(munmap(p, 2 * PAGE));
        EXPECT_FALSE(find_mapping(p, &m));
    });
    struct mapping m;
    EXPECT_TRUE(find_mapping(p, &m));
}

TEST(the_memory_file_reads_and_writes_the_process)
{
    int fd = EXPECT_OK(open("/proc/self/mem", O_RDWR));
    char *p = map_pages(2), text[8];
    memcpy(p, "content", 8);
    EXPECT_EQ(pread(fd, text, 8, (off_t)(unsigned long)p), 8);
    EXPECT_STREQ(text, "content");
    EXPECT_EQ(pwrite(fd, "written", 8, (off_t)(unsigned long)p), 8);
    EXPECT_STREQ(p, "written");
    EXPECT_ERRNO(pread(fd, text, 8, 8), EIO);
}
