// The files of /proc and /sys that speak for the whole system.
#include "procfs.h"
#include <sched.h>
#include <sys/utsname.h>

static struct utsname uts(void)
{
    struct utsname u;
    EXPECT_OK(uname(&u));
    return u;
}

// The file holds this text and a newline.
static void expect_line(const char *path, const char *text)
{
    char *got = slurp(path);
    size_t n = strlen(got);
    EXPECT_TRUE(n > 0 && got[n - 1] == '\n');
    got[n - 1] = 0;
    EXPECT_STREQ(got, text);
}

TEST(sys_kernel_agrees_with_uname)
{
    struct utsname u = uts();
    expect_line("/proc/sys/kernel/ostype", u.sysname);
    expect_line("/proc/sys/kernel/hostname", u.nodename);
    expect_line("/proc/sys/kernel/osrelease", u.release);
    expect_line("/proc/sys/kernel/version", u.version);
    EXPECT_STREQ(u.sysname, "Linux");
    EXPECT_STREQ(u.machine, "x86_64");
}

TEST(version_begins_with_the_release)
{
    char begin[128];
    struct utsname u = uts();
    snprintf(begin, sizeof begin, "Linux version %s ", u.release);
    EXPECT_EQ(strncmp(slurp("/proc/version"), begin, strlen(begin)), 0);
}

TEST(pid_max_threads_max_and_others_are_numbers)
{
    const char *paths[] = { "/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max", "/proc/sys/kernel/cap_last_cap",
                            "/proc/sys/kernel/ngroups_max", "/proc/sys/fs/file-max", "/proc/sys/fs/nr_open",
                            "/proc/sys/fs/pipe-max-size", "/proc/sys/vm/max_map_count" };
    for (int i = 0; i < 8; i++)
        EXPECT_GT(atol(slurp(paths[i])), 0);
    long mode = atol(slurp("/proc/sys/vm/overcommit_memory"));
    EXPECT_TRUE(mode >= 0 && mode <= 2);
    long aslr = atol(slurp("/proc/sys/kernel/randomize_va_space"));
    EXPECT_TRUE(aslr >= 0 && aslr <= 2);
}

TEST(random_files_give_a_new_uuid_and_one_for_the_boot)
{
    char first[64];
    strcpy(first, slurp("/proc/sys/kernel/random/uuid"));
    EXPECT_EQ(strlen(first), 37);
    EXPECT_EQ(first[8], '-');
    EXPECT_NE(strcmp(first, slurp("/proc/sys/kernel/random/uuid")), 0);
    strcpy(first, slurp("/proc/sys/kernel/random/boot_id"));
    EXPECT_STREQ(first, slurp("/proc/sys/kernel/random/boot_id"));
}

TEST(meminfo_counts_in_kB_and_adds_up)
{
    long total = atol(field("/proc/meminfo", "MemTotal")), free = atol(field("/proc/meminfo", "MemFree"));
    long available = atol(field("/proc/meminfo", "MemAvailable"));
    EXPECT_GT(total, 0);
    EXPECT_LT(free, total);
    EXPECT_LE(available, total);
    EXPECT_STREQ(strchr(field("/proc/meminfo", "MemTotal"), ' '), " kB");
    const char *names[] = { "Buffers", "Cached", "SwapTotal", "SwapFree", "Shmem", "Slab" };
    for (int i = 0; i < 6; i++)
        EXPECT_GE(atol(field("/proc/meminfo", names[i])), 0);
}

TEST(cpuinfo_has_a_block_for_each_processor)
{
    char *text = slurp("/proc/cpuinfo");
    int blocks = 0;
    for (char *p = text; (p = strstr(p, "processor\t: ")); p++)
        EXPECT_EQ(atoi(p + 12), blocks++);
    EXPECT_EQ(blocks, sysconf(_SC_NPROCESSORS_ONLN));
    EXPECT_TRUE(strstr(text, "\nmodel name\t: ") != 0);
    EXPECT_TRUE(strstr(text, "\nflags\t\t: ") != 0);
}

TEST(cpu_online_is_a_list_of_ranges)
{
    char *text = slurp("/sys/devices/system/cpu/online");
    int count = 0;
    for (char *p = text; *p && *p != '\n';) {
        int first = strtol(p, &p, 10), last = first;
        if (*p == '-')
            last = strtol(p + 1, &p, 10);
        EXPECT_GE(last, first);
        count += last - first + 1;
        p += *p == ',';
    }
    EXPECT_EQ(count, sysconf(_SC_NPROCESSORS_ONLN));
    EXPECT_GE(atoi(slurp("/sys/devices/system/cpu/possible")), 0);
}

