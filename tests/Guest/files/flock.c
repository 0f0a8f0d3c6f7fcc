// flock(2): whole-file locks that belong to the open file description.
#include "files.h"
#include <sys/file.h>

static int open_file(void) { return EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644)); }

TEST(two_descriptions_share_a_read_lock_and_exclude_a_write_lock)
{
    int a = open_file(), b = open_file();
    EXPECT_OK(flock(a, LOCK_SH));
    EXPECT_OK(flock(b, LOCK_SH));
    EXPECT_ERRNO(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    EXPECT_OK(flock(a, LOCK_UN));
    EXPECT_OK(flock(b, LOCK_EX | LOCK_NB));
    EXPECT_ERRNO(flock(a, LOCK_SH | LOCK_NB), EWOULDBLOCK);
}

TEST(a_failed_conversion_loses_the_old_lock)
{
    int a = open_file(), b = open_file(), c = open_file();
    EXPECT_OK(flock(a, LOCK_SH));
    EXPECT_OK(flock(b, LOCK_SH));
    EXPECT_ERRNO(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    EXPECT_OK(flock(b, LOCK_UN));
    EXPECT_OK(flock(c, LOCK_EX | LOCK_NB));
}

TEST(a_duplicate_shares_the_lock)
{
    int a = open_file(), copy = EXPECT_OK(dup(a)), b = open_file();
    EXPECT_OK(flock(a, LOCK_EX));
    EXPECT_OK(flock(copy, LOCK_EX | LOCK_NB));
    close(a);
    EXPECT_ERRNO(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
    close(copy);
    EXPECT_OK(flock(b, LOCK_EX | LOCK_NB));
}

TEST(unlocking_by_a_duplicate_unlocks)
{
    int a = open_file(), copy = EXPECT_OK(dup(a)), b = open_file();
    EXPECT_OK(flock(a, LOCK_EX));
    EXPECT_OK(flock(copy, LOCK_UN));
    EXPECT_OK(flock(b, LOCK_EX | LOCK_NB));
}

TEST(a_forked_child_shares_the_lock)
{
    int a = open_file(), b = open_file();
    EXPECT_OK(flock(a, LOCK_EX));
    IN_CHILD(EXPECT_OK(flock(a, LOCK_EX | LOCK_NB)); close(a));
    EXPECT_ERRNO(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
}

TEST(a_waiter_gets_the_lock_when_it_is_released)
{
    int a = open_file();
    EXPECT_OK(flock(a, LOCK_EX));
    pid_t pid = FORK(close(a); int b = open_file(); EXPECT_OK(flock(b, LOCK_EX)));
    sleep_ms(50);
    EXPECT_EQ(waitpid(pid, 0, WNOHANG), 0);
    EXPECT_OK(flock(a, LOCK_UN));
    EXPECT_EXIT(pid, 0);
}

TEST(the_death_of_the_holder_releases_the_lock)
{
    int b = open_file(), p[2];
    char c;
    EXPECT_OK(pipe(p));
    pid_t pid = FORK(EXPECT_OK(flock(open_file(), LOCK_EX)); write(p[1], "x", 1); pause());
    EXPECT_EQ(read(p[0], &c, 1), 1);
    EXPECT_ERRNO(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
    EXPECT_OK(kill(pid, SIGKILL));
    EXPECT_SIGNALED(pid, SIGKILL);
    EXPECT_OK(flock(b, LOCK_SH | LOCK_NB));
}

static void on_signal(int number) { (void)number; }

TEST(a_signal_interrupts_the_wait)
{
    int a = open_file(), b = open_file();
    struct sigaction action = { .sa_handler = on_signal };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    EXPECT_OK(flock(a, LOCK_EX));
    alarm(1);
    EXPECT_ERRNO(flock(b, LOCK_EX), EINTR);
}

TEST(flock_works_on_a_read_only_descriptor_and_on_a_directory)
{
    open_file();
    int r = EXPECT_OK(open("file", O_RDONLY)), dir = EXPECT_OK(open(".", O_RDONLY));
    EXPECT_OK(flock(r, LOCK_EX));
    EXPECT_OK(flock(dir, LOCK_EX));
}

TEST(flock_refuses_bad_operations_and_descriptors)
{
    int a = open_file();
    EXPECT_ERRNO(flock(a, 0), EINVAL);
    EXPECT_ERRNO(flock(a, LOCK_SH | LOCK_EX), EINVAL);
    EXPECT_ERRNO(flock(99, LOCK_SH), EBADF);
    EXPECT_ERRNO(flock(EXPECT_OK(open("file", O_PATH)), LOCK_SH), EBADF);
}

TEST(flock_and_fcntl_locks_do_not_see_each_other)
{
    int a = open_file();
    EXPECT_OK(flock(a, LOCK_EX));
    IN_CHILD(int b = open_file(); struct flock lock = { .l_type = F_WRLCK }; EXPECT_OK(fcntl(b, F_SETLK, &lock)));
}
