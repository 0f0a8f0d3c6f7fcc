// /proc/self/status, stat, statm, limits, oom_score_adj, maps and their formats.
#include "procfs.h"
#include <sys/resource.h>

#define STATUS "/proc/self/status"

TEST(status_names_the_process)
{
    EXPECT_STREQ(field(STATUS, "Name"), "status");
    EXPECT_STREQ(field(STATUS, "State"), "R (running)");
    EXPECT_EQ(atoi(field(STATUS, "Pid")), getpid());
    EXPECT_EQ(atoi(field(STATUS, "Tgid")), getpid());
    EXPECT_EQ(atoi(field(STATUS, "PPid")), getppid());
    EXPECT_EQ(atoi(field(STATUS, "TracerPid")), 0);
    EXPECT_EQ(atoi(field(STATUS, "Threads")), 1);
}

TEST(status_shows_all_four_ids)
{
    if (geteuid() != 0)
        SKIP("needs root");
    EXPECT_STREQ(field(STATUS, "Uid"), "0\t0\t0\t0");
    IN_CHILD(EXPECT_OK(setresgid(1, 2, 3)); EXPECT_OK(setresuid(1, 0, 3));
             EXPECT_STREQ(field(STATUS, "Uid"), "1\t0\t3\t0"); EXPECT_STREQ(field(STATUS, "Gid"), "1\t2\t3\t2"));
}

TEST(status_shows_umask_groups_and_signals)
{
    umask(027);
    EXPECT_STREQ(field(STATUS, "Umask"), "0027");
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, 0);
    raise(SIGUSR1);
    signal(SIGUSR2, SIG_IGN);
    EXPECT_STREQ(field(STATUS, "SigBlk"), "0000000000000200");
    EXPECT_STREQ(field(STATUS, "SigIgn"), "0000000000000800");
    EXPECT_STREQ(field(STATUS, "SigPnd"), "0000000000000200");
    EXPECT_STREQ(field(STATUS, "ShdPnd"), "0000000000000000");
    EXPECT_TRUE(strchr(field(STATUS, "SigQ"), '/') != 0);
}

TEST(status_shows_capabilities_as_16_digits)
{
    const char *names[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
    for (int i = 0; i < 5; i++)
        EXPECT_EQ(strlen(field(STATUS, names[i])), 16);
    EXPECT_STREQ(field(STATUS, "NoNewPrivs"), "0");
    IN_CHILD(EXPECT_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); EXPECT_STREQ(field(STATUS, "NoNewPrivs"), "1"));
}

