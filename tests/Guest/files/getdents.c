// getdents64(2) and what readdir, seekdir and telldir make of it.
#include "files.h"

struct linux_dirent64 {
    uint64_t d_ino;
    int64_t d_off;
    uint16_t d_reclen;
    uint8_t d_type;
    char d_name[];
};

static long getdents(int fd, void *buffer, unsigned size) { return syscall(SYS_getdents64, fd, buffer, size); }

static void make_files(int count)
{
    char name[32];
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "dir/%04d", i);
        close(EXPECT_OK(open(name, O_CREAT | O_WRONLY, 0644)));
    }
}

TEST(an_empty_directory_has_dot_and_dotdot)
{
    EXPECT_OK(mkdir("dir", 0755));
    char buffer[1024];
    int fd = EXPECT_OK(open("dir", O_RDONLY)), seen = 0;
    long n = EXPECT_OK(getdents(fd, buffer, sizeof buffer));
    for (long at = 0; at < n;) {
        struct linux_dirent64 *e = (void *)(buffer + at);
        if (!strcmp(e->d_name, "."))
            EXPECT_EQ(e->d_ino, stat_of("dir").st_ino);
        else
            EXPECT_STREQ(e->d_name, "..");
        EXPECT_EQ(e->d_type, DT_DIR);
        EXPECT_EQ(e->d_reclen % 8, 0);
        seen++;
        at += e->d_reclen;
    }
    EXPECT_EQ(seen, 2);
    EXPECT_EQ(getdents(fd, buffer, sizeof buffer), 0);
}

TEST(each_entry_names_its_type_and_inode)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "");
    EXPECT_OK(mkdir("dir/sub", 0755));
    EXPECT_OK(symlink("x", "dir/link"));
    EXPECT_OK(mkfifo("dir/fifo", 0644));
    DIR *dir = opendir("dir");
    int seen = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[512];
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "dir/%s", e->d_name);
        EXPECT_EQ(e->d_ino, stat_of(path).st_ino);
        int expected = !strcmp(e->d_name, "file") ? DT_REG : !strcmp(e->d_name, "sub") ? DT_DIR
                     : !strcmp(e->d_name, "link") ? DT_LNK : DT_FIFO;
        EXPECT_EQ(e->d_type, expected);
        seen++;
    }
    EXPECT_EQ(seen, 4);
}

TEST(a_buffer_too_small_for_one_entry_gives_EINVAL)
{
    char buffer[16];
    int fd = EXPECT_OK(open(".", O_RDONLY));
    EXPECT_ERRNO(getdents(fd, buffer, sizeof buffer), EINVAL);
    EXPECT_ERRNO(getdents(fd, buffer, 0), EINVAL);
}

TEST(getdents_on_what_is_no_directory_gives_ENOTDIR)
{
    char buffer[512];
    make_file("file", "");
    EXPECT_ERRNO(getdents(EXPECT_OK(open("file", O_RDONLY)), buffer, sizeof buffer), ENOTDIR);
    EXPECT_ERRNO(getdents(99, buffer, sizeof buffer), EBADF);
    EXPECT_ERRNO(getdents(EXPECT_OK(open(".", O_PATH)), buffer, sizeof buffer), EBADF);
}

TEST(a_bad_buffer_gives_EFAULT)
{
    EXPECT_ERRNO(getdents(EXPECT_OK(open(".", O_RDONLY)), BAD_ADDRESS, 4096), EFAULT);
}

TEST(a_removed_directory_gives_ENOENT)
{
    char buffer[512];
    EXPECT_OK(mkdir("dir", 0755));
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    EXPECT_OK(rmdir("dir"));
    EXPECT_ERRNO(getdents(fd, buffer, sizeof buffer), ENOENT);
}

TEST(small_buffers_list_every_entry_once)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_files(300);
    char buffer[64], seen[300] = { 0 };
    int fd = EXPECT_OK(open("dir", O_RDONLY)), total = 0;
    for (long n; (n = EXPECT_OK(getdents(fd, buffer, sizeof buffer))) > 0;)
        for (long at = 0; at < n;) {
            struct linux_dirent64 *e = (void *)(buffer + at);
            at += e->d_reclen;
            total++;
            if (e->d_name[0] != '.') {
                int i = atoi(e->d_name);
                EXPECT_EQ(seen[i], 0);
                seen[i] = 1;
            }
        }
    EXPECT_EQ(total, 302);
}

