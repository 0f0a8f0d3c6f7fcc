using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>Answers of the host as errors for the user.</summary>
public static class HostError
{
    /// <summary>The result, or an exception with the name of the step if it is an errno.</summary>
    public static int Check(int result, string step) => result >= 0 ? result : throw Make(result, step);

    /// <summary>The result, or an exception with the name of the step if it is an errno.</summary>
    public static long Check(long result, string step) => HostCall.ErrnoOf(result) == 0 ? result : throw Make((int)result, step);

    /// <summary>What clients search for ("no such file or directory") stands in words, everything else has its errno's name.</summary>
    public static RuntimeException Make(int result, string step) => new($"{step}: {Describe((Errno)(-result))}");

    public static string Describe(Errno error) => error switch
    {
        Errno.ENOENT => "no such file or directory",
        Errno.EACCES => "permission denied",
        Errno.EPERM => "operation not permitted",
        Errno.EEXIST => "file exists",
        Errno.ENOTDIR => "not a directory",
        Errno.ESRCH => "no such process",
        Errno.ENOSPC => "no space left on device",
        Errno.EROFS => "read-only file system",
        Errno.EBUSY => "device or resource busy",
        _ => error.ToString(),
    };
}
