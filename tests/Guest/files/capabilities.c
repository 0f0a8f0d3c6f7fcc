// Which capability lifts which file permission.
#include "files.h"
#include <linux/capability.h>

// Sets the effective set to these bits; the permitted set stays.
static void only(uint64_t bits)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];
    EXPECT_OK(syscall(SYS_capget, &header, data));
    if ((data[0].permitted & bits) != bits)
        SKIP("capabilities %#lx are not to be had", (long)bits);
    data[0].effective = bits;
    data[1].effective = bits >> 32;
    EXPECT_OK(syscall(SYS_capset, &header, data));
}

TEST(root_without_capabilities_is_an_ordinary_user)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0));
    only(0);
    EXPECT_ERRNO(open("file", O_RDONLY), EACCES);
    EXPECT_OK(chmod("file", 0600));
    EXPECT_OK(open("file", O_RDONLY));
    EXPECT_ERRNO(chown("file", SOMEBODY, -1), EPERM);
}

TEST(CAP_DAC_OVERRIDE_lifts_read_and_write)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0));
    only(1 << CAP_DAC_OVERRIDE);
    EXPECT_OK(open("file", O_RDWR));
    EXPECT_ERRNO(access("file", X_OK), EACCES);
}

TEST(CAP_DAC_READ_SEARCH_lifts_reading_and_searching_only)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "");
    EXPECT_OK(chmod("dir/file", 0));
    EXPECT_OK(chmod("dir", 0));
    only(1 << CAP_DAC_READ_SEARCH);
    EXPECT_OK(open("dir/file", O_RDONLY));
    EXPECT_OK(open("dir", O_RDONLY));
    EXPECT_ERRNO(open("dir/file", O_WRONLY), EACCES);
    EXPECT_ERRNO(unlink("dir/file"), EACCES);
}

TEST(CAP_FOWNER_stands_for_the_owner)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chown("file", SOMEBODY, SOMEBODY));
    IN_CHILD(only(0); EXPECT_ERRNO(chmod("file", 0600), EPERM));
    IN_CHILD(only(1 << CAP_FOWNER); EXPECT_OK(chmod("file", 0600)); EXPECT_ERRNO(open("file", O_RDONLY), EACCES));
}

TEST(CAP_FOWNER_lifts_the_sticky_bit)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0777));
    EXPECT_OK(chown("dir", SOMEBODY, SOMEBODY));
    EXPECT_OK(chmod("dir", 01777));
    make_file("dir/file", "");
    EXPECT_OK(chown("dir/file", SOMEBODY, SOMEBODY));
    IN_CHILD(only(0); EXPECT_ERRNO(unlink("dir/file"), EPERM));
    IN_CHILD(only(1 << CAP_FOWNER); EXPECT_OK(unlink("dir/file")));
}

TEST(CAP_CHOWN_gives_files_away)
{
    NEED_ROOT();
    make_file("file", "");
    only(1 << CAP_CHOWN);
    EXPECT_OK(chown("file", SOMEBODY, ANYBODY));
    EXPECT_OK(chown("file", 0, 0));
}

TEST(without_CAP_FSETID_chmod_drops_setgid_of_a_foreign_group)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chown("file", 0, SOMEBODY));
    IN_CHILD(only(0); EXPECT_OK(chmod("file", 02755)); EXPECT_EQ(stat_of("file").st_mode & 07777, 0755));
    IN_CHILD(only(1 << CAP_FSETID); EXPECT_OK(chmod("file", 02755)); EXPECT_EQ(stat_of("file").st_mode & 07777, 02755));
}

TEST(without_CAP_MKNOD_only_fifos_sockets_and_files_are_made)
{
    NEED_ROOT();
    only(0);
    EXPECT_ERRNO(mknod("null", S_IFCHR | 0666, 0x103), EPERM);
    EXPECT_ERRNO(mknod("disk", S_IFBLK | 0666, 0x103), EPERM);
    EXPECT_OK(mknod("fifo", S_IFIFO | 0666, 0));
    EXPECT_OK(mknod("socket", S_IFSOCK | 0666, 0));
    EXPECT_OK(mknod("file", S_IFREG | 0666, 0));
}

TEST(leaving_uid_0_drops_the_effective_set_and_coming_back_restores_it)
{
    NEED_ROOT();
    make_file("file", "");
    EXPECT_OK(chmod("file", 0));
    EXPECT_OK(chown("file", ANYBODY, ANYBODY));
    EXPECT_OK(seteuid(SOMEBODY));
    EXPECT_ERRNO(open("file", O_RDONLY), EACCES);
    EXPECT_OK(seteuid(0));
    EXPECT_OK(open("file", O_RDONLY));
}

TEST(CAP_SYS_CHROOT_is_needed_for_chroot)
{
    NEED_ROOT();
    IN_CHILD(only(0); EXPECT_ERRNO(chroot("."), EPERM));
    IN_CHILD(only(1 << CAP_SYS_CHROOT); EXPECT_OK(chroot(".")));
}

TEST(CAP_SYS_ADMIN_is_needed_for_mount_and_checked_first)
{
    NEED_ROOT();
    only(0);
    EXPECT_ERRNO(mount("none", ".", "tmpfs", 0, 0), EPERM);
    EXPECT_ERRNO(umount("."), EPERM);
}
