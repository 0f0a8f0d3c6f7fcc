// What execve(2) keeps and what it drops.
#include "../support/exec.h"
#include "../support/mem.h"
#include "../support/task.h"
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timerfd.h>

static char *text_of(long number)
{
    char *text = malloc(24);
    snprintf(text, 24, "%ld", number);
    return text;
}

ROLE(expect_ids)
{
    REQUIRE(getpid() == atoi(argv[2]));
    REQUIRE(getppid() == atoi(argv[3]));
    REQUIRE(getpgrp() == atoi(argv[4]));
    REQUIRE(getsid(0) == atoi(argv[5]));
    REQUIRE(syscall(SYS_gettid) == getpid());
}

TEST(process_group_and_session_stay)
{
    IN_CHILD(EXEC_ROLE(expect_ids, text_of(getpid()), text_of(getppid()), text_of(getpgrp()), text_of(getsid(0))));
}

ROLE(expect_descriptors)
{
    for (int i = 2; i < argc; i++) {
        int fd = atoi(argv[i]);
        REQUIRE(fd > 0 ? fcntl(fd, F_GETFD) == 0 : fcntl(-fd, F_GETFD) == -1 && errno == EBADF);
    }
}

TEST(close_on_exec_descriptors_close_and_others_stay)
{
    EXPECT_EQ(dup2(1, 10), 10);
    EXPECT_EQ(dup3(1, 11, O_CLOEXEC), 11);
    EXPECT_EQ(dup2(1, 12), 12);
    EXPECT_OK(fcntl(12, F_SETFD, FD_CLOEXEC));
    EXPECT_EQ(dup2(1, 900), 900);
    EXPECT_EQ(dup3(1, 901, O_CLOEXEC), 901);
    IN_CHILD(EXEC_ROLE(expect_descriptors, "10", "-11", "-12", "900", "-901"));
    EXPECT_OK(fcntl(11, F_GETFD));
}

ROLE(expect_position)
{
    REQUIRE(lseek(10, 0, SEEK_CUR) == 4);
    REQUIRE(lseek(10, 6, SEEK_SET) == 6);
}

TEST(the_position_of_a_file_is_shared_across)
{
    int fd = file_of_pages("f", 1);
    EXPECT_EQ(dup2(fd, 10), 10);
    EXPECT_OK(lseek(fd, 4, SEEK_SET));
    IN_CHILD(EXEC_ROLE(expect_position));
    EXPECT_EQ(lseek(fd, 0, SEEK_CUR), 6);
}

static int exec_with_shared_files(void *arg)
{
    (void)arg;
    execl(SELF, "role", "@expect_descriptors", "-10", "11", (char *)0);
    return 9;
}

TEST(a_shared_descriptor_table_is_unshared)
{
    EXPECT_EQ(dup3(1, 10, O_CLOEXEC), 10);
    EXPECT_EQ(dup2(1, 11), 11);
    EXPECT_EXIT(spawn(CLONE_FILES | CLONE_FS | SIGCHLD, exec_with_shared_files, 0), 0);
    EXPECT_OK(fcntl(10, F_GETFD));
}

ROLE(expect_place)
{
    char cwd[300] = "";
    REQUIRE(getcwd(cwd, sizeof cwd) && !strcmp(strrchr(cwd, '/'), "/dir"));
    REQUIRE(umask(0) == 026);
    REQUIRE(getpriority(PRIO_PROCESS, 0) == 4);
    struct rlimit limit;
    REQUIRE(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0);
}

TEST(directory_umask_niceness_and_limits_stay)
{
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(chdir("dir"));
    umask(026);
    EXPECT_OK(setpriority(PRIO_PROCESS, 0, 4));
    struct rlimit limit = { 0, 0 };
    EXPECT_OK(setrlimit(RLIMIT_CORE, &limit));
    IN_CHILD(EXEC_ROLE(expect_place));
}

ROLE(expect_comm)
{
    char name[16], text[64] = "";
    REQUIRE(prctl(PR_GET_NAME, name) == 0 && !strcmp(name, argv[2]));
    REQUIRE(read(open("/proc/self/stat", O_RDONLY), text, 63) > 0);
    REQUIRE(!strncmp(strchr(text, '(') + 1, argv[2], strlen(argv[2])));
}

TEST(the_command_name_becomes_the_files)
{
    copy_self("a long name of a program", 0755);
    copy_self("short", 0755);
    EXPECT_OK(symlink("short", "link"));
    EXPECT_OK(prctl(PR_SET_NAME, "before"));
    EXPECT_EQ(run_program("./a long name of a program", ARGV("zero", "@expect_comm", "a long name of "), environ), 0);
    EXPECT_EQ(run_program("./short", ARGV("zero", "@expect_comm", "short"), environ), 0);
    // By the name it was called, not the one the link leads to.
    EXPECT_EQ(run_program("./link", ARGV("zero", "@expect_comm", "link"), environ), 0);
}

