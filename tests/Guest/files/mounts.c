// mount(2), umount2(2), pivot_root(2), in a mount namespace of their own.
#include "files.h"
#include <sched.h>
#include <sys/inotify.h>

static void prepare(void)
{
    NEED_ROOT();
    enter_mount_namespace();
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/below", "below");
}

TEST(a_mount_hides_what_is_below_until_it_goes)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    EXPECT_FALSE(exists("dir/below"));
    make_file("dir/file", "text");
    EXPECT_NE(stat_of("dir").st_dev, stat_of(".").st_dev);
    EXPECT_OK(umount("dir"));
    EXPECT_STREQ(file_text("dir/below"), "below");
    EXPECT_FALSE(exists("dir/file"));
}

TEST(the_mode_option_of_tmpfs_sets_the_mode_of_its_root)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, "mode=0710,uid=12345,gid=23456"));
    struct stat st = stat_of("dir");
    EXPECT_EQ(st.st_mode & 07777, 0710);
    EXPECT_EQ(st.st_uid, SOMEBODY);
    EXPECT_EQ(st.st_gid, ANYBODY);
}

TEST(an_unknown_tmpfs_option_gives_EINVAL)
{
    prepare();
    EXPECT_ERRNO(mount("tmpfs", "dir", "tmpfs", 0, "nonsense=1"), EINVAL);
    EXPECT_ERRNO(mount("tmpfs", "dir", "tmpfs", 0, "size=nonsense"), EINVAL);
}

TEST(a_full_tmpfs_gives_ENOSPC)
{
    prepare();
    static char junk[65536];
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, "size=64k,nr_inodes=4"));
    int fd = EXPECT_OK(open("dir/a", O_CREAT | O_WRONLY, 0644));
    EXPECT_GT(write(fd, junk, sizeof junk), 0);
    EXPECT_ERRNO(write(fd, junk, sizeof junk), ENOSPC);
    EXPECT_OK(mkdir("dir/b", 0755));
    EXPECT_OK(mkdir("dir/c", 0755));
    EXPECT_ERRNO(mkdir("dir/d", 0755), ENOSPC);
}

TEST(a_bind_mount_shows_one_directory_at_two_places)
{
    prepare();
    EXPECT_OK(mkdir("other", 0755));
    EXPECT_OK(mount("dir", "other", 0, MS_BIND, 0));
    EXPECT_STREQ(file_text("other/below"), "below");
    make_file("other/new", "text");
    EXPECT_STREQ(file_text("dir/new"), "text");
    EXPECT_EQ(stat_of("other").st_ino, stat_of("dir").st_ino);
    EXPECT_ERRNO(rename("dir/new", "other/new2"), EXDEV);
}

TEST(a_file_is_bound_over_a_file)
{
    prepare();
    make_file("a", "a");
    make_file("b", "b");
    EXPECT_OK(mount("a", "b", 0, MS_BIND, 0));
    EXPECT_STREQ(file_text("b"), "a");
    EXPECT_ERRNO(unlink("b"), EBUSY);
    EXPECT_ERRNO(rename("b", "c"), EBUSY);
    EXPECT_OK(umount("b"));
    EXPECT_STREQ(file_text("b"), "b");
    EXPECT_ERRNO(mount("dir", "b", 0, MS_BIND, 0), ENOTDIR);
    EXPECT_ERRNO(mount("a", "dir", 0, MS_BIND, 0), ENOTDIR);
}

