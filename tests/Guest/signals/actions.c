// sigaction(2): errors and flags.
#include "../support/signals.h"

struct kernel_action {
    void *handler;
    unsigned long flags;
    void *restorer;
    unsigned long mask;
};

TEST(impossible_signals_are_EINVAL)
{
    struct sigaction action = { .sa_handler = SIG_DFL };
    EXPECT_ERRNO(sigaction(0, &action, 0), EINVAL);
    EXPECT_ERRNO(sigaction(-1, &action, 0), EINVAL);
    EXPECT_ERRNO(sigaction(65, &action, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_rt_sigaction, 65, 0, 0, 8), EINVAL);
}

TEST(kill_and_stop_cannot_be_changed_but_read)
{
    struct sigaction action = { .sa_handler = SIG_IGN };
    EXPECT_ERRNO(sigaction(SIGKILL, &action, 0), EINVAL);
    EXPECT_ERRNO(sigaction(SIGSTOP, &action, 0), EINVAL);
    action.sa_handler = SIG_DFL;
    EXPECT_ERRNO(sigaction(SIGKILL, &action, 0), EINVAL);
    EXPECT_OK(sigaction(SIGKILL, 0, &action));
    EXPECT_EQ(action.sa_handler, SIG_DFL);
}

TEST(the_set_size_must_be_eight)
{
    EXPECT_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 16), EINVAL);
    EXPECT_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 4), EINVAL);
    EXPECT_OK(syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 8));
}

TEST(bad_pointers_are_EFAULT)
{
    EXPECT_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 8, 0, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, 0, 8, 8), EFAULT);
}

TEST(an_action_is_set_even_if_the_old_one_cannot_be_told)
{
    struct kernel_action action = { .handler = SIG_IGN }, got;
    EXPECT_ERRNO(syscall(SYS_rt_sigaction, SIGUSR1, &action, 8, 8), EFAULT);
    EXPECT_OK(syscall(SYS_rt_sigaction, SIGUSR1, 0, &got, 8));
    EXPECT_EQ(got.handler, SIG_IGN);
}

TEST(the_old_action_is_told)
{
    struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART | SA_NODEFER }, old;
    action.sa_mask = SET(SIGUSR2, SIGTERM);
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
    EXPECT_OK(sigaction(SIGUSR1, 0, &old));
    EXPECT_EQ(old.sa_handler, note);
    EXPECT_EQ(old.sa_flags & (SA_RESTART | SA_NODEFER | SA_RESETHAND | SA_SIGINFO), SA_RESTART | SA_NODEFER);
    EXPECT_TRUE(sigismember(&old.sa_mask, SIGUSR2));
    EXPECT_FALSE(sigismember(&old.sa_mask, SIGUSR1));
}

TEST(unknown_flags_are_dropped)
{
    struct kernel_action action = { .handler = SIG_IGN, .flags = 0x400 | 0x2000 | SA_RESTART }, old;
    EXPECT_OK(syscall(SYS_rt_sigaction, SIGUSR1, &action, 0, 8));
    EXPECT_OK(syscall(SYS_rt_sigaction, SIGUSR1, 0, &old, 8));
    EXPECT_EQ(old.flags, SA_RESTART);
}

TEST(kill_and_stop_are_dropped_from_the_mask)
{
    struct kernel_action action = { .handler = SIG_IGN, .mask = ~0ul }, old;
    EXPECT_OK(syscall(SYS_rt_sigaction, SIGUSR1, &action, 0, 8));
    EXPECT_OK(syscall(SYS_rt_sigaction, SIGUSR1, 0, &old, 8));
    EXPECT_EQ(old.mask, ~(1ul << (SIGKILL - 1) | 1ul << (SIGSTOP - 1)));
}

TEST(a_handler_without_a_restorer_is_fatal_on_x86)
{
    pid_t child = FORK({
        struct kernel_action action = { .handler = note };
        EXPECT_OK(syscall(SYS_rt_sigaction, SIGUSR1, &action, 0, 8));
        raise(SIGUSR1);
    });
    EXPECT_SIGNALED(child, SIGSEGV);
}

static volatile int depth, deepest;

static void recurse(int number)
{
    if (++depth > deepest)
        deepest = depth;
    if (noted_count + depth < 3)
        raise(number);
    depth--;
    noted_count++;
}

