// System V semaphores: semget(2), semop(2), semctl(2).
#include "sysv.h"

union semun {
    int val;
    void *buf;
    unsigned short *array;
};

static int set_of(int count)
{
    return EXPECT_OK(semget(IPC_PRIVATE, count, 0600));
}

static int value(int id, int number)
{
    return EXPECT_OK(semctl(id, number, GETVAL));
}

static int op(int id, int number, int change, int flags)
{
    struct sembuf one = { number, change, flags };
    return semop(id, &one, 1);
}

TEST(semget_refuses_bad_counts_and_keys)
{
    OWN_NAMESPACE();
    EXPECT_ERRNO(semget(IPC_PRIVATE, -1, 0600), EINVAL);
    EXPECT_ERRNO(semget(IPC_PRIVATE, 32001, 0600), EINVAL);
    EXPECT_ERRNO(semget(IPC_PRIVATE, 0, 0600), EINVAL);
    EXPECT_ERRNO(semget(0x51, 1, 0600), ENOENT);
    int id = EXPECT_OK(semget(0x51, 2, IPC_CREAT | 0600));
    EXPECT_EQ(semget(0x51, 0, 0), id);
    EXPECT_ERRNO(semget(0x51, 3, 0), EINVAL);
    EXPECT_ERRNO(semget(0x51, 2, IPC_CREAT | IPC_EXCL), EEXIST);
}

