// /proc/self and /proc/PID: links, cmdline, environ, directories, who may look.
#include "procfs.h"
#include <pthread.h>
#include <sys/vfs.h>

TEST(proc_self_links_to_the_own_pid)
{
    char pid[16];
    snprintf(pid, sizeof pid, "%d", getpid());
    EXPECT_STREQ(link_text("/proc/self"), pid);
    IN_CHILD(char pid[16]; snprintf(pid, sizeof pid, "%d", getpid()); EXPECT_STREQ(link_text("/proc/self"), pid));
}

static void *look_at_thread_self(void *unused)
{
    char expected[64];
    (void)unused;
    snprintf(expected, sizeof expected, "%d/task/%d", getpid(), gettid());
    EXPECT_STREQ(link_text("/proc/thread-self"), expected);
    return 0;
}

TEST(thread_self_links_to_the_own_thread)
{
    pthread_t thread;
    look_at_thread_self(0);
    EXPECT_EQ(pthread_create(&thread, 0, look_at_thread_self, 0), 0);
    pthread_join(thread, 0);
}

TEST(exe_cwd_and_root_are_links_to_the_real_things)
{
    char cwd[PATH_MAX];
    struct stat a, b;
    EXPECT_STREQ(link_text("/proc/self/cwd"), getcwd(cwd, sizeof cwd));
    EXPECT_STREQ(link_text("/proc/self/root"), "/");
    EXPECT_EQ(link_text("/proc/self/exe")[0], '/');
    EXPECT_OK(stat("/proc/self/exe", &a));
    EXPECT_OK(stat(link_text("/proc/self/exe"), &b));
    EXPECT_EQ(a.st_ino, b.st_ino);
    EXPECT_TRUE(S_ISREG(a.st_mode));
    EXPECT_OK(stat("/proc/self/cwd/", &a));
    EXPECT_OK(stat(".", &b));
    EXPECT_EQ(a.st_ino, b.st_ino);
}

TEST(cmdline_holds_the_arguments_each_with_its_zero)
{
    char text[4096];
    int fd = EXPECT_OK(open("/proc/self/cmdline", O_RDONLY));
    ssize_t n = EXPECT_OK(read(fd, text, sizeof text));
    EXPECT_GT(n, 0);
    EXPECT_EQ(text[n - 1], 0);
    EXPECT_TRUE(strstr(text, "self") != 0);
}

TEST(environ_holds_the_first_environment)
{
    // The harness was given one, and setenv does not change it.
    char text[65536];
    EXPECT_OK(setenv("NOBODY_HAS_THIS", "1", 1));
    int fd = EXPECT_OK(open("/proc/self/environ", O_RDONLY));
    ssize_t n = EXPECT_OK(read(fd, text, sizeof text));
    EXPECT_GE(n, 0);
    EXPECT_TRUE(memmem(text, n, "NOBODY_HAS_THIS", 15) == 0);
    if (n > 0)
        EXPECT_EQ(text[n - 1], 0);
}

TEST(comm_is_the_name_and_can_be_written)
{
    EXPECT_STREQ(slurp("/proc/self/comm"), "self\n");
    int fd = EXPECT_OK(open("/proc/self/comm", O_WRONLY));
    EXPECT_EQ(write(fd, "a-name-longer-than-15", 21), 21);
    EXPECT_STREQ(slurp("/proc/self/comm"), "a-name-longer-t\n");
    char name[16];
    EXPECT_OK(prctl(PR_GET_NAME, name));
    EXPECT_STREQ(name, "a-name-longer-t");
    EXPECT_OK(prctl(PR_SET_NAME, "other"));
    EXPECT_STREQ(slurp("/proc/self/comm"), "other\n");
}

TEST(fd_lists_the_open_descriptors)
{
    close(EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644)));
    EXPECT_EQ(dup2(EXPECT_OK(open("file", O_RDONLY)), 40), 40);
    int seen = 0;
    DIR *dir = opendir("/proc/self/fd");
    for (struct dirent *e; (e = readdir(dir));)
        if (!strcmp(e->d_name, "40")) {
            EXPECT_EQ(e->d_type, DT_LNK);
            seen = 1;
        }
    EXPECT_EQ(seen, 1);
    char *name = strrchr(strdup(link_text("/proc/self/fd/40")), '/');
    EXPECT_STREQ(name, "/file");
    EXPECT_OK(unlink("file"));
    EXPECT_STREQ(strrchr(link_text("/proc/self/fd/40"), '/'), "/file (deleted)");
    close(40);
    struct stat st;
    EXPECT_ERRNO(lstat("/proc/self/fd/40", &st), ENOENT);
}

TEST(the_mode_of_a_descriptor_link_shows_how_it_is_open)
{
    struct stat st;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", EXPECT_OK(open("/dev/null", O_RDONLY)));
    EXPECT_OK(lstat(path, &st));
    EXPECT_EQ(st.st_mode, S_IFLNK | 0500);
    snprintf(path, sizeof path, "/proc/self/fd/%d", EXPECT_OK(open("/dev/null", O_WRONLY)));
    EXPECT_OK(lstat(path, &st));
    EXPECT_EQ(st.st_mode, S_IFLNK | 0300);
}

TEST(fdinfo_shows_position_and_flags)
{
    char path[64];
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR | O_APPEND | O_CLOEXEC, 0644));
    EXPECT_EQ(write(fd, "hello", 5), 5);
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    EXPECT_EQ(atoi(field(path, "pos")), 5);
    long flags = strtol(field(path, "flags"), 0, 8);
    EXPECT_EQ(flags & (O_ACCMODE | O_APPEND | O_CLOEXEC), O_RDWR | O_APPEND | O_CLOEXEC);
}

