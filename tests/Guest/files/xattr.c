// setxattr(2), getxattr(2), listxattr(2), removexattr(2).
#include "files.h"
#include <sys/xattr.h>

static void set(const char *path, const char *name, const char *value)
{
    if (setxattr(path, name, value, strlen(value), 0) == -1) {
        if (errno == EOPNOTSUPP)
            SKIP("the file system of the temporary directory has no %s", name);
        FAIL("setxattr(%s) failed with %s", name, harness_errno_name(errno));
    }
}

TEST(an_attribute_is_set_read_listed_and_removed)
{
    char value[16], list[64];
    make_file("file", "");
    set("file", "user.color", "blue");
    EXPECT_EQ(getxattr("file", "user.color", value, sizeof value), 4);
    EXPECT_MEMEQ(value, "blue", 4);
    EXPECT_EQ(listxattr("file", list, sizeof list), 11);
    EXPECT_MEMEQ(list, "user.color", 11);
    EXPECT_OK(removexattr("file", "user.color"));
    EXPECT_ERRNO(getxattr("file", "user.color", value, sizeof value), ENODATA);
    EXPECT_EQ(listxattr("file", list, sizeof list), 0);
}

TEST(a_size_of_zero_asks_for_the_length)
{
    make_file("file", "");
    set("file", "user.color", "blue");
    EXPECT_EQ(getxattr("file", "user.color", 0, 0), 4);
    EXPECT_EQ(listxattr("file", 0, 0), 11);
}

TEST(a_buffer_too_small_gives_ERANGE)
{
    char small[2];
    make_file("file", "");
    set("file", "user.color", "blue");
    EXPECT_ERRNO(getxattr("file", "user.color", small, sizeof small), ERANGE);
    EXPECT_ERRNO(listxattr("file", small, sizeof small), ERANGE);
}

TEST(XATTR_CREATE_and_XATTR_REPLACE_check_for_existence)
{
    make_file("file", "");
    set("file", "user.a", "1");
    EXPECT_ERRNO(setxattr("file", "user.a", "2", 1, XATTR_CREATE), EEXIST);
    EXPECT_OK(setxattr("file", "user.a", "2", 1, XATTR_REPLACE));
    EXPECT_ERRNO(setxattr("file", "user.b", "2", 1, XATTR_REPLACE), ENODATA);
    EXPECT_OK(setxattr("file", "user.b", "2", 1, XATTR_CREATE));
    EXPECT_ERRNO(setxattr("file", "user.c", "2", 1, 0x10), EINVAL);
}

TEST(an_empty_value_is_a_value)
{
    char value[4];
    make_file("file", "");
    set("file", "user.empty", "");
    EXPECT_EQ(getxattr("file", "user.empty", value, sizeof value), 0);
}

TEST(names_without_a_known_prefix_give_EOPNOTSUPP)
{
    make_file("file", "");
    EXPECT_ERRNO(setxattr("file", "color", "x", 1, 0), EOPNOTSUPP);
    EXPECT_ERRNO(setxattr("file", "nobody.color", "x", 1, 0), EOPNOTSUPP);
}

TEST(names_of_no_or_too_many_bytes_give_ERANGE)
{
    char name[300] = "user.";
    make_file("file", "");
    EXPECT_ERRNO(setxattr("file", "", "x", 1, 0), ERANGE);
    memset(name + 5, 'n', 251);
    EXPECT_ERRNO(setxattr("file", name, "x", 1, 0), ERANGE);
}

TEST(a_value_of_more_than_64_KiB_gives_E2BIG)
{
    make_file("file", "");
    void *big = calloc(1, 65537);
    EXPECT_ERRNO(setxattr("file", "user.big", big, 65537, 0), E2BIG);
}

TEST(removing_a_missing_attribute_gives_ENODATA)
{
    make_file("file", "");
    set("file", "user.other", "x");
    EXPECT_ERRNO(removexattr("file", "user.color"), ENODATA);
}

