namespace Carrel.Abi;

/// <summary>capabilities(7); the value is the bit number.</summary>
public enum Capability
{
    CAP_CHOWN = 0,
    CAP_DAC_OVERRIDE = 1,
    CAP_DAC_READ_SEARCH = 2,
    CAP_FOWNER = 3,
    CAP_FSETID = 4,
    CAP_KILL = 5,
    CAP_SETGID = 6,
    CAP_SETUID = 7,
    CAP_SETPCAP = 8,
    CAP_LINUX_IMMUTABLE = 9,
    CAP_NET_BIND_SERVICE = 10,
    CAP_NET_BROADCAST = 11,
    CAP_NET_ADMIN = 12,
    CAP_NET_RAW = 13,
    CAP_IPC_LOCK = 14,
    CAP_IPC_OWNER = 15,
    CAP_SYS_MODULE = 16,
    CAP_SYS_RAWIO = 17,
    CAP_SYS_CHROOT = 18,
    CAP_SYS_PTRACE = 19,
    CAP_SYS_PACCT = 20,
    CAP_SYS_ADMIN = 21,
    CAP_SYS_BOOT = 22,
    CAP_SYS_NICE = 23,
    CAP_SYS_RESOURCE = 24,
    CAP_SYS_TIME = 25,
    CAP_SYS_TTY_CONFIG = 26,
    CAP_MKNOD = 27,
    CAP_LEASE = 28,
    CAP_AUDIT_WRITE = 29,
    CAP_AUDIT_CONTROL = 30,
    CAP_SETFCAP = 31,
    CAP_MAC_OVERRIDE = 32,
    CAP_MAC_ADMIN = 33,
    CAP_SYSLOG = 34,
    CAP_WAKE_ALARM = 35,
    CAP_BLOCK_SUSPEND = 36,
    CAP_AUDIT_READ = 37,
    CAP_PERFMON = 38,
    CAP_BPF = 39,
    CAP_CHECKPOINT_RESTORE = 40,

    CAP_LAST_CAP = CAP_CHECKPOINT_RESTORE,
}

/// <summary>Versions of struct __user_cap_header_struct, capget(2).</summary>
public static class CapVersion
{
    public const uint _LINUX_CAPABILITY_VERSION_1 = 0x19980330;
    public const uint _LINUX_CAPABILITY_VERSION_2 = 0x20071026;
    public const uint _LINUX_CAPABILITY_VERSION_3 = 0x20080522;
    public const uint _LINUX_CAPABILITY_U32S_1 = 1;
    public const uint _LINUX_CAPABILITY_U32S_2 = 2;
    public const uint _LINUX_CAPABILITY_U32S_3 = 2;

    // security.capability
    public const uint VFS_CAP_REVISION_MASK = 0xFF000000;
    public const uint VFS_CAP_FLAGS_MASK = 0xFFFFFF;
    public const uint VFS_CAP_FLAGS_EFFECTIVE = 1;
    public const uint VFS_CAP_REVISION_1 = 0x1000000;
    public const uint VFS_CAP_REVISION_2 = 0x2000000;
    public const uint VFS_CAP_REVISION_3 = 0x3000000;
    public const uint XATTR_CAPS_SZ_1 = 0xC;
    public const uint XATTR_CAPS_SZ_2 = 0x14;
    public const uint XATTR_CAPS_SZ_3 = 0x18;
}

/// <summary>Securebits of capabilities(7).</summary>
public static class SecureBits
{
    // bit numbers
    public const int SECURE_NOROOT = 0;
    public const int SECURE_NOROOT_LOCKED = 1;
    public const int SECURE_NO_SETUID_FIXUP = 2;
    public const int SECURE_NO_SETUID_FIXUP_LOCKED = 3;
    public const int SECURE_KEEP_CAPS = 4;
    public const int SECURE_KEEP_CAPS_LOCKED = 5;
    public const int SECURE_NO_CAP_AMBIENT_RAISE = 6;
    public const int SECURE_NO_CAP_AMBIENT_RAISE_LOCKED = 7;

    // masks
    public const uint SECBIT_NOROOT = 1;
    public const uint SECBIT_NOROOT_LOCKED = 2;
    public const uint SECBIT_NO_SETUID_FIXUP = 4;
    public const uint SECBIT_NO_SETUID_FIXUP_LOCKED = 8;
    public const uint SECBIT_KEEP_CAPS = 0x10;
    public const uint SECBIT_KEEP_CAPS_LOCKED = 0x20;
    public const uint SECBIT_NO_CAP_AMBIENT_RAISE = 0x40;
    public const uint SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED = 0x80;
    public const uint SECURE_ALL_BITS = 0x55;
    public const uint SECURE_ALL_LOCKS = 0xAA;
}
