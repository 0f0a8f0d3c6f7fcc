// capget(2), capset(2), and what changes of uid and exec do to the sets.
#include "../support/caps.h"
#include "../support/role.h"
#include "../support/task.h"
#include <linux/securebits.h>

TEST(capget_with_a_wrong_version_tells_the_right_one)
{
    struct __user_cap_header_struct header = { 0x12345678, 0 };
    struct __user_cap_data_struct data[2];
    EXPECT_ERRNO(syscall(SYS_capget, &header, data), EINVAL);
    EXPECT_EQ(header.version, _LINUX_CAPABILITY_VERSION_3);
    // A probe: no data pointer.
    header.version = 0;
    EXPECT_EQ(syscall(SYS_capget, &header, 0), 0);
    EXPECT_EQ(header.version, _LINUX_CAPABILITY_VERSION_3);
}

TEST(capget_has_its_errors)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, -1 };
    struct __user_cap_data_struct data[2];
    EXPECT_ERRNO(syscall(SYS_capget, &header, data), EINVAL);
    header.pid = dead_pid();
    EXPECT_ERRNO(syscall(SYS_capget, &header, data), ESRCH);
    EXPECT_ERRNO(syscall(SYS_capget, 8, data), EFAULT);
    header.pid = 0;
    EXPECT_ERRNO(syscall(SYS_capget, &header, 8), EFAULT);
}

TEST(the_sets_of_another_process_can_be_read)
{
    struct caps own, parents;
    EXPECT_OK(get_caps(0, &own));
    EXPECT_OK(get_caps(getppid(), &parents));
    EXPECT_EQ(own.effective, parents.effective);
    EXPECT_EQ(own.permitted, parents.permitted);
}

TEST(capset_for_another_process_is_EPERM)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, getppid() };
    struct __user_cap_data_struct data[2] = { { 0 } };
    EXPECT_ERRNO(syscall(SYS_capset, &header, data), EPERM);
    header.pid = getpid();
    EXPECT_OK(syscall(SYS_capset, &header, data));
}

TEST(a_dropped_effective_capability_can_be_raised_again)
{
    NEED_CAP(CHOWN);
    struct caps all, some;
    EXPECT_OK(get_caps(0, &all));
    some = all;
    some.effective &= ~CAP(CHOWN);
    EXPECT_OK(set_caps(some));
    int fd = EXPECT_OK(open("f", O_RDWR | O_CREAT, 0600));
    EXPECT_ERRNO(fchown(fd, 1, 1), EPERM);
    EXPECT_OK(set_caps(all));
    EXPECT_OK(fchown(fd, 1, 1));
}

TEST(a_dropped_permitted_capability_is_gone)
{
    NEED_CAP(CHOWN);
    struct caps all, some;
    EXPECT_OK(get_caps(0, &all));
    some = all;
    some.effective &= ~CAP(CHOWN);
    some.permitted &= ~CAP(CHOWN);
    EXPECT_OK(set_caps(some));
    EXPECT_ERRNO(set_caps(all), EPERM);
}

TEST(effective_must_be_within_permitted)
{
    EXPECT_ERRNO(set_caps((struct caps){ .effective = CAP(CHOWN) }), EPERM);
}

TEST(inheritable_must_be_within_what_one_has)
{
    NEED_CAP(CHOWN);
    struct caps caps;
    EXPECT_OK(get_caps(0, &caps));
    // Without SETPCAP: only from the permitted set.
    caps.effective &= ~CAP(SETPCAP);
    caps.permitted &= ~(CAP(SETPCAP) | CAP(KILL));
    caps.effective &= ~CAP(KILL);
    EXPECT_OK(set_caps(caps));
    caps.inheritable = CAP(CHOWN);
    EXPECT_OK(set_caps(caps));
    caps.inheritable = CAP(KILL);
    EXPECT_ERRNO(set_caps(caps), EPERM);
}

TEST(unknown_capability_bits_are_ignored)
{
    struct caps caps;
    EXPECT_OK(get_caps(0, &caps));
    caps.inheritable |= 1ul << 63;
    EXPECT_OK(set_caps(caps));
    EXPECT_OK(get_caps(0, &caps));
    EXPECT_EQ(caps.inheritable >> 63, 0);
}

TEST(leaving_uid_zero_drops_the_sets)
{
    NEED_ROOT();
    struct caps caps;
    IN_CHILD({
        EXPECT_OK(setresuid(1000, 1000, 1000));
        EXPECT_OK(get_caps(0, &caps));
        EXPECT_EQ(caps.effective, 0);
        EXPECT_EQ(caps.permitted, 0);
    });
}

TEST(leaving_effective_uid_zero_drops_the_effective_set)
{
    NEED_ROOT();
    struct caps before, caps;
    EXPECT_OK(get_caps(0, &before));
    EXPECT_OK(setresuid(-1, 1000, -1));
    EXPECT_OK(get_caps(0, &caps));
    EXPECT_EQ(caps.effective, 0);
    EXPECT_EQ(caps.permitted, before.permitted);
    EXPECT_OK(setresuid(-1, 0, -1));
    EXPECT_OK(get_caps(0, &caps));
    EXPECT_EQ(caps.effective, before.permitted);
}

