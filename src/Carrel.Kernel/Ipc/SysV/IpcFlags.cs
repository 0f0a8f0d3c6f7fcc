using System;

namespace Carrel.Kernel.Ipc.SysV;

/// <summary>Flags of shmget(2), semget(2) and msgget(2); the low nine bits are permissions.</summary>
[Flags]
public enum IpcGetFlags
{
    IPC_CREAT = Abi.Ipc.IPC_CREAT,
    IPC_EXCL = Abi.Ipc.IPC_EXCL,
    SHM_HUGETLB = Abi.Ipc.SHM_HUGETLB,
    SHM_NORESERVE = Abi.Ipc.SHM_NORESERVE,
}

/// <summary>Flags of shmat(2).</summary>
[Flags]
public enum ShmAttachFlags
{
    SHM_RDONLY = Abi.Ipc.SHM_RDONLY,
    SHM_RND = Abi.Ipc.SHM_RND,
    SHM_REMAP = Abi.Ipc.SHM_REMAP,
    SHM_EXEC = Abi.Ipc.SHM_EXEC,
}

/// <summary>Commands of shmctl(2).</summary>
public enum ShmCommand
{
    IPC_RMID = Abi.Ipc.IPC_RMID,
    IPC_SET = Abi.Ipc.IPC_SET,
    IPC_STAT = Abi.Ipc.IPC_STAT,
    IPC_INFO = Abi.Ipc.IPC_INFO,
    SHM_LOCK = Abi.Ipc.SHM_LOCK,
    SHM_UNLOCK = Abi.Ipc.SHM_UNLOCK,
    SHM_STAT = Abi.Ipc.SHM_STAT,
    SHM_INFO = Abi.Ipc.SHM_INFO,
    SHM_STAT_ANY = Abi.Ipc.SHM_STAT_ANY,
}

/// <summary>Commands of semctl(2).</summary>
public enum SemCommand
{
    IPC_RMID = Abi.Ipc.IPC_RMID,
    IPC_SET = Abi.Ipc.IPC_SET,
    IPC_STAT = Abi.Ipc.IPC_STAT,
    IPC_INFO = Abi.Ipc.IPC_INFO,
    GETPID = Abi.Ipc.GETPID,
    GETVAL = Abi.Ipc.GETVAL,
    GETALL = Abi.Ipc.GETALL,
    GETNCNT = Abi.Ipc.GETNCNT,
    GETZCNT = Abi.Ipc.GETZCNT,
    SETVAL = Abi.Ipc.SETVAL,
    SETALL = Abi.Ipc.SETALL,
    SEM_STAT = Abi.Ipc.SEM_STAT,
    SEM_INFO = Abi.Ipc.SEM_INFO,
    SEM_STAT_ANY = Abi.Ipc.SEM_STAT_ANY,
}

/// <summary>Commands of msgctl(2).</summary>
public enum MsgCommand
{
    IPC_RMID = Abi.Ipc.IPC_RMID,
    IPC_SET = Abi.Ipc.IPC_SET,
    IPC_STAT = Abi.Ipc.IPC_STAT,
    IPC_INFO = Abi.Ipc.IPC_INFO,
    MSG_STAT = Abi.Ipc.MSG_STAT,
    MSG_INFO = Abi.Ipc.MSG_INFO,
    MSG_STAT_ANY = Abi.Ipc.MSG_STAT_ANY,
}

/// <summary>Flags of msgsnd(2) and msgrcv(2).</summary>
[Flags]
public enum MsgFlags
{
    IPC_NOWAIT = Abi.Ipc.IPC_NOWAIT,
    MSG_NOERROR = Abi.Ipc.MSG_NOERROR,
    MSG_EXCEPT = Abi.Ipc.MSG_EXCEPT,
    MSG_COPY = Abi.Ipc.MSG_COPY,
}