TEST(a_read_only_mount_gives_EROFS)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    make_file("dir/file", "text");
    EXPECT_OK(mount(0, "dir", 0, MS_REMOUNT | MS_RDONLY, 0));
    EXPECT_ERRNO(open("dir/file", O_WRONLY), EROFS);
    EXPECT_ERRNO(open("dir/new", O_CREAT | O_WRONLY, 0644), EROFS);
    EXPECT_ERRNO(mkdir("dir/new", 0755), EROFS);
    EXPECT_ERRNO(mkdir("dir/file", 0755), EEXIST);
    EXPECT_ERRNO(unlink("dir/file"), EROFS);
    EXPECT_ERRNO(unlink("dir/missing"), EROFS);
    EXPECT_ERRNO(rename("dir/file", "dir/new"), EROFS);
    EXPECT_ERRNO(link("dir/file", "dir/new"), EROFS);
    EXPECT_ERRNO(symlink("x", "dir/new"), EROFS);
    EXPECT_ERRNO(chmod("dir/file", 0600), EROFS);
    EXPECT_ERRNO(chown("dir/file", 0, 0), EROFS);
    EXPECT_ERRNO(truncate("dir/file", 0), EROFS);
    EXPECT_ERRNO(utimensat(AT_FDCWD, "dir/file", 0, 0), EROFS);
    EXPECT_ERRNO(access("dir/file", W_OK), EROFS);
    EXPECT_OK(open("dir/file", O_RDONLY));
    EXPECT_OK(open("dir/file", O_RDONLY | O_CREAT, 0644));
}

TEST(a_bind_mount_is_made_read_only_alone)
{
    prepare();
    EXPECT_OK(mkdir("other", 0755));
    EXPECT_OK(mount("dir", "other", 0, MS_BIND, 0));
    EXPECT_OK(mount(0, "other", 0, MS_BIND | MS_REMOUNT | MS_RDONLY, 0));
    EXPECT_ERRNO(open("other/new", O_CREAT | O_WRONLY, 0644), EROFS);
    make_file("dir/new", "");
}

TEST(remounting_read_only_with_a_writer_gives_EBUSY)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    int fd = EXPECT_OK(open("dir/file", O_CREAT | O_WRONLY, 0644));
    EXPECT_ERRNO(mount(0, "dir", 0, MS_REMOUNT | MS_RDONLY, 0), EBUSY);
    close(fd);
    EXPECT_OK(mount(0, "dir", 0, MS_REMOUNT | MS_RDONLY, 0));
}

TEST(nodev_noexec_forbid_devices_and_programs)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", MS_NODEV | MS_NOEXEC, 0));
    EXPECT_OK(mknod("dir/null", S_IFCHR | 0666, 0x103));
    EXPECT_ERRNO(open("dir/null", O_RDONLY), EACCES);
    make_file("dir/program", "#!/bin/sh\n");
    EXPECT_OK(chmod("dir/program", 0755));
    EXPECT_ERRNO(execl("dir/program", "program", (char *)0), EACCES);
    EXPECT_ERRNO(access("dir/program", X_OK), EACCES);
}

TEST(a_busy_mount_is_not_unmounted_but_may_be_detached)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    int fd = EXPECT_OK(open("dir/file", O_CREAT | O_RDWR, 0644));
    EXPECT_ERRNO(umount("dir"), EBUSY);
    EXPECT_OK(umount2("dir", MNT_DETACH));
    EXPECT_TRUE(exists("dir/below"));
    EXPECT_EQ(write(fd, "x", 1), 1);
}

TEST(MNT_EXPIRE_unmounts_at_the_second_call)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    EXPECT_ERRNO(umount2("dir", MNT_EXPIRE), EAGAIN);
    EXPECT_OK(umount2("dir", MNT_EXPIRE));
    EXPECT_TRUE(exists("dir/below"));
}

TEST(mount_names_its_errors)
{
    prepare();
    make_file("file", "");
    EXPECT_ERRNO(mount("tmpfs", "missing", "tmpfs", 0, 0), ENOENT);
    EXPECT_ERRNO(mount("x", "dir", "nosuchfs", 0, 0), ENODEV);
    EXPECT_ERRNO(mount("tmpfs", "file", "tmpfs", 0, 0), ENOTDIR);
    EXPECT_ERRNO(mount("missing", "dir", 0, MS_BIND, 0), ENOENT);
    EXPECT_ERRNO(mount("tmpfs", "dir", 0, 0, 0), EINVAL);
    EXPECT_ERRNO(mount("tmpfs", "dir", BAD_ADDRESS, 0, 0), EFAULT);
    EXPECT_ERRNO(mount(0, "dir", 0, MS_REMOUNT, 0), EINVAL);
}

