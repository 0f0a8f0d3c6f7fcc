// System V shared memory: shmget(2), shmop(2), shmctl(2).
#include "sysv.h"

#define PAGE 4096

TEST(shmget_refuses_bad_sizes_and_keys)
{
    OWN_NAMESPACE();
    EXPECT_ERRNO(shmget(IPC_PRIVATE, 0, 0600), EINVAL);
    EXPECT_ERRNO(shmget(0x5eed, PAGE, 0600), ENOENT);
    int id = EXPECT_OK(shmget(0x5eed, 2 * PAGE, IPC_CREAT | 0600));
    EXPECT_ERRNO(shmget(0x5eed, PAGE, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    EXPECT_ERRNO(shmget(0x5eed, 3 * PAGE, 0600), EINVAL);
    EXPECT_EQ(shmget(0x5eed, 0, 0), id);
    EXPECT_EQ(shmget(0x5eed, PAGE, IPC_CREAT | 0600), id);
    EXPECT_NE(shmget(IPC_PRIVATE, PAGE, 0600), shmget(IPC_PRIVATE, PAGE, 0600));
}

TEST(a_segment_is_shared_between_processes)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(IPC_PRIVATE, 2 * PAGE, 0600));
    char *p = EXPECT_OK((char *)shmat(id, 0, 0));
    EXPECT_EQ(p[0], 0);
    IN_CHILD({
        strcpy(p, "by inheritance");
        char *q = EXPECT_OK((char *)shmat(id, 0, 0));
        EXPECT_NE(q, p);
        strcpy(q + PAGE, "by attaching");
    });
    EXPECT_STREQ(p, "by inheritance");
    EXPECT_STREQ(p + PAGE, "by attaching");
}

TEST(shmat_refuses_bad_arguments)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(IPC_PRIVATE, PAGE, 0600));
    EXPECT_ERRNO(shmat(-1, 0, 0), EINVAL);
    EXPECT_ERRNO(shmat(id + 1, 0, 0), EINVAL);
    EXPECT_ERRNO(shmat(id, (void *)0x12345, 0), EINVAL);
    EXPECT_ERRNO(shmat(id, 0, SHM_REMAP), EINVAL);
    EXPECT_ERRNO(shmat(id, (void *)0x123, SHM_RND | SHM_REMAP), EINVAL);
    EXPECT_ERRNO(shmdt((void *)0x12345), EINVAL);
    EXPECT_ERRNO(shmdt((void *)0x10000), EINVAL);
}

TEST(shmat_at_an_address_takes_free_ranges_only)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(IPC_PRIVATE, PAGE, 0600));
    char *area = EXPECT_OK((char *)mmap(0, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    area[PAGE] = 'x';
    EXPECT_ERRNO(shmat(id, area + PAGE, 0), EINVAL);
    EXPECT_EQ(shmat(id, area + PAGE, SHM_REMAP), area + PAGE);
    EXPECT_EQ(area[PAGE], 0);
    EXPECT_OK(munmap(area, PAGE));
    EXPECT_EQ(shmat(id, area + 99, SHM_RND), area);
    area[0] = 'y';
    EXPECT_EQ(area[PAGE], 'y');
    EXPECT_OK(shmdt(area));
    EXPECT_OK(shmdt(area + PAGE));
    EXPECT_ERRNO(shmdt(area), EINVAL);
}

TEST(a_read_only_attachment_cannot_be_written_nor_made_writable)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(IPC_PRIVATE, PAGE, 0600));
    char *p = EXPECT_OK((char *)shmat(id, 0, SHM_RDONLY));
    EXPECT_ERRNO(mprotect(p, PAGE, PROT_READ | PROT_WRITE), EACCES);
    EXPECT_SIGNALED(FORK(*(volatile char *)p = 1), SIGSEGV);
    EXPECT_EQ(*p, 0);
}

TEST(shmdt_detaches_the_whole_segment_even_after_parts_were_changed)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(IPC_PRIVATE, 4 * PAGE, 0600));
    char *p = EXPECT_OK((char *)shmat(id, 0, 0));
    EXPECT_OK(mprotect(p + PAGE, PAGE, PROT_READ));
    EXPECT_OK(munmap(p + 2 * PAGE, PAGE));
    EXPECT_OK(shmdt(p));
    EXPECT_ERRNO(msync(p, PAGE, MS_ASYNC), ENOMEM);
    EXPECT_ERRNO(msync(p + 3 * PAGE, PAGE, MS_ASYNC), ENOMEM);
    struct shmid_ds state;
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.shm_nattch, 0);
}

