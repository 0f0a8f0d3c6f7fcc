using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>
/// The host's vDSO with its data pages, as this process has it mapped; a stub's looks the same at another address. Guests use it
/// as it is: the clocks are the host's.
/// </summary>
internal sealed class VdsoLayout
{
    /// <summary>The areas, relative to the vDSO image.</summary>
    internal List<(long Offset, ulong Length)> Areas { get; } = [];

    /// <summary>Of the lowest area.</summary>
    internal long LowestOffset { get; private set; }

    internal ulong TotalLength { get; private set; }

    /// <summary>From /proc/self/maps; empty if that cannot be read, and stubs then have no vDSO.</summary>
    internal static VdsoLayout OfThisProcess() => OfMaps(ReadText("/proc/self/maps"));

    /// <summary>From the text of any process's maps file: all have the same areas, each set at another address.</summary>
    internal static VdsoLayout OfMaps(string maps)
    {
        var layout = new VdsoLayout();
        var areas = new List<(long Start, long End)>();
        long image = 0;
        foreach (string line in maps.Split('\n'))
        {
            bool isImage = line.EndsWith("[vdso]", StringComparison.Ordinal);
            if (!isImage && !line.Contains("[vvar", StringComparison.Ordinal))
            {
                continue;
            }

            int dash = line.IndexOf('-', StringComparison.Ordinal);
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            long start = long.Parse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            long end = long.Parse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            areas.Add((start, end));
            image = isImage ? start : image;
        }

        if (image == 0)
        {
            return layout;
        }

        foreach ((long start, long end) in areas)
        {
            layout.Areas.Add((start - image, (ulong)(end - start)));
            layout.LowestOffset = Math.Min(layout.LowestOffset, start - image);
        }

        layout.TotalLength = (ulong)(areas[^1].End - areas[0].Start);
        return layout;
    }

    private static string ReadText(string path)
    {
        int fd = HostPath.OpenAt(At.AT_FDCWD, path, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC);
        if (fd < 0)
        {
            return string.Empty;
        }

        var text = new StringBuilder();
        var buffer = new byte[4096];
        for (long count; (count = HostFd.Read(fd, buffer)) > 0;)
        {
            text.Append(Encoding.ASCII.GetString(buffer, 0, (int)count));
        }

        HostFd.Close(fd);
        return text.ToString();
    }
}
