// getcwd(2), chdir(2), fchdir(2), chroot(2).
#include "files.h"

static long getcwd_of(char *buffer, size_t size) { return syscall(SYS_getcwd, buffer, size); }

TEST(getcwd_counts_its_terminator)
{
    char cwd[PATH_MAX];
    EXPECT_OK(chdir("/"));
    EXPECT_EQ(getcwd_of(cwd, sizeof cwd), 2);
    EXPECT_STREQ(cwd, "/");
    EXPECT_OK(chdir("/proc"));
    EXPECT_EQ(getcwd_of(cwd, sizeof cwd), 6);
    EXPECT_STREQ(cwd, "/proc");
}

TEST(getcwd_in_a_small_buffer_gives_ERANGE)
{
    char cwd[8];
    EXPECT_OK(chdir("/proc"));
    EXPECT_ERRNO(getcwd_of(cwd, 5), ERANGE);
    EXPECT_OK(getcwd_of(cwd, 6));
    EXPECT_ERRNO(getcwd_of(cwd, 0), ERANGE);
}

TEST(getcwd_into_a_bad_buffer_gives_EFAULT)
{
    EXPECT_ERRNO(getcwd_of(BAD_ADDRESS, 4096), EFAULT);
}

TEST(getcwd_of_a_removed_directory_gives_ENOENT)
{
    char cwd[PATH_MAX];
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(chdir("dir"));
    EXPECT_OK(rmdir("../dir"));
    EXPECT_ERRNO(getcwd_of(cwd, sizeof cwd), ENOENT);
    EXPECT_OK(chdir(".."));
    EXPECT_OK(getcwd_of(cwd, sizeof cwd));
}

TEST(the_working_directory_of_a_removed_directory_shows_deleted_in_proc)
{
    char cwd[PATH_MAX];
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(chdir("dir"));
    EXPECT_OK(rmdir("../dir"));
    ssize_t n = EXPECT_OK(readlink("/proc/self/cwd", cwd, sizeof cwd - 1));
    cwd[n] = 0;
    EXPECT_STREQ(strrchr(cwd, '/'), "/dir (deleted)");
}

TEST(chdir_names_the_usual_path_errors)
{
    make_file("file", "");
    EXPECT_ERRNO(chdir("missing"), ENOENT);
    EXPECT_ERRNO(chdir(""), ENOENT);
    EXPECT_ERRNO(chdir("file"), ENOTDIR);
    EXPECT_ERRNO(chdir(BAD_ADDRESS), EFAULT);
}

TEST(chdir_follows_symlinks_and_getcwd_shows_the_real_path)
{
    char cwd[PATH_MAX];
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(symlink("dir", "link"));
    EXPECT_OK(chdir("link"));
    EXPECT_OK(getcwd_of(cwd, sizeof cwd));
    EXPECT_STREQ(strrchr(cwd, '/'), "/dir");
}

TEST(fchdir_goes_to_an_open_directory)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "");
    make_file("other", "");
    int fd = EXPECT_OK(open("dir", O_RDONLY)), back = EXPECT_OK(open(".", O_PATH));
    EXPECT_OK(fchdir(fd));
    EXPECT_TRUE(exists("file"));
    EXPECT_OK(fchdir(back));
    EXPECT_TRUE(exists("other"));
    EXPECT_ERRNO(fchdir(99), EBADF);
    EXPECT_ERRNO(fchdir(EXPECT_OK(open("other", O_RDONLY))), ENOTDIR);
}

TEST(fchdir_checks_search_permission)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0700));
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(fchdir(fd), EACCES));
}

TEST(the_working_directory_is_inherited_but_not_shared_by_fork)
{
    EXPECT_OK(mkdir("dir", 0755));
    IN_CHILD(EXPECT_OK(chdir("dir")));
    EXPECT_TRUE(exists("dir"));
}

TEST(chroot_changes_what_slash_means)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "text");
    EXPECT_OK(chroot("dir"));
    EXPECT_STREQ(file_text("/file"), "text");
    EXPECT_STREQ(file_text("/../../file"), "text");
    EXPECT_FALSE(exists("/proc"));
}

TEST(chroot_leaves_the_working_directory_outside)
{
    NEED_ROOT();
    char cwd[PATH_MAX];
    make_file("outside", "text");
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(chroot("dir"));
    EXPECT_TRUE(exists("outside"));
    // The directory is not below the root: the kernel says so in its answer.
    EXPECT_OK(getcwd_of(cwd, sizeof cwd));
    EXPECT_EQ(strncmp(cwd, "(unreachable)", 13), 0);
    EXPECT_OK(chdir("/"));
    EXPECT_OK(getcwd_of(cwd, sizeof cwd));
    EXPECT_STREQ(cwd, "/");
}

TEST(absolute_symlinks_count_from_the_new_root)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "text");
    EXPECT_OK(symlink("/file", "dir/link"));
    EXPECT_OK(chroot("dir"));
    EXPECT_STREQ(file_text("/link"), "text");
}

TEST(chroot_names_the_usual_path_errors)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_ERRNO(chroot("missing"), ENOENT);
    EXPECT_ERRNO(chroot("file"), ENOTDIR);
    EXPECT_ERRNO(chroot(BAD_ADDRESS), EFAULT);
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(chroot("."), EPERM));
}

TEST(chroot_is_the_childs_own)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    IN_CHILD(EXPECT_OK(chroot("dir")));
    EXPECT_TRUE(exists("/proc"));
}
