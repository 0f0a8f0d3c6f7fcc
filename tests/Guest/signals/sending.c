// kill(2), tkill(2), tgkill(2), rt_sigqueueinfo(2), rt_tgsigqueueinfo(2).
#include "../support/caps.h"
#include "../support/signals.h"
#include "../support/task.h"

TEST(an_impossible_signal_is_EINVAL)
{
    EXPECT_ERRNO(kill(getpid(), 65), EINVAL);
    EXPECT_ERRNO(kill(getpid(), -1), EINVAL);
    EXPECT_ERRNO(kill(getpid(), 1000), EINVAL);
    EXPECT_ERRNO(syscall(SYS_tkill, getpid(), 65), EINVAL);
    EXPECT_ERRNO(syscall(SYS_tgkill, getpid(), getpid(), 65), EINVAL);
}

TEST(the_null_signal_only_asks)
{
    EXPECT_OK(kill(getpid(), 0));
    EXPECT_OK(kill(getppid(), 0));
    EXPECT_OK(kill(0, 0));
    EXPECT_ERRNO(kill(dead_pid(), 0), ESRCH);
}

TEST(nobody_there_is_ESRCH)
{
    EXPECT_ERRNO(kill(dead_pid(), SIGTERM), ESRCH);
    EXPECT_ERRNO(kill(-dead_pid(), SIGTERM), ESRCH);
    EXPECT_ERRNO(kill(0x7fffffff, 0), ESRCH);
    EXPECT_ERRNO(kill(-0x7fffffff - 1, 0), ESRCH);
}

TEST(a_thread_group_that_does_not_match_is_ESRCH)
{
    EXPECT_ERRNO(syscall(SYS_tgkill, getppid(), getpid(), 0), ESRCH);
    EXPECT_ERRNO(syscall(SYS_tgkill, getpid(), getppid(), 0), ESRCH);
    EXPECT_ERRNO(syscall(SYS_tgkill, getpid(), dead_pid(), 0), ESRCH);
    EXPECT_ERRNO(syscall(SYS_tkill, dead_pid(), 0), ESRCH);
}

TEST(impossible_thread_ids_are_EINVAL)
{
    EXPECT_ERRNO(syscall(SYS_tkill, 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_tkill, -1, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_tgkill, 0, getpid(), 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_tgkill, getpid(), 0, 0), EINVAL);
    EXPECT_ERRNO(syscall(SYS_tgkill, -1, -1, 0), EINVAL);
}

TEST(a_signal_to_oneself_arrives_before_kill_returns)
{
    handle(SIGUSR1, note, 0);
    for (int i = 1; i <= 50; i++) {
        EXPECT_OK(kill(getpid(), SIGUSR1));
        EXPECT_EQ(noted_count, i);
    }
}

TEST(zero_means_the_own_group)
{
    handle(SIGUSR1, note, 0);
    volatile int *words = shared_words();
    pid_t member = FORK(words[0] = 1; EXPECT_SOON(noted == SIGUSR1));
    pid_t other = IDLE_CHILD(setpgid(0, 0); words[1] = 1);
    EXPECT_SOON(words[0] && words[1]);
    EXPECT_OK(kill(0, SIGUSR1));
    EXPECT_EQ(noted, SIGUSR1);
    EXPECT_EXIT(member, 0);
    sleep_ms(10);
    EXPECT_EQ(waitpid(other, 0, WNOHANG), 0);
    END_CHILD(other);
}

TEST(a_negative_number_means_that_group)
{
    volatile int *words = shared_words();
    pid_t a = IDLE_CHILD(setpgid(0, 0); words[0] = 1);
    EXPECT_SOON(words[0]);
    pid_t b = IDLE_CHILD(setpgid(0, a); words[1] = 1);
    EXPECT_SOON(words[1]);
    EXPECT_OK(kill(-a, SIGTERM));
    EXPECT_SIGNALED(a, SIGTERM);
    EXPECT_SIGNALED(b, SIGTERM);
}

TEST(minus_one_means_everyone_but_init_and_oneself)
{
    NEED_CAP(SYS_ADMIN);
    long init = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
    if (init == 0) {
        pid_t a = IDLE_CHILD(), b = IDLE_CHILD(setsid());
        pid_t sender = FORK({
            EXPECT_OK(kill(-1, SIGTERM));
            sleep_ms(10);
            _exit(3);
        });
        EXPECT_EXIT(sender, 3);
        EXPECT_SIGNALED(a, SIGTERM);
        EXPECT_SIGNALED(b, SIGTERM);
        EXPECT_ERRNO(kill(-1, SIGTERM), ESRCH);
        _exit(0);
    }
    EXPECT_EXIT((pid_t)EXPECT_OK(init), 0);
}

TEST(own_information_goes_to_oneself_with_any_code)
{
    siginfo_t info = { .si_code = SI_USER };
    handle_info(SIGUSR1, note_info, 0);
    info.si_pid = 4711;
    EXPECT_OK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info));
    EXPECT_EQ(noted_info.si_pid, 4711);
    // The number in the information is overwritten.
    EXPECT_EQ(noted_info.si_signo, SIGUSR1);
    info.si_code = SI_TKILL;
    EXPECT_OK(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, &info));
}

TEST(information_like_the_kernels_for_others_is_EPERM)
{
    pid_t child = IDLE_CHILD();
    static const int codes[] = { SI_USER, SI_KERNEL, SI_TKILL, 1, 100 };
    for (int i = 0; i < 5; i++) {
        siginfo_t info = { .si_code = codes[i] };
        EXPECT_ERRNO(syscall(SYS_rt_sigqueueinfo, child, SIGUSR1, &info), EPERM);
        EXPECT_ERRNO(syscall(SYS_rt_tgsigqueueinfo, child, child, SIGUSR1, &info), EPERM);
    }
    siginfo_t info = { .si_code = SI_QUEUE };
    EXPECT_OK(syscall(SYS_rt_sigqueueinfo, child, SIGTERM, &info));
    EXPECT_SIGNALED(child, SIGTERM);
}

TEST(queueing_has_its_errors)
{
    siginfo_t info = { .si_code = SI_QUEUE };
    EXPECT_ERRNO(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &info), EINVAL);
    EXPECT_ERRNO(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, 8), EFAULT);
    EXPECT_ERRNO(syscall(SYS_rt_sigqueueinfo, dead_pid(), SIGUSR1, &info), ESRCH);
    EXPECT_ERRNO(syscall(SYS_rt_tgsigqueueinfo, 0, 1, SIGUSR1, &info), EINVAL);
    EXPECT_ERRNO(syscall(SYS_rt_tgsigqueueinfo, getpid(), getppid(), SIGUSR1, &info), ESRCH);
    EXPECT_OK(syscall(SYS_rt_sigqueueinfo, getpid(), 0, &info));
}

TEST(a_signal_of_ones_child_is_told_with_its_ids)
{
    handle_info(SIGUSR1, note_info, 0);
    pid_t parent = getpid(), child = FORK(kill(parent, SIGUSR1));
    EXPECT_SOON(noted);
    EXPECT_EQ(noted_info.si_pid, child);
    EXPECT_EQ(noted_info.si_code, SI_USER);
    EXPECT_EXIT(child, 0);
}
