// uname(2), sethostname(2), setdomainname(2), personality(2).
#include "../support/caps.h"
#include "../support/role.h"
#include "../support/task.h"
#include <sys/personality.h>
#include <sys/utsname.h>

TEST(uname_names_linux_on_x86_64)
{
    struct utsname name;
    int major, minor;
    EXPECT_OK(uname(&name));
    EXPECT_STREQ(name.sysname, "Linux");
    EXPECT_STREQ(name.machine, "x86_64");
    EXPECT_EQ(sscanf(name.release, "%d.%d", &major, &minor), 2);
    EXPECT_GE(major, 4);
    EXPECT_NE(name.version[0], 0);
    EXPECT_ERRNO(syscall(SYS_uname, 8), EFAULT);
}

TEST(proc_agrees_with_uname)
{
    struct utsname name;
    char text[128] = "";
    EXPECT_OK(uname(&name));
    strcat(name.release, "\n");
    EXPECT_OK(read(EXPECT_OK(open("/proc/sys/kernel/osrelease", O_RDONLY)), text, sizeof text - 1));
    EXPECT_STREQ(text, name.release);
    memset(text, 0, sizeof text);
    strcat(name.nodename, "\n");
    EXPECT_OK(read(EXPECT_OK(open("/proc/sys/kernel/hostname", O_RDONLY)), text, sizeof text - 1));
    EXPECT_STREQ(text, name.nodename);
}

TEST(the_host_name_is_private_to_a_new_namespace)
{
    NEED_CAP(SYS_ADMIN);
    struct utsname before, name;
    EXPECT_OK(uname(&before));
    IN_CHILD({
        EXPECT_OK(unshare(CLONE_NEWUTS));
        EXPECT_OK(sethostname("carrel-test", 11));
        EXPECT_OK(uname(&name));
        EXPECT_STREQ(name.nodename, "carrel-test");
        // A shorter name leaves no rest of the longer one.
        EXPECT_OK(sethostname("x", 1));
        EXPECT_OK(uname(&name));
        EXPECT_STREQ(name.nodename, "x");
        EXPECT_OK(sethostname("", 0));
        EXPECT_OK(uname(&name));
        EXPECT_STREQ(name.nodename, "");
        EXPECT_OK(setdomainname("domain", 6));
        EXPECT_OK(uname(&name));
        EXPECT_STREQ(name.domainname, "domain");
        IN_CHILD({
            EXPECT_OK(sethostname("shared", 6));
        });
        EXPECT_OK(uname(&name));
        EXPECT_STREQ(name.nodename, "shared");
    });
    EXPECT_OK(uname(&name));
    EXPECT_STREQ(name.nodename, before.nodename);
}

TEST(host_names_have_sixty_four_bytes)
{
    NEED_CAP(SYS_ADMIN);
    char text[70];
    memset(text, 'h', sizeof text);
    IN_CHILD({
        EXPECT_OK(unshare(CLONE_NEWUTS));
        EXPECT_OK(sethostname(text, 64));
        EXPECT_ERRNO(sethostname(text, 65), EINVAL);
        EXPECT_ERRNO(sethostname(text, -1), EINVAL);
        EXPECT_ERRNO(syscall(SYS_sethostname, 8, 4), EFAULT);
        EXPECT_ERRNO(setdomainname(text, 65), EINVAL);
        struct utsname name;
        EXPECT_OK(uname(&name));
        EXPECT_EQ(strlen(name.nodename), 64);
    });
}

TEST(host_names_need_privilege)
{
    AS_USER(1000, 1000, {
        EXPECT_ERRNO(sethostname("x", 1), EPERM);
        EXPECT_ERRNO(setdomainname("x", 1), EPERM);
        // Before the length is looked at.
        EXPECT_ERRNO(sethostname("x", -1), EPERM);
    });
}

TEST(personality_is_read_and_set)
{
    int before = personality(0xffffffff);
    EXPECT_OK(before);
    EXPECT_EQ(personality(before | ADDR_NO_RANDOMIZE), before);
    EXPECT_EQ(personality(0xffffffff), before | ADDR_NO_RANDOMIZE);
    IN_CHILD(EXPECT_EQ(personality(0xffffffff), before | ADDR_NO_RANDOMIZE));
    EXPECT_EQ(personality(before), before | ADDR_NO_RANDOMIZE);
}

TEST(the_personality_of_old_versions_shows_a_2_6_release)
{
    struct utsname name;
    EXPECT_OK(personality(UNAME26));
    EXPECT_OK(uname(&name));
    EXPECT_EQ(strncmp(name.release, "2.6.", 4), 0);
    EXPECT_OK(personality(0));
}

ROLE(expect_personality)
{
    REQUIRE(personality(0xffffffff) == ADDR_NO_RANDOMIZE);
}

TEST(personality_survives_exec)
{
    EXPECT_OK(personality(ADDR_NO_RANDOMIZE));
    IN_CHILD(EXEC_ROLE(expect_personality));
}
