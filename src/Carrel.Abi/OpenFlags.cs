using System;

namespace Carrel.Abi;

/// <summary>Flags of open(2) and F_GETFL, include/uapi/asm-generic/fcntl.h. __O_SYNC and __O_TMPFILE are the bits that O_SYNC and O_TMPFILE add.</summary>
[Flags]
public enum OpenFlags
{
    O_RDONLY = 0,
    O_WRONLY = 1,
    O_RDWR = 2,
    O_ACCMODE = 3,
    O_CREAT = 0x40,
    O_EXCL = 0x80,
    O_NOCTTY = 0x100,
    O_TRUNC = 0x200,
    O_APPEND = 0x400,
    O_NONBLOCK = 0x800,
    O_DSYNC = 0x1000,
    FASYNC = 0x2000,
    O_DIRECT = 0x4000,
    O_LARGEFILE = 0x8000,
    O_DIRECTORY = 0x10000,
    O_NOFOLLOW = 0x20000,
    O_NOATIME = 0x40000,
    O_CLOEXEC = 0x80000,
    __O_SYNC = 0x100000,
    O_SYNC = 0x101000,
    O_PATH = 0x200000,
    __O_TMPFILE = 0x400000,
    O_TMPFILE = 0x410000,

    O_NDELAY = O_NONBLOCK,
    O_ASYNC = FASYNC,
}