TEST(umount_names_its_errors)
{
    prepare();
    EXPECT_ERRNO(umount("dir"), EINVAL);
    EXPECT_ERRNO(umount("missing"), ENOENT);
    EXPECT_ERRNO(umount2("dir", 0x100), EINVAL);
    EXPECT_ERRNO(umount2("dir", MNT_EXPIRE | MNT_FORCE), EINVAL);
}

TEST(an_ordinary_user_may_not_mount)
{
    prepare();
    AS_USER(SOMEBODY, SOMEBODY, EXPECT_ERRNO(mount("tmpfs", "dir", "tmpfs", 0, 0), EPERM);
            EXPECT_ERRNO(umount("dir"), EPERM));
}

TEST(a_mount_point_is_busy_for_rmdir_and_rename)
{
    prepare();
    EXPECT_OK(mkdir("empty", 0755));
    EXPECT_OK(mount("tmpfs", "empty", "tmpfs", 0, 0));
    EXPECT_ERRNO(rmdir("empty"), EBUSY);
    EXPECT_ERRNO(rename("empty", "other"), EBUSY);
    EXPECT_OK(umount("empty"));
    EXPECT_OK(rmdir("empty"));
}

TEST(a_mount_moves)
{
    prepare();
    EXPECT_OK(mkdir("other", 0755));
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    make_file("dir/file", "text");
    EXPECT_OK(mount("dir", "other", 0, MS_MOVE, 0));
    EXPECT_STREQ(file_text("other/file"), "text");
    EXPECT_TRUE(exists("dir/below"));
    EXPECT_ERRNO(mount("dir", "other", 0, MS_MOVE, 0), EINVAL);
}

TEST(mounts_of_a_namespace_are_its_own)
{
    prepare();
    IN_CHILD(enter_mount_namespace(); EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
             EXPECT_FALSE(exists("dir/below")));
    EXPECT_TRUE(exists("dir/below"));
}

TEST(a_recursive_bind_takes_the_submounts_along)
{
    prepare();
    EXPECT_OK(mkdir("dir/sub", 0755));
    EXPECT_OK(mkdir("flat", 0755));
    EXPECT_OK(mkdir("deep", 0755));
    EXPECT_OK(mount("tmpfs", "dir/sub", "tmpfs", 0, 0));
    make_file("dir/sub/file", "");
    EXPECT_OK(mount("dir", "flat", 0, MS_BIND, 0));
    EXPECT_OK(mount("dir", "deep", 0, MS_BIND | MS_REC, 0));
    EXPECT_FALSE(exists("flat/sub/file"));
    EXPECT_TRUE(exists("deep/sub/file"));
}

TEST(dotdot_climbs_over_stacked_mounts)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    EXPECT_EQ(stat_of("dir/..").st_ino, stat_of(".").st_ino);
    EXPECT_OK(umount("dir"));
    EXPECT_OK(umount("dir"));
    EXPECT_TRUE(exists("dir/below"));
}

TEST(pivot_root_changes_the_root_of_the_namespace)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    EXPECT_OK(mkdir("dir/old", 0755));
    make_file("dir/file", "text");
    EXPECT_OK(chdir("dir"));
    EXPECT_OK(syscall(SYS_pivot_root, ".", "old"));
    EXPECT_OK(chdir("/"));
    EXPECT_STREQ(file_text("/file"), "text");
    EXPECT_TRUE(exists("/old/proc"));
    EXPECT_OK(umount2("/old", MNT_DETACH));
    EXPECT_FALSE(exists("/old/proc"));
}

TEST(pivot_root_refuses_what_is_no_mount_point)
{
    prepare();
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
    EXPECT_OK(mkdir("dir/sub", 0755));
    EXPECT_OK(mkdir("dir/sub/old", 0755));
    EXPECT_ERRNO(syscall(SYS_pivot_root, "dir/sub", "dir/sub/old"), EINVAL);
    EXPECT_ERRNO(syscall(SYS_pivot_root, "/", "/"), EBUSY);
    EXPECT_ERRNO(syscall(SYS_pivot_root, "missing", "dir"), ENOENT);
}

