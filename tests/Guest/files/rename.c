// rename(2) and renameat2(2).
#include "files.h"
#include <linux/fs.h>

TEST(rename_moves_a_file_within_and_across_directories)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("a", "text");
    EXPECT_OK(rename("a", "b"));
    EXPECT_OK(rename("b", "dir/c"));
    EXPECT_FALSE(exists("a"));
    EXPECT_STREQ(file_text("dir/c"), "text");
}

TEST(rename_replaces_an_existing_file)
{
    make_file("a", "new");
    make_file("b", "old");
    int old = EXPECT_OK(open("b", O_RDONLY));
    EXPECT_OK(rename("a", "b"));
    EXPECT_STREQ(file_text("b"), "new");
    EXPECT_EQ(fstat_of(old).st_nlink, 0);
}

TEST(rename_to_another_name_of_the_same_file_does_nothing)
{
    make_file("a", "text");
    EXPECT_OK(link("a", "b"));
    EXPECT_OK(rename("a", "b"));
    EXPECT_TRUE(exists("a"));
    EXPECT_TRUE(exists("b"));
    EXPECT_OK(rename("a", "a"));
}

TEST(rename_replaces_an_empty_directory_by_a_directory_only)
{
    EXPECT_OK(mkdir("a", 0755));
    make_file("a/file", "");
    EXPECT_OK(mkdir("empty", 0755));
    EXPECT_OK(rename("a", "empty"));
    EXPECT_TRUE(exists("empty/file"));
    EXPECT_OK(mkdir("b", 0755));
    EXPECT_ERRNO(rename("b", "empty"), ENOTEMPTY);
}

TEST(rename_between_file_and_directory_is_refused)
{
    make_file("file", "");
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_ERRNO(rename("file", "dir"), EISDIR);
    EXPECT_ERRNO(rename("dir", "file"), ENOTDIR);
}

TEST(rename_of_a_directory_into_itself_gives_EINVAL)
{
    EXPECT_OK(mkdir("a", 0755));
    EXPECT_OK(mkdir("a/b", 0755));
    EXPECT_ERRNO(rename("a", "a/c"), EINVAL);
    EXPECT_ERRNO(rename("a", "a/b/c"), EINVAL);
}

TEST(rename_onto_an_ancestor_gives_ENOTEMPTY)
{
    EXPECT_OK(mkdir("a", 0755));
    EXPECT_OK(mkdir("a/b", 0755));
    EXPECT_ERRNO(rename("a/b", "a"), ENOTEMPTY);
}

TEST(rename_of_dot_or_dotdot_or_the_root_gives_EBUSY)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_ERRNO(rename(".", "x"), EBUSY);
    EXPECT_ERRNO(rename("dir/.", "x"), EBUSY);
    EXPECT_ERRNO(rename("dir", "dir/.."), EBUSY);
    EXPECT_ERRNO(rename("/", "/renamed-root"), EBUSY);
}

TEST(rename_names_the_usual_path_errors)
{
    make_file("file", "");
    EXPECT_ERRNO(rename("missing", "x"), ENOENT);
    EXPECT_ERRNO(rename("file", "missing/x"), ENOENT);
    EXPECT_ERRNO(rename("file/x", "y"), ENOTDIR);
    EXPECT_ERRNO(rename("file", "file/y"), ENOTDIR);
    EXPECT_ERRNO(rename("", "y"), ENOENT);
    EXPECT_ERRNO(rename("file", ""), ENOENT);
    EXPECT_ERRNO(rename("file", "x/"), ENOTDIR);
    EXPECT_ERRNO(rename("file/", "x"), ENOTDIR);
    EXPECT_ERRNO(rename(BAD_ADDRESS, "x"), EFAULT);
    EXPECT_ERRNO(rename("file", BAD_ADDRESS), EFAULT);
}

TEST(rename_of_a_directory_takes_trailing_slashes)
{
    EXPECT_OK(mkdir("a", 0755));
    EXPECT_OK(rename("a/", "b/"));
    EXPECT_TRUE(exists("b"));
}

TEST(rename_across_mounts_gives_EXDEV)
{
    make_file("file", "");
    EXPECT_ERRNO(rename("file", "/proc/x"), EXDEV);
}

