// execve(2): everything it refuses.
#include "../support/exec.h"
#include "../support/mem.h"

ROLE(nothing)
{
}

TEST(a_missing_file_is_ENOENT)
{
    EXPECT_REFUSED("missing", ENOENT);
    EXPECT_REFUSED("", ENOENT);
    EXPECT_REFUSED("missing/also", ENOENT);
    EXPECT_OK(symlink("missing", "dangling"));
    EXPECT_REFUSED("dangling", ENOENT);
}

TEST(a_file_as_a_directory_is_ENOTDIR)
{
    copy_self("prog", 0755);
    EXPECT_REFUSED("prog/x", ENOTDIR);
    EXPECT_REFUSED("prog/", ENOTDIR);
}

TEST(a_directory_is_EACCES)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_REFUSED("dir", EACCES);
    EXPECT_REFUSED(".", EACCES);
}

TEST(devices_fifos_and_sockets_are_EACCES)
{
    EXPECT_OK(mkfifo("fifo", 0755));
    EXPECT_REFUSED("fifo", EACCES);
    EXPECT_REFUSED("/dev/null", EACCES);
}

TEST(a_file_without_x_is_EACCES_even_for_root)
{
    copy_self("prog", 0644);
    EXPECT_REFUSED("prog", EACCES);
    EXPECT_OK(chmod("prog", 0000));
    EXPECT_REFUSED("prog", EACCES);
}

TEST(one_x_bit_is_enough_for_root)
{
    NEED_ROOT();
    copy_self("prog", 0001);
    EXPECT_EQ(run_program("prog", ARGV("prog", "@nothing"), environ), 0);
}

TEST(the_x_bit_of_the_right_class_decides)
{
    NEED_ROOT();
    copy_self("prog", 0711);
    EXPECT_OK(chown("prog", 1000, 1000));
    EXPECT_OK(chmod("prog", 0011));
    AS_USER(1000, 1000, EXPECT_EQ(run_program("prog", ARGV("p", "@nothing"), environ), -EACCES));
    AS_USER(1001, 1000, EXPECT_EQ(run_program("prog", ARGV("p", "@nothing"), environ), 0));
    EXPECT_OK(chmod("prog", 0100));
    AS_USER(1000, 1000, EXPECT_EQ(run_program("prog", ARGV("p", "@nothing"), environ), 0));
    AS_USER(1001, 1000, EXPECT_EQ(run_program("prog", ARGV("p", "@nothing"), environ), -EACCES));
}

TEST(a_directory_without_search_permission_is_EACCES)
{
    NEED_ROOT();
    EXPECT_OK(mkdir("dir", 0755));
    copy_self("dir/prog", 0755);
    EXPECT_OK(chmod("dir", 0700));
    AS_USER(1000, 1000, EXPECT_REFUSED("dir/prog", EACCES));
}

TEST(a_circle_of_links_is_ELOOP)
{
    EXPECT_OK(symlink("b", "a"));
    EXPECT_OK(symlink("a", "b"));
    EXPECT_REFUSED("a", ELOOP);
}

TEST(a_link_to_a_program_runs)
{
    copy_self("prog", 0755);
    EXPECT_OK(symlink("prog", "link"));
    EXPECT_EQ(run_program("link", ARGV("link", "@nothing"), environ), 0);
}

TEST(a_long_path_is_ENAMETOOLONG)
{
    static char path[5000];
    memset(path, 'a', 4999);
    EXPECT_REFUSED(path, ENAMETOOLONG);
    path[300] = 0;
    EXPECT_REFUSED(path, ENAMETOOLONG);
}

TEST(an_empty_file_is_ENOEXEC)
{
    WRITE_TEXT("empty", "", 0755);
    EXPECT_REFUSED("empty", ENOEXEC);
}

