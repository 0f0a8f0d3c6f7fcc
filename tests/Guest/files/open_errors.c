// open(2): what it refuses, with which errno.
#include "files.h"
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

TEST(opening_a_missing_name_gives_ENOENT)
{
    EXPECT_ERRNO(open("missing", O_RDONLY), ENOENT);
    EXPECT_ERRNO(open("missing/file", O_CREAT | O_WRONLY, 0644), ENOENT);
}

TEST(opening_the_empty_path_gives_ENOENT)
{
    EXPECT_ERRNO(open("", O_RDONLY), ENOENT);
    EXPECT_ERRNO(open("", O_CREAT | O_WRONLY, 0644), ENOENT);
}

TEST(creating_through_a_dangling_symlink_makes_its_target)
{
    EXPECT_OK(symlink("target", "link"));
    EXPECT_ERRNO(open("link", O_RDONLY), ENOENT);
    EXPECT_OK(open("link", O_CREAT | O_WRONLY, 0644));
    EXPECT_TRUE(exists("target"));
}

TEST(exclusive_creation_does_not_follow_a_dangling_symlink)
{
    EXPECT_OK(symlink("target", "link"));
    EXPECT_ERRNO(open("link", O_CREAT | O_EXCL | O_WRONLY, 0644), EEXIST);
    EXPECT_FALSE(exists("target"));
}

