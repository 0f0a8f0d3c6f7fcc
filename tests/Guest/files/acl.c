// Access control lists, acl(5), as the system calls see them: the attributes system.posix_acl_access and _default.
#include "files.h"
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"
#define NOBODY 65534

struct list {
    struct posix_acl_xattr_header head;
    struct posix_acl_xattr_entry entries[8];
};

#define SIZE(N) (sizeof(struct posix_acl_xattr_header) + (N) * sizeof(struct posix_acl_xattr_entry))
#define BASE(U, G, O) { { 2 }, { { ACL_USER_OBJ, U, -1 }, { ACL_GROUP_OBJ, G, -1 }, { ACL_OTHER, O, -1 } } }
// Owner, one user, owning group, one group, mask, others.
#define FULL(U, USER, PERM, G, GROUP, GPERM, MASK, O)                                                            \
    { { 2 }, { { ACL_USER_OBJ, U, -1 }, { ACL_USER, PERM, USER }, { ACL_GROUP_OBJ, G, -1 },                      \
               { ACL_GROUP, GPERM, GROUP }, { ACL_MASK, MASK, -1 }, { ACL_OTHER, O, -1 } } }

// All entries of FULL but that of the one group.
#define EXPECT_ENTRIES(LIST, U, PERM, G, MASK, O)      \
    do {                                               \
        EXPECT_EQ((LIST).entries[0].e_perm, U);        \
        EXPECT_EQ((LIST).entries[1].e_perm, PERM);     \
        EXPECT_EQ((LIST).entries[2].e_perm, G);        \
        EXPECT_EQ((LIST).entries[4].e_perm, MASK);     \
        EXPECT_EQ((LIST).entries[5].e_perm, O);        \
    } while (0)

static mode_t mode_of(const char *path)
{
    struct stat st;
    EXPECT_OK(lstat(path, &st));
    return st.st_mode & 07777;
}

static void make_moded(const char *path, mode_t mode)
{
    int fd = EXPECT_OK(open(path, O_CREAT | O_RDWR, 0600));
    EXPECT_OK(fchmod(fd, mode));
    close(fd);
}

static int access_as(uid_t uid, gid_t gid, const char *path, int how)
{
    int status;
    pid_t pid = fork();
    EXPECT_OK(pid);
    if (!pid) {
        EXPECT_OK(setgroups(0, 0));
        EXPECT_OK(setgid(gid));
        EXPECT_OK(setuid(uid));
        _exit(access(path, how) ? errno : 0);
    }
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status);
}

static void need_root(void)
{
    if (geteuid())
        SKIP("needs root");
    EXPECT_OK(chmod(".", 0755));
}

TEST(a_file_without_a_list_has_none_to_show)
{
    struct list list;
    make_moded("f", 0640);
    EXPECT_ERRNO(getxattr("f", ACCESS, &list, sizeof list), ENODATA);
    EXPECT_EQ(listxattr("f", 0, 0), 0);
    EXPECT_OK(removexattr("f", ACCESS));
}

TEST(a_list_of_three_is_a_mode)
{
    struct list list = BASE(7, 5, 1);
    make_moded("f", 04600);
    EXPECT_OK(setxattr("f", ACCESS, &list, SIZE(3), 0));
    EXPECT_EQ(mode_of("f"), 04751);
    EXPECT_ERRNO(getxattr("f", ACCESS, &list, sizeof list), ENODATA);
}

TEST(the_mask_shows_as_the_group_of_the_mode)
{
    struct list list = FULL(6, NOBODY, 7, 4, 1, 2, 5, 0), back;
    char names[64];
    make_moded("f", 0600);
    EXPECT_OK(setxattr("f", ACCESS, &list, SIZE(6), 0));
    EXPECT_EQ(mode_of("f"), 0650);
    EXPECT_EQ(getxattr("f", ACCESS, 0, 0), SIZE(6));
    EXPECT_ERRNO(getxattr("f", ACCESS, &back, 5), ERANGE);
    EXPECT_EQ(getxattr("f", ACCESS, &back, sizeof back), SIZE(6));
    EXPECT_EQ(memcmp(&list, &back, SIZE(6)), 0);
    EXPECT_EQ(listxattr("f", names, sizeof names), sizeof ACCESS);
    EXPECT_STREQ(names, ACCESS);
    EXPECT_OK(chmod("f", 0421));
    EXPECT_EQ(getxattr("f", ACCESS, &back, sizeof back), SIZE(6));
    EXPECT_ENTRIES(back, 4, 7, 4, 2, 1);
    EXPECT_OK(removexattr("f", ACCESS));
    EXPECT_EQ(mode_of("f"), 0421);
    EXPECT_EQ(listxattr("f", 0, 0), 0);
}

TEST(a_list_lets_in_whom_the_mode_keeps_out)
{
    need_root();
    struct list list = FULL(6, 4711, 6, 0, 4712, 4, 7, 0);
    make_moded("f", 0600);
    EXPECT_EQ(access_as(4711, 4711, "f", R_OK), EACCES);
    EXPECT_OK(setxattr("f", ACCESS, &list, SIZE(6), 0));
    EXPECT_EQ(access_as(4711, 4711, "f", R_OK | W_OK), 0);
    EXPECT_EQ(access_as(4711, 4711, "f", X_OK), EACCES);
    EXPECT_EQ(access_as(4713, 4712, "f", R_OK), 0);
    EXPECT_EQ(access_as(4713, 4712, "f", W_OK), EACCES);
    EXPECT_EQ(access_as(4713, 4713, "f", R_OK), EACCES);
    // The owning group has nothing, whatever its bits in the mode show.
    EXPECT_EQ(mode_of("f"), 0670);
    EXPECT_EQ(access_as(4713, 0, "f", R_OK), EACCES);
}

