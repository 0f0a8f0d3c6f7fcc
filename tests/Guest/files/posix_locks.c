// fcntl(2) record locks: those of a process and those of an open file description.
#include "files.h"

static int open_file(void) { return EXPECT_OK(open("file", O_CREAT | O_RDWR, 0644)); }

static int lock(int fd, int command, int type, off_t start, off_t length)
{
    struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
    return fcntl(fd, command, &l);
}

// What F_GETLK says stands in the way of this lock.
static struct flock blocker(int fd, int command, int type, off_t start, off_t length)
{
    struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };
    EXPECT_OK(fcntl(fd, command, &l));
    return l;
}

TEST(a_process_does_not_conflict_with_itself)
{
    int a = open_file(), b = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 0));
    EXPECT_OK(lock(b, F_SETLK, F_WRLCK, 0, 0));
    EXPECT_EQ(blocker(b, F_GETLK, F_WRLCK, 0, 0).l_type, F_UNLCK);
}

TEST(another_process_is_refused_where_ranges_overlap)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 10, 10));
    IN_CHILD(int b = open_file();
             EXPECT_ERRNO(lock(b, F_SETLK, F_RDLCK, 19, 1), EAGAIN);
             EXPECT_ERRNO(lock(b, F_SETLK, F_WRLCK, 0, 0), EAGAIN);
             EXPECT_OK(lock(b, F_SETLK, F_WRLCK, 0, 10));
             EXPECT_OK(lock(b, F_SETLK, F_WRLCK, 20, 0)));
}

TEST(read_locks_are_shared)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_RDLCK, 0, 0));
    IN_CHILD(int b = open_file(); EXPECT_OK(lock(b, F_SETLK, F_RDLCK, 0, 0));
             EXPECT_ERRNO(lock(b, F_SETLK, F_WRLCK, 0, 1), EAGAIN));
}

TEST(F_GETLK_names_the_holder_and_its_range)
{
    int a = open_file();
    pid_t parent = getpid();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 10, 5));
    IN_CHILD(struct flock l = blocker(a, F_GETLK, F_RDLCK, 0, 0);
             EXPECT_EQ(l.l_type, F_WRLCK);
             EXPECT_EQ(l.l_start, 10);
             EXPECT_EQ(l.l_len, 5);
             EXPECT_EQ(l.l_whence, SEEK_SET);
             EXPECT_EQ(l.l_pid, parent));
}

TEST(closing_any_descriptor_of_the_file_drops_all_locks_of_the_process)
{
    int a = open_file(), b = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 0));
    close(b);
    IN_CHILD(int c = open_file(); EXPECT_OK(lock(c, F_SETLK, F_WRLCK, 0, 0)));
}

TEST(unlocking_the_middle_splits_a_lock)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 30));
    EXPECT_OK(lock(a, F_SETLK, F_UNLCK, 10, 10));
    IN_CHILD(EXPECT_EQ(blocker(a, F_GETLK, F_WRLCK, 10, 10).l_type, F_UNLCK);
             EXPECT_EQ(blocker(a, F_GETLK, F_WRLCK, 0, 0).l_len, 10);
             EXPECT_EQ(blocker(a, F_GETLK, F_WRLCK, 10, 0).l_start, 20));
}

TEST(adjacent_locks_of_one_type_merge)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 10));
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 10, 10));
    IN_CHILD(EXPECT_EQ(blocker(a, F_GETLK, F_WRLCK, 0, 0).l_len, 20));
}

TEST(changing_the_type_of_the_middle_makes_three_locks)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 30));
    EXPECT_OK(lock(a, F_SETLK, F_RDLCK, 10, 10));
    IN_CHILD(EXPECT_EQ(blocker(a, F_GETLK, F_RDLCK, 10, 10).l_type, F_UNLCK);
             struct flock l = blocker(a, F_GETLK, F_WRLCK, 10, 10); EXPECT_EQ(l.l_type, F_RDLCK); EXPECT_EQ(l.l_len, 10));
}

TEST(a_length_of_zero_reaches_to_the_end_of_the_world)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 5, 0));
    IN_CHILD(EXPECT_EQ(blocker(a, F_GETLK, F_WRLCK, 1l << 50, 1).l_len, 0);
             EXPECT_EQ(blocker(a, F_GETLK, F_WRLCK, 0, 5).l_type, F_UNLCK));
}

TEST(a_negative_length_counts_backwards)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 20, -10));
    IN_CHILD(struct flock l = blocker(a, F_GETLK, F_WRLCK, 0, 0); EXPECT_EQ(l.l_start, 10); EXPECT_EQ(l.l_len, 10));
    EXPECT_ERRNO(lock(a, F_SETLK, F_WRLCK, 5, -10), EINVAL);
}

TEST(SEEK_CUR_and_SEEK_END_are_resolved_when_the_lock_is_taken)
{
    make_file("file", "0123456789");
    int a = open_file();
    EXPECT_EQ(lseek(a, 3, SEEK_SET), 3);
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_start = 1, .l_len = 1 };
    EXPECT_OK(fcntl(a, F_SETLK, &l));
    IN_CHILD(EXPECT_EQ(blocker(a, F_GETLK, F_WRLCK, 0, 0).l_start, 4));
    EXPECT_OK(lock(a, F_SETLK, F_UNLCK, 0, 0));
    l = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_END, .l_start = -2, .l_len = 0 };
    EXPECT_OK(fcntl(a, F_SETLK, &l));
    IN_CHILD(EXPECT_EQ(blocker(a, F_GETLK, F_WRLCK, 0, 0).l_start, 8));
}

