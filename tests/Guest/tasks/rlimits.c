// getrlimit(2), setrlimit(2), prlimit(2): the numbers.
#include "../support/caps.h"
#include "../support/role.h"
#include "../support/task.h"
#include <sys/resource.h>

static long prlimit_(pid_t pid, int resource, const struct rlimit *new, struct rlimit *old)
{
    return syscall(SYS_prlimit64, pid, resource, new, old);
}

TEST(an_unknown_resource_is_EINVAL)
{
    struct rlimit limit = { 1, 1 };
    EXPECT_ERRNO(syscall(SYS_getrlimit, 16, &limit), EINVAL);
    EXPECT_ERRNO(syscall(SYS_setrlimit, 16, &limit), EINVAL);
    EXPECT_ERRNO(syscall(SYS_getrlimit, -1, &limit), EINVAL);
    EXPECT_ERRNO(prlimit_(0, 99, 0, &limit), EINVAL);
}

TEST(a_bad_pointer_is_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_getrlimit, RLIMIT_NOFILE, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_setrlimit, RLIMIT_NOFILE, 8), EFAULT);
    EXPECT_ERRNO(prlimit_(0, RLIMIT_NOFILE, (struct rlimit *)8, 0), EFAULT);
    EXPECT_ERRNO(prlimit_(0, RLIMIT_NOFILE, 0, (struct rlimit *)8), EFAULT);
    EXPECT_OK(prlimit_(0, RLIMIT_NOFILE, 0, 0));
}

TEST(every_limit_can_be_read_and_set_to_itself)
{
    for (int i = 0; i < 16; i++) {
        struct rlimit limit, again;
        EXPECT_OK(getrlimit(i, &limit));
        EXPECT_LE((unsigned long)limit.rlim_cur >> 1, (unsigned long)limit.rlim_max >> 1);
        EXPECT_OK(setrlimit(i, &limit));
        EXPECT_OK(prlimit_(0, i, 0, &again));
        EXPECT_EQ(again.rlim_cur, limit.rlim_cur);
        EXPECT_EQ(again.rlim_max, limit.rlim_max);
    }
}

TEST(a_soft_limit_above_the_hard_one_is_EINVAL)
{
    struct rlimit limit = { 11, 10 };
    for (int i = 0; i < 16; i++)
        EXPECT_ERRNO(setrlimit(i, &limit), EINVAL);
    limit = (struct rlimit){ RLIM_INFINITY, 1000 };
    EXPECT_ERRNO(setrlimit(RLIMIT_CORE, &limit), EINVAL);
}

TEST(the_soft_limit_moves_below_the_hard_one)
{
    struct rlimit limit = { 100, 200 }, got;
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 200;
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 0;
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
    EXPECT_OK(getrlimit(RLIMIT_NOFILE, &got));
    EXPECT_EQ(got.rlim_cur, 0);
    EXPECT_EQ(got.rlim_max, 200);
}

TEST(the_hard_limit_is_raised_with_a_capability_only)
{
    AS_USER(1000, 1000, {
        struct rlimit limit = { 100, 200 };
        EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
        limit.rlim_max = 201;
        EXPECT_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
        limit.rlim_max = RLIM_INFINITY;
        EXPECT_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
        limit.rlim_max = 150;
        EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
        EXPECT_ERRNO(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 100, 200 }), EPERM);
    });
}

TEST(the_hard_limit_is_raised_with_the_capability)
{
    NEED_CAP(SYS_RESOURCE);
    struct rlimit limit = { 100, 200 };
    EXPECT_OK(setrlimit(RLIMIT_SIGPENDING, &limit));
    limit.rlim_max = 300;
    EXPECT_OK(setrlimit(RLIMIT_SIGPENDING, &limit));
}

TEST(more_descriptors_than_the_system_allows_is_EPERM)
{
    struct rlimit limit = { 1 << 30, RLIM_INFINITY };
    EXPECT_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
}

TEST(prlimit_swaps)
{
    struct rlimit first = { 50, 90 }, second = { 40, 80 }, old;
    EXPECT_OK(prlimit_(0, RLIMIT_NOFILE, &first, 0));
    EXPECT_OK(prlimit_(getpid(), RLIMIT_NOFILE, &second, &old));
    EXPECT_EQ(old.rlim_cur, 50);
    EXPECT_EQ(old.rlim_max, 90);
    EXPECT_OK(getrlimit(RLIMIT_NOFILE, &old));
    EXPECT_EQ(old.rlim_cur, 40);
}

TEST(prlimit_reaches_a_child)
{
    volatile int *words = shared_words();
    pid_t child = FORK({
        EXPECT_SOON(words[0]);
        struct rlimit got;
        EXPECT_OK(getrlimit(RLIMIT_NOFILE, &got));
        EXPECT_EQ(got.rlim_cur, 33);
    });
    struct rlimit limit = { 33, 44 }, got;
    EXPECT_OK(prlimit_(child, RLIMIT_NOFILE, &limit, 0));
    EXPECT_OK(prlimit_(child, RLIMIT_NOFILE, 0, &got));
    EXPECT_EQ(got.rlim_max, 44);
    words[0] = 1;
    EXPECT_EXIT(child, 0);
    EXPECT_ERRNO(prlimit_(child, RLIMIT_NOFILE, 0, &got), ESRCH);
    EXPECT_ERRNO(prlimit_(-1, RLIMIT_NOFILE, 0, &got), ESRCH);
}

TEST(prlimit_of_somebody_else_is_EPERM)
{
    NEED_ROOT();
    pid_t child = IDLE_CHILD();
    AS_USER(1000, 1000, {
        struct rlimit got;
        EXPECT_ERRNO(prlimit_(child, RLIMIT_NOFILE, 0, &got), EPERM);
        EXPECT_OK(prlimit_(getpid(), RLIMIT_NOFILE, 0, &got));
    });
    END_CHILD(child);
}

static struct rlimit seen;

static int read_limit(void *arg)
{
    (void)arg;
    syscall(SYS_getrlimit, RLIMIT_NOFILE, &seen);
    return 0;
}

TEST(threads_share_their_limits)
{
    struct rlimit limit = { 21, 22 };
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
    struct thread thread;
    spawn_thread(&thread, read_limit, 0);
    join_thread(&thread);
    EXPECT_EQ(seen.rlim_cur, 21);
}

ROLE(expect_limit)
{
    struct rlimit got;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &got) == 0);
    REQUIRE(got.rlim_cur == 77 && got.rlim_max == 88);
}

TEST(limits_survive_exec)
{
    struct rlimit limit = { 77, 88 };
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
    IN_CHILD(EXEC_ROLE(expect_limit));
}

TEST(the_limits_are_shown_in_proc)
{
    struct rlimit limit = { 77, 88 };
    char text[4096] = "";
    EXPECT_OK(setrlimit(RLIMIT_NOFILE, &limit));
    EXPECT_OK(read(EXPECT_OK(open("/proc/self/limits", O_RDONLY)), text, sizeof text - 1));
    EXPECT_TRUE(strstr(text, "Max open files            77                   88                   files     \n"));
}
