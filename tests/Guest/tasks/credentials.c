// User and group ids.
#include "../support/task.h"
#include <sys/fsuid.h>

// Linux changes ids for one thread; the C library's wrappers do it for all. Here: the raw calls.
static long set(long number, long a, long b, long c)
{
    return syscall(number, a, b, c);
}

static void expect_uids(uid_t r, uid_t e, uid_t s)
{
    uid_t gr, ge, gs;
    EXPECT_OK(getresuid(&gr, &ge, &gs));
    EXPECT_EQ(gr, r);
    EXPECT_EQ(ge, e);
    EXPECT_EQ(gs, s);
    EXPECT_EQ(getuid(), r);
    EXPECT_EQ(geteuid(), e);
}

static void expect_gids(gid_t r, gid_t e, gid_t s)
{
    gid_t gr, ge, gs;
    EXPECT_OK(getresgid(&gr, &ge, &gs));
    EXPECT_EQ(gr, r);
    EXPECT_EQ(ge, e);
    EXPECT_EQ(gs, s);
    EXPECT_EQ(getgid(), r);
    EXPECT_EQ(getegid(), e);
}

TEST(setuid_by_root_sets_all_three)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setuid, 1000, 0, 0));
    expect_uids(1000, 1000, 1000);
    EXPECT_ERRNO(set(SYS_setuid, 0, 0, 0), EPERM);
    EXPECT_OK(set(SYS_setuid, 1000, 0, 0));
}

TEST(setgid_by_root_sets_all_three)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setgid, 1000, 0, 0));
    expect_gids(1000, 1000, 1000);
    EXPECT_OK(set(SYS_setgid, 0, 0, 0));
}

TEST(setuid_without_privilege_sets_the_effective_one)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setresuid, 1000, 1001, 1002));
    EXPECT_OK(set(SYS_setuid, 1002, 0, 0));
    expect_uids(1000, 1002, 1002);
    EXPECT_OK(set(SYS_setuid, 1000, 0, 0));
    expect_uids(1000, 1000, 1002);
    EXPECT_ERRNO(set(SYS_setuid, 1001, 0, 0), EPERM);
}

TEST(setreuid_follows_its_rules)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setresuid, 1000, 1001, 1002));
    // Real: to real or effective. Effective: to real, effective or saved.
    EXPECT_ERRNO(set(SYS_setreuid, 1002, -1, 0), EPERM);
    EXPECT_ERRNO(set(SYS_setreuid, -1, 1003, 0), EPERM);
    EXPECT_OK(set(SYS_setreuid, -1, -1, 0));
    expect_uids(1000, 1001, 1002);
    // Setting the real id, or the effective one to something else than the real, moves the saved one.
    EXPECT_OK(set(SYS_setreuid, 1001, 1000, 0));
    expect_uids(1001, 1000, 1000);
    EXPECT_OK(set(SYS_setreuid, -1, 1001, 0));
    expect_uids(1001, 1001, 1000);
}

TEST(setregid_follows_its_rules)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setresgid, 1000, 1001, 1002));
    EXPECT_OK(set(SYS_setresuid, 1000, 1000, 1000));
    EXPECT_ERRNO(set(SYS_setregid, 1002, -1, 0), EPERM);
    EXPECT_OK(set(SYS_setregid, -1, 1002, 0));
    expect_gids(1000, 1002, 1002);
}

TEST(setresuid_lets_anyone_swap_what_he_has)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setresuid, 1000, 1001, 1002));
    EXPECT_OK(set(SYS_setresuid, 1001, 1002, 1000));
    expect_uids(1001, 1002, 1000);
    EXPECT_OK(set(SYS_setresuid, -1, -1, -1));
    EXPECT_OK(set(SYS_setresuid, -1, 1001, -1));
    expect_uids(1001, 1001, 1000);
    EXPECT_ERRNO(set(SYS_setresuid, 1001, 1001, 1003), EPERM);
    EXPECT_ERRNO(set(SYS_setresuid, 0, -1, -1), EPERM);
    expect_uids(1001, 1001, 1000);
}

TEST(setresgid_lets_anyone_swap_what_he_has)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setresgid, 1000, 1001, 1002));
    EXPECT_OK(set(SYS_setresuid, 1000, 1000, 1000));
    EXPECT_OK(set(SYS_setresgid, 1002, 1000, 1001));
    expect_gids(1002, 1000, 1001);
    EXPECT_ERRNO(set(SYS_setresgid, 0, -1, -1), EPERM);
}

TEST(root_may_drop_and_regain_by_the_saved_id)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setresuid, -1, 1000, 0));
    EXPECT_ERRNO(set(SYS_setgid, 5, 0, 0), EPERM);
    EXPECT_OK(set(SYS_setresuid, -1, 0, -1));
    EXPECT_OK(set(SYS_setgid, 5, 0, 0));
}

TEST(impossible_ids_are_EINVAL)
{
    EXPECT_ERRNO(set(SYS_setuid, -1, 0, 0), EINVAL);
    EXPECT_ERRNO(set(SYS_setgid, -1, 0, 0), EINVAL);
    // For the others, -1 means: leave it.
    EXPECT_OK(set(SYS_setreuid, -1, -1, 0));
    EXPECT_OK(set(SYS_setresgid, -1, -1, -1));
}