TEST(ipc_stat_tells_times_processes_and_attachments)
{
    OWN_NAMESPACE();
    time_t before = time(0);
    int id = EXPECT_OK(shmget(0x77, PAGE + 1, IPC_CREAT | 0640));
    struct shmid_ds state;
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.shm_segsz, PAGE + 1);
    EXPECT_EQ(state.shm_perm.__key, 0x77);
    EXPECT_EQ(state.shm_perm.mode, 0640);
    EXPECT_EQ(state.shm_perm.uid, geteuid());
    EXPECT_EQ(state.shm_perm.cgid, getegid());
    EXPECT_EQ(state.shm_cpid, getpid());
    EXPECT_EQ(state.shm_lpid, 0);
    EXPECT_EQ(state.shm_nattch, 0);
    EXPECT_EQ(state.shm_atime, 0);
    EXPECT_GE(state.shm_ctime, before);
    char *p = EXPECT_OK((char *)shmat(id, 0, 0));
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.shm_nattch, 1);
    EXPECT_EQ(state.shm_lpid, getpid());
    EXPECT_GE(state.shm_atime, before);
    EXPECT_EQ(state.shm_dtime, 0);
    int ready[2], go[2];
    EXPECT_OK(pipe(ready));
    EXPECT_OK(pipe(go));
    char c;
    pid_t pid = FORK(write(ready[1], "r", 1); read(go[0], &c, 1));
    EXPECT_EQ(read(ready[0], &c, 1), 1);
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.shm_nattch, 2);
    EXPECT_EQ(write(go[1], "g", 1), 1);
    EXPECT_EXIT(pid, 0);
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.shm_nattch, 1);
    EXPECT_EQ(state.shm_lpid, pid);
    EXPECT_GE(state.shm_dtime, before);
    EXPECT_OK(shmdt(p));
    EXPECT_ERRNO(shmctl(id, IPC_STAT, BAD_ADDRESS), EFAULT);
    EXPECT_ERRNO(shmctl(id, 99, &state), EINVAL);
    EXPECT_ERRNO(shmctl(id, -1, &state), EINVAL);
    EXPECT_ERRNO(shmctl(id + 5, IPC_STAT, &state), EINVAL);
}

TEST(a_removed_segment_lives_until_the_last_detach)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(0x78, PAGE, IPC_CREAT | 0600));
    char *p = EXPECT_OK((char *)shmat(id, 0, 0));
    strcpy(p, "still here");
    EXPECT_OK(shmctl(id, IPC_RMID, 0));
    EXPECT_ERRNO(shmget(0x78, PAGE, 0), ENOENT);
    struct shmid_ds state;
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.shm_perm.__key, IPC_PRIVATE);
    EXPECT_EQ(state.shm_perm.mode, SHM_DEST | 0600);
    // Linux lets even a removed segment be attached once more.
    char *q = EXPECT_OK((char *)shmat(id, 0, 0));
    EXPECT_OK(shmdt(p));
    EXPECT_STREQ(q, "still here");
    EXPECT_OK(shmdt(q));
    EXPECT_ERRNO(shmctl(id, IPC_STAT, &state), EINVAL);
    EXPECT_ERRNO(shmat(id, 0, 0), EINVAL);
}

TEST(a_removed_segment_without_attachments_is_gone_at_once)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(IPC_PRIVATE, PAGE, 0600));
    EXPECT_OK(shmctl(id, IPC_RMID, 0));
    EXPECT_ERRNO(shmctl(id, IPC_RMID, 0), EINVAL);
    EXPECT_NE(shmget(IPC_PRIVATE, PAGE, 0600), id);
}

TEST(attachments_end_with_exec_and_exit)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(IPC_PRIVATE, PAGE, 0600));
    pid_t pid = FORK({
        EXPECT_OK(shmat(id, 0, 0));
        EXPECT_OK(shmctl(id, IPC_RMID, 0));
        raise(SIGKILL);
    });
    EXPECT_SIGNALED(pid, SIGKILL);
    struct shmid_ds state;
    EXPECT_ERRNO(shmctl(id, IPC_STAT, &state), EINVAL);
}

TEST(permissions_are_those_of_owner_group_and_others)
{
    OWN_NAMESPACE();
    NEED_ROOT();
    int closed = EXPECT_OK(shmget(0x81, PAGE, IPC_CREAT | 0600));
    int readable = EXPECT_OK(shmget(0x82, PAGE, IPC_CREAT | 0604));
    AS_USER(1234, 1234, {
        EXPECT_ERRNO(shmget(0x81, PAGE, 0400), EACCES);
        // Asking for nothing is granted.
        EXPECT_EQ(shmget(0x81, PAGE, 0), closed);
        EXPECT_ERRNO(shmat(closed, 0, SHM_RDONLY), EACCES);
        EXPECT_ERRNO(shmat(readable, 0, 0), EACCES);
        EXPECT_OK(shmat(readable, 0, SHM_RDONLY));
        struct shmid_ds state;
        EXPECT_ERRNO(shmctl(closed, IPC_STAT, &state), EACCES);
        EXPECT_OK(shmctl(readable, IPC_STAT, &state));
        EXPECT_ERRNO(shmctl(readable, IPC_RMID, 0), EPERM);
        EXPECT_ERRNO(shmctl(readable, IPC_SET, &state), EPERM);
        EXPECT_ERRNO(shmctl(readable, SHM_LOCK, 0), EPERM);
    });
}

