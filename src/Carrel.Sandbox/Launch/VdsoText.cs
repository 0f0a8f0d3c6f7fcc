using System;
using System.IO;
using System.Linq;

namespace Carrel.Sandbox;

/// <summary>Where this process has its vDSO: a kernel process, which has no /proc, finds its own the same way.</summary>
public static class VdsoText
{
    /// <summary>The lines of /proc/self/maps that show it.</summary>
    public static string Read() => string.Join(
        '\n', File.ReadLines("/proc/self/maps").Where(line => line.EndsWith("[vdso]", StringComparison.Ordinal) || line.Contains("[vvar", StringComparison.Ordinal)));
}
