using System;
using System.Globalization;

namespace Carrel.Cli;

/// <summary>Signals as users write them: 9, KILL, SIGKILL, RTMIN+3.</summary>
internal static class SignalNames
{
    private const int FirstRealTime = 34, LastRealTime = 64; // glibc keeps 32 and 33 for itself

    private static readonly string[] s_names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT",
        "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>The number, or -1.</summary>
    internal static int Parse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return number;
        }

        string name = text.ToUpperInvariant();
        name = name.StartsWith("SIG", StringComparison.Ordinal) ? name[3..] : name;
        return name switch
        {
            "" => -1,
            "IOT" => 6,
            "CLD" => 17,
            "POLL" => 29,
            "UNUSED" => 31,
            "RTMIN" => FirstRealTime,
            "RTMAX" => LastRealTime,
            _ when name.StartsWith("RTMIN+", StringComparison.Ordinal) => RealTime(name[6..], FirstRealTime, 1),
            _ when name.StartsWith("RTMAX-", StringComparison.Ordinal) => RealTime(name[6..], LastRealTime, -1),
            _ => Array.IndexOf(s_names, name),
        };
    }

    private static int RealTime(string text, int from, int direction) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int offset) && offset <= LastRealTime - FirstRealTime ? from + (direction * offset) : -1;
}