TEST(lseek_to_zero_starts_again)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_files(10);
    char buffer[4096];
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    long n = EXPECT_OK(getdents(fd, buffer, sizeof buffer));
    EXPECT_EQ(getdents(fd, buffer, sizeof buffer), 0);
    EXPECT_EQ(lseek(fd, 0, SEEK_SET), 0);
    EXPECT_EQ(getdents(fd, buffer, sizeof buffer), n);
}

TEST(an_entry_offset_leads_to_the_entry_behind_it)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_files(20);
    char buffer[4096], again[4096];
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    long n = EXPECT_OK(getdents(fd, buffer, sizeof buffer));
    for (long at = 0; at < n;) {
        struct linux_dirent64 *e = (void *)(buffer + at);
        at += e->d_reclen;
        if (at >= n)
            break;
        EXPECT_EQ(lseek(fd, e->d_off, SEEK_SET), e->d_off);
        EXPECT_GT(EXPECT_OK(getdents(fd, again, sizeof again)), 0);
        EXPECT_STREQ(((struct linux_dirent64 *)again)->d_name, ((struct linux_dirent64 *)(buffer + at))->d_name);
    }
}

TEST(telldir_and_seekdir_survive_the_creation_of_other_files)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_files(20);
    DIR *dir = opendir("dir");
    for (int i = 0; i < 10; i++)
        EXPECT_TRUE(readdir(dir) != 0);
    long place = telldir(dir);
    char name[256];
    strcpy(name, readdir(dir)->d_name);
    make_file("dir/new", "");
    seekdir(dir, place);
    struct dirent *e = readdir(dir);
    // The new file may have come in front of it.
    if (!strcmp(e->d_name, "new"))
        e = readdir(dir);
    EXPECT_STREQ(e->d_name, name);
}

TEST(deleting_while_reading_skips_no_other_entry)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_files(500);
    int fd = EXPECT_OK(open("dir", O_RDONLY)), removed = 0;
    char buffer[256];
    for (long n; (n = EXPECT_OK(getdents(fd, buffer, sizeof buffer))) > 0;)
        for (long at = 0; at < n;) {
            struct linux_dirent64 *e = (void *)(buffer + at);
            at += e->d_reclen;
            if (e->d_name[0] != '.') {
                EXPECT_OK(unlinkat(fd, e->d_name, 0));
                removed++;
            }
        }
    EXPECT_EQ(removed, 500);
    EXPECT_OK(rmdir("dir"));
}

TEST(an_entry_deleted_before_it_is_read_does_not_show)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_files(1);
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    EXPECT_OK(unlink("dir/0000"));
    char buffer[4096];
    long n = EXPECT_OK(getdents(fd, buffer, sizeof buffer));
    for (long at = 0; at < n; at += ((struct linux_dirent64 *)(buffer + at))->d_reclen)
        EXPECT_EQ(((struct linux_dirent64 *)(buffer + at))->d_name[0], '.');
}

TEST(a_duplicate_shares_the_reading_position)
{
    EXPECT_OK(mkdir("dir", 0755));
    char buffer[4096];
    int fd = EXPECT_OK(open("dir", O_RDONLY)), copy = EXPECT_OK(dup(fd));
    EXPECT_GT(getdents(fd, buffer, sizeof buffer), 0);
    EXPECT_EQ(getdents(copy, buffer, sizeof buffer), 0);
}

TEST(the_old_getdents_keeps_the_type_in_the_last_byte)
{
    EXPECT_OK(mkdir("dir", 0755));
    char buffer[1024];
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    long n = EXPECT_OK(syscall(SYS_getdents, fd, buffer, sizeof buffer));
    // unsigned long ino, off; unsigned short reclen; char name[]; ... char type
    unsigned short size = *(unsigned short *)(buffer + 16);
    EXPECT_LE(size, n);
    EXPECT_EQ(buffer[18], '.');
    EXPECT_EQ(buffer[size - 1], DT_DIR);
}
