// unlink(2), rmdir(2), unlinkat(2), mkdir(2).
#include "files.h"

TEST(unlink_removes_a_name)
{
    make_file("file", "");
    EXPECT_OK(unlink("file"));
    EXPECT_FALSE(exists("file"));
    EXPECT_ERRNO(unlink("file"), ENOENT);
}

TEST(unlink_of_a_directory_gives_EISDIR)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_ERRNO(unlink("dir"), EISDIR);
    EXPECT_ERRNO(unlink("."), EISDIR);
    EXPECT_ERRNO(unlink(".."), EISDIR);
    EXPECT_ERRNO(unlink("/"), EISDIR);
    EXPECT_ERRNO(unlink("dir/"), EISDIR);
}

TEST(unlink_names_the_usual_path_errors)
{
    make_file("file", "");
    EXPECT_ERRNO(unlink(""), ENOENT);
    EXPECT_ERRNO(unlink("file/"), ENOTDIR);
    EXPECT_ERRNO(unlink("file/x"), ENOTDIR);
    EXPECT_ERRNO(unlink("missing/x"), ENOENT);
    EXPECT_ERRNO(unlink("missing/"), ENOENT);
    EXPECT_ERRNO(unlink(BAD_ADDRESS), EFAULT);
}

TEST(unlinkat_with_AT_REMOVEDIR_is_rmdir)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("file", "");
    EXPECT_ERRNO(unlinkat(AT_FDCWD, "dir", 0), EISDIR);
    EXPECT_OK(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));
    EXPECT_ERRNO(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR), ENOTDIR);
    EXPECT_ERRNO(unlinkat(AT_FDCWD, "file", 0x40000000), EINVAL);
    EXPECT_ERRNO(unlinkat(99, "file", 0), EBADF);
}

TEST(rmdir_removes_an_empty_directory_only)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "");
    EXPECT_ERRNO(rmdir("dir"), ENOTEMPTY);
    EXPECT_OK(unlink("dir/file"));
    EXPECT_OK(rmdir("dir/"));
    EXPECT_FALSE(exists("dir"));
}

TEST(rmdir_refuses_dot_dotdot_and_the_root)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_ERRNO(rmdir("."), EINVAL);
    EXPECT_ERRNO(rmdir("dir/."), EINVAL);
    EXPECT_ERRNO(rmdir(".."), ENOTEMPTY);
    EXPECT_ERRNO(rmdir("dir/.."), ENOTEMPTY);
    EXPECT_ERRNO(rmdir("/"), EBUSY);
}

TEST(rmdir_names_the_usual_path_errors)
{
    make_file("file", "");
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(symlink("dir", "link"));
    EXPECT_ERRNO(rmdir("missing"), ENOENT);
    EXPECT_ERRNO(rmdir("file"), ENOTDIR);
    EXPECT_ERRNO(rmdir("link"), ENOTDIR);
    EXPECT_ERRNO(rmdir("link/"), ENOTDIR);
    EXPECT_ERRNO(rmdir(""), ENOENT);
    EXPECT_ERRNO(rmdir(BAD_ADDRESS), EFAULT);
}

TEST(unlink_needs_write_permission_on_the_directory_not_the_file)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("mine", 0755));
    make_file("mine/file", "");
    EXPECT_OK(chmod("mine/file", 0666));
    EXPECT_OK(mkdir("theirs", 0755));
    EXPECT_OK(chown("theirs", SOMEBODY, SOMEBODY));
    make_file("theirs/file", "");
    EXPECT_OK(chmod("theirs/file", 0));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(unlink("mine/file"), EACCES); EXPECT_OK(unlink("theirs/file")));
}

TEST(mkdir_makes_an_empty_directory_with_the_masked_mode)
{
    umask(027);
    EXPECT_OK(mkdir("dir", 0777));
    EXPECT_EQ(stat_of("dir").st_mode, S_IFDIR | 0750);
    EXPECT_OK(mkdir("slash/", 0777));
    EXPECT_TRUE(exists("slash"));
}

TEST(mkdir_refuses_an_existing_name)
{
    make_file("file", "");
    EXPECT_OK(symlink("missing", "link"));
    EXPECT_ERRNO(mkdir("file", 0755), EEXIST);
    EXPECT_ERRNO(mkdir("link", 0755), EEXIST);
    EXPECT_ERRNO(mkdir(".", 0755), EEXIST);
    EXPECT_ERRNO(mkdir("..", 0755), EEXIST);
    EXPECT_ERRNO(mkdir("/", 0755), EEXIST);
}

TEST(mkdir_names_the_usual_path_errors)
{
    make_file("file", "");
    EXPECT_ERRNO(mkdir("", 0755), ENOENT);
    EXPECT_ERRNO(mkdir("missing/dir", 0755), ENOENT);
    EXPECT_ERRNO(mkdir("file/dir", 0755), ENOTDIR);
    EXPECT_ERRNO(mkdir("missing/.", 0755), ENOENT);
    EXPECT_ERRNO(mkdir(BAD_ADDRESS, 0755), EFAULT);
    EXPECT_ERRNO(mkdirat(99, "dir", 0755), EBADF);
}

TEST(mkdir_keeps_the_sticky_bit_and_ignores_setuid_and_setgid)
{
    EXPECT_OK(mkdir("dir", 07755));
    EXPECT_EQ(stat_of("dir").st_mode & 07777, 01755);
}

TEST(a_setgid_directory_passes_its_group_on)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(chown("dir", 0, SOMEBODY));
    EXPECT_OK(chmod("dir", 02777));
    make_file("dir/file", "");
    EXPECT_OK(mkdir("dir/sub", 0755));
    EXPECT_EQ(stat_of("dir/file").st_gid, SOMEBODY);
    EXPECT_EQ(stat_of("dir/sub").st_gid, SOMEBODY);
    EXPECT_EQ(stat_of("dir/sub").st_mode & 02000, 02000);
}

TEST(a_removed_working_directory_takes_no_new_names)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(chdir("dir"));
    EXPECT_OK(rmdir("../dir"));
    EXPECT_ERRNO(mkdir("x", 0755), ENOENT);
    EXPECT_ERRNO(open("x", O_CREAT | O_WRONLY, 0644), ENOENT);
    EXPECT_EQ(stat_of(".").st_nlink, 0);
    EXPECT_ERRNO(rmdir("."), EINVAL);
}

TEST(the_last_name_gone_the_open_file_shows_no_link)
{
    make_file("file", "text");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_OK(unlink("file"));
    EXPECT_EQ(fstat_of(fd).st_nlink, 0);
    make_file("file", "new");
    EXPECT_NE(fstat_of(fd).st_ino, stat_of("file").st_ino);
}