// Mounts a tmpfs on "dir" in a namespace of its own, and waits there.
static pid_t mount_elsewhere(void)
{
    int ready[2];
    char byte;
    EXPECT_OK(pipe(ready));
    pid_t pid = FORK({
        enter_mount_namespace();
        EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, 0));
        make_file("dir/elsewhere", "text");
        EXPECT_EQ(write(ready[1], "x", 1), 1);
        for (;;)
            pause();
    });
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    return pid;
}

static void end(pid_t pid)
{
    EXPECT_OK(kill(pid, SIGKILL));
    EXPECT_SIGNALED(pid, SIGKILL);
}

TEST(a_mount_point_of_another_namespace_may_be_removed)
{
    prepare();
    pid_t pid = mount_elsewhere();
    EXPECT_OK(unlink("dir/below"));
    EXPECT_OK(rmdir("dir"));
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(mkdir("other", 0755));
    end(pid);
    pid = mount_elsewhere();
    EXPECT_OK(rename("other", "dir"));
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cwd/dir/elsewhere", pid);
    EXPECT_FALSE(exists(path));
    end(pid);
}

TEST(mounts_of_a_namespace_end_with_its_last_process)
{
    prepare();
    pid_t pid = mount_elsewhere();
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cwd/dir/elsewhere", pid);
    int fd = EXPECT_OK(inotify_init1(IN_NONBLOCK));
    EXPECT_OK(inotify_add_watch(fd, path, IN_ATTRIB));
    end(pid);
    struct inotify_event event = { 0 };
    EXPECT_SOON(read(fd, &event, sizeof event) == sizeof event);
    EXPECT_EQ(event.mask, IN_UNMOUNT);
    EXPECT_OK(unlink("dir/below"));
    EXPECT_OK(rmdir("dir"));
}

TEST(an_open_namespace_keeps_its_mounts)
{
    prepare();
    pid_t pid = mount_elsewhere();
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
    int fd = EXPECT_OK(open(path, O_RDONLY));
    char cwd[256];
    EXPECT_TRUE(getcwd(cwd, sizeof cwd));
    end(pid);
    EXPECT_OK(setns(fd, CLONE_NEWNS));
    EXPECT_OK(chdir(cwd));
    EXPECT_TRUE(exists("dir/elsewhere"));
}

TEST(ramfs_is_a_tmpfs_without_limits_and_ignores_unknown_options)
{
    struct stat st;
    NEED_ROOT();
    enter_mount_namespace();
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(mount("r", "dir", "ramfs", MS_NODEV, "mode=700,whatever=1"));
    EXPECT_OK(stat("dir", &st));
    EXPECT_EQ(st.st_mode, S_IFDIR | 0700);
    int fd = EXPECT_OK(open("dir/file", O_CREAT | O_RDWR, 0600));
    EXPECT_EQ(write(fd, "x", 1), 1);
    close(fd);
    EXPECT_OK(umount("dir"));
}

TEST(a_user_namespace_cannot_take_back_flags_of_mounts_it_was_given)
{
    const unsigned long again = MS_REMOUNT | MS_BIND;
    NEED_ROOT();
    enter_mount_namespace();
    mount_tmpfs("dir", MS_NODEV | MS_NOSUID | MS_RELATIME, 0);
    IN_CHILD({
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == -1)
            SKIP("no user namespace: %s", harness_errno_name(errno));
        EXPECT_ERRNO(mount(0, "dir", 0, again | MS_NOSUID | MS_RELATIME, 0), EPERM);
        EXPECT_ERRNO(mount(0, "dir", 0, again | MS_NODEV | MS_NOSUID | MS_NOATIME, 0), EPERM);
        EXPECT_OK(mount(0, "dir", 0, again | MS_NODEV | MS_NOSUID | MS_NOEXEC | MS_RELATIME, 0));
        EXPECT_OK(mount(0, "dir", 0, again | MS_NODEV | MS_NOSUID | MS_RELATIME, 0));
        // Nor of a copy.
        EXPECT_OK(mount("dir", "dir", 0, MS_BIND, 0));
        EXPECT_ERRNO(mount(0, "dir", 0, again | MS_NODEV | MS_RELATIME, 0), EPERM);
    });
    EXPECT_OK(mount(0, "dir", 0, again | MS_NODEV | MS_NOATIME, 0));
}
