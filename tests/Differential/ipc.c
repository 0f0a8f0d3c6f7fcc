// System V IPC and POSIX message queues: arguments and permissions.
#include "differential.h"
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

union argument {
    int val;
    void *buf;
    unsigned short *array;
};

static const int flags[] = {0, 0600, IPC_CREAT, IPC_CREAT | 0600, IPC_CREAT | IPC_EXCL | 0600, IPC_EXCL | 0600, 0666, 0400, 0200};
#define FLAGS (int)(sizeof flags / sizeof *flags)

static void shared_memory(void)
{
    static const size_t sizes[] = {0, 1, 4096, 4097, 8192, 1UL << 50, -1};
    for (int existing = 0; existing < 3; existing++)
        for (int f = 0; f < FLAGS; f++)
            for (int s = 0; s < 7; s++) {
                int id = existing == 0 ? -1 : shmget(4711, 4096, IPC_CREAT | (existing == 1 ? 0600 : 0));
                errno = 0;
                int got = shmget(4711, sizes[s], flags[f]);
                printf("shmget_%o_%lx(%d)=%s\n", flags[f], sizes[s], existing, got == -1 ? text_of(-1) : got == id ? "same" : "new");
                shmctl(id != -1 ? id : got, IPC_RMID, NULL);
            }
    int id = shmget(IPC_PRIVATE, 8192, 0600), forbidden = shmget(IPC_PRIVATE, 4096, 0), readable = shmget(IPC_PRIVATE, 4096, 0400);
    const struct {
        const char *name;
        int id;
    } ids[] = {{"ok", id}, {"forbidden", forbidden}, {"readable", readable}, {"none", 0x7fffffff}, {"negative", -1}};
    for (int i = 0; i < 5; i++) {
        static const int modes[] = {0, SHM_RDONLY, SHM_RND, SHM_REMAP, SHM_EXEC, SHM_RDONLY | SHM_EXEC, 0x1};
        for (int m = 0; m < 7; m++) {
            OK(fmt("shmat_%x", modes[m]), ids[i].name, (long)shmat(ids[i].id, NULL, modes[m]));
            OK(fmt("shmat_odd_%x", modes[m]), ids[i].name, (long)shmat(ids[i].id, (void *)0x40000001, modes[m]));
            OK(fmt("shmat_at_%x", modes[m]), ids[i].name, (long)shmat(ids[i].id, (void *)(0x40000000L + i * 0x1000000 + m * 0x10000), modes[m]));
            OK(fmt("shmat_kernel_%x", modes[m]), ids[i].name, (long)shmat(ids[i].id, (void *)-4096L, modes[m]));
        }
        for (int command = -1; command < 17; command++) {
            if (command == IPC_RMID || command == IPC_INFO || command == SHM_INFO || command == SHM_STAT || command == SHM_STAT_ANY)
                continue;
            struct shmid_ds data = {0};
            data.shm_perm.uid = geteuid();
            data.shm_perm.gid = getegid();
            data.shm_perm.mode = ids[i].id == id ? 0600 : ids[i].id == readable ? 0400 : 0;
            SHOW(fmt("shmctl_%d", command), ids[i].name, shmctl(ids[i].id, command, &data));
            SHOW(fmt("shmctl_bad_%d", command), ids[i].name, shmctl(ids[i].id, command, (void *)1));
        }
    }
    SHOW("shmdt", "never", shmdt((void *)0x7000000));
    SHOW("shmdt", "odd", shmdt((void *)0x40000001));
    SHOW("shmdt", "null", shmdt(NULL));
    for (int i = 0; i < 5; i++) {
        SHOW("shm_rmid", ids[i].name, shmctl(ids[i].id, IPC_RMID, NULL));
        SHOW("shm_rmid_again", ids[i].name, shmctl(ids[i].id, IPC_RMID, NULL));
        OK("shmat_removed", ids[i].name, (long)shmat(ids[i].id, NULL, 0));
    }
}

