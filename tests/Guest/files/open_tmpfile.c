// O_TMPFILE: a file without a name, and linkat to give it one.
#include "files.h"

static int open_tmpfile(int flags)
{
    int fd = open(".", O_TMPFILE | flags, 0640);
    if (fd == -1 && errno == EOPNOTSUPP)
        SKIP("the file system of the temporary directory has no O_TMPFILE");
    return EXPECT_OK(fd);
}

TEST(O_TMPFILE_makes_a_file_with_no_name_and_no_link)
{
    struct stat st = fstat_of(open_tmpfile(O_RDWR));
    EXPECT_EQ(st.st_nlink, 0);
    EXPECT_EQ(st.st_mode, S_IFREG | 0640);
    EXPECT_EQ(st.st_size, 0);
    EXPECT_OK(mkdir("empty", 0755));
    EXPECT_OK(rmdir("empty"));
}

TEST(a_tmpfile_gets_a_name_by_linkat_through_proc)
{
    char path[64];
    int fd = open_tmpfile(O_WRONLY);
    EXPECT_EQ(write(fd, "text", 4), 4);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    EXPECT_OK(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    EXPECT_STREQ(file_text("named"), "text");
    EXPECT_EQ(stat_of("named").st_nlink, 1);
}

TEST(a_tmpfile_gets_a_name_by_linkat_with_AT_EMPTY_PATH)
{
    NEED_ROOT();
    int fd = open_tmpfile(O_RDWR);
    EXPECT_OK(linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH));
    EXPECT_EQ(fstat_of(fd).st_nlink, 1);
}

TEST(a_tmpfile_opened_with_O_EXCL_cannot_be_linked)
{
    NEED_ROOT();
    int fd = open_tmpfile(O_RDWR | O_EXCL);
    EXPECT_ERRNO(linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH), ENOENT);
}

TEST(O_TMPFILE_needs_write_access)
{
    EXPECT_ERRNO(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
}

TEST(O_TMPFILE_on_a_file_gives_ENOTDIR)
{
    make_file("file", "");
    EXPECT_ERRNO(open("file", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
}

TEST(O_TMPFILE_in_a_missing_directory_gives_ENOENT)
{
    EXPECT_ERRNO(open("missing", O_TMPFILE | O_RDWR, 0600), ENOENT);
}

TEST(O_TMPFILE_needs_write_permission_on_the_directory)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(open("dir", O_TMPFILE | O_RDWR, 0600), EACCES));
}

TEST(AT_EMPTY_PATH_of_a_file_with_all_links_gone_gives_ENOENT)
{
    NEED_ROOT();
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    EXPECT_OK(unlink("file"));
    EXPECT_ERRNO(linkat(fd, "", AT_FDCWD, "again", AT_EMPTY_PATH), ENOENT);
}
