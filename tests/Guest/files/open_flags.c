// open(2): what its flags do to the new description.
#include "files.h"

TEST(open_returns_the_lowest_free_descriptor)
{
    EXPECT_EQ(open("/", O_RDONLY), 3);
    EXPECT_EQ(open("/", O_RDONLY), 4);
    close(3);
    EXPECT_EQ(open("/", O_RDONLY), 3);
    close(0);
    EXPECT_EQ(open("/", O_RDONLY), 0);
}

TEST(the_mode_of_a_new_file_is_cut_by_the_umask)
{
    umask(027);
    EXPECT_OK(open("file", O_CREAT | O_WRONLY, 0666));
    EXPECT_EQ(stat_of("file").st_mode, S_IFREG | 0640);
}

TEST(a_new_file_may_be_created_writable_with_a_read_only_mode)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0400));
    EXPECT_EQ(write(fd, "x", 1), 1);
}

TEST(creation_of_an_existing_file_keeps_its_mode_and_content)
{
    make_file("file", "text");
    EXPECT_OK(chmod("file", 0600));
    EXPECT_OK(open("file", O_CREAT | O_RDWR, 0777));
    EXPECT_EQ(stat_of("file").st_mode & 07777, 0600);
    EXPECT_STREQ(file_text("file"), "text");
}

TEST(creation_may_set_the_setuid_bit)
{
    EXPECT_OK(open("file", O_CREAT | O_WRONLY, 04755));
    EXPECT_EQ(stat_of("file").st_mode & 07777, 04755);
}

TEST(O_TRUNC_empties_the_file)
{
    make_file("file", "text");
    EXPECT_OK(open("file", O_WRONLY | O_TRUNC));
    EXPECT_EQ(stat_of("file").st_size, 0);
}

TEST(O_TRUNC_with_O_RDONLY_empties_the_file_too)
{
    make_file("file", "text");
    int fd = EXPECT_OK(open("file", O_RDONLY | O_TRUNC));
    EXPECT_EQ(fstat_of(fd).st_size, 0);
    EXPECT_ERRNO(write(fd, "x", 1), EBADF);
}

TEST(O_APPEND_writes_at_the_end_whatever_the_offset)
{
    make_file("file", "abc");
    int fd = EXPECT_OK(open("file", O_WRONLY | O_APPEND));
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
    EXPECT_EQ(write(fd, "d", 1), 1);
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 4);
    EXPECT_EQ(lseek(fd, 0, SEEK_SET), 0);
    EXPECT_EQ(write(fd, "e", 1), 1);
    EXPECT_STREQ(file_text("file"), "abcde");
}

TEST(pwrite_on_an_append_descriptor_appends)
{
    make_file("file", "abc");
    int fd = EXPECT_OK(open("file", O_WRONLY | O_APPEND));
    EXPECT_EQ(pwrite(fd, "d", 1, 0), 1);
    EXPECT_STREQ(file_text("file"), "abcd");
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 0);
}

TEST(two_appenders_do_not_overwrite_each_other)
{
    make_file("file", "");
    int a = EXPECT_OK(open("file", O_WRONLY | O_APPEND));
    int b = EXPECT_OK(open("file", O_WRONLY | O_APPEND));
    for (int i = 0; i < 3; i++) {
        EXPECT_EQ(write(a, "a", 1), 1);
        EXPECT_EQ(write(b, "b", 1), 1);
    }
    EXPECT_STREQ(file_text("file"), "ababab");
}

TEST(the_access_mode_limits_reading_and_writing)
{
    char c;
    int r = EXPECT_OK(open("file", O_CREAT | O_RDONLY, 0644));
    int w = EXPECT_OK(open("file", O_WRONLY));
    EXPECT_ERRNO(write(r, "x", 1), EBADF);
    EXPECT_ERRNO(read(w, &c, 1), EBADF);
    EXPECT_ERRNO(ftruncate(r, 0), EINVAL);
}

TEST(access_mode_3_allows_neither_reading_nor_writing)
{
    char c;
    make_file("file", "text");
    int fd = EXPECT_OK(open("file", O_ACCMODE));
    EXPECT_ERRNO(read(fd, &c, 1), EBADF);
    EXPECT_ERRNO(write(fd, "x", 1), EBADF);
    EXPECT_EQ(fstat_of(fd).st_size, 4);
    EXPECT_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_ACCMODE);
}

TEST(the_access_mode_3_needs_both_permissions)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0444));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(open("file", O_ACCMODE), EACCES); EXPECT_OK(open("file", O_RDONLY)));
}

TEST(O_CLOEXEC_sets_the_descriptor_flag_only)
{
    int fd = EXPECT_OK(open("/", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_EQ(fcntl(fd, F_GETFL) & O_CLOEXEC, 0);
}

TEST(F_GETFL_shows_the_status_flags_but_not_the_creation_flags)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_RDWR | O_APPEND | O_NONBLOCK, 0644));
    int flags = fcntl(fd, F_GETFL);
    EXPECT_EQ(flags & O_ACCMODE, O_RDWR);
    EXPECT_EQ(flags & (O_APPEND | O_NONBLOCK), O_APPEND | O_NONBLOCK);
    EXPECT_EQ(flags & (O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY), 0);
}

TEST(F_GETFL_shows_O_LARGEFILE_on_64_bits)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    EXPECT_EQ(fcntl(fd, F_GETFL) & 0100000, 0100000);
}

TEST(unknown_open_flags_are_ignored_by_open)
{
    EXPECT_OK(open("file", O_CREAT | O_RDWR | 0x40000000, 0644));
}

TEST(creat_is_write_only_and_truncates)
{
    char c;
    make_file("file", "text");
    int fd = EXPECT_OK(creat("file", 0600));
    EXPECT_EQ(fstat_of(fd).st_size, 0);
    EXPECT_ERRNO(read(fd, &c, 1), EBADF);
}

TEST(O_DIRECTORY_opens_a_directory)
{
    char c;
    int fd = EXPECT_OK(open(".", O_RDONLY | O_DIRECTORY));
    EXPECT_TRUE(S_ISDIR(fstat_of(fd).st_mode));
    EXPECT_ERRNO(read(fd, &c, 1), EISDIR);
    EXPECT_ERRNO(write(fd, &c, 1), EBADF);
}

TEST(an_unlinked_open_file_lives_until_it_is_closed)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    EXPECT_OK(unlink("file"));
    EXPECT_EQ(fstat_of(fd).st_nlink, 0);
    EXPECT_EQ(write(fd, "text", 4), 4);
    char text[4];
    EXPECT_EQ(pread(fd, text, 4, 0), 4);
    EXPECT_MEMEQ(text, "text", 4);
}

TEST(descriptions_of_two_opens_have_their_own_offsets)
{
    make_file("file", "abc");
    char c;
    int a = EXPECT_OK(open("file", O_RDONLY)), b = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_EQ(read(a, &c, 1), 1);
    EXPECT_EQ(read(b, &c, 1), 1);
    EXPECT_EQ(c, 'a');
}

TEST(O_NOATIME_is_for_the_owner_only)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(open("file", O_RDONLY | O_NOATIME));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(open("file", O_RDONLY | O_NOATIME), EPERM));
}

TEST(reopening_through_proc_self_fd_takes_new_flags)
{
    char path[64];
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDONLY, 0644));
    EXPECT_OK(unlink("file"));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int w = EXPECT_OK(open(path, O_WRONLY));
    EXPECT_EQ(write(w, "x", 1), 1);
    EXPECT_EQ(fstat_of(fd).st_size, 1);
}
