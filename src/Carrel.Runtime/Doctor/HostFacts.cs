using System;
using System.Globalization;
using System.IO;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>Facts that several checks ask for.</summary>
internal static class HostFacts
{
    internal static bool IsRoot => HostCredentials.UserId == 0;

    /// <summary>Major and minor number of the kernel's release.</summary>
    internal static Version Kernel
    {
        get
        {
            string[] parts = HostProbe.Release.Split('.', '-', '+');
            return parts.Length > 1 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int major) && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int minor)
                ? new Version(major, minor)
                : new Version(0, 0);
        }
    }

    internal static string ReadLine(string path) => (ProcFile.ReadText(path) ?? "").Trim();

    internal static bool HasCapability(Capability capability) => HostCredentials.GetCapabilities(out ulong effective, out _, out _) >= 0 && (effective >> (int)capability & 1) != 0;

    /// <summary>Makes namespaces in a child that ends at once; the errno, or 0.</summary>
    internal static Errno TryNamespaces(CloneFlags kinds)
    {
        using var spawner = new HostSpawner { Flags = kinds };
        SpawnOutcome outcome = spawner.Start();
        if (outcome.Pid <= 0)
        {
            return (Errno)(-outcome.Pid);
        }

        HostProcess.WaitFor(outcome.Pid, out _);
        return 0;
    }

    internal static bool HasFileSystem(string type)
    {
        foreach (string line in (ProcFile.ReadText("/proc/filesystems") ?? "").Split('\n'))
        {
            if (line.EndsWith("\t" + type, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The path of a program, or null.</summary>
    internal static string? FindProgram(string name)
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
            {
                return path;
            }
        }

        return null;
    }
}
