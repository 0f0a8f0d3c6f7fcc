// execveat(2) and fexecve(3).
#include "../support/exec.h"
#include "../support/mem.h"
#include <sys/auxv.h>

static int at(int dir, const char *path, char *const argv[], int flags)
{
    volatile int error = 0;
    pid_t child = EXPECT_OK(vfork());
    if (child == 0) {
        syscall(SYS_execveat, dir, path, argv, environ, flags);
        error = errno;
        _exit(127);
    }
    int status;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return error ? -error : status;
}

ROLE(nothing)
{
}

// The name by which it was called ends like this.
ROLE(expect_name)
{
    const char *name = (const char *)getauxval(AT_EXECFN);
    REQUIRE(!strcmp(name, argv[2]));
    char comm[64] = "";
    REQUIRE(read(open("/proc/self/comm", O_RDONLY), comm, 63) > 0);
    comm[strlen(comm) - 1] = 0;
    REQUIRE(!strcmp(comm, argv[3]));
}

TEST(a_path_is_relative_to_the_directory)
{
    EXPECT_OK(mkdir("dir", 0755));
    copy_self("dir/prog", 0755);
    int dir = EXPECT_OK(open("dir", O_RDONLY | O_DIRECTORY));
    EXPECT_EQ(at(dir, "prog", ARGV("p", "@nothing"), 0), 0);
    EXPECT_EQ(at(AT_FDCWD, "dir/prog", ARGV("p", "@nothing"), 0), 0);
    EXPECT_EQ(at(999, SELF, ARGV("p", "@nothing"), 0), 0);
    EXPECT_EQ(at(dir, "missing", ARGV("p"), 0), -ENOENT);
}

TEST(bad_descriptors_are_refused)
{
    copy_self("prog", 0755);
    int file = EXPECT_OK(open("prog", O_RDONLY));
    EXPECT_EQ(at(999, "prog", ARGV("p"), 0), -EBADF);
    EXPECT_EQ(at(file, "prog", ARGV("p"), 0), -ENOTDIR);
    EXPECT_EQ(at(999, "", ARGV("p"), AT_EMPTY_PATH), -EBADF);
}

TEST(unknown_flags_are_EINVAL)
{
    EXPECT_EQ(at(AT_FDCWD, SELF, ARGV("p"), 1), -EINVAL);
    EXPECT_EQ(at(AT_FDCWD, SELF, ARGV("p"), AT_REMOVEDIR), -EINVAL);
    EXPECT_EQ(at(AT_FDCWD, SELF, ARGV("p"), 1 << 30), -EINVAL);
}

TEST(an_empty_path_needs_its_flag)
{
    copy_self("prog", 0755);
    int fd = EXPECT_OK(open("prog", O_RDONLY));
    EXPECT_EQ(at(fd, "", ARGV("p"), 0), -ENOENT);
    EXPECT_EQ(at(fd, "", ARGV("p", "@nothing"), AT_EMPTY_PATH), 0);
    // The working directory is no program.
    EXPECT_EQ(at(AT_FDCWD, "", ARGV("p"), AT_EMPTY_PATH), -EACCES);
}

TEST(an_O_PATH_descriptor_will_do)
{
    copy_self("prog", 0711);
    int fd = EXPECT_OK(open("prog", O_PATH));
    EXPECT_EQ(at(fd, "", ARGV("p", "@nothing"), AT_EMPTY_PATH), 0);
}

TEST(a_descriptor_of_what_is_not_executable_is_EACCES)
{
    copy_self("prog", 0644);
    int fd = EXPECT_OK(open("prog", O_RDONLY));
    EXPECT_EQ(at(fd, "", ARGV("p"), AT_EMPTY_PATH), -EACCES);
    int fds[2];
    EXPECT_OK(pipe(fds));
    EXPECT_EQ(at(fds[0], "", ARGV("p"), AT_EMPTY_PATH), -EACCES);
}

TEST(a_descriptor_open_for_writing_is_ETXTBSY)
{
    copy_self("prog", 0755);
    int fd = EXPECT_OK(open("prog", O_RDWR));
    EXPECT_EQ(at(fd, "", ARGV("p"), AT_EMPTY_PATH), -ETXTBSY);
}