static void semaphores(void)
{
    static const int counts[] = {-1, 0, 1, 3, 4, 32000, 32001};
    for (int existing = 0; existing < 3; existing++)
        for (int f = 0; f < FLAGS; f++)
            for (int c = 0; c < 7; c++) {
                int id = existing == 0 ? -1 : semget(4711, 3, IPC_CREAT | (existing == 1 ? 0600 : 0));
                errno = 0;
                int got = semget(4711, counts[c], flags[f]);
                printf("semget_%o_%d(%d)=%s\n", flags[f], counts[c], existing, got == -1 ? text_of(-1) : got == id ? "same" : "new");
                semctl(id != -1 ? id : got, 0, IPC_RMID);
            }
    int id = semget(IPC_PRIVATE, 3, 0600), forbidden = semget(IPC_PRIVATE, 3, 0), readable = semget(IPC_PRIVATE, 3, 0400);
    const struct {
        const char *name;
        int id;
    } ids[] = {{"ok", id}, {"forbidden", forbidden}, {"readable", readable}, {"none", 0x7fffffff}, {"negative", -1}};
    for (int i = 0; i < 5; i++) {
        for (int command = -1; command < 21; command++) {
            if (command == IPC_RMID || command == IPC_INFO || command == SEM_INFO || command == SEM_STAT || command == SEM_STAT_ANY || command == GETPID)
                continue;
            for (int number = -1; number < 4; number++) {
                struct semid_ds data = {0};
                data.sem_perm.uid = geteuid();
                data.sem_perm.gid = getegid();
                data.sem_perm.mode = ids[i].id == id ? 0600 : ids[i].id == readable ? 0400 : 0;
                unsigned short values[8] = {0};
                union argument argument = {.buf = command == GETALL || command == SETALL ? (void *)values : (void *)&data};
                if (command == SETVAL)
                    argument.val = 1;
                SHOW(fmt("semctl_%d_%d", command, number), ids[i].name, semctl(ids[i].id, number, command, argument));
                argument.buf = (void *)1;
                if (command != SETVAL)
                    SHOW(fmt("semctl_bad_%d_%d", command, number), ids[i].name, semctl(ids[i].id, number, command, argument));
            }
        }
        static const int vals[] = {-1, 0, 32767, 32768, 65536};
        for (int v = 0; v < 5; v++) {
            union argument argument = {.val = vals[v]};
            SHOW(fmt("semctl_setval_%d", vals[v]), ids[i].name, semctl(ids[i].id, 0, SETVAL, argument));
        }
        union argument zero = {.val = 0};
        semctl(ids[i].id, 0, SETVAL, zero);
        struct timespec none = {0, 0}, bad = {0, 1000000000};
        for (int number = 0; number < 5; number++)
            for (int op = -1; op < 2; op++) {
                struct sembuf operation = {number == 4 ? -1 : number, op, IPC_NOWAIT};
                SHOW(fmt("semop_%d_%d", number, op), ids[i].name, semop(ids[i].id, &operation, 1));
                operation.sem_flg |= SEM_UNDO;
                SHOW(fmt("semop_undo_%d_%d", number, op), ids[i].name, semop(ids[i].id, &operation, 1));
            }
        static struct sembuf many[600];
        for (int n = 0; n < 600; n++)
            many[n].sem_flg = IPC_NOWAIT;
        SHOW("semop_0", ids[i].name, semop(ids[i].id, many, 0));
        SHOW("semop_500", ids[i].name, semop(ids[i].id, many, 500));
        SHOW("semop_501", ids[i].name, semop(ids[i].id, many, 501));
        SHOW("semop_bad", ids[i].name, semop(ids[i].id, (void *)1, 1));
        struct sembuf overflow = {0, 32767, IPC_NOWAIT}, wait = {1, -100, 0};
        SHOW("semop_overflow", ids[i].name, ({ semop(ids[i].id, &overflow, 1); semop(ids[i].id, &overflow, 1); }));
        SHOW("semtimedop_0", ids[i].name, semtimedop(ids[i].id, &wait, 1, &none));
        SHOW("semtimedop_bad", ids[i].name, semtimedop(ids[i].id, &wait, 1, &bad));
        SHOW("semtimedop_badpointer", ids[i].name, semtimedop(ids[i].id, &wait, 1, (void *)1));
    }
    for (int i = 0; i < 5; i++) {
        SHOW("sem_rmid", ids[i].name, semctl(ids[i].id, 0, IPC_RMID));
        SHOW("sem_rmid_again", ids[i].name, semctl(ids[i].id, 0, IPC_RMID));
    }
}

