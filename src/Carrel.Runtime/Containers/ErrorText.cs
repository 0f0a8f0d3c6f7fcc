using System;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>Host errors in messages: the name and the words that strerror(3) has for it, in lower case; podman looks for some of them.</summary>
internal static class ErrorText
{
    internal static string Of(Errno error) => Words(error) is { } words ? $"{error} ({words})" : error.ToString();

    /// <summary>A failure of a verb: what was done, and why it did not work.</summary>
    internal static RuntimeException Failure(string what, Errno error) => new($"{what}: {Of(error)}");

    /// <summary>Lets a result through, unless it is a negative errno.</summary>
    internal static int Check(long result, string what) => result >= 0 ? (int)Math.Min(result, int.MaxValue) : throw Failure(what, (Errno)(int)-result);

    private static string? Words(Errno error) => error switch
    {
        Errno.EPERM => "operation not permitted",
        Errno.ENOENT => "no such file or directory",
        Errno.ESRCH => "no such process",
        Errno.EIO => "input/output error",
        Errno.ENXIO => "no such device or address",
        Errno.E2BIG => "argument list too long",
        Errno.ENOEXEC => "exec format error",
        Errno.EBADF => "bad file descriptor",
        Errno.EAGAIN => "resource temporarily unavailable",
        Errno.ENOMEM => "cannot allocate memory",
        Errno.EACCES => "permission denied",
        Errno.EBUSY => "device or resource busy",
        Errno.EEXIST => "file exists",
        Errno.EXDEV => "invalid cross-device link",
        Errno.ENODEV => "no such device",
        Errno.ENOTDIR => "not a directory",
        Errno.EISDIR => "is a directory",
        Errno.EINVAL => "invalid argument",
        Errno.EMFILE => "too many open files",
        Errno.ENFILE => "too many open files in system",
        Errno.ETXTBSY => "text file busy",
        Errno.ENOSPC => "no space left on device",
        Errno.EROFS => "read-only file system",
        Errno.ELOOP => "too many levels of symbolic links",
        Errno.ENAMETOOLONG => "file name too long",
        Errno.ENOSYS => "function not implemented",
        Errno.EOPNOTSUPP => "operation not supported",
        Errno.EOVERFLOW => "value too large for defined data type",
        Errno.ECANCELED => "operation canceled",
        Errno.EDQUOT => "disk quota exceeded",
        _ => null,
    };
}