TEST(nofollow_refuses_a_link)
{
    copy_self("prog", 0755);
    EXPECT_OK(symlink("prog", "link"));
    EXPECT_EQ(at(AT_FDCWD, "link", ARGV("p", "@nothing"), 0), 0);
    EXPECT_EQ(at(AT_FDCWD, "link", ARGV("p"), AT_SYMLINK_NOFOLLOW), -ELOOP);
    EXPECT_EQ(at(AT_FDCWD, "prog", ARGV("p", "@nothing"), AT_SYMLINK_NOFOLLOW), 0);
}

TEST(fexecve_runs_a_close_on_exec_descriptor)
{
    copy_self("prog", 0755);
    int fd = EXPECT_OK(open("prog", O_RDONLY | O_CLOEXEC));
    IN_CHILD(fexecve(fd, ARGV("p", "@nothing"), environ), _exit(1));
}

TEST(a_memfd_can_be_executed)
{
    int fd = EXPECT_OK(memfd_create("program", MFD_CLOEXEC)), from = EXPECT_OK(open(SELF, O_RDONLY));
    static char block[1 << 16];
    ssize_t n;
    while ((n = read(from, block, sizeof block)) > 0)
        EXPECT_EQ(write(fd, block, n), n);
    close(from);
    // Open for writing as it is: a memfd is no text file to be busy.
    int result = at(fd, "", ARGV("p", "@nothing"), AT_EMPTY_PATH);
    EXPECT_TRUE(result == 0 || result == -ETXTBSY);
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int ro = EXPECT_OK(open(path, O_RDONLY | O_CLOEXEC));
    close(fd);
    EXPECT_EQ(at(ro, "", ARGV("p", "@nothing"), AT_EMPTY_PATH), 0);
}

TEST(the_names_of_a_program_run_by_descriptor)
{
    char name[64];
    EXPECT_OK(mkdir("dir", 0755));
    copy_self("dir/prog", 0755);
    int fd = EXPECT_OK(open("dir/prog", O_RDONLY)), dir = EXPECT_OK(open("dir", O_RDONLY));
    snprintf(name, sizeof name, "/dev/fd/%d", fd);
    // The command name is the file's since Linux 6.14; it was the number before.
    EXPECT_EQ(at(fd, "", ARGV("p", "@expect_name", name, "prog"), AT_EMPTY_PATH), 0);
    snprintf(name, sizeof name, "/dev/fd/%d/prog", dir);
    EXPECT_EQ(at(dir, "prog", ARGV("p", "@expect_name", name, "prog"), 0), 0);
    EXPECT_EQ(at(AT_FDCWD, "dir/prog", ARGV("p", "@expect_name", "dir/prog", "prog"), 0), 0);
    EXPECT_EQ(at(AT_FDCWD, "dir//../dir/prog", ARGV("p", "@expect_name", "dir//../dir/prog", "prog"), 0), 0);
}

TEST(a_script_run_by_descriptor_is_named_dev_fd)
{
    copy_self("prog", 0755);
    WRITE_TEXT("script", "#!./prog @expect_script\n", 0755);
    int fd = EXPECT_OK(open("script", O_RDONLY));
    char name[64];
    snprintf(name, sizeof name, "/dev/fd/%d", fd);
    EXPECT_EQ(at(fd, "", ARGV("p", name), AT_EMPTY_PATH), 0);
    // A descriptor that will be closed cannot be opened by the interpreter.
    EXPECT_OK(fcntl(fd, F_SETFD, FD_CLOEXEC));
    EXPECT_EQ(at(fd, "", ARGV("p", name), AT_EMPTY_PATH), -ENOENT);
}

ROLE(expect_script)
{
    REQUIRE(argc == 4);
    REQUIRE(!strcmp(argv[2], argv[3]));
}

TEST(bad_pointers_are_EFAULT)
{
    EXPECT_EQ(at(AT_FDCWD, BAD, ARGV("p"), 0), -EFAULT);
    EXPECT_EQ(at(AT_FDCWD, SELF, BAD, 0), -EFAULT);
}
