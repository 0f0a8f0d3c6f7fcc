using System;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>Host errors in messages: the name and the words that strerror(3) has for it, in lower case; podman looks for some of them.</summary>
internal static class ErrorText
{
    internal static string Of(Errno error) => $"{error} ({Words(error)})";

    internal static string Words(Errno error)
    {
        string words = ErrnoText.Of(error);
        return char.ToLowerInvariant(words[0]) + words[1..];
    }

    /// <summary>A failure of a verb: what was done, and why it did not work. The step that starts the program is called "exec …".</summary>
    internal static RuntimeException Failure(string what, Errno error) =>
        new($"{what}: {Of(error)}") { ProgramStatus = !what.StartsWith("exec", StringComparison.Ordinal) ? 0 : error is Errno.ENOENT or Errno.ENOTDIR ? 127 : 126 };

    /// <summary>Lets a result through, unless it is a negative errno.</summary>
    internal static int Check(long result, string what) => result >= 0 ? (int)Math.Min(result, int.MaxValue) : throw Failure(what, (Errno)(int)-result);
}