TEST(values_start_at_zero_and_are_set)
{
    OWN_NAMESPACE();
    int id = set_of(3);
    EXPECT_EQ(value(id, 0), 0);
    EXPECT_OK(semctl(id, 1, SETVAL, 5));
    EXPECT_EQ(value(id, 1), 5);
    EXPECT_EQ(semctl(id, 1, GETPID), getpid());
    unsigned short values[3] = { 7, 8, 9 };
    EXPECT_OK(semctl(id, 0, SETALL, values));
    memset(values, 0, sizeof values);
    EXPECT_OK(semctl(id, 0, GETALL, values));
    EXPECT_EQ(values[0], 7);
    EXPECT_EQ(values[2], 9);
    EXPECT_ERRNO(semctl(id, 0, SETVAL, 32768), ERANGE);
    EXPECT_ERRNO(semctl(id, 0, SETVAL, -1), ERANGE);
    EXPECT_ERRNO(semctl(id, 3, SETVAL, 1), EINVAL);
    EXPECT_ERRNO(semctl(id, 3, GETVAL), EINVAL);
    EXPECT_ERRNO(semctl(id, -1, GETVAL), EINVAL);
    values[1] = 32768;
    EXPECT_ERRNO(semctl(id, 0, SETALL, values), ERANGE);
    EXPECT_ERRNO(semctl(id, 0, SETALL, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(semctl(id, 0, GETALL, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(semctl(id, 0, 77), EINVAL);
    EXPECT_ERRNO(semctl(id + 1, 0, GETVAL), EINVAL);
}

TEST(semop_refuses_bad_arguments)
{
    OWN_NAMESPACE();
    int id = set_of(2);
    struct sembuf list[501] = { { 0 } };
    EXPECT_ERRNO(semop(id, list, 0), EINVAL);
    EXPECT_ERRNO(semop(id, list, 501), E2BIG);
    EXPECT_ERRNO(semop(id, BAD_ADDRESS, 1), EFAULT);
    EXPECT_ERRNO(semop(-1, list, 1), EINVAL);
    EXPECT_ERRNO(semop(id + 1, list, 1), EINVAL);
    EXPECT_ERRNO(op(id, 2, 0, 0), EFBIG);
    EXPECT_OK(semctl(id, 0, SETVAL, 32767));
    EXPECT_ERRNO(op(id, 0, 1, 0), ERANGE);
    EXPECT_ERRNO(syscall(SYS_semtimedop, id, list, 1, BAD_ADDRESS), EFAULT);
    struct timespec bad = { 0, 1000000000 };
    EXPECT_ERRNO(semtimedop(id, list, 1, &bad), EINVAL);
}

TEST(operations_are_done_together_or_not_at_all)
{
    OWN_NAMESPACE();
    int id = set_of(2);
    EXPECT_OK(semctl(id, 0, SETVAL, 3));
    struct sembuf list[] = { { 0, -2, IPC_NOWAIT }, { 1, -1, IPC_NOWAIT } };
    EXPECT_ERRNO(semop(id, list, 2), EAGAIN);
    EXPECT_EQ(value(id, 0), 3);
    list[1].sem_op = 1;
    EXPECT_OK(semop(id, list, 2));
    EXPECT_EQ(value(id, 0), 1);
    EXPECT_EQ(value(id, 1), 1);
    // One semaphore twice: in order.
    struct sembuf twice[] = { { 0, 1, 0 }, { 0, -2, IPC_NOWAIT }, { 0, 0, IPC_NOWAIT } };
    EXPECT_OK(semop(id, twice, 3));
    EXPECT_EQ(value(id, 0), 0);
    EXPECT_ERRNO(semop(id, twice, 3), EAGAIN);
    EXPECT_EQ(value(id, 0), 0);
}

TEST(a_waiter_goes_on_when_the_value_suffices)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    pid_t pid = FORK(EXPECT_OK(op(id, 0, -2, 0)));
    EXPECT_SOON(semctl(id, 0, GETNCNT) == 1);
    EXPECT_EQ(semctl(id, 0, GETZCNT), 0);
    EXPECT_OK(op(id, 0, 1, 0));
    EXPECT_EQ(semctl(id, 0, GETNCNT), 1);
    EXPECT_OK(op(id, 0, 2, 0));
    EXPECT_EXIT(pid, 0);
    EXPECT_EQ(value(id, 0), 1);
    EXPECT_EQ(semctl(id, 0, GETPID), pid);
}

TEST(wait_for_zero)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    EXPECT_OK(op(id, 0, 0, 0));
    EXPECT_OK(semctl(id, 0, SETVAL, 2));
    EXPECT_ERRNO(op(id, 0, 0, IPC_NOWAIT), EAGAIN);
    pid_t pid = FORK(EXPECT_OK(op(id, 0, 0, 0)));
    EXPECT_SOON(semctl(id, 0, GETZCNT) == 1);
    EXPECT_EQ(semctl(id, 0, GETNCNT), 0);
    EXPECT_OK(op(id, 0, -1, 0));
    EXPECT_EQ(semctl(id, 0, GETZCNT), 1);
    EXPECT_OK(op(id, 0, -1, 0));
    EXPECT_EXIT(pid, 0);
}

TEST(one_waiter_lets_the_next_one_on)
{
    OWN_NAMESPACE();
    int id = set_of(2);
    pid_t second = FORK(EXPECT_OK(op(id, 1, -1, 0)));
    EXPECT_SOON(semctl(id, 1, GETNCNT) == 1);
    pid_t first = FORK({
        struct sembuf pass[] = { { 0, -1, 0 }, { 1, 1, 0 } };
        EXPECT_OK(semop(id, pass, 2));
    });
    EXPECT_SOON(semctl(id, 0, GETNCNT) == 1);
    EXPECT_OK(op(id, 0, 1, 0));
    EXPECT_EXIT(first, 0);
    EXPECT_EXIT(second, 0);
}

TEST(waiters_for_one_semaphore_are_served_in_order)
{
    OWN_NAMESPACE();
    int id = set_of(2);
    pid_t large = FORK(EXPECT_OK(op(id, 0, -1, 0)); EXPECT_OK(op(id, 1, 1, 0)));
    EXPECT_SOON(semctl(id, 0, GETNCNT) == 1);
    pid_t small = FORK(EXPECT_OK(op(id, 0, -1, 0)));
    EXPECT_SOON(semctl(id, 0, GETNCNT) == 2);
    EXPECT_OK(op(id, 0, 1, 0));
    EXPECT_OK(op(id, 1, -1, 0));
    EXPECT_EXIT(large, 0);
    EXPECT_EQ(waitpid(small, 0, WNOHANG), 0);
    EXPECT_OK(op(id, 0, 1, 0));
    EXPECT_EXIT(small, 0);
}

TEST(semtimedop_gives_up_in_time)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    struct sembuf down = { 0, -1, 0 };
    struct timespec limit = { 0, 60000000 }, none = { 0, 0 };
    long start = now_ms();
    EXPECT_ERRNO(semtimedop(id, &down, 1, &limit), EAGAIN);
    EXPECT_GE(now_ms() - start, 59);
    EXPECT_ERRNO(semtimedop(id, &down, 1, &none), EAGAIN);
    EXPECT_EQ(semctl(id, 0, GETNCNT), 0);
}

TEST(semop_is_never_restarted)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    catch_signal(SIGUSR1, SA_RESTART);
    pid_t parent = getpid();
    pid_t pid = FORK({
        EXPECT_SOON(semctl(id, 0, GETNCNT) == 1);
        kill(parent, SIGUSR1);
    });
    EXPECT_ERRNO(op(id, 0, -1, 0), EINTR);
    EXPECT_EQ(semctl(id, 0, GETNCNT), 0);
    EXPECT_EXIT(pid, 0);
}

