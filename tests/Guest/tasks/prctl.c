// prctl(2).
#include "../support/role.h"
#include "../support/task.h"
#include <linux/prctl.h>
#include <linux/seccomp.h>

static long p(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    return syscall(SYS_prctl, option, a, b, c, d);
}

TEST(an_unknown_option_is_EINVAL)
{
    EXPECT_ERRNO(p(0, 0, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(p(9999, 0, 0, 0, 0), EINVAL);
}

TEST(the_name_is_cut_to_fifteen_bytes)
{
    char name[17] = "";
    EXPECT_OK(p(PR_SET_NAME, (long)"a name that is too long", 0, 0, 0));
    EXPECT_OK(p(PR_GET_NAME, (long)name, 0, 0, 0));
    EXPECT_STREQ(name, "a name that is ");
    EXPECT_ERRNO(p(PR_SET_NAME, 8, 0, 0, 0), EFAULT);
    EXPECT_ERRNO(p(PR_GET_NAME, 8, 0, 0, 0), EFAULT);
}

TEST(the_name_is_shown_in_proc)
{
    EXPECT_OK(p(PR_SET_NAME, (long)"x y)(", 0, 0, 0));
    char text[64] = "";
    EXPECT_OK(read(EXPECT_OK(open("/proc/self/comm", O_RDONLY)), text, 63));
    EXPECT_STREQ(text, "x y)(\n");
    EXPECT_EQ(task_state(getpid()), 'R');
}

TEST(the_name_can_be_written_to_proc)
{
    char name[16];
    EXPECT_EQ(write(EXPECT_OK(open("/proc/self/comm", O_WRONLY)), "written", 7), 7);
    EXPECT_OK(p(PR_GET_NAME, (long)name, 0, 0, 0));
    EXPECT_STREQ(name, "written");
}

TEST(dumpable_takes_zero_and_one)
{
    EXPECT_EQ(p(PR_GET_DUMPABLE, 0, 0, 0, 0), 1);
    EXPECT_OK(p(PR_SET_DUMPABLE, 0, 0, 0, 0));
    EXPECT_EQ(p(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    IN_CHILD(EXPECT_EQ(p(PR_GET_DUMPABLE, 0, 0, 0, 0), 0));
    EXPECT_ERRNO(p(PR_SET_DUMPABLE, 2, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_SET_DUMPABLE, -1, 0, 0, 0), EINVAL);
    EXPECT_OK(p(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

TEST(a_change_of_effective_uid_clears_dumpable)
{
    NEED_ROOT();
    struct stat st;
    EXPECT_OK(syscall(SYS_setresuid, -1, 1000, -1));
    EXPECT_EQ(p(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    EXPECT_OK(syscall(SYS_setresuid, -1, 0, -1));
    EXPECT_EQ(p(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    IN_CHILD({
        // The proc files of an undumpable process belong to root.
        EXPECT_OK(syscall(SYS_setresuid, 1000, 1000, 1000));
        EXPECT_OK(stat("/proc/self/status", &st));
        EXPECT_EQ(st.st_uid, 0);
        EXPECT_OK(p(PR_SET_DUMPABLE, 1, 0, 0, 0));
        EXPECT_OK(stat("/proc/self/status", &st));
        EXPECT_EQ(st.st_uid, 1000);
    });
}

TEST(keep_capabilities_takes_zero_and_one)
{
    EXPECT_EQ(p(PR_GET_KEEPCAPS, 0, 0, 0, 0), 0);
    EXPECT_OK(p(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    EXPECT_EQ(p(PR_GET_KEEPCAPS, 0, 0, 0, 0), 1);
    EXPECT_ERRNO(p(PR_SET_KEEPCAPS, 2, 0, 0, 0), EINVAL);
}

ROLE(no_new_privs)
{
    REQUIRE(p(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
    REQUIRE(p(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0);
}

TEST(no_new_privs_is_for_ever)
{
    EXPECT_EQ(p(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
    EXPECT_ERRNO(p(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 1), EINVAL);
    EXPECT_ERRNO(p(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0), EINVAL);
    EXPECT_OK(p(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    EXPECT_EQ(p(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    EXPECT_ERRNO(p(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
    EXPECT_OK(p(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    IN_CHILD(EXPECT_EQ(p(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1));
    IN_CHILD(EXEC_ROLE(no_new_privs));
}

TEST(seccomp_has_its_errors)
{
    EXPECT_EQ(p(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
    EXPECT_ERRNO(p(PR_SET_SECCOMP, 99, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, 8, 0, 0), EFAULT);
    EXPECT_ERRNO(syscall(SYS_seccomp, 99, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 1 << 20, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, 8), EFAULT);
    EXPECT_EQ(p(PR_GET_SECCOMP, 0, 0, 0, 0), 0);
}

TEST(capability_bounding_can_be_read_and_dropped)
{
    EXPECT_ERRNO(p(PR_CAPBSET_READ, 64, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_CAPBSET_READ, -1, 0, 0, 0), EINVAL);
    NEED_ROOT();
    EXPECT_EQ(p(PR_CAPBSET_READ, 0, 0, 0, 0), 1);
    EXPECT_OK(p(PR_CAPBSET_DROP, 0, 0, 0, 0));
    EXPECT_EQ(p(PR_CAPBSET_READ, 0, 0, 0, 0), 0);
    IN_CHILD(EXPECT_EQ(p(PR_CAPBSET_READ, 0, 0, 0, 0), 0));
    EXPECT_ERRNO(p(PR_CAPBSET_DROP, 64, 0, 0, 0), EINVAL);
    AS_USER(1000, 1000, EXPECT_ERRNO(p(PR_CAPBSET_DROP, 1, 0, 0, 0), EPERM));
}

TEST(timer_slack_has_a_default)
{
    long slack = EXPECT_OK(p(PR_GET_TIMERSLACK, 0, 0, 0, 0));
    EXPECT_OK(p(PR_SET_TIMERSLACK, 12345, 0, 0, 0));
    EXPECT_EQ(p(PR_GET_TIMERSLACK, 0, 0, 0, 0), 12345);
    IN_CHILD({
        EXPECT_EQ(p(PR_GET_TIMERSLACK, 0, 0, 0, 0), 12345);
        EXPECT_OK(p(PR_SET_TIMERSLACK, 777, 0, 0, 0));
        // Zero brings back what was inherited.
        EXPECT_OK(p(PR_SET_TIMERSLACK, 0, 0, 0, 0));
        EXPECT_EQ(p(PR_GET_TIMERSLACK, 0, 0, 0, 0), 12345);
    });
    EXPECT_OK(p(PR_SET_TIMERSLACK, 0, 0, 0, 0));
    EXPECT_EQ(p(PR_GET_TIMERSLACK, 0, 0, 0, 0), slack);
}

TEST(the_memory_map_can_be_changed_with_a_capability_only)
{
    AS_USER(1000, 1000, EXPECT_ERRNO(p(PR_SET_MM, PR_SET_MM_START_BRK, 4096, 0, 0), EPERM));
}

TEST(the_memory_map_has_its_errors)
{
    EXPECT_ERRNO(p(PR_SET_MM, 99, 0, 0, 1), EINVAL);
    EXPECT_ERRNO(p(PR_SET_MM, PR_SET_MM_START_BRK, 4096, 1, 0), EINVAL);
}

TEST(the_parent_death_signal_is_read_into_memory)
{
    int value = 9;
    EXPECT_OK(p(PR_GET_PDEATHSIG, (long)&value, 0, 0, 0));
    EXPECT_EQ(value, 0);
}

TEST(the_tid_address_can_be_read)
{
    int *address = 0, word;
    EXPECT_OK(syscall(SYS_set_tid_address, &word));
    if (p(PR_GET_TID_ADDRESS, (long)&address, 0, 0, 0) == -1 && errno == EINVAL)
        SKIP("no checkpoint support");
    EXPECT_EQ(address, &word);
}

TEST(ambient_capabilities_need_the_inheritable_ones)
{
    EXPECT_ERRNO(p(PR_CAP_AMBIENT, 99, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 64, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 1, 0), EINVAL);
    EXPECT_ERRNO(p(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0), EINVAL);
    EXPECT_EQ(p(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 0, 0, 0), 0);
    EXPECT_ERRNO(p(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 0, 0, 0), EPERM);
    EXPECT_OK(p(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, 0, 0, 0));
    EXPECT_OK(p(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
}

TEST(alignment_and_floating_point_options_do_not_exist_here)
{
    EXPECT_ERRNO(p(PR_SET_UNALIGN, 1, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_SET_FPEMU, 1, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_SET_ENDIAN, 0, 0, 0, 0), EINVAL);
    EXPECT_ERRNO(p(PR_SET_TIMING, 1, 0, 0, 0), EINVAL);
    EXPECT_OK(p(PR_SET_TIMING, 0, 0, 0, 0));
    EXPECT_EQ(p(PR_GET_TIMING, 0, 0, 0, 0), 0);
}

TEST(the_time_stamp_counter_can_be_forbidden)
{
    int mode = 0;
    EXPECT_OK(p(PR_GET_TSC, (long)&mode, 0, 0, 0));
    EXPECT_EQ(mode, PR_TSC_ENABLE);
    EXPECT_ERRNO(p(PR_SET_TSC, 99, 0, 0, 0), EINVAL);
    pid_t child = FORK({
        EXPECT_OK(p(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0));
        __builtin_ia32_rdtsc();
    });
    EXPECT_SIGNALED(child, SIGSEGV);
}
