// File calls that no other family tries: links' attributes, old time calls, access by effective ids, sync, the mount descriptors.
#include "../harness.h"
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/xattr.h>

TEST(the_l_calls_look_at_the_link_itself)
{
    NEED_ROOT();
    EXPECT_OK(close(EXPECT_OK(open("f", O_CREAT | O_RDWR, 0644))));
    EXPECT_OK(symlink("f", "l"));
    if (setxattr("f", "user.k", "v", 1, 0) == -1 && errno == EOPNOTSUPP)
        SKIP("no extended attributes here");
    char buffer[64];
    EXPECT_EQ(getxattr("l", "user.k", buffer, sizeof buffer), 1);
    // User attributes are for files and directories only.
    EXPECT_ERRNO(lgetxattr("l", "user.k", buffer, sizeof buffer), ENODATA);
    EXPECT_ERRNO(lremovexattr("l", "user.k"), EPERM);
    EXPECT_ERRNO(lremovexattr("none", "user.k"), ENOENT);
    EXPECT_GE(llistxattr("l", buffer, sizeof buffer), 0);
    EXPECT_ERRNO(llistxattr("none", buffer, sizeof buffer), ENOENT);
    EXPECT_OK(lremovexattr("f", "user.k"));
    EXPECT_ERRNO(lgetxattr("f", "user.k", buffer, sizeof buffer), ENODATA);
}

TEST(futimesat_sets_times)
{
    EXPECT_OK(close(EXPECT_OK(open("f", O_CREAT | O_RDWR, 0644))));
    struct timeval times[2] = { { 1000, 5 }, { 2000, 999999 } };
    EXPECT_OK(syscall(SYS_futimesat, AT_FDCWD, "f", times));
    struct stat st;
    EXPECT_OK(stat("f", &st));
    EXPECT_EQ(st.st_atim.tv_sec, 1000);
    EXPECT_EQ(st.st_mtim.tv_nsec, 999999000);
    times[1].tv_usec = 1000000;
    EXPECT_ERRNO(syscall(SYS_futimesat, AT_FDCWD, "f", times), EINVAL);
    EXPECT_ERRNO(syscall(SYS_futimesat, AT_FDCWD, "none", 0), ENOENT);
    EXPECT_ERRNO(syscall(SYS_futimesat, AT_FDCWD, "f", BAD_ADDRESS), EFAULT);
    int fd = EXPECT_OK(open("f", O_RDWR));
    EXPECT_OK(syscall(SYS_futimesat, fd, 0, 0));
}

TEST(faccessat2_takes_flags)
{
    EXPECT_OK(close(EXPECT_OK(open("f", O_CREAT | O_RDWR, 0600))));
    EXPECT_OK(symlink("none", "l"));
    EXPECT_OK(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS));
    EXPECT_ERRNO(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, 1), EINVAL);
    EXPECT_ERRNO(syscall(SYS_faccessat2, AT_FDCWD, "f", 8, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_faccessat2, AT_FDCWD, "l", F_OK, 0), ENOENT);
    EXPECT_OK(syscall(SYS_faccessat2, AT_FDCWD, "l", F_OK, AT_SYMLINK_NOFOLLOW));
    int fd = EXPECT_OK(open("f", O_PATH));
    EXPECT_OK(syscall(SYS_faccessat2, fd, "", R_OK, AT_EMPTY_PATH));
}

TEST(effective_ids_count_with_at_eaccess_only)
{
    NEED_ROOT();
    EXPECT_OK(close(EXPECT_OK(open("f", O_CREAT | O_RDWR, 0600))));
    IN_CHILD({
        EXPECT_OK(setresuid(-1, 1234, 0));
        EXPECT_OK(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, 0));
        EXPECT_ERRNO(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS), EACCES);
    });
}

TEST(sync_returns)
{
    sync();
}

static void own_mounts(void)
{
    NEED_ROOT();
    if (unshare(CLONE_NEWNS) == -1)
        SKIP("needs a mount namespace");
    EXPECT_OK(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0));
}

