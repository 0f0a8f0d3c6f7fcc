// user_namespaces(7): ids and capabilities by namespace.
#include "../support/caps.h"
#include "../support/role.h"
#include "../support/task.h"
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#define NS_GET_USERNS 0xb701
#define NS_GET_PARENT 0xb702
#define NS_GET_OWNER_UID 0xb704

static void put(const char *path, const char *text)
{
    int fd = EXPECT_OK(open(path, O_WRONLY | O_CLOEXEC));
    EXPECT_EQ(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

// Root maps a range, as a container runtime does.
#define ENTER_MAPPED()                                                               \
    do {                                                                             \
        if (unshare(CLONE_NEWUSER) == -1)                                            \
            SKIP("no user namespaces here");                                         \
        char map_[64];                                                               \
        snprintf(map_, sizeof map_, "/proc/%d/uid_map", getpid());                   \
        put("/proc/self/setgroups", "deny");                                         \
        put("/proc/self/uid_map", "0 0 1\n");                                        \
        put("/proc/self/gid_map", "0 0 1\n");                                        \
    } while (0)

TEST(unmapped_ids_show_as_overflow)
{
    NEED_CAP(SETFCAP);
    EXPECT_OK(close(EXPECT_OK(open("mine", O_CREAT | O_WRONLY, 0644))));
    EXPECT_OK(close(EXPECT_OK(open("other", O_CREAT | O_WRONLY, 0644))));
    EXPECT_OK(chown("other", 1234, 5678));
    ENTER_MAPPED();
    struct stat st;
    EXPECT_OK(stat("mine", &st));
    EXPECT_EQ(st.st_uid, 0);
    EXPECT_OK(stat("other", &st));
    EXPECT_EQ(st.st_uid, 65534);
    EXPECT_EQ(st.st_gid, 65534);
    EXPECT_EQ(getuid(), 0);
    EXPECT_ERRNO(setuid(1), EINVAL);
    EXPECT_ERRNO(chown("mine", 1, -1), EINVAL);
}

TEST(capabilities_do_not_reach_outside)
{
    NEED_CAP(SETFCAP);
    EXPECT_OK(close(EXPECT_OK(open("other", O_CREAT | O_WRONLY, 0600))));
    EXPECT_OK(chown("other", 1234, 5678));
    ENTER_MAPPED();
    struct caps caps;
    EXPECT_OK(get_caps(0, &caps));
    EXPECT_EQ(caps.effective & CAP(SYS_ADMIN), CAP(SYS_ADMIN));
    // The host name, the mounts and files of others belong to the first namespace.
    EXPECT_ERRNO(sethostname("x", 1), EPERM);
    EXPECT_ERRNO(mount("none", ".", "tmpfs", 0, 0), EPERM);
    EXPECT_ERRNO(open("other", O_RDONLY), EACCES);
    EXPECT_ERRNO(mknod("device", S_IFCHR | 0600, makedev(1, 3)), EPERM);
    // What is made now is one's own.
    EXPECT_OK(unshare(CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET));
    EXPECT_OK(sethostname("mine", 4));
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(mount("none", "dir", "tmpfs", 0, 0));
    EXPECT_OK(close(EXPECT_OK(open("dir/file", O_CREAT | O_WRONLY, 0600))));
    EXPECT_OK(chroot("dir"));
}

TEST(a_range_is_mapped_from_outside)
{
    NEED_CAP(SETFCAP);
    int fds[2], back[2];
    char c;
    EXPECT_OK(pipe(fds));
    EXPECT_OK(pipe(back));
    pid_t child = FORK({
        if (unshare(CLONE_NEWUSER) == -1)
            SKIP("no user namespaces here");
        EXPECT_EQ(write(back[1], "x", 1), 1);
        EXPECT_EQ(read(fds[0], &c, 1), 1);
        EXPECT_EQ(getuid(), 65534);
        EXPECT_OK(setresgid(0, 0, 0));
        EXPECT_OK(setresuid(0, 0, 0));
        EXPECT_EQ(getuid(), 0);
        gid_t groups[2];
        groups[0] = 1, groups[1] = 2;
        EXPECT_OK(setgroups(2, groups));
        EXPECT_EQ(getgroups(2, groups), 2);
        EXPECT_EQ(groups[1], 2);
        EXPECT_ERRNO(setresuid(2000, 2000, 2000), EINVAL);
        EXPECT_OK(setresuid(5, 5, 5));
        EXPECT_EQ(write(back[1], "x", 1), 1);
        EXPECT_EQ(read(fds[0], &c, 1), 1);
    });
    char path[64], text[256] = "";
    struct stat st;
    EXPECT_EQ(read(back[0], &c, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/uid_map", child);
    put(path, "0 100000 1000\n");
    snprintf(path, sizeof path, "/proc/%d/gid_map", child);
    put(path, "0 100000 1000\n");
    EXPECT_EQ(write(fds[1], "x", 1), 1);
    EXPECT_EQ(read(back[0], &c, 1), 1);
    snprintf(path, sizeof path, "/proc/%d/uid_map", child);
    int fd = EXPECT_OK(open(path, O_RDONLY | O_CLOEXEC));
    EXPECT_GT(read(fd, text, sizeof text - 1), 0);
    EXPECT_STREQ(text, "         0     100000       1000\n");
    close(fd);
    snprintf(path, sizeof path, "/proc/%d/status", child);
    fd = EXPECT_OK(open(path, O_RDONLY | O_CLOEXEC));
    char status[4096] = "";
    EXPECT_GT(read(fd, status, sizeof status - 1), 0);
    EXPECT_TRUE(strstr(status, "\nUid:\t100005\t100005\t100005\t100005\n") != 0);
    (void)st;
    EXPECT_EQ(write(fds[1], "x", 1), 1);
    EXPECT_EXIT(child, 0);
}

TEST(bad_maps_are_refused)
{
    NEED_CAP(SETFCAP);
    if (unshare(CLONE_NEWUSER) == -1)
        SKIP("no user namespaces here");
    static const char *const maps[] = { "", "0 0", "0 0 0\n", "a b c\n", "0 0 10\n5 100 10\n", "4294967295 0 1\n", "0 4294967290 10\n" };
    for (unsigned i = 1; i < sizeof maps / sizeof *maps; i++) {
        int fd = EXPECT_OK(open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC));
        EXPECT_ERRNO(write(fd, maps[i], strlen(maps[i])), EINVAL);
        close(fd);
    }
    EXPECT_EQ(getuid(), 65534);
}

TEST(an_exec_by_root_of_the_namespace_keeps_its_capabilities)
{
    NEED_CAP(SETFCAP);
    ENTER_MAPPED();
    EXPECT_OK(unshare(CLONE_NEWUTS));
    pid_t child = FORK(execl("/bin/sh", "sh", "-c", "test \"$(id -u)\" = 0 && hostname inner && test \"$(hostname)\" = inner", (char *)0); _exit(99));
    EXPECT_EXIT(child, 0);
}

TEST(namespace_files_tell_their_owner)
{
    NEED_CAP(SETFCAP);
    int first = EXPECT_OK(open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
    int uts = EXPECT_OK(open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC));
    struct stat a, b;
    int owner = EXPECT_OK(ioctl(uts, NS_GET_USERNS));
    EXPECT_OK(fstat(first, &a));
    EXPECT_OK(fstat(owner, &b));
    EXPECT_EQ(a.st_ino, b.st_ino);
    ENTER_MAPPED();
    EXPECT_ERRNO(ioctl(first, NS_GET_PARENT), EPERM);
    int second = EXPECT_OK(open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
    uid_t uid = 99;
    EXPECT_OK(ioctl(second, NS_GET_OWNER_UID, &uid));
    EXPECT_EQ(uid, 0);
    // Out again there is no way, in again neither.
    EXPECT_ERRNO(setns(first, CLONE_NEWUSER), EPERM);
    EXPECT_ERRNO(setns(second, CLONE_NEWUSER), EINVAL);
    EXPECT_ERRNO(setns(uts, CLONE_NEWUTS), EPERM);
}

TEST(abstract_names_are_those_of_the_network_namespace)
{
    NEED_CAP(SYS_ADMIN);
    struct sockaddr_un name = { AF_UNIX, "\0name" };
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + 5;
    int outside = EXPECT_OK(socket(AF_UNIX, SOCK_STREAM, 0));
    EXPECT_OK(bind(outside, (void *)&name, length));
    EXPECT_OK(listen(outside, 1));
    IN_CHILD({
        EXPECT_OK(unshare(CLONE_NEWNET));
        int inside = EXPECT_OK(socket(AF_UNIX, SOCK_STREAM, 0));
        EXPECT_ERRNO(connect(inside, (void *)&name, length), ECONNREFUSED);
        EXPECT_OK(bind(inside, (void *)&name, length));
    });
    EXPECT_OK(connect(EXPECT_OK(socket(AF_UNIX, SOCK_STREAM, 0)), (void *)&name, length));
}

TEST(a_tmpfs_belongs_to_who_mounts_it)
{
    int uid = getuid(), gid = getgid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == -1)
        SKIP("no user namespaces here");
    char map[64];
    put("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "7 %d 1\n", uid);
    put("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "8 %d 1\n", gid);
    put("/proc/self/gid_map", map);
    EXPECT_OK(mkdir("dir", 0755));
    EXPECT_OK(mount("none", "/", 0, MS_REC | MS_PRIVATE, 0));
    EXPECT_OK(mount("tmpfs", "dir", "tmpfs", 0, "mode=755"));
    struct stat st;
    EXPECT_OK(stat("dir", &st));
    EXPECT_EQ(st.st_uid, 7);
    EXPECT_EQ(st.st_gid, 8);
    EXPECT_OK(mkdir("dir/sub", 0755));
    EXPECT_OK(mount("tmpfs", "dir/sub", "tmpfs", 0, "uid=7,gid=8"));
    EXPECT_OK(stat("dir/sub", &st));
    EXPECT_EQ(st.st_uid, 7);
    EXPECT_EQ(st.st_gid, 8);
    EXPECT_ERRNO(mount("tmpfs", "dir/sub", "tmpfs", 0, "uid=0"), EINVAL);
    EXPECT_OK(mount("ramfs", "dir/sub", "ramfs", 0, 0));
    EXPECT_OK(stat("dir/sub", &st));
    EXPECT_EQ(st.st_uid, 7);
    EXPECT_EQ(st.st_gid, 8);
}
