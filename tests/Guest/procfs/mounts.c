// /proc/self/mounts, mountinfo, mountstats and their escapes.
#include "procfs.h"
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>

// The line of this mount point in mountinfo (field 5), the last if there are several; null if none.
static char *mountinfo_of(const char *point)
{
    static char line[4096];
    char at[2048], *found = 0;
    for (char *l = strtok(slurp("/proc/self/mountinfo"), "\n"); l; l = strtok(0, "\n"))
        if (sscanf(l, "%*d %*d %*s %*s %2047s", at) == 1 && !strcmp(at, point))
            found = strcpy(line, l);
    return found;
}

static void enter(void)
{
    if (geteuid() != 0 || unshare(CLONE_NEWNS) == -1)
        SKIP("no mount namespace");
    EXPECT_OK(mount("none", "/", 0, MS_REC | MS_PRIVATE, 0));
    EXPECT_OK(mkdir("dir", 0755));
}

static const char *here(const char *name)
{
    static char path[PATH_MAX];
    EXPECT_TRUE(getcwd(path, sizeof path - 64) != 0);
    strcat(path, "/");
    return strcat(path, name);
}

TEST(proc_mounts_is_a_link_to_the_own_mounts)
{
    EXPECT_STREQ(link_text("/proc/mounts"), "self/mounts");
    EXPECT_TRUE(strstr(slurp("/proc/mounts"), " /proc proc ") != 0);
}

TEST(each_line_of_mounts_has_six_fields)
{
    char source[1024], point[1024], type[64], options[2048];
    int a, b;
    for (char *l = strtok(slurp("/proc/self/mounts"), "\n"); l; l = strtok(0, "\n")) {
        EXPECT_EQ(sscanf(l, "%1023s %1023s %63s %2047s %d %d", source, point, type, options, &a, &b), 6);
        EXPECT_EQ(point[0], '/');
        EXPECT_TRUE(!strncmp(options, "rw", 2) || !strncmp(options, "ro", 2));
    }
}

TEST(mountinfo_has_the_root_and_proc)
{
    char *line = mountinfo_of("/");
    int id, parent, n = 0;
    EXPECT_TRUE(line != 0);
    EXPECT_EQ(sscanf(line, "%d %d %*d:%*d %*s %*s %n", &id, &parent, &n), 2);
    EXPECT_TRUE(strstr(line, " - ") != 0);
    EXPECT_TRUE(strstr(mountinfo_of("/proc"), " - proc ") != 0);
}

TEST(the_device_of_a_mount_is_the_st_dev_of_its_files)
{
    struct stat st;
    int major_number, minor_number;
    EXPECT_EQ(sscanf(mountinfo_of("/proc"), "%*d %*d %d:%d", &major_number, &minor_number), 2);
    EXPECT_OK(stat("/proc", &st));
    EXPECT_EQ(st.st_dev, (unsigned long)major_number << 8 | minor_number);
}

