// Who may signal whom.
#include "../support/caps.h"
#include "../support/task.h"

static void become(uid_t real, uid_t effective, uid_t saved)
{
    EXPECT_OK(syscall(SYS_setresuid, real, effective, saved));
}

// A target with these ids, ready.
static pid_t target(uid_t real, uid_t effective, uid_t saved)
{
    volatile int *ready = shared_words();
    pid_t child = IDLE_CHILD(become(real, effective, saved); ready[0] = 1);
    EXPECT_SOON(ready[0]);
    return child;
}

TEST(the_sender_s_real_or_effective_id_must_match_the_targets_real_or_saved)
{
    NEED_ROOT();
    pid_t child = target(1000, 1001, 1002);
    IN_CHILD(become(1000, 5000, 5000); EXPECT_OK(kill(child, 0)));
    IN_CHILD(become(1002, 5000, 5000); EXPECT_OK(kill(child, 0)));
    IN_CHILD(become(5000, 1000, 5000); EXPECT_OK(kill(child, 0)));
    IN_CHILD(become(5000, 1002, 5000); EXPECT_OK(kill(child, 0)));
    // Not the target's effective id, not the sender's saved id.
    IN_CHILD(become(1001, 1001, 1001); EXPECT_ERRNO(kill(child, 0), EPERM));
    IN_CHILD(become(5000, 5000, 1000); EXPECT_ERRNO(kill(child, 0), EPERM));
    END_CHILD(child);
}

TEST(the_capability_overrides)
{
    NEED_CAP(KILL);
    pid_t child = target(1000, 1000, 1000);
    IN_CHILD({
        struct caps caps;
        EXPECT_OK(get_caps(0, &caps));
        caps.effective &= ~CAP(KILL);
        EXPECT_OK(set_caps(caps));
        EXPECT_ERRNO(kill(child, 0), EPERM);
        caps.effective |= CAP(KILL);
        EXPECT_OK(set_caps(caps));
        EXPECT_OK(kill(child, 0));
    });
    END_CHILD(child);
}

TEST(SIGCONT_goes_to_anyone_in_the_session)
{
    NEED_ROOT();
    pid_t child = target(1000, 1000, 1000);
    volatile int *ready = shared_words();
    pid_t other = IDLE_CHILD(setsid(); become(1000, 1000, 1000); ready[0] = 1);
    EXPECT_SOON(ready[0]);
    IN_CHILD({
        become(2000, 2000, 2000);
        EXPECT_ERRNO(kill(child, SIGTERM), EPERM);
        EXPECT_OK(kill(child, SIGCONT));
        EXPECT_ERRNO(kill(other, SIGCONT), EPERM);
    });
    END_CHILD(child);
    END_CHILD(other);
}

TEST(a_group_signal_succeeds_if_one_may_be_signalled)
{
    NEED_ROOT();
    pid_t mine = target(2000, 2000, 2000), foreign = target(1000, 1000, 1000);
    EXPECT_OK(setpgid(mine, mine));
    EXPECT_OK(setpgid(foreign, mine));
    IN_CHILD(become(2000, 2000, 2000); EXPECT_OK(kill(-mine, SIGTERM)));
    EXPECT_SIGNALED(mine, SIGTERM);
    IN_CHILD(become(2000, 2000, 2000); EXPECT_ERRNO(kill(-mine, SIGTERM), EPERM));
    END_CHILD(foreign);
}

TEST(existence_is_checked_before_permission)
{
    AS_USER(1000, 1000, EXPECT_ERRNO(kill(0x3fffffff, 0), ESRCH));
}

TEST(one_may_always_signal_oneself)
{
    AS_USER(1000, 1000, {
        EXPECT_OK(kill(getpid(), 0));
        EXPECT_OK(syscall(SYS_tgkill, getpid(), getpid(), 0));
        EXPECT_OK(syscall(SYS_tkill, getpid(), 0));
    });
}

TEST(thread_signals_obey_the_same_rules)
{
    NEED_ROOT();
    pid_t child = target(1000, 1000, 1000);
    IN_CHILD({
        become(2000, 2000, 2000);
        EXPECT_ERRNO(syscall(SYS_tgkill, child, child, SIGTERM), EPERM);
        EXPECT_ERRNO(syscall(SYS_tkill, child, SIGTERM), EPERM);
        union sigval value = { 0 };
        EXPECT_ERRNO(sigqueue(child, SIGTERM, value), EPERM);
    });
    END_CHILD(child);
}
