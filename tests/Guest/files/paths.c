// path_resolution(7): slashes, dots, search permission, length.
#include "files.h"

TEST(repeated_slashes_and_dots_mean_nothing)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "text");
    EXPECT_STREQ(file_text(".//dir///./file"), "text");
    EXPECT_STREQ(file_text("dir/../dir/file"), "text");
    EXPECT_STREQ(file_text("dir/./../dir/./file"), "text");
}

TEST(dotdot_of_the_root_is_the_root)
{
    EXPECT_EQ(stat_of("/..").st_ino, stat_of("/").st_ino);
    EXPECT_EQ(stat_of("/../../..").st_ino, stat_of("/").st_ino);
    EXPECT_TRUE(exists("/../../proc/self"));
}

TEST(dot_and_dotdot_exist_in_every_directory)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_EQ(stat_of("dir/.").st_ino, stat_of("dir").st_ino);
    EXPECT_EQ(stat_of("dir/..").st_ino, stat_of(".").st_ino);
}

TEST(dotdot_through_a_missing_directory_gives_ENOENT)
{
    EXPECT_ERRNO(open("missing/..", O_RDONLY), ENOENT);
    EXPECT_ERRNO(open("missing/../x", O_CREAT | O_WRONLY, 0644), ENOENT);
}

TEST(names_are_bytes_and_may_hold_anything_but_slash_and_nul)
{
    const char *names[] = { "a b", "\xff\xfe", "new\nline", "...", "-", "\x01", "*?[", "\xc3\xa4" };
    for (int i = 0; i < 8; i++) {
        make_file(names[i], names[i]);
        EXPECT_STREQ(file_text(names[i]), names[i]);
    }
    EXPECT_FALSE(exists("\xff"));
}

TEST(names_differ_by_case)
{
    make_file("Name", "upper");
    make_file("name", "lower");
    EXPECT_STREQ(file_text("Name"), "upper");
    EXPECT_STREQ(file_text("name"), "lower");
}

TEST(search_permission_is_needed_on_every_directory_of_the_path)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(mkdir("dir/sub", 0755));
    make_file("dir/sub/file", "");
    EXPECT_OK(chmod("dir", 0644));
    AS_USER(SOMEBODY, SOMEBODY,
            EXPECT_ERRNO(open("dir/sub/file", O_RDONLY), EACCES);
            EXPECT_ERRNO(open("dir/missing", O_RDONLY), EACCES);
            EXPECT_ERRNO(chdir("dir"), EACCES);
            EXPECT_OK(open("dir", O_RDONLY)));
    EXPECT_OK(chmod("dir", 0711));
    AS_USER(SOMEBODY, SOMEBODY,
            EXPECT_OK(open("dir/sub/file", O_RDONLY));
            EXPECT_ERRNO(open("dir", O_RDONLY), EACCES);
            EXPECT_OK(chdir("dir")));
}

TEST(search_permission_of_a_start_descriptor_is_checked_at_each_use)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "");
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    EXPECT_OK(chmod("dir", 0600));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(openat(fd, "file", O_RDONLY), EACCES));
}

TEST(a_deep_tree_is_reached_step_by_step_beyond_PATH_MAX)
{
    char name[201];
    memset(name, 'd', 200);
    name[200] = 0;
    for (int i = 0; i < 25; i++) {
        EXPECT_OK(mkdir(name, 0755));
        EXPECT_OK(chdir(name));
    }
    make_file("deep", "text");
    EXPECT_STREQ(file_text("deep"), "text");
    // 25 * 201 bytes do not fit: the system call says so, and getcwd(3) falls back to something else.
    char cwd[8192];
    EXPECT_ERRNO(syscall(SYS_getcwd, cwd, sizeof cwd), ENAMETOOLONG);
    EXPECT_OK(unlink("deep"));
    for (int i = 0; i < 25; i++) {
        EXPECT_OK(chdir(".."));
        EXPECT_OK(rmdir(name));
    }
}

TEST(a_name_too_long_in_the_middle_gives_ENAMETOOLONG)
{
    char path[300];
    memset(path, 'n', 256);
    strcpy(path + 256, "/x");
    EXPECT_ERRNO(open(path, O_RDONLY), ENAMETOOLONG);
    // The missing component before it is found first.
    char behind[320] = "missing/";
    strcat(behind, path);
    EXPECT_ERRNO(open(behind, O_RDONLY), ENOENT);
}

TEST(a_file_and_dot_gives_ENOTDIR)
{
    struct stat st;
    make_file("file", "");
    EXPECT_ERRNO(stat("file/.", &st), ENOTDIR);
    EXPECT_ERRNO(stat("file/..", &st), ENOTDIR);
    EXPECT_ERRNO(stat("file//", &st), ENOTDIR);
}

TEST(a_thousand_files_in_one_directory_are_all_found)
{
    char name[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "file-%d", i);
        close(EXPECT_OK(open(name, O_CREAT | O_WRONLY, 0644)));
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "file-%d", i);
        EXPECT_OK(unlink(name));
    }
    EXPECT_FALSE(exists("file-0"));
}