TEST(rename_of_a_directory_keeps_the_working_directory_valid)
{
    char cwd[PATH_MAX];
    EXPECT_OK(mkdir("a", 0755));
    EXPECT_OK(chdir("a"));
    EXPECT_OK(rename("../a", "../b"));
    EXPECT_TRUE(getcwd(cwd, sizeof cwd) != 0);
    EXPECT_STREQ(strrchr(cwd, '/'), "/b");
}

TEST(rename_moves_dotdot_of_a_directory)
{
    EXPECT_OK(mkdir("a", 0755));
    EXPECT_OK(mkdir("a/sub", 0755));
    EXPECT_OK(mkdir("b", 0755));
    make_file("b/mark", "");
    EXPECT_OK(rename("a/sub", "b/sub"));
    EXPECT_TRUE(exists("b/sub/../mark"));
}

TEST(RENAME_NOREPLACE_keeps_an_existing_name)
{
    make_file("a", "a");
    make_file("b", "b");
    EXPECT_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE), EEXIST);
    EXPECT_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "a", RENAME_NOREPLACE), EEXIST);
    EXPECT_OK(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
    EXPECT_STREQ(file_text("c"), "a");
}

TEST(RENAME_EXCHANGE_swaps_two_names_of_any_type)
{
    make_file("a", "a");
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/inside", "");
    EXPECT_OK(renameat2(AT_FDCWD, "a", AT_FDCWD, "dir", RENAME_EXCHANGE));
    EXPECT_STREQ(file_text("dir"), "a");
    EXPECT_TRUE(exists("a/inside"));
    EXPECT_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "missing", RENAME_EXCHANGE), ENOENT);
}

TEST(RENAME_EXCHANGE_refuses_a_directory_and_its_descendant)
{
    EXPECT_OK(mkdir("a", 0755));
    EXPECT_OK(mkdir("a/b", 0755));
    EXPECT_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "a/b", RENAME_EXCHANGE), EINVAL);
    EXPECT_ERRNO(renameat2(AT_FDCWD, "a/b", AT_FDCWD, "a", RENAME_EXCHANGE), EINVAL);
}

TEST(renameat2_refuses_bad_flag_combinations)
{
    make_file("a", "");
    EXPECT_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE | RENAME_EXCHANGE), EINVAL);
    EXPECT_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_WHITEOUT | RENAME_EXCHANGE), EINVAL);
    EXPECT_ERRNO(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", 0x80), EINVAL);
}

TEST(renameat_starts_at_its_two_descriptors)
{
    EXPECT_OK(mkdir("x", 0755));
    EXPECT_OK(mkdir("y", 0755));
    make_file("x/a", "text");
    int x = EXPECT_OK(open("x", O_PATH)), y = EXPECT_OK(open("y", O_PATH));
    EXPECT_OK(renameat(x, "a", y, "b"));
    EXPECT_STREQ(file_text("y/b"), "text");
    EXPECT_ERRNO(renameat(99, "a", y, "c"), EBADF);
    EXPECT_ERRNO(renameat(y, "b", 99, "c"), EBADF);
}

TEST(rename_needs_write_permission_on_both_directories)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("mine", 0755));
    EXPECT_OK(mkdir("theirs", 0755));
    EXPECT_OK(chown("theirs", SOMEBODY, SOMEBODY));
    make_file("mine/a", "");
    make_file("theirs/b", "");
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(rename("mine/a", "theirs/a"), EACCES);
            EXPECT_ERRNO(rename("theirs/b", "mine/b"), EACCES); EXPECT_OK(rename("theirs/b", "theirs/c")));
}

TEST(moving_a_directory_to_a_new_parent_needs_write_permission_on_it)
{
    NEED_ROOT();
    // Its ".." changes.
    EXPECT_OK(mkdir("a", 0777));
    EXPECT_OK(mkdir("b", 0777));
    EXPECT_OK(chmod("a", 0777));
    EXPECT_OK(chmod("b", 0777));
    EXPECT_OK(mkdir("a/sub", 0755));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(rename("a/sub", "b/sub"), EACCES); EXPECT_OK(rename("a/sub", "a/other")));
}