ROLE(expect_executable)
{
    char path[300] = "";
    REQUIRE(readlink("/proc/self/exe", path, 299) > 0);
    REQUIRE(!strcmp(strrchr(path, '/'), argv[2]));
    if (argc > 3)
        REQUIRE(unlink(argv[3]) == 0);
    memset(path, 0, sizeof path);
    REQUIRE(readlink("/proc/self/exe", path, 299) > 0);
    REQUIRE(!strstr(path, " (deleted)") == (argc <= 3));
}

TEST(the_executable_is_the_file_behind_the_link)
{
    copy_self("prog", 0755);
    EXPECT_OK(symlink("prog", "link"));
    EXPECT_EQ(run_program("./link", ARGV("x", "@expect_executable", "/prog"), environ), 0);
    EXPECT_EQ(run_program("./prog", ARGV("x", "@expect_executable", "/prog", "prog"), environ), 0);
    EXPECT_ERRNO(access("prog", F_OK), ENOENT);
}

ROLE(expect_fresh_memory)
{
    struct mapping m;
    REQUIRE(!find_mapping((void *)strtoul(argv[2], 0, 16), &m) || m.path[0]);
    char text[4096] = "";
    REQUIRE(read(open("/proc/self/status", O_RDONLY), text, 4095) > 0);
    REQUIRE(strstr(text, "\nVmLck:\t       0 kB\n"));
}

TEST(mappings_and_locks_are_gone)
{
    char *p = EXPECT_OK((char *)mmap((void *)0x10000000000, 16 * PAGE, RW, ANON, -1, 0)), address[24];
    EXPECT_OK(mlock(p, PAGE));
    EXPECT_OK(mlockall(MCL_CURRENT | MCL_FUTURE));
    snprintf(address, sizeof address, "%lx", (unsigned long)p);
    IN_CHILD(EXEC_ROLE(expect_fresh_memory, address));
}

ROLE(expect_timers)
{
    struct itimerval t;
    REQUIRE(getitimer(ITIMER_REAL, &t) == 0 && t.it_value.tv_sec > 90);
    REQUIRE(getitimer(ITIMER_PROF, &t) == 0 && t.it_value.tv_sec > 80);
}

TEST(interval_timers_stay)
{
    IN_CHILD({
        struct itimerval t = { { 0, 0 }, { 100, 0 } };
        EXPECT_OK(setitimer(ITIMER_REAL, &t, 0));
        EXPECT_OK(setitimer(ITIMER_PROF, &t, 0));
        EXEC_ROLE(expect_timers);
    });
}

ROLE(expect_cpu_time)
{
    struct timespec t;
    REQUIRE(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
    REQUIRE(t.tv_sec > 0 || t.tv_nsec >= 50000000);
}

TEST(processor_time_counts_on)
{
    IN_CHILD({
        struct timespec t;
        do
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
        while (t.tv_sec == 0 && t.tv_nsec < 50000000);
        EXEC_ROLE(expect_cpu_time);
    });
}

ROLE(wait_for_child)
{
    int status;
    REQUIRE(waitpid(atoi(argv[2]), &status, 0) == atoi(argv[2]));
    REQUIRE(WEXITSTATUS(status) == 6);
}

TEST(children_stay)
{
    IN_CHILD({
        pid_t child = FORK(sleep_ms(30); _exit(6));
        EXEC_ROLE(wait_for_child, text_of(child));
    });
}

ROLE(expect_lock)
{
    struct flock lock = { .l_type = F_WRLCK };
    // Record locks belong to the process, which is still the same.
    if (fork() == 0)
        _exit(fcntl(10, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK && lock.l_pid == getppid() ? 3 : 4);
    int status;
    wait(&status);
    REQUIRE(WEXITSTATUS(status) == 3);
}

TEST(record_locks_stay)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    EXPECT_EQ(dup2(fd, 10), 10);
    IN_CHILD({
        struct flock lock = { .l_type = F_WRLCK };
        EXPECT_OK(fcntl(10, F_SETLK, &lock));
        EXEC_ROLE(expect_lock);
    });
}

ROLE(expect_tid_address)
{
    // The word whose clearing was asked for belongs to memory that is gone.
    _exit(0);
}

TEST(a_cleared_tid_word_is_cleared_at_exec)
{
    volatile int *words = shared_words();
    words[0] = 77;
    IN_CHILD({
        // Only if somebody else shares the memory.
        EXPECT_OK(syscall(SYS_set_tid_address, &words[0]));
        EXEC_ROLE(expect_tid_address);
    });
    EXPECT_EQ(words[0], 77);
}

ROLE(nothing)
{
}

TEST(a_hundred_executions_in_a_row)
{
    for (int i = 0; i < 100; i++)
        EXPECT_EQ(run_program(SELF, ARGV("p", "@nothing"), environ), 0);
}

TEST(eight_processes_execute_at_once)
{
    pid_t child[8];
    for (int i = 0; i < 8; i++)
        child[i] = FORK(for (int j = 0; j < 10; j++) EXPECT_EQ(run_program(SELF, ARGV("p", "@nothing"), environ), 0));
    for (int i = 0; i < 8; i++)
        EXPECT_EXIT(child[i], 0);
}