TEST(getresuid_into_nothing_is_EFAULT)
{
    uid_t id;
    EXPECT_ERRNO(syscall(SYS_getresuid, &id, &id, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_getresgid, 8, &id, &id), EFAULT);
}

TEST(setfsuid_returns_the_old_one_and_never_fails)
{
    NEED_ROOT();
    EXPECT_EQ(setfsuid(1000), 0);
    EXPECT_EQ(setfsuid(-1), 1000);
    EXPECT_EQ(setfsgid(1000), 0);
    EXPECT_EQ(setfsgid(-1), 1000);
    // Setting the effective id takes it along.
    EXPECT_OK(set(SYS_setresuid, -1, 0, -1));
    EXPECT_EQ(setfsuid(-1), 0);
}

TEST(setfsuid_without_privilege_takes_only_own_ids)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setresuid, 1000, 1001, 1002));
    EXPECT_EQ(setfsuid(1002), 1001);
    EXPECT_EQ(setfsuid(1003), 1002);
    EXPECT_EQ(setfsuid(-1), 1002);
}

TEST(files_are_made_with_the_file_system_ids)
{
    NEED_ROOT();
    EXPECT_OK(chmod(".", 0777));
    setfsgid(1234);
    setfsuid(1234);
    struct stat st;
    EXPECT_OK(fstat(EXPECT_OK(open("f", O_RDWR | O_CREAT, 0600)), &st));
    EXPECT_EQ(st.st_uid, 1234);
    EXPECT_EQ(st.st_gid, 1234);
}

TEST(supplementary_groups_are_set_and_read)
{
    NEED_ROOT();
    gid_t groups[3] = { 7, 5, 6 }, got[8];
    EXPECT_OK(syscall(SYS_setgroups, 3, groups));
    EXPECT_EQ(getgroups(0, 0), 3);
    EXPECT_EQ(getgroups(8, got), 3);
    // In ascending order.
    EXPECT_EQ(got[0], 5);
    EXPECT_EQ(got[1], 6);
    EXPECT_EQ(got[2], 7);
    EXPECT_ERRNO(getgroups(2, got), EINVAL);
    EXPECT_ERRNO(getgroups(-1, got), EINVAL);
    IN_CHILD(EXPECT_EQ(getgroups(8, got), 3));
    EXPECT_OK(syscall(SYS_setgroups, 0, 0));
    EXPECT_EQ(getgroups(8, got), 0);
}

TEST(setgroups_has_its_errors)
{
    NEED_ROOT();
    gid_t group = -1;
    EXPECT_ERRNO(syscall(SYS_setgroups, 1, &group), EINVAL);
    EXPECT_ERRNO(syscall(SYS_setgroups, 65537, &group), EINVAL);
    EXPECT_ERRNO(syscall(SYS_setgroups, 1, 8), EFAULT);
    group = 5;
    AS_USER(1000, 1000, EXPECT_ERRNO(syscall(SYS_setgroups, 1, &group), EPERM));
}

TEST(a_supplementary_group_opens_files)
{
    NEED_ROOT();
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0640));
    EXPECT_OK(fchown(fd, 0, 4321));
    gid_t group = 4321;
    IN_CHILD({
        EXPECT_OK(syscall(SYS_setgroups, 1, &group));
        EXPECT_OK(setresgid(1000, 1000, 1000));
        EXPECT_OK(setresuid(1000, 1000, 1000));
        EXPECT_OK(open("f", O_RDONLY));
        EXPECT_ERRNO(open("f", O_RDWR), EACCES);
    });
    AS_USER(1000, 1000, EXPECT_ERRNO(open("f", O_RDONLY), EACCES));
}

static volatile int *words;

static int note_uid(void *arg)
{
    (void)arg;
    words[0] = 1;
    while (!words[1])
        sched_yield();
    words[2] = (int)syscall(SYS_getuid);
    return 0;
}

TEST(the_raw_call_changes_one_thread_only)
{
    NEED_ROOT();
    words = shared_words();
    struct thread thread;
    spawn_thread(&thread, note_uid, 0);
    EXPECT_SOON(words[0]);
    EXPECT_OK(set(SYS_setresuid, 1000, 1000, 0));
    words[1] = 1;
    join_thread(&thread);
    EXPECT_EQ(words[2], 0);
    EXPECT_EQ(getuid(), 1000);
}

TEST(ids_are_shown_in_status)
{
    NEED_ROOT();
    EXPECT_OK(set(SYS_setresgid, 11, 12, 13));
    EXPECT_OK(set(SYS_setresuid, 1, 2, 3));
    char text[4096] = "";
    EXPECT_OK(read(EXPECT_OK(open("/proc/thread-self/status", O_RDONLY)), text, sizeof text - 1));
    EXPECT_TRUE(strstr(text, "\nUid:\t1\t2\t3\t2\n"));
    EXPECT_TRUE(strstr(text, "\nGid:\t11\t12\t13\t12\n"));
}