TEST(a_signal_is_blocked_in_its_own_handler)
{
    handle(SIGUSR1, recurse, 0);
    raise(SIGUSR1);
    EXPECT_EQ(deepest, 1);
    EXPECT_FALSE(is_blocked(SIGUSR1));
}

TEST(nodefer_lets_it_in)
{
    handle(SIGUSR1, recurse, SA_NODEFER);
    raise(SIGUSR1);
    EXPECT_EQ(deepest, 3);
    EXPECT_EQ(noted_count, 3);
}

TEST(resethand_works_once)
{
    handle(SIGUSR1, note, SA_RESETHAND);
    raise(SIGUSR1);
    EXPECT_EQ(noted, SIGUSR1);
    struct sigaction action;
    EXPECT_OK(sigaction(SIGUSR1, 0, &action));
    EXPECT_EQ(action.sa_handler, SIG_DFL);
    pid_t child = FORK(raise(SIGUSR1));
    EXPECT_SIGNALED(child, SIGUSR1);
}

static volatile int mask_in_handler[65];

static void look_at_mask(int number)
{
    (void)number;
    for (int i = 1; i < 65; i++)
        mask_in_handler[i] = is_blocked(i);
}

TEST(the_mask_of_the_action_holds_during_the_handler)
{
    struct sigaction action = { .sa_handler = look_at_mask };
    action.sa_mask = SET(SIGUSR2, SIGRTMIN + 1);
    EXPECT_OK(sigaction(SIGUSR1, &action, 0));
    block(SET(SIGTERM));
    raise(SIGUSR1);
    EXPECT_TRUE(mask_in_handler[SIGUSR1]);
    EXPECT_TRUE(mask_in_handler[SIGUSR2]);
    EXPECT_TRUE(mask_in_handler[SIGRTMIN + 1]);
    EXPECT_TRUE(mask_in_handler[SIGTERM]);
    EXPECT_FALSE(mask_in_handler[SIGHUP]);
    EXPECT_FALSE(is_blocked(SIGUSR2));
    EXPECT_TRUE(is_blocked(SIGTERM));
}

TEST(siginfo_tells_the_sender)
{
    handle_info(SIGUSR1, note_info, 0);
    EXPECT_OK(kill(getpid(), SIGUSR1));
    EXPECT_EQ(noted_info.si_signo, SIGUSR1);
    EXPECT_EQ(noted_info.si_code, SI_USER);
    EXPECT_EQ(noted_info.si_pid, getpid());
    EXPECT_EQ(noted_info.si_uid, getuid());
    EXPECT_OK(syscall(SYS_tgkill, getpid(), getpid(), SIGUSR1));
    EXPECT_EQ(noted_info.si_code, SI_TKILL);
    EXPECT_EQ(noted_info.si_pid, getpid());
}

TEST(setting_ignore_discards_what_is_pending)
{
    handle(SIGUSR1, note, 0);
    block(SET(SIGUSR1));
    raise(SIGUSR1);
    EXPECT_OK(kill(getpid(), SIGUSR1));
    EXPECT_TRUE(is_pending(SIGUSR1));
    handle(SIGUSR1, SIG_IGN, 0);
    EXPECT_FALSE(is_pending(SIGUSR1));
    handle(SIGUSR1, note, 0);
    unblock(SET(SIGUSR1));
    EXPECT_EQ(noted_count, 0);
}

TEST(setting_default_discards_what_is_ignored_by_default)
{
    handle(SIGCHLD, note, 0);
    block(SET(SIGCHLD));
    raise(SIGCHLD);
    EXPECT_TRUE(is_pending(SIGCHLD));
    handle(SIGCHLD, SIG_DFL, 0);
    EXPECT_FALSE(is_pending(SIGCHLD));
}

TEST(a_handler_may_replace_itself)
{
    handle(SIGUSR1, (void (*)(int))look_at_mask, 0);
    for (int i = 0; i < 100; i++) {
        handle(SIGUSR1, i % 2 ? note : look_at_mask, i % 3 ? SA_RESTART : 0);
        raise(SIGUSR1);
    }
    EXPECT_EQ(noted_count, 50);
}

TEST(all_catchable_signals_can_be_caught)
{
    int caught = 0;
    for (int i = 1; i < 65; i++) {
        if (i == SIGKILL || i == SIGSTOP || i == 32 || i == 33) // the C library keeps 32 and 33
            continue;
        handle(i, note, 0);
        noted = 0;
        raise(i);
        EXPECT_EQ(noted, i);
        caught++;
    }
    EXPECT_EQ(caught, 60);
}