TEST(a_killed_waiter_leaves_the_queue)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    pid_t pid = FORK(op(id, 0, -1, 0));
    EXPECT_SOON(semctl(id, 0, GETNCNT) == 1);
    kill(pid, SIGKILL);
    EXPECT_SIGNALED(pid, SIGKILL);
    EXPECT_EQ(semctl(id, 0, GETNCNT), 0);
    EXPECT_OK(op(id, 0, 1, 0));
    EXPECT_EQ(value(id, 0), 1);
}

TEST(removal_wakes_waiters_with_EIDRM)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    pid_t pid = FORK(EXPECT_ERRNO(op(id, 0, -1, 0), EIDRM));
    EXPECT_SOON(semctl(id, 0, GETNCNT) == 1);
    EXPECT_OK(semctl(id, 0, IPC_RMID));
    EXPECT_EXIT(pid, 0);
    EXPECT_ERRNO(op(id, 0, 1, 0), EINVAL);
}

TEST(undo_takes_operations_back_at_exit)
{
    OWN_NAMESPACE();
    int id = set_of(2);
    EXPECT_OK(semctl(id, 0, SETVAL, 5));
    pid_t pid = FORK({
        EXPECT_OK(op(id, 0, -3, SEM_UNDO));
        EXPECT_OK(op(id, 1, 2, SEM_UNDO));
        EXPECT_OK(op(id, 1, 1, 0));
        EXPECT_EQ(value(id, 0), 2);
    });
    EXPECT_EXIT(pid, 0);
    EXPECT_EQ(value(id, 0), 5);
    EXPECT_EQ(value(id, 1), 1);
    EXPECT_EQ(semctl(id, 0, GETPID), pid);
}

TEST(undo_works_when_the_process_is_killed_and_lets_waiters_on)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    EXPECT_OK(semctl(id, 0, SETVAL, 1));
    pid_t holder = FORK(EXPECT_OK(op(id, 0, -1, SEM_UNDO)); pause());
    EXPECT_SOON(value(id, 0) == 0);
    pid_t waiter = FORK(EXPECT_OK(op(id, 0, -1, SEM_UNDO)));
    EXPECT_SOON(semctl(id, 0, GETNCNT) == 1);
    kill(holder, SIGKILL);
    EXPECT_SIGNALED(holder, SIGKILL);
    EXPECT_EXIT(waiter, 0);
    EXPECT_EQ(value(id, 0), 1);
}

TEST(a_set_value_forgets_adjustments)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    pid_t pid = FORK({
        EXPECT_OK(op(id, 0, 3, SEM_UNDO));
        EXPECT_OK(semctl(id, 0, SETVAL, 9));
    });
    EXPECT_EXIT(pid, 0);
    EXPECT_EQ(value(id, 0), 9);
}

