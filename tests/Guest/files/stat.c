// stat(2), fstat(2), lstat(2), newfstatat: the fields and the errors.
#include "files.h"
#include <sys/socket.h>
#include <sys/sysmacros.h>

TEST(the_file_type_is_in_the_mode)
{
    make_file("file", "");
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(mkfifo("fifo", 0644));
    EXPECT_OK(symlink("file", "link"));
    EXPECT_TRUE(S_ISREG(stat_of("file").st_mode));
    EXPECT_TRUE(S_ISDIR(stat_of("dir").st_mode));
    EXPECT_TRUE(S_ISFIFO(stat_of("fifo").st_mode));
    EXPECT_TRUE(S_ISLNK(stat_of("link").st_mode));
    EXPECT_TRUE(S_ISCHR(stat_of("/dev/null").st_mode));
}

TEST(a_new_file_belongs_to_the_creator_with_one_link)
{
    make_file("file", "text");
    struct stat st = stat_of("file");
    EXPECT_EQ(st.st_uid, geteuid());
    EXPECT_EQ(st.st_gid, getegid());
    EXPECT_EQ(st.st_nlink, 1);
    EXPECT_EQ(st.st_size, 4);
    EXPECT_GT(st.st_ino, 0);
    EXPECT_GT(st.st_blksize, 0);
}

TEST(two_names_of_one_file_have_one_inode_number_and_two_links)
{
    make_file("a", "");
    make_file("c", "");
    EXPECT_OK(link("a", "b"));
    struct stat a = stat_of("a"), b = stat_of("b"), c = stat_of("c");
    EXPECT_EQ(a.st_ino, b.st_ino);
    EXPECT_EQ(a.st_dev, b.st_dev);
    EXPECT_EQ(a.st_nlink, 2);
    EXPECT_NE(a.st_ino, c.st_ino);
}

TEST(blocks_count_what_is_allocated_in_units_of_512)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    static char text[65536];
    memset(text, 'x', sizeof text);
    EXPECT_EQ(write(fd, text, sizeof text), sizeof text);
    EXPECT_OK(fsync(fd));
    EXPECT_GE(fstat_of(fd).st_blocks, 128);
    EXPECT_OK(ftruncate(fd, 0));
    EXPECT_LE(fstat_of(fd).st_blocks, 16);
}

TEST(a_sparse_file_has_fewer_blocks_than_bytes)
{
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    EXPECT_OK(ftruncate(fd, 1 << 30));
    EXPECT_LT(fstat_of(fd).st_blocks, (1 << 30) / 512);
}

TEST(stat_follows_and_lstat_does_not)
{
    struct stat st;
    make_file("file", "text");
    EXPECT_OK(symlink("file", "link"));
    EXPECT_OK(stat("link", &st));
    EXPECT_TRUE(S_ISREG(st.st_mode));
    EXPECT_OK(lstat("link", &st));
    EXPECT_TRUE(S_ISLNK(st.st_mode));
    EXPECT_EQ(st.st_size, 4);
    EXPECT_EQ(st.st_mode & 0777, 0777);
}

TEST(lstat_with_a_trailing_slash_follows)
{
    struct stat st;
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(symlink("dir", "link"));
    EXPECT_OK(lstat("link/", &st));
    EXPECT_TRUE(S_ISDIR(st.st_mode));
}

TEST(stat_names_the_usual_path_errors)
{
    struct stat st;
    make_file("file", "");
    EXPECT_OK(symlink("missing", "dangling"));
    EXPECT_ERRNO(stat("missing", &st), ENOENT);
    EXPECT_ERRNO(stat("dangling", &st), ENOENT);
    EXPECT_OK(lstat("dangling", &st));
    EXPECT_ERRNO(stat("", &st), ENOENT);
    EXPECT_ERRNO(stat("file/", &st), ENOTDIR);
    EXPECT_ERRNO(stat(BAD_ADDRESS, &st), EFAULT);
    EXPECT_ERRNO(fstat(99, &st), EBADF);
}

