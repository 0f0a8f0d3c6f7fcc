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

    /// <summary>In the words that clients search for ("no such file or directory").</summary>
    public static RuntimeException Make(int result, string step) => new($"{step}: {Describe((Errno)(-result))}");

    public static string Describe(Errno error) => ErrorText.Words(error);
}