TEST(locks_are_not_inherited_by_fork)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 0));
    IN_CHILD(EXPECT_ERRNO(lock(a, F_SETLK, F_WRLCK, 0, 0), EAGAIN));
}

TEST(a_write_lock_needs_a_writable_descriptor)
{
    make_file("file", "");
    int r = EXPECT_OK(open("file", O_RDONLY)), w = EXPECT_OK(open("file", O_WRONLY));
    EXPECT_ERRNO(lock(r, F_SETLK, F_WRLCK, 0, 0), EBADF);
    EXPECT_ERRNO(lock(w, F_SETLK, F_RDLCK, 0, 0), EBADF);
    EXPECT_OK(lock(r, F_SETLK, F_RDLCK, 0, 0));
}

TEST(bad_lock_arguments_are_refused)
{
    int a = open_file(), p[2];
    EXPECT_OK(pipe(p));
    EXPECT_ERRNO(lock(a, F_SETLK, 77, 0, 0), EINVAL);
    EXPECT_ERRNO(lock(a, F_GETLK, F_UNLCK, 0, 0), EINVAL);
    EXPECT_ERRNO(lock(a, F_SETLK, F_WRLCK, -5, 0), EINVAL);
    EXPECT_ERRNO(lock(a, F_SETLK, F_WRLCK, INT64_MAX, 2), EOVERFLOW);
    EXPECT_ERRNO(fcntl(a, F_SETLK, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(lock(99, F_SETLK, F_WRLCK, 0, 0), EBADF);
}

TEST(a_waiter_gets_the_lock_when_the_holder_releases_it)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 0));
    pid_t pid = FORK(EXPECT_OK(lock(a, F_SETLKW, F_WRLCK, 0, 0)));
    sleep_ms(50);
    EXPECT_EQ(waitpid(pid, 0, WNOHANG), 0);
    EXPECT_OK(lock(a, F_SETLK, F_UNLCK, 0, 0));
    EXPECT_EXIT(pid, 0);
}

TEST(the_death_of_the_holder_wakes_the_waiter)
{
    int a = open_file(), p[2];
    char c;
    EXPECT_OK(pipe(p));
    pid_t pid = FORK(EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 0)); write(p[1], "x", 1); sleep_ms(100));
    EXPECT_EQ(read(p[0], &c, 1), 1);
    EXPECT_OK(lock(a, F_SETLKW, F_WRLCK, 0, 0));
    EXPECT_EXIT(pid, 0);
}

TEST(a_cycle_of_waiters_gives_EDEADLK)
{
    int a = open_file(), p[2];
    char c;
    EXPECT_OK(pipe(p));
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 1));
    pid_t pid = FORK(EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 1, 1)); write(p[1], "x", 1);
                     EXPECT_OK(lock(a, F_SETLKW, F_WRLCK, 0, 1)));
    EXPECT_EQ(read(p[0], &c, 1), 1);
    sleep_ms(100);
    EXPECT_ERRNO(lock(a, F_SETLKW, F_WRLCK, 1, 1), EDEADLK);
    EXPECT_OK(lock(a, F_SETLK, F_UNLCK, 0, 1));
    EXPECT_EXIT(pid, 0);
}

static void on_signal(int number) { (void)number; }

TEST(a_signal_interrupts_F_SETLKW)
{
    int a = open_file(), p[2];
    char c;
    EXPECT_OK(pipe(p));
    pid_t pid = FORK(EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 0)); write(p[1], "x", 1); pause());
    EXPECT_EQ(read(p[0], &c, 1), 1);
    struct sigaction action = { .sa_handler = on_signal };
    EXPECT_OK(sigaction(SIGALRM, &action, 0));
    alarm(1);
    EXPECT_ERRNO(lock(a, F_SETLKW, F_WRLCK, 0, 0), EINTR);
    EXPECT_OK(kill(pid, SIGKILL));
    EXPECT_SIGNALED(pid, SIGKILL);
}

TEST(OFD_locks_of_two_descriptions_of_one_process_conflict)
{
    int a = open_file(), b = open_file();
    EXPECT_OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10));
    EXPECT_ERRNO(lock(b, F_OFD_SETLK, F_WRLCK, 5, 1), EAGAIN);
    EXPECT_OK(lock(b, F_OFD_SETLK, F_WRLCK, 10, 1));
    struct flock l = blocker(b, F_OFD_GETLK, F_WRLCK, 0, 0);
    EXPECT_EQ(l.l_type, F_WRLCK);
    EXPECT_EQ(l.l_pid, -1);
}

TEST(OFD_locks_live_as_long_as_their_description)
{
    int a = open_file(), copy = EXPECT_OK(dup(a)), b = open_file();
    EXPECT_OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 0));
    close(a);
    close(open_file());
    EXPECT_ERRNO(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0), EAGAIN);
    close(copy);
    EXPECT_OK(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0));
}

TEST(OFD_locks_are_shared_with_a_forked_child)
{
    int a = open_file();
    EXPECT_OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 0));
    IN_CHILD(EXPECT_OK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 0)));
}

TEST(OFD_locks_conflict_with_those_of_a_process_even_the_same)
{
    int a = open_file(), b = open_file();
    EXPECT_OK(lock(a, F_SETLK, F_WRLCK, 0, 0));
    EXPECT_ERRNO(lock(b, F_OFD_SETLK, F_WRLCK, 0, 0), EAGAIN);
}

TEST(OFD_commands_want_a_pid_of_zero)
{
    struct flock l = { .l_type = F_WRLCK, .l_pid = 5 };
    EXPECT_ERRNO(fcntl(open_file(), F_OFD_SETLK, &l), EINVAL);
}
