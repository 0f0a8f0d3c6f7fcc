namespace Carrel.Abi;

/// <summary>Events and flags of inotify(7).</summary>
public static class Inotify
{
    public const uint IN_ACCESS = 1;
    public const uint IN_MODIFY = 2;
    public const uint IN_ATTRIB = 4;
    public const uint IN_CLOSE_WRITE = 8;
    public const uint IN_CLOSE_NOWRITE = 0x10;
    public const uint IN_OPEN = 0x20;
    public const uint IN_MOVED_FROM = 0x40;
    public const uint IN_MOVED_TO = 0x80;
    public const uint IN_CREATE = 0x100;
    public const uint IN_DELETE = 0x200;
    public const uint IN_DELETE_SELF = 0x400;
    public const uint IN_MOVE_SELF = 0x800;
    public const uint IN_UNMOUNT = 0x2000;
    public const uint IN_Q_OVERFLOW = 0x4000;
    public const uint IN_IGNORED = 0x8000;
    public const uint IN_CLOSE = 0x18;
    public const uint IN_MOVE = 0xC0;
    public const uint IN_ONLYDIR = 0x1000000;
    public const uint IN_DONT_FOLLOW = 0x2000000;
    public const uint IN_EXCL_UNLINK = 0x4000000;
    public const uint IN_MASK_CREATE = 0x10000000;
    public const uint IN_MASK_ADD = 0x20000000;
    public const uint IN_ISDIR = 0x40000000;
    public const uint IN_ONESHOT = 0x80000000;
    public const uint IN_ALL_EVENTS = 0xFFF;
    public const uint IN_CLOEXEC = 0x80000;
    public const uint IN_NONBLOCK = 0x800;
}