TEST(uptime_moves_forward)
{
    double up, idle, later;
    EXPECT_EQ(sscanf(slurp("/proc/uptime"), "%lf %lf\n", &up, &idle), 2);
    EXPECT_TRUE(up > 0);
    sleep_ms(50);
    EXPECT_EQ(sscanf(slurp("/proc/uptime"), "%lf", &later), 1);
    EXPECT_TRUE(later > up && later < up + 10);
    struct timespec t;
    EXPECT_OK(clock_gettime(CLOCK_BOOTTIME, &t));
    EXPECT_TRUE(t.tv_sec - later < 2 && later - t.tv_sec < 2);
}

TEST(loadavg_has_five_fields)
{
    double a, b, c;
    int running, all, last;
    EXPECT_EQ(sscanf(slurp("/proc/loadavg"), "%lf %lf %lf %d/%d %d\n", &a, &b, &c, &running, &all, &last), 6);
    EXPECT_GE(running, 1);
    EXPECT_GE(all, running);
    EXPECT_GE(last, 1);
}

TEST(stat_has_cpu_lines_and_the_boot_time)
{
    char *text = slurp("/proc/stat");
    unsigned long user, nice, system, idle;
    EXPECT_EQ(sscanf(text, "cpu  %lu %lu %lu %lu", &user, &nice, &system, &idle), 4);
    EXPECT_TRUE(strstr(text, "\ncpu0 ") != 0);
    char *boot = strstr(text, "\nbtime ");
    EXPECT_TRUE(boot != 0);
    EXPECT_LE(atol(boot + 7), time(0));
    EXPECT_TRUE(strstr(text, "\nctxt ") != 0);
    EXPECT_TRUE(strstr(text, "\nprocesses ") != 0);
}

TEST(filesystems_lists_what_can_be_mounted)
{
    char *text = slurp("/proc/filesystems");
    EXPECT_TRUE(strstr(text, "nodev\tproc\n") != 0);
    EXPECT_TRUE(strstr(text, "nodev\ttmpfs\n") != 0);
    EXPECT_TRUE(strstr(text, "nodev\tsysfs\n") != 0);
}

TEST(the_sizes_of_proc_files_are_zero_and_their_modes_read_only)
{
    struct stat st;
    EXPECT_OK(stat("/proc/version", &st));
    EXPECT_EQ(st.st_size, 0);
    EXPECT_EQ(st.st_mode, S_IFREG | 0444);
}

TEST(reading_in_small_pieces_gives_the_same_text)
{
    char whole[256], pieces[256];
    strncpy(whole, slurp("/proc/version"), 255);
    whole[255] = 0;
    int fd = EXPECT_OK(open("/proc/version", O_RDONLY)), got = 0;
    while (got < 255 && EXPECT_OK(read(fd, pieces + got, 1)) == 1)
        got++;
    pieces[got] = 0;
    EXPECT_STREQ(pieces, whole);
    EXPECT_EQ(lseek(fd, 6, SEEK_SET), 6);
    EXPECT_EQ(read(fd, pieces, 7), 7);
    EXPECT_MEMEQ(pieces, "version", 7);
}

TEST(hostname_in_a_namespace_of_its_own_changes_by_file)
{
    if (geteuid() != 0 || unshare(CLONE_NEWUTS) == -1)
        SKIP("no UTS namespace");
    EXPECT_OK(sethostname("carrel-test", 11));
    EXPECT_STREQ(slurp("/proc/sys/kernel/hostname"), "carrel-test\n");
    int fd = open("/proc/sys/kernel/hostname", O_WRONLY);
    if (fd == -1)
        SKIP("/proc/sys is read-only");
    EXPECT_EQ(write(fd, "other", 5), 5);
    EXPECT_STREQ(uts().nodename, "other");
}

TEST(uptime_is_never_ahead_of_the_clock)
{
    for (int i = 0; i < 50; i++) {
        long seconds, hundredths;
        struct timespec t;
        EXPECT_EQ(sscanf(slurp("/proc/uptime"), "%ld.%ld", &seconds, &hundredths), 2);
        EXPECT_OK(clock_gettime(CLOCK_BOOTTIME, &t));
        EXPECT_LE(seconds * 100 + hundredths, t.tv_sec * 100 + t.tv_nsec / 10000000);
    }
}