TEST(a_file_system_is_made_configured_and_moved_into_place)
{
    own_mounts();
    EXPECT_OK(mkdir("mnt", 0755));
    int fs = EXPECT_OK(syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC));
    EXPECT_OK(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "0711", 0));
    // No mount before the super block is made.
    EXPECT_ERRNO(syscall(SYS_fsmount, fs, 0, 0), EINVAL);
    EXPECT_OK(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0));
    int tree = EXPECT_OK(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID));
    EXPECT_OK(syscall(SYS_move_mount, tree, "", AT_FDCWD, "mnt", MOVE_MOUNT_F_EMPTY_PATH));
    struct statfs st;
    EXPECT_OK(statfs("mnt", &st));
    EXPECT_EQ(st.f_type, 0x01021994);
    EXPECT_EQ(st.f_flags & MS_NOSUID, MS_NOSUID);
    struct stat mode;
    EXPECT_OK(stat("mnt", &mode));
    EXPECT_EQ(mode.st_mode, S_IFDIR | 0711);
    EXPECT_OK(umount2("mnt", MNT_DETACH));
}

TEST(the_mount_descriptors_refuse_bad_arguments)
{
    own_mounts();
    EXPECT_ERRNO(syscall(SYS_fsopen, "tmpfs", 0x80), EINVAL);
    EXPECT_ERRNO(syscall(SYS_fsopen, "no-such-type", 0), ENODEV);
    EXPECT_ERRNO(syscall(SYS_fsopen, BAD_ADDRESS, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_fsconfig, 1, FSCONFIG_CMD_CREATE, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_fsconfig, 99, FSCONFIG_CMD_CREATE, 0, 0, 0), EBADF);
    EXPECT_ERRNO(syscall(SYS_fsmount, 99, 0, 0), EBADF);
    EXPECT_ERRNO(syscall(SYS_fspick, AT_FDCWD, "none", 0), ENOENT);
    EXPECT_ERRNO(syscall(SYS_fspick, AT_FDCWD, "/", 0x80), EINVAL);
    EXPECT_ERRNO(syscall(SYS_open_tree, AT_FDCWD, "none", 0), ENOENT);
    EXPECT_ERRNO(syscall(SYS_open_tree, AT_FDCWD, "/", 4), EINVAL);
    EXPECT_ERRNO(syscall(SYS_move_mount, AT_FDCWD, "none", AT_FDCWD, "/", 0), ENOENT);
}

TEST(open_tree_clones_a_mount_and_fspick_changes_one)
{
    own_mounts();
    EXPECT_OK(mkdir("a", 0755));
    EXPECT_OK(mkdir("b", 0755));
    EXPECT_OK(mount("none", "a", "tmpfs", 0, 0));
    EXPECT_OK(close(EXPECT_OK(open("a/f", O_CREAT | O_RDWR, 0644))));
    int tree = EXPECT_OK(syscall(SYS_open_tree, AT_FDCWD, "a", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    EXPECT_OK(syscall(SYS_move_mount, tree, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH));
    EXPECT_OK(access("b/f", F_OK));
    struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
    EXPECT_OK(syscall(SYS_mount_setattr, AT_FDCWD, "b", 0, &attr, sizeof attr));
    EXPECT_ERRNO(open("b/g", O_CREAT | O_RDWR, 0644), EROFS);
    EXPECT_OK(close(EXPECT_OK(open("a/g", O_CREAT | O_RDWR, 0644))));
    EXPECT_ERRNO(syscall(SYS_mount_setattr, AT_FDCWD, "b", 0, &attr, 8), EINVAL);
    EXPECT_ERRNO(syscall(SYS_mount_setattr, AT_FDCWD, "b", 1, &attr, sizeof attr), EINVAL);
    int fs = EXPECT_OK(syscall(SYS_fspick, AT_FDCWD, "a", FSPICK_CLOEXEC));
    EXPECT_OK(syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "ro", 0, 0));
    EXPECT_OK(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0));
    EXPECT_ERRNO(open("a/h", O_CREAT | O_RDWR, 0644), EROFS);
    EXPECT_OK(umount2("b", MNT_DETACH));
    EXPECT_OK(umount2("a", MNT_DETACH));
}

TEST(what_belongs_to_the_machine_is_not_for_users)
{
    // As root the same calls would reach the machine when this runs natively.
    AS_USER(1234, 1234, {
        EXPECT_ERRNO(syscall(SYS_swapon, "none", 0), EPERM);
        EXPECT_ERRNO(syscall(SYS_swapoff, "none"), EPERM);
        EXPECT_ERRNO(syscall(SYS_reboot, 0, 0, 0, 0), EPERM);
    });
}
