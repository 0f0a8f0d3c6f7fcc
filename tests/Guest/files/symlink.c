// symlink(2), readlink(2) and how paths go through symlinks.
#include "files.h"

TEST(readlink_gives_the_target_without_a_terminator)
{
    char text[16];
    memset(text, '#', sizeof text);
    EXPECT_OK(symlink("target", "link"));
    EXPECT_EQ(readlink("link", text, sizeof text), 6);
    EXPECT_MEMEQ(text, "target#", 7);
    EXPECT_EQ(readlink("link", text, 3), 3);
}

TEST(readlink_of_what_is_no_symlink_gives_EINVAL)
{
    char text[16];
    make_file("file", "");
    EXPECT_ERRNO(readlink("file", text, sizeof text), EINVAL);
    EXPECT_ERRNO(readlink(".", text, sizeof text), EINVAL);
}

TEST(readlink_refuses_an_empty_buffer_and_a_bad_one)
{
    char text[16];
    EXPECT_OK(symlink("target", "link"));
    EXPECT_ERRNO(readlink("link", text, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_readlink, "link", text, -1), EINVAL);
    EXPECT_ERRNO(readlink("link", BAD_ADDRESS, 16), EFAULT);
    EXPECT_ERRNO(readlink(BAD_ADDRESS, text, 16), EFAULT);
    EXPECT_ERRNO(readlink("missing", text, 16), ENOENT);
    EXPECT_ERRNO(readlink("", text, 16), ENOENT);
}

TEST(a_symlink_needs_no_target)
{
    EXPECT_OK(symlink("missing/deep", "link"));
    EXPECT_EQ(stat_of("link").st_size, 12);
}

TEST(symlink_refuses_an_empty_target_and_an_existing_name)
{
    make_file("file", "");
    EXPECT_ERRNO(symlink("", "link"), ENOENT);
    EXPECT_ERRNO(symlink("target", ""), ENOENT);
    EXPECT_ERRNO(symlink("target", "file"), EEXIST);
    EXPECT_OK(symlink("target", "link"));
    EXPECT_ERRNO(symlink("other", "link"), EEXIST);
    EXPECT_ERRNO(symlink("other", "missing/link"), ENOENT);
    EXPECT_ERRNO(symlink("other", "new/"), ENOENT);
}

TEST(a_target_of_4096_bytes_gives_ENAMETOOLONG)
{
    char target[PATH_MAX + 1];
    memset(target, 't', sizeof target);
    target[PATH_MAX] = 0;
    EXPECT_ERRNO(symlink(target, "link"), ENAMETOOLONG);
    target[1000] = 0;
    EXPECT_OK(symlink(target, "link"));
    EXPECT_EQ(stat_of("link").st_size, 1000);
}

TEST(forty_symlinks_in_a_row_work_and_forty_one_give_ELOOP)
{
    char name[16], target[16];
    make_file("0", "text");
    for (int i = 1; i <= 41; i++) {
        snprintf(name, sizeof name, "%d", i);
        snprintf(target, sizeof target, "%d", i - 1);
        EXPECT_OK(symlink(target, name));
    }
    EXPECT_STREQ(file_text("40"), "text");
    EXPECT_ERRNO(open("41", O_RDONLY), ELOOP);
}

TEST(forty_one_symlinks_along_one_path_give_ELOOP)
{
    char path[256] = "";
    EXPECT_OK(symlink(".", "l"));
    for (int i = 0; i < 40; i++)
        strcat(path, "l/");
    EXPECT_OK(open(path, O_RDONLY));
    strcat(path, "l/");
    EXPECT_ERRNO(open(path, O_RDONLY), ELOOP);
}

TEST(a_relative_target_counts_from_the_directory_of_the_link)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "inside");
    make_file("file", "outside");
    EXPECT_OK(symlink("file", "dir/link"));
    EXPECT_STREQ(file_text("dir/link"), "inside");
    EXPECT_OK(symlink("../file", "dir/up"));
    EXPECT_STREQ(file_text("dir/up"), "outside");
}

TEST(dotdot_after_a_symlink_is_the_parent_of_its_target)
{
    EXPECT_OK(mkdir("a", 0755));
    EXPECT_OK(mkdir("a/b", 0755));
    make_file("a/file", "in a");
    make_file("file", "outside");
    EXPECT_OK(symlink("a/b", "link"));
    EXPECT_STREQ(file_text("link/../file"), "in a");
}

TEST(a_trailing_slash_on_a_symlink_to_a_file_gives_ENOTDIR)
{
    make_file("file", "");
    EXPECT_OK(symlink("file", "link"));
    EXPECT_ERRNO(open("link/", O_RDONLY), ENOTDIR);
    char text[8];
    EXPECT_ERRNO(readlink("link/", text, 8), ENOTDIR);
}

TEST(a_symlink_to_a_directory_with_trailing_slash_in_its_target_works)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "text");
    EXPECT_OK(symlink("dir///", "link"));
    EXPECT_STREQ(file_text("link/file"), "text");
}

TEST(readlinkat_starts_at_its_descriptor)
{
    char text[8];
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(symlink("target", "dir/link"));
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    EXPECT_EQ(readlinkat(fd, "link", text, sizeof text), 6);
    EXPECT_ERRNO(readlinkat(fd, "", text, sizeof text), ENOENT);
    EXPECT_ERRNO(readlinkat(99, "link", text, sizeof text), EBADF);
}

TEST(symlinkat_starts_at_its_descriptor)
{
    EXPECT_OK(mkdir("dir", 0755));
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    EXPECT_OK(symlinkat("target", fd, "link"));
    EXPECT_TRUE(S_ISLNK(stat_of("dir/link").st_mode));
    EXPECT_ERRNO(symlinkat("target", 99, "link"), EBADF);
}

TEST(unlink_and_rename_act_on_the_symlink_itself)
{
    make_file("file", "text");
    EXPECT_OK(symlink("file", "link"));
    EXPECT_OK(rename("link", "moved"));
    EXPECT_TRUE(S_ISLNK(stat_of("moved").st_mode));
    EXPECT_OK(unlink("moved"));
    EXPECT_TRUE(exists("file"));
}
