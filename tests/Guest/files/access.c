// access(2), faccessat(2), faccessat2(2): the real ids, unless AT_EACCESS says otherwise.
#include "files.h"

static int faccessat2_of(int fd, const char *path, int mode, int flags)
{
    return syscall(439, fd, path, mode, flags);
}

TEST(access_answers_for_existence_and_each_permission)
{
    make_file("file", "");
    EXPECT_OK(access("file", F_OK));
    EXPECT_OK(access("file", R_OK | W_OK));
    EXPECT_ERRNO(access("file", X_OK), EACCES);
    EXPECT_ERRNO(access("missing", F_OK), ENOENT);
    EXPECT_OK(access(".", X_OK));
}

TEST(access_refuses_an_unknown_mode)
{
    EXPECT_ERRNO(access(".", 8), EINVAL);
    EXPECT_ERRNO(access(".", -1), EINVAL);
    EXPECT_ERRNO(access("missing", 8), EINVAL);
}

TEST(access_names_the_usual_path_errors)
{
    make_file("file", "");
    EXPECT_ERRNO(access("", F_OK), ENOENT);
    EXPECT_ERRNO(access("file/x", F_OK), ENOTDIR);
    EXPECT_ERRNO(access(BAD_ADDRESS, F_OK), EFAULT);
    EXPECT_ERRNO(faccessat(99, "file", F_OK, 0), EBADF);
}

TEST(access_uses_the_real_ids)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0600));
    IN_CHILD(EXPECT_OK(setresuid(SOMEBODY, 0, 0));
             EXPECT_OK(open("file", O_RDONLY));
             EXPECT_ERRNO(access("file", R_OK), EACCES);
             EXPECT_OK(access("file", F_OK)));
}

TEST(AT_EACCESS_uses_the_effective_ids)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0600));
    IN_CHILD(EXPECT_OK(setresuid(SOMEBODY, 0, 0));
             EXPECT_OK(faccessat2_of(AT_FDCWD, "file", R_OK, AT_EACCESS));
             EXPECT_ERRNO(faccessat2_of(AT_FDCWD, "file", R_OK, 0), EACCES));
}

TEST(access_leaves_the_effective_ids_alone)
{
    NEED_ROOT();
    IN_CHILD(EXPECT_OK(setresuid(SOMEBODY, 0, 0)); access("/", R_OK); EXPECT_EQ(geteuid(), 0));
}

TEST(faccessat2_takes_NOFOLLOW_and_EMPTY_PATH)
{
    EXPECT_OK(symlink("missing", "link"));
    EXPECT_OK(faccessat2_of(AT_FDCWD, "link", F_OK, AT_SYMLINK_NOFOLLOW));
    EXPECT_ERRNO(faccessat2_of(AT_FDCWD, "link", F_OK, 0), ENOENT);
    int fd = EXPECT_OK(open(".", O_PATH));
    EXPECT_OK(faccessat2_of(fd, "", X_OK, AT_EMPTY_PATH));
    EXPECT_ERRNO(faccessat2_of(fd, "", X_OK, 0), ENOENT);
    EXPECT_ERRNO(faccessat2_of(AT_FDCWD, ".", F_OK, 0x40000000), EINVAL);
}

TEST(access_needs_search_permission_on_the_way)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0700));
    make_file("dir/file", "");
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(access("dir/file", F_OK), EACCES);
            EXPECT_ERRNO(access("dir", R_OK), EACCES); EXPECT_OK(access("dir", F_OK)));
}
