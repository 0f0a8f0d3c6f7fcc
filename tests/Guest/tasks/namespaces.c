// unshare(2) and setns(2).
#include "../support/caps.h"
#include "../support/task.h"
#include <poll.h>

static int ns_open(const char *name)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", name);
    return EXPECT_OK(open(path, O_RDONLY));
}

TEST(unshare_of_unknown_flags_is_EINVAL)
{
    EXPECT_ERRNO(unshare(CLONE_PTRACE), EINVAL);
    EXPECT_ERRNO(unshare(CLONE_VFORK), EINVAL);
    EXPECT_ERRNO(unshare(1), EINVAL);
    EXPECT_ERRNO(unshare(CLONE_PARENT), EINVAL);
    EXPECT_OK(unshare(0));
}

static int stay(void *arg)
{
    (void)arg;
    pause();
    return 0;
}

TEST(a_threaded_process_cannot_unshare_memory_or_handlers)
{
    // Alone, it is a wish already fulfilled.
    EXPECT_OK(unshare(CLONE_THREAD));
    EXPECT_OK(unshare(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD));
    struct thread thread;
    spawn_thread(&thread, stay, 0);
    EXPECT_ERRNO(unshare(CLONE_THREAD), EINVAL);
    EXPECT_ERRNO(unshare(CLONE_SIGHAND), EINVAL);
    EXPECT_ERRNO(unshare(CLONE_VM), EINVAL);
    EXPECT_ERRNO(unshare(CLONE_NEWUSER), EINVAL);
}

static volatile int *words;

static int unshare_files(void *arg)
{
    (void)arg;
    words[0] = unshare(CLONE_FILES | CLONE_FS);
    close(3);
    umask(077);
    return 0;
}

TEST(a_thread_may_have_its_own_descriptors_and_directory)
{
    words = shared_words();
    words[0] = 5;
    EXPECT_EQ(dup2(1, 3), 3);
    struct thread thread;
    spawn_thread(&thread, unshare_files, 0);
    join_thread(&thread);
    EXPECT_EQ(words[0], 0);
    EXPECT_OK(fcntl(3, F_GETFD));
    EXPECT_EQ(umask(022), 022);
}

TEST(new_namespaces_need_privilege)
{
    static const int flags[] = { CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP };
    AS_USER(1000, 1000, {
        for (unsigned i = 0; i < sizeof flags / sizeof *flags; i++)
            EXPECT_ERRNO(unshare(flags[i]), EPERM);
    });
}

TEST(each_kind_can_be_unshared_and_shows_a_new_number)
{
    NEED_CAP(SYS_ADMIN);
    static const struct { int flag; const char *name; } kinds[] = {
        { CLONE_NEWUTS, "uts" }, { CLONE_NEWIPC, "ipc" }, { CLONE_NEWNS, "mnt" },
        { CLONE_NEWNET, "net" }, { CLONE_NEWUSER, "user" }, { CLONE_NEWPID, "pid_for_children" },
    };
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++)
        IN_CHILD({
            char path[64];
            char before[64] = "";
            char after[64] = "";
            snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i].name);
            EXPECT_OK(readlink(path, before, 63));
            EXPECT_TRUE(strstr(before, ":["));
            EXPECT_OK(unshare(kinds[i].flag));
            if (kinds[i].flag == CLONE_NEWPID)
                IN_CHILD(EXPECT_EQ(getpid(), 1)); // the link shows it once it has an init
            EXPECT_OK(readlink(path, after, 63));
            if (kinds[i].flag != CLONE_NEWPID)
                EXPECT_NE(strcmp(before, after), 0);
        });
}

TEST(setns_of_a_bad_descriptor_is_EBADF)
{
    EXPECT_ERRNO(setns(999, 0), EBADF);
}

TEST(setns_of_what_is_no_namespace_is_EINVAL)
{
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0644));
    EXPECT_ERRNO(setns(fd, 0), EINVAL);
    EXPECT_ERRNO(setns(fd, CLONE_NEWUTS), EINVAL);
}

TEST(setns_of_another_kind_than_said_is_EINVAL)
{
    EXPECT_ERRNO(setns(ns_open("uts"), CLONE_NEWIPC), EINVAL);
    EXPECT_ERRNO(setns(ns_open("uts"), 1), EINVAL);
}

TEST(setns_to_the_own_namespace_succeeds)
{
    NEED_CAP(SYS_ADMIN);
    EXPECT_OK(setns(ns_open("uts"), CLONE_NEWUTS));
    EXPECT_OK(setns(ns_open("ipc"), 0));
    EXPECT_OK(setns(ns_open("pid"), CLONE_NEWPID));
    // Except for the user namespace.
    EXPECT_ERRNO(setns(ns_open("user"), CLONE_NEWUSER), EINVAL);
}

TEST(setns_needs_privilege)
{
    AS_USER(1000, 1000, EXPECT_ERRNO(setns(ns_open("uts"), CLONE_NEWUTS), EPERM));
}