TEST(keepcaps_keeps_the_permitted_set)
{
    NEED_ROOT();
    struct caps before, caps;
    EXPECT_OK(get_caps(0, &before));
    EXPECT_OK(prctl(PR_SET_KEEPCAPS, 1));
    EXPECT_OK(setresuid(1000, 1000, 1000));
    EXPECT_OK(get_caps(0, &caps));
    EXPECT_EQ(caps.permitted, before.permitted);
    EXPECT_EQ(caps.effective, 0);
    caps.effective = CAP(CHOWN);
    EXPECT_OK(set_caps(caps));
    EXPECT_OK(fchown(EXPECT_OK(open("/dev/null", O_RDONLY)), -1, -1));
}

TEST(no_setuid_fixup_keeps_everything)
{
    NEED_CAP(SETPCAP);
    struct caps before, caps;
    EXPECT_OK(get_caps(0, &before));
    EXPECT_OK(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP));
    EXPECT_EQ(prctl(PR_GET_SECUREBITS), SECBIT_NO_SETUID_FIXUP);
    EXPECT_OK(setresuid(1000, 1000, 1000));
    EXPECT_OK(get_caps(0, &caps));
    EXPECT_EQ(caps.effective, before.effective);
}

TEST(securebits_need_SETPCAP_and_locks_hold)
{
    NEED_CAP(SETPCAP);
    EXPECT_ERRNO(prctl(PR_SET_SECUREBITS, 1 << 20), EPERM);
    EXPECT_OK(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED));
    EXPECT_ERRNO(prctl(PR_SET_SECUREBITS, 0), EPERM);
    EXPECT_ERRNO(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT), EPERM);
    AS_USER(1000, 1000, EXPECT_ERRNO(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED), EPERM));
}

ROLE(expect_caps)
{
    struct caps caps;
    REQUIRE(get_caps(0, &caps) == 0);
    REQUIRE(caps.permitted == strtoul(argv[2], 0, 16));
    REQUIRE(caps.effective == strtoul(argv[3], 0, 16));
}

static char *hex(unsigned long value)
{
    char *text = malloc(20);
    snprintf(text, 20, "%lx", value);
    return text;
}

TEST(exec_by_root_gives_the_bounding_set)
{
    NEED_CAP(SETPCAP);
    struct caps caps;
    EXPECT_OK(get_caps(0, &caps));
    unsigned long all = caps.permitted & ~CAP(CHOWN);
    EXPECT_OK(prctl(PR_CAPBSET_DROP, CAP_CHOWN));
    EXPECT_OK(set_caps((struct caps){ 0 }));
    // Dropped sets come back, the bounding set bounds them. Only what was bounded before can be missing.
    unsigned long bounding = 0;
    for (int i = 0; i < 64; i++)
        if (prctl(PR_CAPBSET_READ, i) == 1)
            bounding |= 1ul << i;
    EXPECT_EQ(bounding & all, all);
    IN_CHILD(EXEC_ROLE(expect_caps, hex(bounding), hex(bounding)));
}

TEST(exec_with_noroot_gives_nothing)
{
    NEED_CAP(SETPCAP);
    EXPECT_OK(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT));
    IN_CHILD(EXEC_ROLE(expect_caps, "0", "0"));
}

TEST(exec_by_a_user_drops_the_sets)
{
    NEED_ROOT();
    EXPECT_OK(prctl(PR_SET_KEEPCAPS, 1));
    EXPECT_OK(setresuid(1000, 1000, 1000));
    IN_CHILD(EXEC_ROLE(expect_caps, "0", "0"));
}

TEST(ambient_capabilities_survive_exec_by_a_user)
{
    NEED_ROOT();
    struct caps caps;
    EXPECT_OK(get_caps(0, &caps));
    EXPECT_OK(prctl(PR_SET_KEEPCAPS, 1));
    EXPECT_OK(setresuid(1000, 1000, 1000));
    caps.inheritable = caps.effective = caps.permitted = CAP(CHOWN) | CAP(KILL);
    EXPECT_OK(set_caps(caps));
    EXPECT_OK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
    EXPECT_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 1);
    EXPECT_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 0);
    IN_CHILD(EXEC_ROLE(expect_caps, hex(CAP(CHOWN)), hex(CAP(CHOWN))));
    // Losing it from the inheritable set loses it from the ambient one.
    caps.inheritable = 0;
    EXPECT_OK(set_caps(caps));
    EXPECT_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0), 0);
}

TEST(the_sets_are_shown_in_status)
{
    struct caps caps;
    char text[4096] = "", wanted[64];
    EXPECT_OK(get_caps(0, &caps));
    EXPECT_OK(read(EXPECT_OK(open("/proc/self/status", O_RDONLY)), text, sizeof text - 1));
    snprintf(wanted, sizeof wanted, "\nCapPrm:\t%016lx\nCapEff:\t%016lx\n", caps.permitted, caps.effective);
    EXPECT_TRUE(strstr(text, wanted));
}