TEST(text_without_a_first_line_is_ENOEXEC)
{
    WRITE_TEXT("text", "echo hello\n", 0755);
    EXPECT_REFUSED("text", ENOEXEC);
    WRITE_TEXT("text", "#", 0755);
    EXPECT_REFUSED("text", ENOEXEC);
}

TEST(a_program_that_is_open_for_writing_is_ETXTBSY)
{
    copy_self("prog", 0755);
    int fd = EXPECT_OK(open("prog", O_WRONLY));
    EXPECT_REFUSED("prog", ETXTBSY);
    close(fd);
    fd = EXPECT_OK(open("prog", O_RDWR));
    EXPECT_REFUSED("prog", ETXTBSY);
    close(fd);
    EXPECT_EQ(run_program("prog", ARGV("prog", "@nothing"), environ), 0);
}

ROLE(wait_for_word)
{
    char c;
    REQUIRE(read(0, &c, 1) == 0);
}

static int runs(pid_t pid, const char *name)
{
    char path[32], link[300] = "";
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    return readlink(path, link, sizeof link - 1) > 0 && !strcmp(strrchr(link, '/'), name);
}

TEST(a_running_program_cannot_be_opened_for_writing)
{
    int fds[2];
    copy_self("prog", 0755);
    EXPECT_OK(pipe2(fds, O_CLOEXEC));
    pid_t child = FORK({
        dup2(fds[0], 0);
        execl("prog", "prog", "@wait_for_word", (char *)0);
        _exit(1);
    });
    close(fds[0]);
    EXPECT_SOON(runs(child, "/prog"));
    EXPECT_ERRNO(open("prog", O_WRONLY), ETXTBSY);
    EXPECT_ERRNO(open("prog", O_RDWR), ETXTBSY);
    EXPECT_ERRNO(truncate("prog", 0), ETXTBSY);
    EXPECT_OK(close(EXPECT_OK(open("prog", O_RDONLY))));
    EXPECT_OK(unlink("prog"));
    close(fds[1]);
    EXPECT_EXIT(child, 0);
}

TEST(bad_pointers_are_EFAULT)
{
    copy_self("prog", 0755);
    char *argv[] = { "prog", BAD, 0 }, *good[] = { "prog", "@nothing", 0 };
    EXPECT_EQ(run_program(BAD, good, environ), -EFAULT);
    EXPECT_EQ(run_program("prog", BAD, environ), -EFAULT);
    EXPECT_EQ(run_program("prog", good, BAD), -EFAULT);
    EXPECT_EQ(run_program("prog", argv, environ), -EFAULT);
    EXPECT_EQ(run_program("prog", good, argv), -EFAULT);
    // A vector that runs off the end of its page.
    char **end = (char **)pages_before_guard(1) - 1;
    *end = "prog";
    EXPECT_EQ(run_program("prog", end, environ), -EFAULT);
    EXPECT_EQ(run_program("prog", good, 0), 0);
}

TEST(a_failed_exec_changes_nothing)
{
    int fd = EXPECT_OK(open("/dev/null", O_RDONLY | O_CLOEXEC));
    char *p = map_pages(1), name[16];
    *p = 'x';
    signal(SIGUSR1, harness_on_alarm);
    EXPECT_OK(prctl(PR_SET_NAME, "my name"));
    execl("missing", "x", (char *)0);
    WRITE_TEXT("text", "text", 0755);
    execl("text", "x", (char *)0);
    EXPECT_OK(fcntl(fd, F_GETFD));
    EXPECT_EQ(*p, 'x');
    struct sigaction action;
    EXPECT_OK(sigaction(SIGUSR1, 0, &action));
    EXPECT_EQ(action.sa_handler, harness_on_alarm);
    EXPECT_OK(prctl(PR_GET_NAME, name));
    EXPECT_STREQ(name, "my name");
}

TEST(a_noexec_mount_is_EACCES)
{
    // proc is mounted noexec nearly everywhere.
    EXPECT_REFUSED("/proc/version", EACCES);
}