TEST(exclusive_creation_of_an_existing_name_gives_EEXIST)
{
    make_file("file", "");
    EXPECT_ERRNO(open("file", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
    EXPECT_ERRNO(open(".", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
    EXPECT_ERRNO(open("/", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
}

TEST(a_file_in_the_middle_of_a_path_gives_ENOTDIR)
{
    make_file("file", "");
    EXPECT_ERRNO(open("file/x", O_RDONLY), ENOTDIR);
    EXPECT_ERRNO(open("file/", O_RDONLY), ENOTDIR);
    EXPECT_ERRNO(open("file/.", O_RDONLY), ENOTDIR);
    EXPECT_ERRNO(open("file/..", O_RDONLY), ENOTDIR);
}

TEST(O_DIRECTORY_on_a_file_gives_ENOTDIR)
{
    make_file("file", "");
    EXPECT_ERRNO(open("file", O_RDONLY | O_DIRECTORY), ENOTDIR);
}

TEST(opening_a_directory_for_writing_gives_EISDIR)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_ERRNO(open("dir", O_WRONLY), EISDIR);
    EXPECT_ERRNO(open("dir", O_RDWR), EISDIR);
    EXPECT_ERRNO(open(".", O_RDWR), EISDIR);
    EXPECT_ERRNO(open("/", O_WRONLY), EISDIR);
}

TEST(creating_over_a_directory_gives_EISDIR_even_for_reading)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_ERRNO(open("dir", O_RDONLY | O_CREAT, 0644), EISDIR);
}

TEST(creating_a_name_with_a_trailing_slash_gives_EISDIR)
{
    EXPECT_ERRNO(open("missing/", O_CREAT | O_WRONLY, 0644), EISDIR);
    make_file("file", "");
    EXPECT_ERRNO(open("file/", O_CREAT | O_WRONLY, 0644), EISDIR);
}

TEST(a_symlink_loop_gives_ELOOP)
{
    EXPECT_OK(symlink("b", "a"));
    EXPECT_OK(symlink("a", "b"));
    EXPECT_ERRNO(open("a", O_RDONLY), ELOOP);
    EXPECT_ERRNO(open("a/x", O_RDONLY), ELOOP);
    EXPECT_ERRNO(open("a", O_CREAT | O_WRONLY, 0644), ELOOP);
}

TEST(O_NOFOLLOW_on_a_symlink_gives_ELOOP)
{
    make_file("file", "");
    EXPECT_OK(symlink("file", "link"));
    EXPECT_ERRNO(open("link", O_RDONLY | O_NOFOLLOW), ELOOP);
    EXPECT_ERRNO(open("link", O_CREAT | O_WRONLY | O_NOFOLLOW, 0644), ELOOP);
}

TEST(O_NOFOLLOW_with_O_DIRECTORY_on_a_symlink_gives_ENOTDIR)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(symlink("dir", "link"));
    EXPECT_ERRNO(open("link", O_RDONLY | O_NOFOLLOW | O_DIRECTORY), ENOTDIR);
}

TEST(O_NOFOLLOW_follows_a_symlink_before_the_last_component)
{
    EXPECT_OK(mkdir("dir", 0755));
    make_file("dir/file", "");
    EXPECT_OK(symlink("dir", "link"));
    EXPECT_OK(open("link/file", O_RDONLY | O_NOFOLLOW));
}

TEST(a_component_of_256_bytes_gives_ENAMETOOLONG)
{
    char name[300];
    memset(name, 'n', 256);
    name[256] = 0;
    EXPECT_ERRNO(open(name, O_CREAT | O_WRONLY, 0644), ENAMETOOLONG);
    EXPECT_ERRNO(open(name, O_RDONLY), ENAMETOOLONG);
    name[255] = 0;
    EXPECT_OK(open(name, O_CREAT | O_WRONLY, 0644));
}

TEST(a_path_of_4096_bytes_gives_ENAMETOOLONG)
{
    char path[PATH_MAX + 2];
    for (int i = 0; i < PATH_MAX; i += 2)
        memcpy(path + i, "./", 2);
    path[PATH_MAX] = 0;
    EXPECT_ERRNO(open(path, O_RDONLY), ENAMETOOLONG);
    path[PATH_MAX - 1] = 0;
    EXPECT_OK(open(path, O_RDONLY));
}

TEST(a_bad_path_pointer_gives_EFAULT)
{
    EXPECT_ERRNO(open(BAD_ADDRESS, O_RDONLY), EFAULT);
    EXPECT_ERRNO(open((char *)0xffff800000000000, O_RDONLY), EFAULT);
}

TEST(a_path_that_runs_into_an_unmapped_page_gives_EFAULT)
{
    char *page = EXPECT_OK(mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_OK(munmap(page + 4096, 4096));
    memcpy(page + 4093, "abc", 3);
    EXPECT_ERRNO(open(page + 4093, O_RDONLY), EFAULT);
    page[4095] = 0;
    EXPECT_ERRNO(open(page + 4093, O_RDONLY), ENOENT);
}

TEST(a_bad_directory_descriptor_gives_EBADF_for_relative_paths_only)
{
    EXPECT_ERRNO(openat(99, "file", O_RDONLY), EBADF);
    EXPECT_ERRNO(openat(-1, "file", O_RDONLY), EBADF);
    EXPECT_OK(openat(99, "/", O_RDONLY));
}

TEST(a_directory_descriptor_that_is_a_file_gives_ENOTDIR)
{
    make_file("file", "");
    int fd = EXPECT_OK(open("file", O_RDONLY));
    EXPECT_ERRNO(openat(fd, "x", O_RDONLY), ENOTDIR);
    EXPECT_ERRNO(openat(fd, "", O_RDONLY), ENOENT);
}

TEST(opening_a_fifo_write_only_and_nonblocking_without_reader_gives_ENXIO)
{
    EXPECT_OK(mkfifo("fifo", 0644));
    EXPECT_ERRNO(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
}

TEST(opening_a_socket_gives_ENXIO)
{
    int s = EXPECT_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    struct sockaddr_un address = { AF_UNIX, "socket" };
    EXPECT_OK(bind(s, (void *)&address, sizeof address));
    EXPECT_ERRNO(open("socket", O_RDWR), ENXIO);
    EXPECT_OK(open("socket", O_PATH));
}

TEST(opening_a_device_that_does_not_exist_gives_ENXIO)
{
    NEED_ROOT();
    // Character major 234..254 is free for local use; nothing registers minor 999 of 240 by default.
    if (mknod("device", S_IFCHR | 0600, (240 << 8) | 231) == -1)
        SKIP("no mknod: %s", harness_errno_name(errno));
    int fd = open("device", O_RDONLY);
    EXPECT_EQ(fd, -1);
    // A device cgroup or nodev would say EPERM or EACCES before.
    EXPECT_TRUE(errno == ENXIO || errno == EPERM || errno == EACCES);
}

TEST(running_out_of_descriptors_gives_EMFILE)
{
    struct rlimit limit;
    EXPECT_OK(getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 10;
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
    for (int i = 3; i < 10; i++)
        EXPECT_EQ(open("/", O_RDONLY), i);
    EXPECT_ERRNO(open("/", O_RDONLY), EMFILE);
    EXPECT_ERRNO(open("made", O_CREAT | O_WRONLY, 0644), EMFILE);
    EXPECT_FALSE(exists("made"));
    close(5);
    EXPECT_EQ(open("/", O_RDONLY), 5);
}

TEST(opening_a_running_program_for_writing_gives_ETXTBSY)
{
    // Our own executable may lie on a read-only file system: EROFS and EACCES come from there.
    EXPECT_EQ(open("/proc/self/exe", O_WRONLY), -1);
    EXPECT_TRUE(errno == ETXTBSY || errno == EROFS || errno == EACCES);
}

TEST(creating_in_a_removed_directory_gives_ENOENT)
{
    EXPECT_OK(mkdir("dir", 0755));
    int fd = EXPECT_OK(open("dir", O_RDONLY | O_DIRECTORY));
    EXPECT_OK(rmdir("dir"));
    EXPECT_ERRNO(openat(fd, "file", O_CREAT | O_WRONLY, 0644), ENOENT);
    EXPECT_ERRNO(openat(fd, "file", O_RDONLY), ENOENT);
    EXPECT_OK(openat(fd, ".", O_RDONLY));
}

TEST(O_DIRECTORY_with_O_CREAT_gives_EINVAL_since_Linux_6_4)
{
    EXPECT_ERRNO(open("new", O_CREAT | O_DIRECTORY | O_RDONLY, 0644), EINVAL);
    EXPECT_FALSE(exists("new"));
}