static void messages(void)
{
    for (int existing = 0; existing < 3; existing++)
        for (int f = 0; f < FLAGS; f++) {
            int id = existing == 0 ? -1 : msgget(4711, IPC_CREAT | (existing == 1 ? 0600 : 0));
            errno = 0;
            int got = msgget(4711, flags[f]);
            printf("msgget_%o(%d)=%s\n", flags[f], existing, got == -1 ? text_of(-1) : got == id ? "same" : "new");
            msgctl(id != -1 ? id : got, IPC_RMID, NULL);
        }
    int id = msgget(IPC_PRIVATE, 0600), forbidden = msgget(IPC_PRIVATE, 0), readable = msgget(IPC_PRIVATE, 0400);
    const struct {
        const char *name;
        int id;
    } ids[] = {{"ok", id}, {"forbidden", forbidden}, {"readable", readable}, {"none", 0x7fffffff}, {"negative", -1}};
    static const size_t sizes[] = {0, 1, 8192, 8193, -1};
    static const long types[] = {-1, 0, 1, 2, -2, LONG_MIN, LONG_MAX};
    static struct {
        long type;
        char text[16384];
    } message;
    for (int i = 0; i < 5; i++) {
        for (int s = 0; s < 5; s++)
            for (int t = 0; t < 7; t++) {
                message.type = types[t];
                SHOW(fmt("msgsnd_%lx_%ld", sizes[s], types[t]), ids[i].name, syscall(SYS_msgsnd, ids[i].id, &message, sizes[s], IPC_NOWAIT));
                for (int m = 0; m < 4; m++) {
                    static const int modes[] = {IPC_NOWAIT, IPC_NOWAIT | MSG_NOERROR, IPC_NOWAIT | MSG_EXCEPT, IPC_NOWAIT | MSG_COPY};
                    SHOW(fmt("msgrcv_%lx_%ld_%x", sizes[s], types[t], modes[m]), ids[i].name,
                         syscall(SYS_msgrcv, ids[i].id, &message, sizes[s] > 16000 ? sizes[s] : sizes[s], types[t], modes[m]));
                }
                while (syscall(SYS_msgrcv, ids[i].id, &message, 16000, 0, IPC_NOWAIT) >= 0)
                    ;
            }
        SHOW("msgsnd_bad", ids[i].name, syscall(SYS_msgsnd, ids[i].id, 1, 1, IPC_NOWAIT));
        SHOW("msgrcv_bad", ids[i].name, syscall(SYS_msgrcv, ids[i].id, 1, 1, 0, IPC_NOWAIT));
        SHOW("msgrcv_copy_wait", ids[i].name, syscall(SYS_msgrcv, ids[i].id, &message, 1, 0, MSG_COPY));
        SHOW("msgrcv_copy_except", ids[i].name, syscall(SYS_msgrcv, ids[i].id, &message, 1, 0, MSG_COPY | MSG_EXCEPT | IPC_NOWAIT));
        for (int command = -1; command < 15; command++) {
            if (command == IPC_RMID || command == IPC_INFO || command == MSG_INFO || command == MSG_STAT || command == MSG_STAT_ANY)
                continue;
            struct msqid_ds data = {0};
            data.msg_perm.uid = geteuid();
            data.msg_perm.gid = getegid();
            data.msg_perm.mode = ids[i].id == id ? 0600 : ids[i].id == readable ? 0400 : 0;
            data.msg_qbytes = 16384;
            SHOW(fmt("msgctl_%d", command), ids[i].name, msgctl(ids[i].id, command, &data));
            data.msg_qbytes = 1 << 20;
            SHOW(fmt("msgctl_large_%d", command), ids[i].name, msgctl(ids[i].id, command, &data));
            SHOW(fmt("msgctl_bad_%d", command), ids[i].name, msgctl(ids[i].id, command, (void *)1));
        }
    }
    for (int i = 0; i < 5; i++) {
        SHOW("msg_rmid", ids[i].name, msgctl(ids[i].id, IPC_RMID, NULL));
        SHOW("msg_rmid_again", ids[i].name, msgctl(ids[i].id, IPC_RMID, NULL));
    }
}

