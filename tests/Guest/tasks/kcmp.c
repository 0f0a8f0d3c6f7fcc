// kcmp(2).
#include "../support/caps.h"
#include "../support/task.h"
#include <linux/kcmp.h>

static long kcmp(pid_t a, pid_t b, int type, unsigned long x, unsigned long y)
{
    return syscall(SYS_kcmp, a, b, type, x, y);
}

TEST(a_process_equals_itself)
{
    pid_t self = getpid();
    for (int type = KCMP_VM; type <= KCMP_SYSVSEM; type++)
        EXPECT_EQ(kcmp(self, self, type, 0, 0), 0);
}

TEST(duplicates_of_a_descriptor_are_equal)
{
    pid_t self = getpid();
    int fd = EXPECT_OK(dup(1)), other = EXPECT_OK(open("/dev/null", O_RDONLY));
    EXPECT_EQ(kcmp(self, self, KCMP_FILE, 1, fd), 0);
    long order = EXPECT_OK(kcmp(self, self, KCMP_FILE, 1, other));
    EXPECT_TRUE(order == 1 || order == 2);
    EXPECT_EQ(kcmp(self, self, KCMP_FILE, other, 1), 3 - order);
    pid_t child = IDLE_CHILD();
    EXPECT_EQ(kcmp(self, child, KCMP_FILE, other, other), 0);
    END_CHILD(child);
}

TEST(a_forked_child_has_its_own_of_everything)
{
    pid_t child = IDLE_CHILD();
    EXPECT_GT(kcmp(getpid(), child, KCMP_VM, 0, 0), 0);
    EXPECT_GT(kcmp(getpid(), child, KCMP_FILES, 0, 0), 0);
    EXPECT_GT(kcmp(getpid(), child, KCMP_FS, 0, 0), 0);
    EXPECT_GT(kcmp(getpid(), child, KCMP_SIGHAND, 0, 0), 0);
    END_CHILD(child);
}

static int stay(void *arg)
{
    (void)arg;
    pause();
    return 0;
}

TEST(clone_flags_are_visible)
{
    pid_t child = spawn(CLONE_FILES | CLONE_FS | SIGCHLD, stay, 0);
    EXPECT_EQ(kcmp(getpid(), child, KCMP_FILES, 0, 0), 0);
    EXPECT_EQ(kcmp(getpid(), child, KCMP_FS, 0, 0), 0);
    EXPECT_GT(kcmp(getpid(), child, KCMP_VM, 0, 0), 0);
    END_CHILD(child);
}

TEST(bad_arguments_are_refused)
{
    pid_t self = getpid();
    EXPECT_ERRNO(kcmp(self, self, 99, 0, 0), EINVAL);
    EXPECT_ERRNO(kcmp(self, self, KCMP_FILE, 999, 1), EBADF);
    EXPECT_ERRNO(kcmp(self, self, KCMP_FILE, 1, 999), EBADF);
    EXPECT_ERRNO(kcmp(self, dead_pid(), KCMP_VM, 0, 0), ESRCH);
    EXPECT_ERRNO(kcmp(-1, self, KCMP_VM, 0, 0), ESRCH);
}

TEST(somebody_elses_process_is_EPERM)
{
    NEED_ROOT();
    pid_t child = IDLE_CHILD();
    AS_USER(1000, 1000, EXPECT_ERRNO(kcmp(getpid(), child, KCMP_VM, 0, 0), EPERM));
    END_CHILD(child);
}
