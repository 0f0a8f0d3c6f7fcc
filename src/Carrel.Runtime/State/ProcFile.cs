using System;
using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>Files of /proc and /sys: short, and without a length.</summary>
public static class ProcFile
{
    /// <summary>The content, one char per byte; null if it cannot be read.</summary>
    public static string? ReadText(string path)
    {
        int fd = HostPath.OpenAt(At.AT_FDCWD, path, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
        if (fd < 0)
        {
            return null;
        }

        Span<byte> buffer = stackalloc byte[1024];
        long n = HostFd.Read(fd, buffer);
        if (n < 0)
        {
            HostFd.Close(fd);
            return null;
        }

        string text = Encoding.Latin1.GetString(buffer[..(int)n]);
        if (n < buffer.Length / 2)
        {
            HostFd.Close(fd);
            return text;
        }

        var rest = new StringBuilder(text);
        while ((n = HostFd.Read(fd, buffer)) > 0)
        {
            rest.Append(Encoding.Latin1.GetString(buffer[..(int)n]));
        }

        HostFd.Close(fd);
        return rest.ToString();
    }

    /// <summary>State letter and start time (field 22, clock ticks) of a process, from /proc/PID/stat. False: there is none.</summary>
    public static bool TryReadStat(int pid, out char state, out ulong start)
    {
        state = 'X';
        start = 0;
        string? text = pid <= 0 ? null : ReadText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
        // The name in parentheses may contain anything, also parentheses.
        int end = text?.LastIndexOf(')') ?? -1;
        if (end < 0 || end + 2 >= text!.Length)
        {
            return false;
        }

        state = text[end + 2];
        ReadOnlySpan<char> rest = text.AsSpan(end + 2);
        for (int field = 3; field < 22; field++)
        {
            int space = rest.IndexOf(' ');
            if (space < 0)
            {
                return false;
            }

            rest = rest[(space + 1)..];
        }

        int length = rest.IndexOf(' ');
        return length > 0 && ulong.TryParse(rest[..length], NumberStyles.None, CultureInfo.InvariantCulture, out start);
    }
}