TEST(ipc_set_hands_a_segment_over)
{
    OWN_NAMESPACE();
    NEED_ROOT();
    int id = EXPECT_OK(shmget(IPC_PRIVATE, PAGE, 0600));
    struct shmid_ds state;
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    state.shm_perm.uid = 1234;
    state.shm_perm.gid = 77;
    state.shm_perm.mode = 0777 | 07000;
    EXPECT_OK(shmctl(id, IPC_SET, &state));
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.shm_perm.uid, 1234);
    EXPECT_EQ(state.shm_perm.cuid, 0);
    EXPECT_EQ(state.shm_perm.mode, 0777);
    state.shm_perm.uid = -1;
    EXPECT_ERRNO(shmctl(id, IPC_SET, &state), EINVAL);
    EXPECT_ERRNO(shmctl(id, IPC_SET, BAD_ADDRESS), EFAULT);
    AS_USER(1234, 1234, EXPECT_OK(shmctl(id, IPC_RMID, 0)));
}

TEST(shm_lock_shows_in_the_mode)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(IPC_PRIVATE, PAGE, 0600));
    struct shmid_ds state;
    EXPECT_OK(shmctl(id, SHM_LOCK, 0));
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.shm_perm.mode, SHM_LOCKED | 0600);
    EXPECT_OK(shmctl(id, SHM_UNLOCK, 0));
    EXPECT_OK(shmctl(id, IPC_STAT, &state));
    EXPECT_EQ(state.shm_perm.mode, 0600);
}

TEST(ipc_info_tells_the_limits_and_the_highest_slot)
{
    OWN_NAMESPACE();
    struct shminfo limits;
    EXPECT_EQ(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits), 0);
    EXPECT_EQ(limits.shmmni, 4096);
    EXPECT_EQ(limits.shmmin, 1);
    EXPECT_EQ(limits.shmseg, 4096);
    EXPECT_EQ(limits.shmmax, 0xfffffffffeffffff);
    EXPECT_OK(shmget(IPC_PRIVATE, PAGE, 0600));
    int second = EXPECT_OK(shmget(IPC_PRIVATE, 3 * PAGE, 0600));
    struct shm_info usage;
    int highest = EXPECT_OK(shmctl(0, SHM_INFO, (struct shmid_ds *)&usage));
    EXPECT_EQ(highest, 1);
    EXPECT_EQ(usage.used_ids, 2);
    EXPECT_EQ(usage.shm_tot, 4);
    struct shmid_ds state;
    EXPECT_EQ(shmctl(highest, SHM_STAT, &state), second);
    EXPECT_EQ(state.shm_segsz, 3 * PAGE);
    EXPECT_EQ(shmctl(highest, 15 /* SHM_STAT_ANY */, &state), second);
    EXPECT_ERRNO(shmctl(highest + 1, SHM_STAT, &state), EINVAL);
}

TEST(ids_go_round_slots)
{
    OWN_NAMESPACE();
    int first = EXPECT_OK(shmget(IPC_PRIVATE, PAGE, 0600));
    EXPECT_EQ(first, 0);
    EXPECT_OK(shmctl(first, IPC_RMID, 0));
    EXPECT_EQ(shmget(IPC_PRIVATE, PAGE, 0600), 1);
}

TEST(maps_and_sysvipc_show_the_segment)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(0xabc, PAGE, IPC_CREAT | 0600));
    char *p = EXPECT_OK((char *)shmat(id, 0, 0));
    EXPECT_TRUE(has_line("/proc/self/maps", "/SYSV00000abc (deleted)\n"));
    char line[128];
    sprintf(line, "\n%10d %10d  %4o %21d %5d %5d  %5d", 0xabc, id, 0600, PAGE, getpid(), getpid(), 1);
    EXPECT_TRUE(has_line("/proc/sysvipc/shm", line));
    EXPECT_OK(shmdt(p));
}

TEST(a_new_namespace_has_no_segments)
{
    OWN_NAMESPACE();
    int id = EXPECT_OK(shmget(0xabd, PAGE, IPC_CREAT | 0600));
    IN_CHILD({
        OWN_NAMESPACE();
        EXPECT_ERRNO(shmget(0xabd, PAGE, 0), ENOENT);
        EXPECT_ERRNO(shmat(id, 0, 0), EINVAL);
    });
    EXPECT_EQ(shmget(0xabd, PAGE, 0), id);
}
