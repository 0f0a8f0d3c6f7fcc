using System;

namespace Carrel.Abi;

/// <summary>Flags of getrandom(2).</summary>
[Flags]
public enum GetrandomFlags : uint
{
    GRND_NONBLOCK = 1,
    GRND_RANDOM = 2,
    GRND_INSECURE = 4,
}

/// <summary>Commands of membarrier(2).</summary>
public static class Membarrier
{
    public const int MEMBARRIER_CMD_QUERY = 0;
    public const int MEMBARRIER_CMD_GLOBAL = 1;
    public const int MEMBARRIER_CMD_GLOBAL_EXPEDITED = 2;
    public const int MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED = 4;
    public const int MEMBARRIER_CMD_PRIVATE_EXPEDITED = 8;
    public const int MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED = 0x10;
    public const int MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE = 0x20;
    public const int MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 0x40;
    public const int MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ = 0x80;
    public const int MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ = 0x100;
    public const int MEMBARRIER_CMD_GET_REGISTRATIONS = 0x200;
    public const int MEMBARRIER_CMD_FLAG_CPU = 1;
}

/// <summary>Flags and values of rseq(2).</summary>
public static class RseqFlags
{
    public const int RSEQ_FLAG_UNREGISTER = 1;
    public const int RSEQ_CPU_ID_UNINITIALIZED = -1;
    public const int RSEQ_CPU_ID_REGISTRATION_FAILED = -2;
    public const int RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT = 1;
    public const int RSEQ_CS_FLAG_NO_RESTART_ON_SIGNAL = 2;
    public const int RSEQ_CS_FLAG_NO_RESTART_ON_MIGRATE = 4;
}

/// <summary>Types of kcmp(2).</summary>
public static class Kcmp
{
    public const int KCMP_FILE = 0;
    public const int KCMP_VM = 1;
    public const int KCMP_FILES = 2;
    public const int KCMP_FS = 3;
    public const int KCMP_SIGHAND = 4;
    public const int KCMP_IO = 5;
    public const int KCMP_SYSVSEM = 6;
    public const int KCMP_EPOLL_TFD = 7;
}

/// <summary>Magic numbers and commands of reboot(2).</summary>
public static class Reboot
{
    public const uint LINUX_REBOOT_MAGIC1 = 0xFEE1DEAD;
    public const uint LINUX_REBOOT_MAGIC2 = 0x28121969;
    public const uint LINUX_REBOOT_MAGIC2A = 0x5121996;
    public const uint LINUX_REBOOT_MAGIC2B = 0x16041998;
    public const uint LINUX_REBOOT_MAGIC2C = 0x20112000;
    public const uint LINUX_REBOOT_CMD_RESTART = 0x1234567;
    public const uint LINUX_REBOOT_CMD_HALT = 0xCDEF0123;
    public const uint LINUX_REBOOT_CMD_CAD_ON = 0x89ABCDEF;
    public const uint LINUX_REBOOT_CMD_CAD_OFF = 0;
    public const uint LINUX_REBOOT_CMD_POWER_OFF = 0x4321FEDC;
    public const uint LINUX_REBOOT_CMD_RESTART2 = 0xA1B2C3D4;
    public const uint LINUX_REBOOT_CMD_SW_SUSPEND = 0xD000FCE2;
    public const uint LINUX_REBOOT_CMD_KEXEC = 0x45584543;
}

/// <summary>Actions of syslog(2), include/linux/syslog.h.</summary>
public static class Syslog
{
    public const int SYSLOG_ACTION_CLOSE = 0;
    public const int SYSLOG_ACTION_OPEN = 1;
    public const int SYSLOG_ACTION_READ = 2;
    public const int SYSLOG_ACTION_READ_ALL = 3;
    public const int SYSLOG_ACTION_READ_CLEAR = 4;
    public const int SYSLOG_ACTION_CLEAR = 5;
    public const int SYSLOG_ACTION_CONSOLE_OFF = 6;
    public const int SYSLOG_ACTION_CONSOLE_ON = 7;
    public const int SYSLOG_ACTION_CONSOLE_LEVEL = 8;
    public const int SYSLOG_ACTION_SIZE_UNREAD = 9;
    public const int SYSLOG_ACTION_SIZE_BUFFER = 10;
}

/// <summary>Operations and special keyrings of keyctl(2).</summary>
public static class Keyctl
{
    public const int KEYCTL_GET_KEYRING_ID = 0;
    public const int KEYCTL_JOIN_SESSION_KEYRING = 1;
    public const int KEYCTL_UPDATE = 2;
    public const int KEYCTL_REVOKE = 3;
    public const int KEYCTL_CHOWN = 4;
    public const int KEYCTL_SETPERM = 5;
    public const int KEYCTL_DESCRIBE = 6;
    public const int KEYCTL_CLEAR = 7;
    public const int KEYCTL_LINK = 8;
    public const int KEYCTL_UNLINK = 9;
    public const int KEYCTL_SEARCH = 10;
    public const int KEYCTL_READ = 11;
    public const int KEYCTL_INSTANTIATE = 12;
    public const int KEYCTL_NEGATE = 13;
    public const int KEYCTL_SET_REQKEY_KEYRING = 14;
    public const int KEYCTL_SET_TIMEOUT = 15;
    public const int KEYCTL_ASSUME_AUTHORITY = 16;
    public const int KEYCTL_GET_SECURITY = 17;
    public const int KEYCTL_SESSION_TO_PARENT = 18;
    public const int KEYCTL_REJECT = 19;
    public const int KEYCTL_INSTANTIATE_IOV = 20;
    public const int KEYCTL_INVALIDATE = 21;
    public const int KEYCTL_GET_PERSISTENT = 22;
    public const int KEYCTL_CAPABILITIES = 31;
    public const int KEY_SPEC_THREAD_KEYRING = -1;
    public const int KEY_SPEC_PROCESS_KEYRING = -2;
    public const int KEY_SPEC_SESSION_KEYRING = -3;
    public const int KEY_SPEC_USER_KEYRING = -4;
    public const int KEY_SPEC_USER_SESSION_KEYRING = -5;
    public const int KEY_SPEC_GROUP_KEYRING = -6;
    public const int KEY_SPEC_REQKEY_AUTH_KEY = -7;
    public const int KEY_SPEC_REQUESTOR_KEYRING = -8;
}

/// <summary>Operations of struct iocb, io_submit(2).</summary>
public static class Aio
{
    public const int IOCB_CMD_PREAD = 0;
    public const int IOCB_CMD_PWRITE = 1;
    public const int IOCB_CMD_FSYNC = 2;
    public const int IOCB_CMD_FDSYNC = 3;
    public const int IOCB_CMD_POLL = 5;
    public const int IOCB_CMD_NOOP = 6;
    public const int IOCB_CMD_PREADV = 7;
    public const int IOCB_CMD_PWRITEV = 8;
    public const int IOCB_FLAG_RESFD = 1;
    public const int IOCB_FLAG_IOPRIO = 2;
}

/// <summary>Device numbers of /dev, include/uapi/linux/major.h.</summary>
public static class DeviceMajor
{
    public const int UNNAMED_MAJOR = 0;
    public const int MEM_MAJOR = 1;
    public const int TTY_MAJOR = 4;
    public const int TTYAUX_MAJOR = 5;
    public const int LOOP_MAJOR = 7;
    public const int MISC_MAJOR = 10;
    public const int UNIX98_PTY_MASTER_MAJOR = 128;
    public const int UNIX98_PTY_SLAVE_MAJOR = 136;
}