TEST(a_new_mount_shows_with_its_options)
{
    enter();
    EXPECT_OK(mount("the-source", "dir", "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "size=1m"));
    char *line = mountinfo_of(here("dir"));
    EXPECT_TRUE(line != 0);
    EXPECT_TRUE(strstr(line, " ro,nosuid,nodev") != 0);
    EXPECT_TRUE(strstr(line, " - tmpfs the-source ro") != 0);
    EXPECT_TRUE(strstr(line, "size=1024k") != 0);
    EXPECT_OK(umount("dir"));
    EXPECT_TRUE(mountinfo_of(here("dir")) == 0);
}

TEST(blanks_in_a_mount_point_are_written_in_octal)
{
    enter();
    EXPECT_OK(mkdir("a b\tc\\d\ne#", 0755));
    EXPECT_OK(mount("source with blank", "a b\tc\\d\ne#", "tmpfs", 0, 0));
    char *text = slurp("/proc/self/mounts");
    EXPECT_TRUE(strstr(text, "/a\\040b\\011c\\134d\\012e\\043 tmpfs ") != 0 ||
                strstr(text, "/a\\040b\\011c\\134d\\012e# tmpfs ") != 0);
    EXPECT_TRUE(strstr(text, "source\\040with\\040blank ") != 0);
}

TEST(a_bind_mount_shows_the_directory_it_shows)
{
    enter();
    EXPECT_OK(mkdir("other", 0755));
    EXPECT_OK(mount("dir", "other", 0, MS_BIND, 0));
    char root[PATH_MAX];
    EXPECT_EQ(sscanf(mountinfo_of(here("other")), "%*d %*d %*s %4095s", root), 1);
    EXPECT_STREQ(strrchr(root, '/'), "/dir");
}

TEST(propagation_shows_in_the_optional_fields)
{
    enter();
    EXPECT_OK(mount("x", "dir", "tmpfs", 0, 0));
    EXPECT_TRUE(strstr(mountinfo_of(here("dir")), " shared:") == 0);
    EXPECT_OK(mount(0, "dir", 0, MS_SHARED, 0));
    EXPECT_TRUE(strstr(mountinfo_of(here("dir")), " shared:") != 0);
}

TEST(a_chroot_hides_the_mounts_outside)
{
    enter();
    EXPECT_OK(mkdir("dir/sub", 0755));
    EXPECT_OK(mkdir("dir/proc", 0755));
    if (mount("proc", "dir/proc", "proc", 0, 0) == -1)
        SKIP("no proc mount: %s", harness_errno_name(errno));
    EXPECT_OK(mount("x", "dir/sub", "tmpfs", 0, 0));
    EXPECT_OK(chroot("dir"));
    EXPECT_OK(chdir("/"));
    char *text = slurp("/proc/self/mounts");
    EXPECT_TRUE(strstr(text, "x /sub tmpfs ") != 0);
    EXPECT_TRUE(strstr(text, " /sys ") == 0);
}

TEST(poll_reports_a_change_of_the_mounts)
{
    enter();
    struct pollfd p = { EXPECT_OK(open("/proc/self/mounts", O_RDONLY)), POLLPRI, 0 };
    EXPECT_EQ(poll(&p, 1, 0), 0);
    EXPECT_OK(mount("x", "dir", "tmpfs", 0, 0));
    EXPECT_EQ(poll(&p, 1, 0), 1);
    EXPECT_EQ(p.revents, POLLPRI | POLLERR);
    EXPECT_EQ(poll(&p, 1, 0), 0);
}

static void mount_proc(const char *options)
{
    enter();
    EXPECT_OK(mount("proc", "dir", "proc", 0, options));
}

static int sees(const char *path, uid_t uid)
{
    int status;
    struct stat st;
    pid_t child = FORK({
        EXPECT_OK(setgroups(0, 0));
        EXPECT_OK(setresgid(uid, uid, uid));
        EXPECT_OK(setresuid(uid, uid, uid));
        _exit(stat(path, &st) == 0 ? 0 : errno);
    });
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

TEST(each_mount_of_proc_is_a_file_system_of_its_own)
{
    struct stat a, b;
    mount_proc(0);
    EXPECT_OK(stat("dir/meminfo", &a));
    EXPECT_OK(stat("/proc/meminfo", &b));
    EXPECT_NE(a.st_dev, b.st_dev);
}

TEST(hidepid_keeps_processes_from_others)
{
    char dir[64], file[64];
    mount_proc("hidepid=1");
    EXPECT_OK(chmod(".", 0755));
    snprintf(dir, sizeof dir, "dir/%d", getpid());
    snprintf(file, sizeof file, "dir/%d/stat", getpid());
    EXPECT_EQ(sees(file, 1234), EPERM);
    EXPECT_EQ(sees(dir, 1234), 0);
    EXPECT_EQ(sees("dir/self/stat", 1234), 0);
    EXPECT_OK(umount("dir"));
    EXPECT_OK(mount("proc", "dir", "proc", 0, "hidepid=invisible"));
    EXPECT_EQ(sees(dir, 1234), ENOENT);
    EXPECT_EQ(sees(dir, 0), 0);
    EXPECT_ERRNO(mount("proc", "dir", "proc", 0, "hidepid=3"), EINVAL);
    EXPECT_ERRNO(mount("proc", "dir", "proc", 0, "what=ever"), EINVAL);
}

TEST(a_subset_of_proc_has_processes_only)
{
    mount_proc("subset=pid");
    EXPECT_OK(access("dir/self/stat", F_OK));
    EXPECT_OK(access("dir/1", F_OK));
    EXPECT_ERRNO(access("dir/cpuinfo", F_OK), ENOENT);
    EXPECT_ERRNO(access("dir/sys", F_OK), ENOENT);
    EXPECT_TRUE(strstr(mountinfo_of(here("dir")), ",subset=pid") != 0);
}