TEST(the_mask_limits_users_and_groups_but_not_owner_and_others)
{
    need_root();
    struct list list = FULL(6, 4711, 6, 6, 4712, 6, 4, 6);
    make_moded("f", 0600);
    EXPECT_OK(setxattr("f", ACCESS, &list, SIZE(6), 0));
    EXPECT_EQ(access_as(4711, 4711, "f", R_OK), 0);
    EXPECT_EQ(access_as(4711, 4711, "f", W_OK), EACCES);
    EXPECT_EQ(access_as(4713, 4712, "f", W_OK), EACCES);
    EXPECT_EQ(access_as(4713, 0, "f", W_OK), EACCES);
    EXPECT_EQ(access_as(4713, 4713, "f", W_OK), 0);
}

TEST(new_files_start_with_the_default_list_of_their_directory)
{
    struct list list = FULL(7, NOBODY, 7, 5, 1, 5, 7, 0), back;
    EXPECT_OK(mkdir("d", 0755));
    EXPECT_OK(setxattr("d", DEFAULT, &list, SIZE(6), 0));
    EXPECT_EQ(mode_of("d"), 0755);
    umask(077);
    EXPECT_OK(close(EXPECT_OK(open("d/f", O_CREAT | O_RDWR, 0666))));
    EXPECT_EQ(mode_of("d/f"), 0660);
    EXPECT_EQ(getxattr("d/f", ACCESS, &back, sizeof back), SIZE(6));
    EXPECT_ENTRIES(back, 6, 7, 5, 6, 0);
    EXPECT_ERRNO(getxattr("d/f", DEFAULT, &back, sizeof back), ENODATA);
    EXPECT_OK(mkdir("d/sub", 0777));
    EXPECT_EQ(mode_of("d/sub"), 0770);
    EXPECT_EQ(getxattr("d/sub", DEFAULT, &back, sizeof back), SIZE(6));
    EXPECT_EQ(memcmp(&list, &back, SIZE(6)), 0);
    EXPECT_EQ(getxattr("d/sub", ACCESS, 0, 0), SIZE(6));
    EXPECT_OK(mknod("d/fifo", S_IFIFO | 0644, 0));
    EXPECT_EQ(mode_of("d/fifo"), 0640);
    EXPECT_OK(symlink("x", "d/link"));
    EXPECT_ERRNO(lgetxattr("d/link", ACCESS, 0, 0), EOPNOTSUPP);
    EXPECT_OK(removexattr("d", DEFAULT));
    EXPECT_OK(close(EXPECT_OK(open("d/g", O_CREAT | O_RDWR, 0666))));
    EXPECT_EQ(mode_of("d/g"), 0600);
}

TEST(a_default_list_of_three_gives_modes)
{
    struct list list = BASE(7, 5, 0);
    EXPECT_OK(mkdir("d", 0755));
    EXPECT_OK(setxattr("d", DEFAULT, &list, SIZE(3), 0));
    EXPECT_EQ(getxattr("d", DEFAULT, 0, 0), SIZE(3));
    umask(0);
    EXPECT_OK(close(EXPECT_OK(open("d/f", O_CREAT | O_RDWR, 0666))));
    EXPECT_EQ(mode_of("d/f"), 0640);
    EXPECT_ERRNO(getxattr("d/f", ACCESS, 0, 0), ENODATA);
}

TEST(lists_that_make_no_sense_are_refused)
{
    struct list list = BASE(6, 4, 0);
    make_moded("f", 0600);
    EXPECT_ERRNO(setxattr("f", DEFAULT, &list, SIZE(3), 0), EACCES);
    EXPECT_ERRNO(setxattr("f", ACCESS, &list, SIZE(3) - 1, 0), EINVAL);
    EXPECT_ERRNO(setxattr("f", ACCESS, &list, 3, 0), EINVAL);
    EXPECT_ERRNO(setxattr("f", ACCESS, &list, SIZE(2), 0), EINVAL);
    list.entries[2].e_perm = 8;
    EXPECT_ERRNO(setxattr("f", ACCESS, &list, SIZE(3), 0), EINVAL);
    list.entries[2] = (struct posix_acl_xattr_entry){ 64, 0, -1 };
    EXPECT_ERRNO(setxattr("f", ACCESS, &list, SIZE(3), 0), EINVAL);
    list.head.a_version = 1;
    EXPECT_ERRNO(setxattr("f", ACCESS, &list, SIZE(3), 0), EOPNOTSUPP);
    struct list no_mask = { { 2 }, { { ACL_USER_OBJ, 6, -1 }, { ACL_USER, 6, 1 }, { ACL_GROUP_OBJ, 6, -1 }, { ACL_OTHER, 0, -1 } } };
    EXPECT_ERRNO(setxattr("f", ACCESS, &no_mask, SIZE(4), 0), EINVAL);
    EXPECT_EQ(mode_of("f"), 0600);
}

TEST(only_the_owner_sets_a_list)
{
    need_root();
    struct list list = BASE(6, 4, 0);
    make_moded("f", 0666);
    EXPECT_OK(setuid(4711));
    EXPECT_ERRNO(setxattr("f", ACCESS, &list, SIZE(3), 0), EPERM);
    EXPECT_ERRNO(removexattr("f", ACCESS), EPERM);
}