TEST(setns_joins_the_namespace_of_a_child)
{
    NEED_CAP(SYS_ADMIN);
    words = shared_words();
    pid_t child = IDLE_CHILD({
        EXPECT_OK(unshare(CLONE_NEWUTS));
        EXPECT_OK(sethostname("inside", 6));
        words[0] = 1;
    });
    EXPECT_SOON(words[0]);
    char path[64], name[65];
    snprintf(path, sizeof path, "/proc/%d/ns/uts", child);
    int fd = EXPECT_OK(open(path, O_RDONLY)), own = ns_open("uts");
    EXPECT_OK(setns(fd, CLONE_NEWUTS));
    EXPECT_OK(gethostname(name, sizeof name));
    EXPECT_STREQ(name, "inside");
    EXPECT_OK(setns(own, CLONE_NEWUTS));
    EXPECT_OK(gethostname(name, sizeof name));
    EXPECT_NE(strcmp(name, "inside"), 0);
    // A pidfd names all namespaces of its process.
    int pidfd = (int)EXPECT_OK(syscall(SYS_pidfd_open, child, 0));
    EXPECT_OK(setns(pidfd, CLONE_NEWUTS));
    EXPECT_OK(gethostname(name, sizeof name));
    EXPECT_STREQ(name, "inside");
    EXPECT_ERRNO(setns(pidfd, 0), EINVAL);
    END_CHILD(child);
    EXPECT_ERRNO(setns(pidfd, CLONE_NEWUTS), ESRCH);
}

TEST(the_first_child_in_a_new_pid_namespace_is_its_init)
{
    NEED_CAP(SYS_ADMIN);
    words = shared_words();
    EXPECT_OK(unshare(CLONE_NEWPID));
    pid_t init = IDLE_CHILD({
        words[0] = getpid();
        words[1] = getppid();
        words[2] = FORK(for (;;) pause());
        EXPECT_OK(kill(1, SIGTERM)); // init is immune to signals it does not handle
        words[3] = 1;
    });
    EXPECT_SOON(words[3]);
    EXPECT_EQ(words[0], 1);
    EXPECT_EQ(words[1], 0);
    EXPECT_EQ(words[2], 2);
    EXPECT_NE(init, 1);
    // The end of init is the end of the namespace.
    END_CHILD(init);
    EXPECT_ERRNO(fork(), ENOMEM);
    EXPECT_ERRNO(unshare(CLONE_NEWPID), EINVAL);
}

TEST(all_processes_of_a_pid_namespace_die_with_init)
{
    NEED_CAP(SYS_ADMIN);
    int fds[2];
    EXPECT_OK(pipe(fds));
    pid_t init = spawn(CLONE_NEWPID | SIGCHLD, (int (*)(void *))pause, 0);
    END_CHILD(init);
    long pid = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        for (int i = 0; i < 5; i++)
            FORK(setsid(); for (;;) pause());
        _exit(3);
    }
    EXPECT_EXIT((pid_t)EXPECT_OK(pid), 3);
    close(fds[1]);
    char c;
    struct pollfd p = { fds[0], POLLIN, 0 };
    EXPECT_EQ(poll(&p, 1, 5000), 1);
    EXPECT_EQ(read(fds[0], &c, 1), 0);
}

TEST(a_new_user_namespace_gives_its_maker_all_capabilities)
{
    AS_USER(1000, 1000, {
        if (unshare(CLONE_NEWUSER) == -1)
            SKIP("user namespaces are closed to users here");
        struct caps caps;
        EXPECT_OK(get_caps(0, &caps));
        EXPECT_EQ(caps.effective & CAP(SYS_ADMIN), CAP(SYS_ADMIN));
        EXPECT_EQ(getuid(), 65534);
        EXPECT_EQ(getgid(), 65534);
        EXPECT_OK(unshare(CLONE_NEWUTS));
        EXPECT_OK(sethostname("mine", 4));
    });
}

TEST(ids_are_mapped_once)
{
    AS_USER(1000, 1000, {
        if (unshare(CLONE_NEWUSER) == -1)
            SKIP("user namespaces are closed to users here");
        // The change of uid made the process undumpable: its proc files belong to root.
        EXPECT_ERRNO(open("/proc/self/uid_map", O_RDWR), EACCES);
        EXPECT_OK(prctl(PR_SET_DUMPABLE, 1));
        int map = EXPECT_OK(open("/proc/self/uid_map", O_RDWR));
        EXPECT_EQ(write(map, "0 1000 1\n", 9), 9);
        EXPECT_EQ(getuid(), 0);
        EXPECT_ERRNO(write(map, "0 1000 1\n", 9), EINVAL); // not at the start of the file
        EXPECT_ERRNO(write(EXPECT_OK(open("/proc/self/uid_map", O_RDWR)), "0 1000 1\n", 9), EPERM);
        // Groups only after setgroups has been given up.
        int groups = EXPECT_OK(open("/proc/self/gid_map", O_RDWR));
        EXPECT_ERRNO(write(groups, "0 1000 1\n", 9), EPERM);
        EXPECT_EQ(write(EXPECT_OK(open("/proc/self/setgroups", O_WRONLY)), "deny", 4), 4);
        EXPECT_EQ(write(groups, "0 1000 1\n", 9), 9);
        EXPECT_EQ(getgid(), 0);
        EXPECT_ERRNO(syscall(SYS_setgroups, 0, 0), EPERM);
        EXPECT_ERRNO(setuid(5), EINVAL);
    });
}