TEST(status_counts_memory_in_kB)
{
    const char *names[] = { "VmPeak", "VmSize", "VmHWM", "VmRSS", "VmData", "VmStk", "VmExe" };
    for (int i = 0; i < 7; i++) {
        const char *value = field(STATUS, names[i]);
        EXPECT_GT(atol(value), 0);
        EXPECT_STREQ(strchr(value, ' '), " kB");
    }
    long before = atol(field(STATUS, "VmSize"));
    EXPECT_OK(mmap(0, 64 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_EQ(atol(field(STATUS, "VmSize")), before + (64 << 10));
}

TEST(stat_has_52_fields_and_the_name_in_parentheses)
{
    EXPECT_OK(prctl(PR_SET_NAME, "a (b) c"));
    char *text = slurp("/proc/self/stat"), *close_paren = strrchr(text, ')');
    char state;
    int pid, ppid, pgrp, session;
    EXPECT_EQ(sscanf(text, "%d (a (b) c)", &pid), 1);
    EXPECT_EQ(pid, getpid());
    EXPECT_EQ(sscanf(close_paren + 2, "%c %d %d %d", &state, &ppid, &pgrp, &session), 4);
    EXPECT_EQ(state, 'R');
    EXPECT_EQ(ppid, getppid());
    EXPECT_EQ(pgrp, getpgrp());
    EXPECT_EQ(session, getsid(0));
    int fields = 2;
    for (char *p = close_paren + 1; *p; p++)
        fields += *p == ' ';
    EXPECT_EQ(fields, 52);
}

TEST(a_sleeping_process_is_S_and_a_stopped_one_T)
{
    char path[64];
    int status;
    pid_t pid = FORK(pause());
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    EXPECT_SOON(!strcmp(field(path, "State"), "S (sleeping)"));
    EXPECT_OK(kill(pid, SIGSTOP));
    EXPECT_EQ(waitpid(pid, &status, WUNTRACED), pid);
    EXPECT_STREQ(field(path, "State"), "T (stopped)");
    EXPECT_OK(kill(pid, SIGKILL));
    EXPECT_SIGNALED(pid, SIGKILL);
}

TEST(statm_has_seven_numbers_of_pages)
{
    long n[7];
    EXPECT_EQ(sscanf(slurp("/proc/self/statm"), "%ld %ld %ld %ld %ld %ld %ld", n, n + 1, n + 2, n + 3, n + 4, n + 5,
                     n + 6), 7);
    EXPECT_GE(n[0], n[1]);
    EXPECT_GE(n[1], n[2]);
    EXPECT_EQ(n[4], 0);
    EXPECT_EQ(n[0] * 4, atol(field(STATUS, "VmSize")));
}

TEST(limits_is_a_table_with_a_line_for_each_limit)
{
    struct rlimit l = { 123, 456 };
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &l));
    char *text = slurp("/proc/self/limits");
    EXPECT_EQ(lines_of(text), 17);
    EXPECT_EQ(strncmp(text, "Limit                     Soft Limit           Hard Limit           Units", 71), 0);
    EXPECT_TRUE(strstr(text, "Max open files            123                  456                  files") != 0);
}

TEST(oom_score_adj_is_kept_and_bounded)
{
    int fd = EXPECT_OK(open("/proc/self/oom_score_adj", O_RDWR));
    EXPECT_EQ(write(fd, "100", 3), 3);
    EXPECT_STREQ(slurp("/proc/self/oom_score_adj"), "100\n");
    EXPECT_ERRNO(write(fd, "1001", 4), EINVAL);
    EXPECT_ERRNO(write(fd, "abc", 3), EINVAL);
}

// Finds the mapping of an address; returns its line.
static char *mapping_of(void *address)
{
    unsigned long start, end;
    for (char *line = strtok(slurp("/proc/self/maps"), "\n"); line; line = strtok(0, "\n"))
        if (sscanf(line, "%lx-%lx", &start, &end) == 2 && (unsigned long)address >= start && (unsigned long)address < end)
            return line;
    FAIL("no mapping of %p", address);
}

TEST(maps_shows_text_stack_and_heap)
{
    int on_stack;
    void *on_heap = sbrk(4096);
    EXPECT_TRUE(strstr(mapping_of(mapping_of), " r-xp ") != 0);
    EXPECT_STREQ(strchr(mapping_of(mapping_of), '/'), link_text("/proc/self/exe"));
    EXPECT_TRUE(strstr(mapping_of(&on_stack), "[stack]") != 0);
    EXPECT_TRUE(strstr(mapping_of(&on_stack), " rw-p 00000000 00:00 0 ") != 0);
    EXPECT_TRUE(strstr(mapping_of(on_heap), "[heap]") != 0);
}

