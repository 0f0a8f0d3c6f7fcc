// cgroup2 as a program finds it that wants to know how much it may use (cgroups(7), cgroup-v2.rst).
#include "procfs.h"
#include <sys/statfs.h>

// The group's directory: the mount of cgroup2 and the path of /proc/self/cgroup below it.
static const char *group(void)
{
    static char path[2 * PATH_MAX];
    char *line = strstr(slurp("/proc/self/mountinfo"), " - cgroup2 ");
    if (!line)
        SKIP("no cgroup2 is mounted");
    char *text = line;
    while (text[-1] != '\n')
        text--;
    char mount[PATH_MAX], own[PATH_MAX] = "";
    EXPECT_EQ(sscanf(text, "%*s %*s %*s %*s %4095s", mount), 1);
    char *unified = strstr(slurp("/proc/self/cgroup"), "0::");
    EXPECT_TRUE(unified != NULL);
    EXPECT_EQ(sscanf(unified, "0::%4095s", own), 1);
    snprintf(path, sizeof path, "%s%s", mount, strcmp(own, "/") ? own : "");
    if (access(path, F_OK))
        SKIP("the own group is not below the mount");
    return path;
}

// A file of the group, or NULL: the root group of a machine has no limits.
static char *read_file(const char *name)
{
    char path[2 * PATH_MAX + 64];
    snprintf(path, sizeof path, "%s/%s", group(), name);
    return access(path, F_OK) ? NULL : slurp(path);
}

static void expect_limit(const char *name)
{
    char *text = read_file(name);
    if (!text)
        SKIP("the group has no such limit");
    EXPECT_TRUE(!strncmp(text, "max", 3) || isdigit((unsigned char)text[0]));
    EXPECT_TRUE(strchr(text, '\n') != NULL);
}

TEST(the_file_system_is_cgroup2)
{
    struct statfs s;
    EXPECT_OK(statfs(group(), &s));
    EXPECT_EQ(s.f_type, 0x63677270);
}

TEST(proc_self_cgroup_has_one_line_for_the_unified_hierarchy)
{
    char *text = slurp("/proc/self/cgroup"), *line = strstr(text, "0::/");
    EXPECT_TRUE(line == text || (line && line[-1] == '\n'));
}

TEST(cgroup_procs_names_the_reader)
{
    char own[32];
    snprintf(own, sizeof own, "%d\n", getpid());
    char *text = read_file("cgroup.procs"), *at = strstr(text, own);
    EXPECT_TRUE(at == text || (at && at[-1] == '\n'));
}

TEST(memory_max_is_max_or_a_number) { expect_limit("memory.max"); }

TEST(pids_max_is_max_or_a_number) { expect_limit("pids.max"); }

TEST(cpu_max_is_a_quota_and_a_period)
{
    char quota[64];
    long period = 0;
    char *text = read_file("cpu.max");
    if (!text)
        SKIP("the group has no such limit");
    EXPECT_EQ(sscanf(text, "%63s %ld", quota, &period), 2);
    EXPECT_TRUE(!strcmp(quota, "max") || atol(quota) > 0);
    EXPECT_GT(period, 0);
}

TEST(memory_current_grows_with_what_is_used)
{
    char *text = read_file("memory.current");
    if (!text)
        SKIP("the group has no account of memory");
    long before = atol(text);
    EXPECT_GT(before, 0);
    for (volatile char *taken = malloc(16 << 20), *at = taken; at < taken + (16 << 20); at += 4096)
        *at = 1;
    EXPECT_GE(atol(read_file("memory.current")), before + (8 << 20));
}

TEST(cpu_stat_counts_time)
{
    char *text = read_file("cpu.stat");
    unsigned long before, now;
    EXPECT_EQ(sscanf(text, "usage_usec %lu", &before), 1);
    for (volatile long i = 0; i < 200000000; i++)
        ;
    EXPECT_EQ(sscanf(read_file("cpu.stat"), "usage_usec %lu", &now), 1);
    EXPECT_TRUE(now >= before + 10000);
}