TEST(undo_is_capped_at_zero_and_not_inherited)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    pid_t pid = FORK({
        EXPECT_OK(op(id, 0, 3, SEM_UNDO));
        IN_CHILD((void)0);
        EXPECT_EQ(value(id, 0), 3);
        EXPECT_OK(op(id, 0, -2, 0));
    });
    EXPECT_EXIT(pid, 0);
    EXPECT_EQ(value(id, 0), 0);
}

TEST(undo_has_a_range)
{
    OWN_NAMESPACE();
    int id = set_of(1);
    EXPECT_OK(op(id, 0, 32767, SEM_UNDO));
    EXPECT_OK(op(id, 0, -32767, 0));
    EXPECT_OK(op(id, 0, 1, SEM_UNDO));
    EXPECT_ERRNO(op(id, 0, 1, SEM_UNDO), ERANGE);
    EXPECT_EQ(value(id, 0), 1);
}

TEST(stat_and_set)
{
    OWN_NAMESPACE();
    time_t before = time(0);
    int id = EXPECT_OK(semget(0x61, 3, IPC_CREAT | 0640));
    struct semid_ds state;
    union semun arg = { .buf = &state };
    EXPECT_OK(semctl(id, 0, IPC_STAT, arg));
    EXPECT_EQ(state.sem_nsems, 3);
    EXPECT_EQ(state.sem_perm.__key, 0x61);
    EXPECT_EQ(state.sem_perm.mode, 0640);
    EXPECT_EQ(state.sem_otime, 0);
    EXPECT_GE(state.sem_ctime, before);
    EXPECT_OK(op(id, 0, 1, 0));
    state.sem_perm.mode = 0600;
    EXPECT_OK(semctl(id, 0, IPC_SET, arg));
    EXPECT_OK(semctl(id, 0, IPC_STAT, arg));
    EXPECT_EQ(state.sem_perm.mode, 0600);
    EXPECT_GE(state.sem_otime, before);
    arg.buf = BAD_ADDRESS;
    EXPECT_ERRNO(semctl(id, 0, IPC_STAT, arg), EFAULT);
    EXPECT_ERRNO(semctl(id, 0, IPC_SET, arg), EFAULT);
}

TEST(permissions)
{
    OWN_NAMESPACE();
    NEED_ROOT();
    int id = EXPECT_OK(semget(0x62, 1, IPC_CREAT | 0604));
    AS_USER(1234, 1234, {
        EXPECT_EQ(semctl(id, 0, GETVAL), 0);
        EXPECT_OK(op(id, 0, 0, 0));
        EXPECT_ERRNO(op(id, 0, 1, 0), EACCES);
        EXPECT_ERRNO(semctl(id, 0, SETVAL, 1), EACCES);
        EXPECT_ERRNO(semctl(id, 0, IPC_RMID), EPERM);
        EXPECT_ERRNO(semget(0x62, 1, 0200), EACCES);
    });
}

TEST(limits_and_usage)
{
    OWN_NAMESPACE();
    struct seminfo info;
    union semun arg = { .buf = &info };
    EXPECT_EQ(semctl(0, 0, IPC_INFO, arg), 0);
    EXPECT_EQ(info.semmni, 32000);
    EXPECT_EQ(info.semmsl, 32000);
    EXPECT_EQ(info.semopm, 500);
    EXPECT_EQ(info.semvmx, 32767);
    set_of(3);
    int id = set_of(4);
    EXPECT_EQ(semctl(0, 0, SEM_INFO, arg), 1);
    EXPECT_EQ(info.semusz, 2);
    EXPECT_EQ(info.semaem, 7);
    struct semid_ds state;
    arg.buf = &state;
    EXPECT_EQ(semctl(1, 0, SEM_STAT, arg), id);
    EXPECT_EQ(state.sem_nsems, 4);
}

TEST(sysvipc_shows_the_set)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(semget(0x63, 3, IPC_CREAT | 0640));
    char line[128];
    sprintf(line, "\n%10d %10d  %4o %10u %5u %5u %5u %5u %10d", 0x63, id, 0640, 3, 0, 0, 0, 0, 0);
    NEED_ROOT();
    EXPECT_TRUE(has_line("/proc/sysvipc/sem", line));
}