TEST(a_bad_result_pointer_gives_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_stat, ".", BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(syscall(SYS_fstat, 0, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(syscall(SYS_stat, "missing", BAD_ADDRESS), ENOENT);
}

TEST(fstatat_with_AT_EMPTY_PATH_describes_the_descriptor)
{
    struct stat st;
    make_file("file", "text");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_OK(fstatat(fd, "", &st, AT_EMPTY_PATH));
    EXPECT_EQ(st.st_size, 4);
    EXPECT_OK(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
    EXPECT_TRUE(S_ISDIR(st.st_mode));
    EXPECT_ERRNO(fstatat(99, "", &st, AT_EMPTY_PATH), EBADF);
}

TEST(fstatat_refuses_unknown_flags)
{
    struct stat st;
    EXPECT_ERRNO(syscall(SYS_newfstatat, AT_FDCWD, ".", &st, 0x40000000), EINVAL);
    EXPECT_ERRNO(syscall(SYS_newfstatat, AT_FDCWD, "missing", &st, 0x40000000), EINVAL);
}

TEST(fstatat_starts_at_the_descriptor)
{
    struct stat st;
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "text");
    int fd = EXPECT_OK(open("dir", O_RDONLY));
    EXPECT_OK(fstatat(fd, "file", &st, 0));
    EXPECT_ERRNO(fstatat(fd, "missing", &st, 0), ENOENT);
    EXPECT_ERRNO(fstatat(99, "file", &st, 0), EBADF);
    int file = EXPECT_OK(open("dir/file", O_RDONLY));
    EXPECT_ERRNO(fstatat(file, "x", &st, 0), ENOTDIR);
}

TEST(the_link_count_of_a_directory_counts_its_subdirectories)
{
    EXPECT_OK(mkdir("dir", 0755));
    if (stat_of("dir").st_nlink == 1)
        SKIP("the file system does not count links of directories");
    EXPECT_EQ(stat_of("dir").st_nlink, 2);
    EXPECT_OK(mkdir("dir/a", 0755));
    EXPECT_OK(mkdir("dir/b", 0755));
    make_file("dir/file", "");
    EXPECT_EQ(stat_of("dir").st_nlink, 4);
    EXPECT_OK(rmdir("dir/a"));
    EXPECT_EQ(stat_of("dir").st_nlink, 3);
}

TEST(pipes_and_sockets_have_inode_numbers_and_types)
{
    int p[2], s[2];
    EXPECT_OK(pipe(p));
    EXPECT_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    EXPECT_TRUE(S_ISFIFO(fstat_of(p[0]).st_mode));
    EXPECT_TRUE(S_ISSOCK(fstat_of(s[0]).st_mode));
    EXPECT_EQ(fstat_of(p[0]).st_ino, fstat_of(p[1]).st_ino);
    EXPECT_NE(fstat_of(s[0]).st_ino, fstat_of(s[1]).st_ino);
    EXPECT_EQ(fstat_of(p[0]).st_mode & 0777, 0600);
}

TEST(device_numbers_of_the_memory_devices_are_fixed)
{
    EXPECT_EQ(stat_of("/dev/null").st_rdev, makedev(1, 3));
    EXPECT_EQ(stat_of("/dev/zero").st_rdev, makedev(1, 5));
    EXPECT_EQ(stat_of("/dev/full").st_rdev, makedev(1, 7));
    EXPECT_EQ(stat_of("/dev/random").st_rdev, makedev(1, 8));
    EXPECT_EQ(stat_of("/dev/urandom").st_rdev, makedev(1, 9));
}

TEST(times_move_with_what_is_done)
{
    make_file("file", "text");
    struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    EXPECT_OK(utimensat(AT_FDCWD, "file", old, 0));
    struct stat before = stat_of("file");
    EXPECT_EQ(before.st_mtime, 1000);
    EXPECT_GT(before.st_ctime, 1000);
    EXPECT_OK(chmod("file", 0600));
    EXPECT_EQ(stat_of("file").st_mtime, 1000);
    int fd = EXPECT_OK(open("file", O_WRONLY));
    EXPECT_EQ(write(fd, "T", 1), 1);
    EXPECT_GT(stat_of("file").st_mtime, 1000);
}

TEST(creating_and_removing_names_moves_the_times_of_the_directory)
{
    EXPECT_OK(mkdir("dir", 0755));
    struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };
    EXPECT_OK(utimensat(AT_FDCWD, "dir", old, 0));
    make_file("dir/file", "");
    EXPECT_GT(stat_of("dir").st_mtime, 1000);
    EXPECT_OK(utimensat(AT_FDCWD, "dir", old, 0));
    EXPECT_OK(unlink("dir/file"));
    EXPECT_GT(stat_of("dir").st_mtime, 1000);
    EXPECT_GT(stat_of("dir").st_ctime, 1000);
}
