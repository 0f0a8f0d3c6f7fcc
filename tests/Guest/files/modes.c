// chmod(2), chown(2), umask(2) and what clears the setuid and setgid bits.
#include "files.h"

static mode_t mode_of(const char *path) { return stat_of(path).st_mode & 07777; }

TEST(chmod_sets_the_twelve_bits_and_keeps_the_type)
{
    make_file("file", "");
    EXPECT_OK(chmod("file", 07654));
    EXPECT_EQ(stat_of("file").st_mode, S_IFREG | 07654);
    EXPECT_OK(chmod("file", 0170000 | 0600));
    EXPECT_EQ(stat_of("file").st_mode, S_IFREG | 0600);
}

TEST(fchmod_and_fchmodat_do_the_same)
{
    make_file("file", "");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_OK(fchmod(fd, 0640));
    EXPECT_EQ(mode_of("file"), 0640);
    EXPECT_OK(fchmodat(AT_FDCWD, "file", 0600, 0));
    EXPECT_EQ(mode_of("file"), 0600);
    EXPECT_ERRNO(fchmod(99, 0600), EBADF);
}

TEST(chmod_follows_symlinks)
{
    make_file("file", "");
    EXPECT_OK(symlink("file", "link"));
    EXPECT_OK(chmod("link", 0600));
    EXPECT_EQ(mode_of("file"), 0600);
    EXPECT_ERRNO(chmod("missing", 0600), ENOENT);
    EXPECT_ERRNO(chmod(BAD_ADDRESS, 0600), EFAULT);
}

TEST(fchmodat2_with_NOFOLLOW_on_a_symlink_gives_EOPNOTSUPP)
{
    EXPECT_OK(symlink("missing", "link"));
    long r = syscall(452, AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW);
    if (r == -1 && errno == ENOSYS)
        SKIP("fchmodat2 came with Linux 6.6");
    EXPECT_EQ(r, -1);
    EXPECT_EQ(errno, EOPNOTSUPP);
}

TEST(only_the_owner_may_chmod)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0666));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(chmod("file", 0600), EPERM));
    EXPECT_OK(chown("file", SOMEBODY, SOMEBODY));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_OK(chmod("file", 04755)));
    EXPECT_EQ(mode_of("file"), 04755);
}

TEST(chmod_by_an_owner_outside_the_group_drops_setgid)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chown("file", SOMEBODY, ANYBODY));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_OK(chmod("file", 02755)));
    EXPECT_EQ(mode_of("file"), 0755);
}

TEST(root_chowns_to_anybody_and_minus_1_keeps)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chown("file", SOMEBODY, ANYBODY));
    EXPECT_OK(chown("file", -1, SOMEBODY));
    struct stat st = stat_of("file");
    EXPECT_EQ(st.st_uid, SOMEBODY);
    EXPECT_EQ(st.st_gid, SOMEBODY);
    EXPECT_OK(chown("file", ANYBODY, -1));
    st = stat_of("file");
    EXPECT_EQ(st.st_uid, ANYBODY);
    EXPECT_EQ(st.st_gid, SOMEBODY);
}

TEST(an_owner_gives_the_file_to_his_groups_only)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chown("file", SOMEBODY, SOMEBODY));
    gid_t groups[] = { ANYBODY };
    IN_CHILD(EXPECT_OK(setgroups(1, groups));
             EXPECT_OK(setresgid(SOMEBODY, SOMEBODY, SOMEBODY));
             EXPECT_OK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY));
             EXPECT_ERRNO(chown("file", ANYBODY, -1), EPERM);
             EXPECT_ERRNO(chown("file", -1, 77), EPERM);
             EXPECT_OK(chown("file", SOMEBODY, ANYBODY));
             EXPECT_OK(chown("file", -1, -1)));
}

TEST(chown_clears_setuid_and_setgid_of_an_executable)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 06755));
    EXPECT_OK(chown("file", SOMEBODY, SOMEBODY));
    EXPECT_EQ(mode_of("file"), 0755);
}

TEST(chown_keeps_setgid_without_group_execute)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 06745));
    EXPECT_OK(chown("file", SOMEBODY, SOMEBODY));
    EXPECT_EQ(mode_of("file"), 02745);
}

TEST(chown_keeps_the_bits_of_a_directory)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(chmod("dir", 06755));
    EXPECT_OK(chown("dir", SOMEBODY, SOMEBODY));
    EXPECT_EQ(mode_of("dir"), 06755);
}

TEST(a_write_by_a_user_clears_setuid_and_setgid)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 06777));
    AS_USER(SOMEBODY, SOMEBODY, int fd = EXPECT_OK(open("file", O_WRONLY)); EXPECT_EQ(write(fd, "x", 1), 1));
    EXPECT_EQ(mode_of("file"), 0777);
}

TEST(a_write_by_root_keeps_setuid)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 04755));
    int fd = EXPECT_OK(open("file", O_WRONLY));
    EXPECT_EQ(write(fd, "x", 1), 1);
    EXPECT_EQ(mode_of("file"), 04755);
}

TEST(truncation_by_a_user_clears_setuid)
{
    NEED_ROOT();
    make_file("file", "text");
    EXPECT_OK(chmod("file", 04777));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_OK(truncate("file", 1)));
    EXPECT_EQ(mode_of("file"), 0777);
}

TEST(lchown_and_NOFOLLOW_change_the_symlink)
{
    NEED_ROOT();
    EXPECT_OK(symlink("missing", "link"));
    EXPECT_OK(lchown("link", SOMEBODY, SOMEBODY));
    EXPECT_EQ(stat_of("link").st_uid, SOMEBODY);
    EXPECT_OK(fchownat(AT_FDCWD, "link", ANYBODY, -1, AT_SYMLINK_NOFOLLOW));
    EXPECT_EQ(stat_of("link").st_uid, ANYBODY);
    EXPECT_ERRNO(chown("link", 0, 0), ENOENT);
}

TEST(fchownat_knows_AT_EMPTY_PATH_and_refuses_unknown_flags)
{
    NEED_ROOT();
    make_file("file", "");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_OK(fchownat(fd, "", SOMEBODY, -1, AT_EMPTY_PATH));
    EXPECT_OK(fchown(fd, -1, ANYBODY));
    EXPECT_EQ(stat_of("file").st_uid, SOMEBODY);
    EXPECT_EQ(stat_of("file").st_gid, ANYBODY);
    EXPECT_ERRNO(fchownat(fd, "", 0, 0, 0x40000000), EINVAL);
    EXPECT_ERRNO(fchown(99, 0, 0), EBADF);
}

TEST(umask_returns_the_old_mask_and_keeps_nine_bits)
{
    EXPECT_EQ(umask(07777), 022);
    EXPECT_EQ(umask(0), 0777);
    IN_CHILD(EXPECT_EQ(umask(0), 0); umask(077));
    EXPECT_EQ(umask(0), 0);
}

TEST(umask_applies_to_fifos_and_nodes_but_not_to_symlinks)
{
    umask(0777);
    EXPECT_OK(mkfifo("fifo", 0666));
    EXPECT_EQ(mode_of("fifo"), 0);
    EXPECT_OK(symlink("x", "link"));
    EXPECT_EQ(mode_of("link"), 0777);
}

TEST(chmod_moves_the_change_time_only)
{
    make_file("file", "");
    struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    EXPECT_OK(utimensat(AT_FDCWD, "file", old, 0));
    EXPECT_OK(chmod("file", 0600));
    EXPECT_EQ(stat_of("file").st_mtime, 1000);
}
