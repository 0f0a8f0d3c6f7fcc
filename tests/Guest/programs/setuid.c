// Set-user-id and set-group-id programs.
#include "../support/caps.h"
#include "../support/exec.h"
#include <sys/auxv.h>
#include <sys/statvfs.h>

ROLE(show_ids)
{
    uid_t r, e, s;
    gid_t gr, ge, gs;
    struct caps caps;
    getresuid(&r, &e, &s);
    getresgid(&gr, &ge, &gs);
    get_caps(0, &caps);
    dprintf(1, "%d %d %d, %d %d %d, secure %lu, capable %d", r, e, s, gr, ge, gs, getauxval(AT_SECURE),
            caps.effective != 0);
}

static void program_of(uid_t uid, gid_t gid, mode_t mode)
{
    NEED_ROOT();
    struct statvfs fs;
    EXPECT_OK(statvfs(".", &fs));
    if (fs.f_flag & ST_NOSUID)
        SKIP("the file system is nosuid");
    copy_self("prog", 0700);
    EXPECT_OK(chown("prog", uid, gid));
    EXPECT_OK(chmod("prog", mode));
}

static void shows(uid_t uid, gid_t gid, const char *wanted)
{
    AS_USER(uid, gid, EXPECT_STREQ(output_of("prog", ARGV("p", "@show_ids"), environ), wanted));
}

TEST(a_plain_program_keeps_the_ids)
{
    program_of(0, 0, 0755);
    shows(1000, 1001, "1000 1000 1000, 1001 1001 1001, secure 0, capable 0");
}

TEST(a_set_user_id_program_gets_its_owner)
{
    program_of(2000, 0, 04755);
    shows(1000, 1001, "1000 2000 2000, 1001 1001 1001, secure 1, capable 0");
}

TEST(a_program_of_root_gets_the_capabilities)
{
    program_of(0, 0, 04755);
    shows(1000, 1001, "1000 0 0, 1001 1001 1001, secure 1, capable 1");
}

TEST(a_set_group_id_program_gets_its_group)
{
    program_of(0, 2001, 02755);
    shows(1000, 1001, "1000 1000 1000, 1001 2001 2001, secure 1, capable 0");
}

TEST(both_bits_set_both)
{
    program_of(2000, 2001, 06755);
    shows(1000, 1001, "1000 2000 2000, 1001 2001 2001, secure 1, capable 0");
}

TEST(set_group_id_without_group_x_means_nothing)
{
    program_of(0, 2001, 02705);
    shows(1000, 1001, "1000 1000 1000, 1001 1001 1001, secure 0, capable 0");
}

TEST(a_program_of_oneself_changes_nothing)
{
    program_of(1000, 1001, 06755);
    shows(1000, 1001, "1000 1000 1000, 1001 1001 1001, secure 0, capable 0");
}

TEST(root_loses_its_capabilities_in_a_program_of_a_user)
{
    program_of(2000, 0, 04755);
    EXPECT_STREQ(output_of("prog", ARGV("p", "@show_ids"), environ), "0 2000 2000, 0 0 0, secure 1, capable 0");
}

TEST(no_new_privs_takes_the_bits_away)
{
    program_of(0, 2001, 06755);
    EXPECT_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    shows(1000, 1001, "1000 1000 1000, 1001 1001 1001, secure 0, capable 0");
}

TEST(different_effective_ids_are_saved_and_secure)
{
    program_of(0, 0, 0755);
    IN_CHILD({
        EXPECT_OK(syscall(SYS_setresuid, 1000, 2000, 3000));
        EXPECT_STREQ(output_of("prog", ARGV("p", "@show_ids"), environ),
                     "1000 2000 2000, 0 0 0, secure 1, capable 0");
    });
}

TEST(a_set_user_id_script_is_run_without_it)
{
    program_of(0, 0, 0755);
    WRITE_TEXT("script", "#!./prog @show_ids\n", 0755);
    EXPECT_OK(chown("script", 0, 0));
    EXPECT_OK(chmod("script", 06755));
    AS_USER(1000, 1001, EXPECT_STREQ(output_of("./script", ARGV("s"), environ),
                                     "1000 1000 1000, 1001 1001 1001, secure 0, capable 0"));
}

TEST(a_set_user_id_interpreter_counts)
{
    program_of(0, 0, 04755);
    WRITE_TEXT("script", "#!./prog @show_ids\n", 0755);
    AS_USER(1000, 1001, EXPECT_STREQ(output_of("./script", ARGV("s"), environ),
                                     "1000 0 0, 1001 1001 1001, secure 1, capable 1"));
}

ROLE(show_dumpable)
{
    dprintf(1, "%d", prctl(PR_GET_DUMPABLE));
}

TEST(a_set_user_id_program_is_not_dumpable)
{
    program_of(0, 0, 04755);
    AS_USER(1000, 1001, EXPECT_NE(output_of("prog", ARGV("p", "@show_dumpable"), environ)[0], '1'));
    EXPECT_OK(chmod("prog", 0755));
    AS_USER(1000, 1001, EXPECT_EQ(output_of("prog", ARGV("p", "@show_dumpable"), environ)[0], '1'));
}

TEST(a_program_one_cannot_read_is_not_dumpable)
{
    program_of(0, 0, 0711);
    AS_USER(1000, 1001, EXPECT_NE(output_of("prog", ARGV("p", "@show_dumpable"), environ)[0], '1'));
}

TEST(a_death_signal_does_not_survive_a_set_user_id_program)
{
    program_of(0, 0, 04755);
    AS_USER(1000, 1001, {
        EXPECT_OK(prctl(PR_SET_PDEATHSIG, SIGTERM));
        IN_CHILD({
            EXPECT_OK(prctl(PR_SET_PDEATHSIG, SIGTERM));
            execl("prog", "p", "@expect_no_death_signal", (char *)0);
            _exit(9);
        });
    });
}

ROLE(expect_no_death_signal)
{
    int number = -1;
    REQUIRE(prctl(PR_GET_PDEATHSIG, &number) == 0 && number == 0);
}

TEST(a_write_takes_the_bits_away)
{
    program_of(1000, 1001, 06755);
    AS_USER(1000, 1001, {
        int fd = EXPECT_OK(open("prog", O_WRONLY | O_APPEND));
        EXPECT_EQ(write(fd, "x", 1), 1);
    });
    struct stat st;
    EXPECT_OK(stat("prog", &st));
    EXPECT_EQ(st.st_mode & 07777, 0755);
}