TEST(task_lists_the_threads)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/comm", gettid());
    EXPECT_STREQ(slurp(path), "self\n");
    int threads = 0;
    DIR *dir = opendir("/proc/self/task");
    for (struct dirent *e; (e = readdir(dir));)
        threads += isdigit(e->d_name[0]) != 0;
    EXPECT_EQ(threads, 1);
}

TEST(the_root_lists_processes_by_number)
{
    pid_t pid = FORK(pause());
    char name[16], path[64];
    int seen = 0;
    snprintf(name, sizeof name, "%d", pid);
    DIR *dir = opendir("/proc");
    for (struct dirent *e; (e = readdir(dir));)
        seen |= !strcmp(e->d_name, name);
    EXPECT_EQ(seen, 1);
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    EXPECT_STREQ(slurp(path), "self\n");
    EXPECT_OK(kill(pid, SIGKILL));
    EXPECT_SIGNALED(pid, SIGKILL);
    EXPECT_ERRNO(open(path, O_RDONLY), ENOENT);
}

TEST(the_directory_and_files_of_a_dead_process_give_ESRCH)
{
    char path[64], c;
    pid_t pid = FORK(pause());
    snprintf(path, sizeof path, "/proc/%d", pid);
    int dir = EXPECT_OK(open(path, O_RDONLY | O_DIRECTORY));
    int stat_fd = EXPECT_OK(openat(dir, "stat", O_RDONLY));
    EXPECT_OK(kill(pid, SIGKILL));
    EXPECT_SIGNALED(pid, SIGKILL);
    EXPECT_ERRNO(openat(dir, "stat", O_RDONLY), ESRCH);
    EXPECT_ERRNO(read(stat_fd, &c, 1), ESRCH);
}

TEST(an_unknown_process_gives_ENOENT)
{
    EXPECT_ERRNO(open("/proc/999999999/stat", O_RDONLY), ENOENT);
    EXPECT_ERRNO(open("/proc/0", O_RDONLY), ENOENT);
    EXPECT_ERRNO(open("/proc/-1", O_RDONLY), ENOENT);
    EXPECT_ERRNO(open("/proc/01", O_RDONLY), ENOENT);
}

TEST(nothing_is_created_in_proc)
{
    EXPECT_EQ(open("/proc/newfile", O_CREAT | O_WRONLY, 0644), -1);
    EXPECT_TRUE(errno == ENOENT || errno == EACCES);
    EXPECT_EQ(mkdir("/proc/newdir", 0755), -1);
    EXPECT_EQ(unlink("/proc/version"), -1);
    EXPECT_TRUE(errno == EPERM || errno == EACCES);
}

TEST(another_user_sees_the_names_but_not_the_descriptors)
{
    if (geteuid() != 0)
        SKIP("needs root");
    char fd[64], stat[64], exe[64], target[64];
    snprintf(fd, sizeof fd, "/proc/%d/fd", getpid());
    snprintf(exe, sizeof exe, "/proc/%d/exe", getpid());
    snprintf(stat, sizeof stat, "/proc/%d/stat", getpid());
    AS_USER(12345, 12345, EXPECT_ERRNO(open(fd, O_RDONLY), EACCES); EXPECT_ERRNO(readlink(exe, target, 64), EACCES);
            EXPECT_OK(open(stat, O_RDONLY)));
}

TEST(a_zombie_has_no_exe_and_no_command_line)
{
    char path[64], target[64];
    siginfo_t info;
    pid_t pid = FORK();
    EXPECT_OK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
    EXPECT_STREQ(slurp(path), "");
    snprintf(path, sizeof path, "/proc/%d/exe", pid);
    EXPECT_ERRNO(readlink(path, target, sizeof target), ENOENT);
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    EXPECT_STREQ(field(path, "State"), "Z (zombie)");
    EXPECT_EXIT(pid, 0);
}

TEST(the_page_map_has_a_word_for_each_page)
{
    char *pages = EXPECT_OK((char *)mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    char *gone = EXPECT_OK((char *)mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    uint64_t words[2];
    int fd = EXPECT_OK(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
    pages[0] = 1;
    EXPECT_OK(munmap(gone, 4096));
    EXPECT_EQ(pread(fd, words, 16, (off_t)((uintptr_t)pages >> 12) * 8), 16);
    EXPECT_EQ(words[0] >> 63, 1);
    EXPECT_EQ(pread(fd, words, 8, (off_t)((uintptr_t)gone >> 12) * 8), 8);
    EXPECT_EQ(words[0], 0);
    EXPECT_ERRNO(pread(fd, words, 7, 0), EINVAL);
    EXPECT_ERRNO(pread(fd, words, 8, 4), EINVAL);
    EXPECT_EQ(pread(fd, words, 8, 1ll << 40), 0);
}

TEST(the_personality_is_told_in_hexadecimal)
{
    char text[16] = "";
    EXPECT_OK(syscall(SYS_personality, 0x0040000ul)); // ADDR_NO_RANDOMIZE
    int fd = EXPECT_OK(open("/proc/self/personality", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(read(fd, text, sizeof text - 1), 9);
    EXPECT_STREQ(text, "00040000\n");
}

TEST(syscall_shows_the_call_that_reads_it)
{
    char text[128] = { 0 }, expected[128];
    int fd = EXPECT_OK(open("/proc/self/syscall", O_RDONLY));
    snprintf(expected, sizeof expected, "0 0x%x 0x%lx 0x%x ", fd, (long)text, 100);
    EXPECT_OK(syscall(SYS_read, fd, text, 100));
    EXPECT_EQ(strncmp(text, expected, strlen(expected)), 0);
}
