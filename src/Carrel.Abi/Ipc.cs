namespace Carrel.Abi;

/// <summary>System V IPC, sysvipc(7).</summary>
public static class Ipc
{
    public const int IPC_PRIVATE = 0;
    public const int IPC_CREAT = 512;
    public const int IPC_EXCL = 1024;
    public const int IPC_NOWAIT = 2048;
    public const int IPC_DIPC = 4096;
    public const int IPC_OWN = 8192;
    public const int IPC_RMID = 0;
    public const int IPC_SET = 1;
    public const int IPC_STAT = 2;
    public const int IPC_INFO = 3;
    public const int IPC_OLD = 0;
    public const int IPC_64 = 256;

    // shmget(2), shmat(2), shmctl(2)
    public const int SHM_R = 0x100;
    public const int SHM_W = 0x80;
    public const int SHM_HUGETLB = 0x800;
    public const int SHM_NORESERVE = 0x1000;
    public const int SHM_RDONLY = 0x1000;
    public const int SHM_RND = 0x2000;
    public const int SHM_REMAP = 0x4000;
    public const int SHM_EXEC = 0x8000;
    public const int SHM_LOCK = 0xB;
    public const int SHM_UNLOCK = 0xC;
    public const int SHM_STAT = 0xD;
    public const int SHM_INFO = 0xE;
    public const int SHM_STAT_ANY = 0xF;
    public const int SHM_DEST = 0x200;
    public const int SHM_LOCKED = 0x400;
    public const int SHMMIN = 1;
    public const int SHMMNI = 0x1000;

    public const ulong SHMMAX = 0xFFFFFFFFFEFFFFFF;
    public const ulong SHMALL = 0xFFFFFFFFFEFFFFFF;

    // semget(2), semop(2), semctl(2)
    public const int SEM_UNDO = 4096;
    public const int GETPID = 11;
    public const int GETVAL = 12;
    public const int GETALL = 13;
    public const int GETNCNT = 14;
    public const int GETZCNT = 15;
    public const int SETVAL = 16;
    public const int SETALL = 17;
    public const int SEM_STAT = 18;
    public const int SEM_INFO = 19;
    public const int SEM_STAT_ANY = 20;
    public const int SEMMNI = 32000;
    public const int SEMMSL = 32000;
    public const int SEMMNS = 0x3D090000;
    public const int SEMOPM = 500;
    public const int SEMVMX = 32767;
    public const int SEMAEM = 32767;
    public const int SEMMAP = 0x3D090000;
    public const int SEMUME = 500;
    public const int SEMMNU = 0x3D090000;
    public const int SEMUSZ = 20;

    // msgget(2), msgrcv(2), msgctl(2)
    public const int MSG_STAT = 11;
    public const int MSG_INFO = 12;
    public const int MSG_STAT_ANY = 13;
    public const int MSG_NOERROR = 4096;
    public const int MSG_EXCEPT = 8192;
    public const int MSG_COPY = 16384;
    public const int MSGMNI = 32000;
    public const int MSGMAX = 8192;
    public const int MSGMNB = 16384;
    public const int MSGPOOL = 512000;
    public const int MSGTQL = 16384;
    public const int MSGMAP = 16384;
    public const int MSGSSZ = 16;
    public const int MSGSEG = 65535;

    // mq_notify(3)
    public const int MQ_PRIO_MAX = 32768;
    public const int MQ_BYTES_MAX = 819200;
    public const int NOTIFY_NONE = 0;
    public const int NOTIFY_WOKENUP = 1;
    public const int NOTIFY_REMOVED = 2;
    public const int NOTIFY_COOKIE_LEN = 32;
}
