// link(2) and linkat(2).
#include "files.h"

TEST(a_link_is_the_same_file_under_another_name)
{
    make_file("a", "text");
    EXPECT_OK(link("a", "b"));
    EXPECT_EQ(stat_of("a").st_ino, stat_of("b").st_ino);
    EXPECT_OK(unlink("a"));
    EXPECT_STREQ(file_text("b"), "text");
    EXPECT_EQ(stat_of("b").st_nlink, 1);
}

TEST(link_refuses_an_existing_new_name)
{
    make_file("a", "");
    make_file("b", "");
    EXPECT_OK(symlink("missing", "dangling"));
    EXPECT_ERRNO(link("a", "b"), EEXIST);
    EXPECT_ERRNO(link("a", "a"), EEXIST);
    EXPECT_ERRNO(link("a", "dangling"), EEXIST);
    EXPECT_ERRNO(link("a", "."), EEXIST);
}

TEST(link_of_a_directory_gives_EPERM)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_ERRNO(link("dir", "b"), EPERM);
    EXPECT_ERRNO(link(".", "b"), EPERM);
}

TEST(link_names_the_usual_path_errors)
{
    make_file("a", "");
    EXPECT_ERRNO(link("missing", "b"), ENOENT);
    EXPECT_ERRNO(link("a", "missing/b"), ENOENT);
    EXPECT_ERRNO(link("a/x", "b"), ENOTDIR);
    EXPECT_ERRNO(link("a", "a/b"), ENOTDIR);
    EXPECT_ERRNO(link("", "b"), ENOENT);
    EXPECT_ERRNO(link("a", ""), ENOENT);
    EXPECT_ERRNO(link(BAD_ADDRESS, "b"), EFAULT);
    EXPECT_ERRNO(link("a", BAD_ADDRESS), EFAULT);
}

TEST(link_across_mounts_gives_EXDEV)
{
    make_file("a", "");
    if (stat_of(".").st_dev == stat_of("/dev").st_dev)
        SKIP("/dev is no mount of its own");
    EXPECT_ERRNO(link("a", "/dev/b"), EXDEV);
}

TEST(link_does_not_follow_a_symlink_but_linkat_may)
{
    make_file("file", "text");
    EXPECT_OK(symlink("file", "link"));
    EXPECT_OK(link("link", "hard"));
    EXPECT_TRUE(S_ISLNK(stat_of("hard").st_mode));
    EXPECT_EQ(stat_of("link").st_nlink, 2);
    EXPECT_OK(linkat(AT_FDCWD, "link", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
    EXPECT_EQ(stat_of("followed").st_ino, stat_of("file").st_ino);
}

TEST(linkat_refuses_unknown_flags)
{
    make_file("a", "");
    EXPECT_ERRNO(linkat(AT_FDCWD, "a", AT_FDCWD, "b", 0x40000000), EINVAL);
    EXPECT_ERRNO(linkat(AT_FDCWD, "a", AT_FDCWD, "b", AT_SYMLINK_NOFOLLOW), EINVAL);
}

TEST(linkat_starts_at_its_two_descriptors)
{
    EXPECT_OK(mkdir("x", 0755));
    EXPECT_OK(mkdir("y", 0755));
    make_file("x/a", "text");
    int x = EXPECT_OK(open("x", O_PATH)), y = EXPECT_OK(open("y", O_PATH));
    EXPECT_OK(linkat(x, "a", y, "b", 0));
    EXPECT_STREQ(file_text("y/b"), "text");
    EXPECT_ERRNO(linkat(99, "a", y, "c", 0), EBADF);
    EXPECT_ERRNO(linkat(x, "a", 99, "c", 0), EBADF);
}

TEST(link_needs_write_permission_on_the_new_directory)
{
    NEED_ROOT();
    make_file("a", "");
    EXPECT_OK(chown("a", SOMEBODY, SOMEBODY));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(link("a", "b"), EACCES));
}

TEST(protected_hardlinks_keep_a_user_from_linking_what_he_may_not_write)
{
    NEED_ROOT();
    if (strcmp(file_text("/proc/sys/fs/protected_hardlinks"), "1\n"))
        SKIP("fs.protected_hardlinks is off");
    EXPECT_OK(mkdir("dir", 0777));
    EXPECT_OK(chmod("dir", 0777));
    make_file("dir/a", "");
    EXPECT_OK(chmod("dir/a", 0644));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(link("dir/a", "dir/b"), EPERM));
    EXPECT_OK(chmod("dir/a", 0666));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_OK(link("dir/a", "dir/b")));
}

TEST(link_into_a_removed_directory_gives_ENOENT)
{
    make_file("a", "");
    EXPECT_OK(mkdir("dir", 0755));
    int fd = EXPECT_OK(open("dir", O_PATH));
    EXPECT_OK(rmdir("dir"));
    EXPECT_ERRNO(linkat(AT_FDCWD, "a", fd, "b", 0), ENOENT);
}

TEST(link_moves_the_change_time_only)
{
    make_file("a", "");
    struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    EXPECT_OK(utimensat(AT_FDCWD, "a", old, 0));
    EXPECT_OK(link("a", "b"));
    EXPECT_EQ(stat_of("a").st_mtime, 1000);
    EXPECT_GT(stat_of("a").st_ctime, 1000);
}