TEST(the_usual_path_and_pointer_errors)
{
    char value[4];
    make_file("file", "");
    set("file", "user.a", "1");
    EXPECT_ERRNO(getxattr("missing", "user.a", value, 4), ENOENT);
    EXPECT_ERRNO(getxattr(BAD_ADDRESS, "user.a", value, 4), EFAULT);
    EXPECT_ERRNO(getxattr("file", BAD_ADDRESS, value, 4), EFAULT);
    EXPECT_ERRNO(getxattr("file", "user.a", BAD_ADDRESS, 4), EFAULT);
    EXPECT_ERRNO(setxattr("file", "user.a", BAD_ADDRESS, 4, 0), EFAULT);
    EXPECT_ERRNO(fgetxattr(99, "user.a", value, 4), EBADF);
}

TEST(the_descriptor_and_symlink_forms_agree)
{
    char value[8];
    make_file("file", "");
    EXPECT_OK(symlink("file", "link"));
    set("link", "user.a", "1");
    int fd = EXPECT_OK(open("file", O_RDWR));
    EXPECT_EQ(fgetxattr(fd, "user.a", value, 8), 1);
    EXPECT_OK(fsetxattr(fd, "user.a", "22", 2, 0));
    EXPECT_EQ(getxattr("file", "user.a", value, 8), 2);
    EXPECT_EQ(flistxattr(fd, 0, 0), 7);
    EXPECT_OK(fremovexattr(fd, "user.a"));
    EXPECT_EQ(flistxattr(fd, 0, 0), 0);
}

TEST(user_attributes_are_refused_on_symlinks_and_special_files)
{
    EXPECT_OK(symlink("missing", "link"));
    EXPECT_OK(mkfifo("fifo", 0644));
    EXPECT_ERRNO(lsetxattr("link", "user.a", "1", 1, 0), EPERM);
    EXPECT_ERRNO(setxattr("fifo", "user.a", "1", 1, 0), EPERM);
    EXPECT_ERRNO(getxattr("fifo", "user.a", 0, 0), ENODATA);
}

TEST(user_attributes_follow_the_file_permissions)
{
    NEED_ROOT();
    make_file("file", "");
    set("file", "user.a", "1");
    EXPECT_OK(chmod("file", 0600));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(getxattr("file", "user.a", 0, 0), EACCES));
    EXPECT_OK(chmod("file", 0644));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_EQ(getxattr("file", "user.a", 0, 0), 1);
            EXPECT_ERRNO(setxattr("file", "user.a", "2", 1, 0), EACCES));
}

TEST(trusted_attributes_are_for_the_administrator)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0666));
    set("file", "trusted.a", "1");
    EXPECT_EQ(getxattr("file", "trusted.a", 0, 0), 1);
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(setxattr("file", "trusted.a", "2", 1, 0), EPERM);
            EXPECT_ERRNO(getxattr("file", "trusted.a", 0, 0), ENODATA));
}

TEST(attributes_move_with_the_file_and_die_with_it)
{
    make_file("file", "");
    set("file", "user.a", "1");
    EXPECT_OK(rename("file", "moved"));
    EXPECT_EQ(getxattr("moved", "user.a", 0, 0), 1);
    EXPECT_OK(unlink("moved"));
    make_file("moved", "");
    EXPECT_ERRNO(getxattr("moved", "user.a", 0, 0), ENODATA);
}

TEST(directories_have_attributes_too)
{
    EXPECT_OK(mkdir("dir", 0755));
    set("dir", "user.a", "1");
    EXPECT_EQ(getxattr("dir", "user.a", 0, 0), 1);
}

TEST(an_O_PATH_descriptor_gives_EBADF)
{
    make_file("file", "");
    EXPECT_ERRNO(fgetxattr(EXPECT_OK(open("file", O_PATH)), "user.a", 0, 0), EBADF);
}