TEST(maps_follows_mmap_mprotect_and_munmap)
{
    char *a = EXPECT_OK(mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_OK(mprotect(a + 4096, 4096, PROT_READ));
    unsigned long start, end;
    char flags[8];
    EXPECT_EQ(sscanf(mapping_of(a + 4096), "%lx-%lx %7s", &start, &end, flags), 3);
    EXPECT_EQ(start, (unsigned long)a + 4096);
    EXPECT_EQ(end, (unsigned long)a + 8192);
    EXPECT_STREQ(flags, "r--p");
    EXPECT_OK(munmap(a + 4096, 4096));
    EXPECT_TRUE(strstr(mapping_of(a), "rw-p") != 0);
}

TEST(maps_names_a_mapped_file_with_offset_inode_and_sharing)
{
    struct stat st;
    int fd = EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644));
    EXPECT_OK(ftruncate(fd, 8192));
    EXPECT_OK(fstat(fd, &st));
    void *a = EXPECT_OK(mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 4096));
    unsigned long start, end, offset, inode;
    char flags[8], device[16];
    EXPECT_EQ(sscanf(mapping_of(a), "%lx-%lx %7s %lx %15s %lu", &start, &end, flags, &offset, device, &inode), 6);
    EXPECT_STREQ(flags, "r--s");
    EXPECT_EQ(offset, 4096);
    EXPECT_EQ(inode, st.st_ino);
    EXPECT_STREQ(strrchr(mapping_of(a), '/'), "/file");
    EXPECT_OK(unlink("file"));
    EXPECT_STREQ(strrchr(mapping_of(a), '/'), "/file (deleted)");
}

TEST(smaps_sums_up_a_mapping)
{
    char *text = slurp("/proc/self/smaps");
    EXPECT_TRUE(strstr(text, "\nSize: ") != 0);
    EXPECT_TRUE(strstr(text, "\nRss: ") != 0);
    EXPECT_TRUE(strstr(text, "\nPss: ") != 0);
    EXPECT_TRUE(strstr(text, "\nVmFlags: ") != 0);
}

TEST(smaps_tells_of_locked_memory)
{
    char *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), start[32];
    EXPECT_TRUE(p != MAP_FAILED);
    // Unlike its neighbours, so that it is a mapping of its own.
    EXPECT_OK(madvise(p, 4096, MADV_DONTFORK));
    EXPECT_OK(mlock(p, 4096));
    snprintf(start, sizeof start, "%08lx-", (long)p);
    char *at = strstr(slurp("/proc/self/smaps"), start), *locked = at ? strstr(at, "\nLocked:") : 0;
    EXPECT_TRUE(locked != 0);
    EXPECT_EQ(atoi(locked + 8), 4);
    char *flags = strstr(at, "\nVmFlags: ");
    EXPECT_TRUE(flags != 0);
    *strchr(flags + 1, '\n') = 0;
    EXPECT_TRUE(strstr(flags, " lo ") != 0);
    EXPECT_TRUE(strstr(flags, " dc ") != 0);
}

TEST(mem_reads_and_writes_the_own_memory)
{
    volatile long value = 42;
    long copy = 0;
    int fd = EXPECT_OK(open("/proc/self/mem", O_RDWR));
    EXPECT_EQ(pread(fd, &copy, 8, (off_t)&value), 8);
    EXPECT_EQ(copy, 42);
    copy = 43;
    EXPECT_EQ(pwrite(fd, &copy, 8, (off_t)&value), 8);
    EXPECT_EQ(value, 43);
    EXPECT_ERRNO(pread(fd, &copy, 8, 8), EIO);
}

TEST(io_wchan_and_sched_files_exist)
{
    const char *names[] = { "auxv", "cgroup", "io", "loginuid", "ns/pid", "ns/mnt", "personality", "pagemap", "schedstat",
                            "setgroups", "uid_map", "gid_map", "wchan", "net" };
    for (int i = 0; i < 14; i++) {
        char path[64];
        struct stat st;
        snprintf(path, sizeof path, "/proc/self/%s", names[i]);
        if (lstat(path, &st) == -1 && strcmp(names[i], "loginuid") && strcmp(names[i], "schedstat") &&
            strcmp(names[i], "io"))
            FAIL("%s is missing", path);
    }
}

TEST(auxv_is_what_the_program_was_given)
{
    unsigned long pairs[128];
    int fd = EXPECT_OK(open("/proc/self/auxv", O_RDONLY)), seen = 0;
    ssize_t n = EXPECT_OK(read(fd, pairs, sizeof pairs));
    EXPECT_EQ(n % 16, 0);
    for (int i = 0; i < n / 16; i++)
        if (pairs[2 * i] == 6) {
            EXPECT_EQ(pairs[2 * i + 1], 4096);
            seen = 1;
        }
    EXPECT_EQ(seen, 1);
}
