// Discretionary access: which of the nine bits counts for whom.
#include "files.h"

static void file_of(const char *name, uid_t uid, gid_t gid, mode_t mode)
{
    make_file(name, "text");
    EXPECT_OK(chown(name, uid, gid));
    EXPECT_OK(chmod(name, mode));
}

TEST(the_owner_bits_count_for_the_owner_even_if_the_others_allow_more)
{
    NEED_ROOT();
    file_of("file", SOMEBODY, SOMEBODY, 0077);
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(open("file", O_RDONLY), EACCES));
    AS_USER(ANYBODY, SOMEBODY, EXPECT_OK(open("file", O_RDWR)));
    AS_USER(ANYBODY, ANYBODY, EXPECT_OK(open("file", O_RDWR)));
}

TEST(the_group_bits_count_for_members_even_if_the_others_allow_more)
{
    NEED_ROOT();
    file_of("file", 0, SOMEBODY, 0606);
    AS_USER(ANYBODY, SOMEBODY, EXPECT_ERRNO(open("file", O_RDONLY), EACCES));
    AS_USER(ANYBODY, ANYBODY, EXPECT_OK(open("file", O_RDWR)));
}

TEST(supplementary_groups_count_like_the_group)
{
    NEED_ROOT();
    file_of("file", 0, SOMEBODY, 0640);
    gid_t groups[] = { 77, SOMEBODY };
    IN_CHILD(EXPECT_OK(setgroups(2, groups));
             EXPECT_OK(setresgid(ANYBODY, ANYBODY, ANYBODY));
             EXPECT_OK(setresuid(ANYBODY, ANYBODY, ANYBODY));
             EXPECT_OK(open("file", O_RDONLY));
             EXPECT_ERRNO(open("file", O_WRONLY), EACCES));
}

TEST(read_and_write_are_checked_apart)
{
    NEED_ROOT();
    file_of("r", 0, 0, 0444);
    file_of("w", 0, 0, 0222);
    AS_USER(SOMEBODY, SOMEBODY,
            EXPECT_OK(open("r", O_RDONLY));
            EXPECT_ERRNO(open("r", O_WRONLY), EACCES);
            EXPECT_ERRNO(open("r", O_RDWR), EACCES);
            EXPECT_ERRNO(open("r", O_RDONLY | O_TRUNC), EACCES);
            EXPECT_OK(open("w", O_WRONLY));
            EXPECT_ERRNO(open("w", O_RDONLY), EACCES));
}

TEST(root_reads_and_writes_everything)
{
    NEED_ROOT();
    file_of("file", SOMEBODY, SOMEBODY, 0);
    EXPECT_OK(open("file", O_RDWR));
}

TEST(root_executes_only_what_somebody_may_execute)
{
    NEED_ROOT();
    file_of("file", 0, 0, 0666);
    EXPECT_ERRNO(access("file", X_OK), EACCES);
    EXPECT_ERRNO(execl("./file", "file", (char *)0), EACCES);
    EXPECT_OK(chmod("file", 0601));
    EXPECT_OK(access("file", X_OK));
}

TEST(the_check_is_at_open_and_not_at_use)
{
    NEED_ROOT();
    file_of("file", 0, 0, 0644);
    AS_USER(SOMEBODY, SOMEBODY, char c; int fd = EXPECT_OK(open("file", O_RDONLY));
            EXPECT_EQ(read(fd, &c, 1), 1));
    int fd = EXPECT_OK(open("file", O_RDWR));
    EXPECT_OK(chmod("file", 0));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_EQ(write(fd, "T", 1), 1));
}

TEST(creation_needs_write_and_search_permission_on_the_directory)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("w", 0755));
    EXPECT_OK(chown("w", SOMEBODY, SOMEBODY));
    EXPECT_OK(chmod("w", 0200));
    EXPECT_OK(mkdir("wx", 0755));
    EXPECT_OK(chown("wx", SOMEBODY, SOMEBODY));
    EXPECT_OK(chmod("wx", 0300));
    AS_USER(SOMEBODY, SOMEBODY,
            EXPECT_ERRNO(open("w/file", O_CREAT | O_WRONLY, 0644), EACCES);
            EXPECT_OK(open("wx/file", O_CREAT | O_WRONLY, 0644));
            EXPECT_ERRNO(open("wx", O_RDONLY), EACCES);
            EXPECT_ERRNO(open("file", O_CREAT | O_WRONLY, 0644), EACCES);
            EXPECT_ERRNO(mkdir("dir", 0755), EACCES);
            EXPECT_ERRNO(symlink("x", "link"), EACCES);
            EXPECT_ERRNO(mkfifo("fifo", 0644), EACCES));
}

TEST(an_existing_name_wins_over_missing_write_permission)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(mkdir("dir", 0755), EEXIST);
            EXPECT_ERRNO(open("dir", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST));
}

TEST(the_sticky_bit_protects_the_files_of_others)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0777));
    EXPECT_OK(chmod("dir", 01777));
    file_of("dir/theirs", ANYBODY, ANYBODY, 0666);
    file_of("dir/mine", SOMEBODY, SOMEBODY, 0666);
    AS_USER(SOMEBODY, SOMEBODY,
            EXPECT_ERRNO(unlink("dir/theirs"), EPERM);
            EXPECT_ERRNO(rename("dir/theirs", "dir/x"), EPERM);
            EXPECT_ERRNO(rename("dir/mine", "dir/theirs"), EPERM);
            EXPECT_OK(rename("dir/mine", "dir/x"));
            EXPECT_OK(unlink("dir/x")));
}

TEST(the_owner_of_a_sticky_directory_may_remove_anything)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(chown("dir", SOMEBODY, SOMEBODY));
    EXPECT_OK(chmod("dir", 01777));
    file_of("dir/theirs", ANYBODY, ANYBODY, 0600);
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_OK(unlink("dir/theirs")));
}

TEST(protected_symlinks_stop_a_planted_link_in_a_sticky_directory)
{
    NEED_ROOT();
    if (strcmp(file_text("/proc/sys/fs/protected_symlinks"), "1\n"))
        SKIP("fs.protected_symlinks is off");
    EXPECT_OK(mkdir("dir", 0777));
    EXPECT_OK(chmod("dir", 01777));
    make_file("file", "text");
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_OK(symlink("../file", "dir/link")); EXPECT_OK(open("dir/link", O_RDONLY)));
    EXPECT_ERRNO(open("dir/link", O_RDONLY), EACCES);
}

TEST(a_new_file_takes_the_effective_ids_of_its_creator)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0777));
    EXPECT_OK(chmod("dir", 0777));
    IN_CHILD(EXPECT_OK(setresgid(0, ANYBODY, 0)); EXPECT_OK(setresuid(0, SOMEBODY, 0)); make_file("dir/file", "");
             struct stat st = stat_of("dir/file"); EXPECT_EQ(st.st_uid, SOMEBODY); EXPECT_EQ(st.st_gid, ANYBODY));
}

TEST(setfsuid_alone_decides_about_files)
{
    NEED_ROOT();
    file_of("file", 0, 0, 0600);
    IN_CHILD(EXPECT_EQ(syscall(SYS_setfsuid, SOMEBODY), 0);
             EXPECT_EQ(syscall(SYS_setfsuid, -1), SOMEBODY);
             EXPECT_EQ(geteuid(), 0);
             EXPECT_ERRNO(open("file", O_RDONLY), EACCES);
             EXPECT_EQ(syscall(SYS_setfsuid, 0), SOMEBODY);
             EXPECT_OK(open("file", O_RDONLY)));
}