static void posix_queues(void)
{
    static const char *const queues[] = {"differential", "", "/differential", "a/b", ".", "..", "no.such.queue"};
    static const int modes[] = {O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE, O_RDWR | O_CREAT, O_RDWR | O_CREAT | O_EXCL, O_RDWR | O_NONBLOCK, O_RDWR | O_CLOEXEC, O_RDWR | 0x8000000};
    syscall(SYS_mq_unlink, "differential");
    for (int existing = 0; existing < 3; existing++)
        for (int q = 0; q < 7; q++)
            for (int m = 0; m < 9; m++) {
                int keep = existing == 0 ? -1 : (int)syscall(SYS_mq_open, "differential", O_RDWR | O_CREAT, existing == 1 ? 0600 : 0, NULL);
                OK(fmt("mq_open_%x_%s", modes[m], queues[q]), fmt("%d", existing), syscall(SYS_mq_open, queues[q], modes[m], 0600, NULL));
                close_all();
                (void)keep;
                syscall(SYS_mq_unlink, "differential");
            }
    static const long limits[] = {-1, 0, 1, 10, 11, 8192, 8193, 1 << 30};
    for (int a = 0; a < 8; a++)
        for (int b = 0; b < 8; b++) {
            struct mq_attr attributes = {.mq_maxmsg = limits[a], .mq_msgsize = limits[b]};
            OK(fmt("mq_open_attr_%ld", limits[a]), fmt("%ld", limits[b]), syscall(SYS_mq_open, "differential", O_RDWR | O_CREAT, 0600, &attributes));
            syscall(SYS_mq_unlink, "differential");
            close_all();
        }
    OK("mq_open", "badattr", syscall(SYS_mq_open, "differential", O_RDWR | O_CREAT, 0600, 1));
    OK("mq_open", "badname", syscall(SYS_mq_open, 1, O_RDWR | O_CREAT, 0600, NULL));
    static char longname[300];
    memset(longname, 'x', 256);
    OK("mq_open", "longname", syscall(SYS_mq_open, longname, O_RDWR | O_CREAT, 0600, NULL));
    for (int q = 0; q < 7; q++)
        SHOW("mq_unlink", queues[q], syscall(SYS_mq_unlink, queues[q]));
    SHOW("mq_unlink", "bad", syscall(SYS_mq_unlink, 1));
    struct mq_attr attributes = {.mq_maxmsg = 2, .mq_msgsize = 8}, old;
    int queue = syscall(SYS_mq_open, "differential", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &attributes);
    int reader = syscall(SYS_mq_open, "differential", O_RDONLY | O_NONBLOCK, 0, NULL), writer = syscall(SYS_mq_open, "differential", O_WRONLY | O_NONBLOCK, 0, NULL);
    int other = open("/dev/null", O_RDWR);
    const struct {
        const char *name;
        int fd;
    } fds[] = {{"queue", queue}, {"reader", reader}, {"writer", writer}, {"null", other}, {"bad", 777}};
    struct timespec past = {0, 0}, bad = {0, 1000000000};
    char text[16] = "";
    for (int f = 0; f < 5; f++) {
        for (size_t length = 0; length < 17; length += 8) {
            SHOW(fmt("mq_send_%zu", length), fds[f].name, syscall(SYS_mq_timedsend, fds[f].fd, text, length, 0, NULL));
            SHOW(fmt("mq_receive_%zu", length), fds[f].name, syscall(SYS_mq_timedreceive, fds[f].fd, text, length, NULL, NULL));
        }
        SHOW("mq_send_priority", fds[f].name, syscall(SYS_mq_timedsend, fds[f].fd, text, 1, 32768, NULL));
        SHOW("mq_send_badtime", fds[f].name, syscall(SYS_mq_timedsend, fds[f].fd, text, 1, 0, &bad));
        SHOW("mq_send_badpointer", fds[f].name, syscall(SYS_mq_timedsend, fds[f].fd, 1, 1, 0, NULL));
        SHOW("mq_send_full", fds[f].name, ({ for (int i = 0; i < 3; i++) syscall(SYS_mq_timedsend, fds[f].fd, text, 1, 0, NULL); syscall(SYS_mq_timedsend, fds[f].fd, text, 1, 0, &past); }));
        for (int i = 0; i < 4; i++)
            syscall(SYS_mq_timedreceive, queue, text, 16, NULL, NULL);
        SHOW("mq_receive_empty", fds[f].name, syscall(SYS_mq_timedreceive, fds[f].fd, text, 16, NULL, &past));
        SHOW("mq_receive_badtime", fds[f].name, syscall(SYS_mq_timedreceive, fds[f].fd, text, 16, NULL, &bad));
        SHOW("mq_getattr", fds[f].name, syscall(SYS_mq_getsetattr, fds[f].fd, NULL, &old));
        struct mq_attr new = {.mq_flags = O_NONBLOCK}, wrong = {.mq_flags = O_APPEND};
        SHOW("mq_setattr", fds[f].name, syscall(SYS_mq_getsetattr, fds[f].fd, &new, &old));
        SHOW("mq_setattr_wrong", fds[f].name, syscall(SYS_mq_getsetattr, fds[f].fd, &wrong, &old));
        SHOW("mq_setattr_bad", fds[f].name, syscall(SYS_mq_getsetattr, fds[f].fd, 1, &old));
        for (int notify = -1; notify < 5; notify++)
            for (int signal = -1; signal < 66; signal += 22) {
                struct sigevent event = {.sigev_notify = notify, .sigev_signo = signal};
                SHOW(fmt("mq_notify_%d_%d", notify, signal), fds[f].name, syscall(SYS_mq_notify, fds[f].fd, &event));
            }
        SHOW("mq_notify_null", fds[f].name, syscall(SYS_mq_notify, fds[f].fd, NULL));
        SHOW("mq_notify_bad", fds[f].name, syscall(SYS_mq_notify, fds[f].fd, 1));
        SHOW("read", fds[f].name, read(fds[f].fd, text, 8) > 0);
        SHOW("write", fds[f].name, write(fds[f].fd, text, 8));
        SHOW("lseek", fds[f].name, lseek(fds[f].fd, 0, SEEK_SET));
    }
    syscall(SYS_mq_unlink, "differential");
}

int main(void)
{
    begin();
    shared_memory();
    semaphores();
    messages();
    posix_queues();
    return end();
}
