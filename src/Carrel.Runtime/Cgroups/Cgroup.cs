using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Carrel.Abi;

namespace Carrel.Runtime.Cgroups;

/// <summary>One cgroup of one hierarchy: a directory and its files.</summary>
internal sealed class Cgroup(CgroupFs fs, CgroupMount mount, string directory)
{
    public CgroupMount Mount { get; } = mount;

    /// <summary>Relative to the mount.</summary>
    public string Directory { get; } = directory;

    public string Path => Mount.PathOf(Directory);

    public Cgroup? Parent => Directory.Length == 0 ? null : new Cgroup(fs, Mount, CgroupPath.ParentOf(Directory));

    public bool IsThere => fs.Exists(Mount, Directory, "");

    public bool Has(string file) => fs.Exists(Mount, Directory, file);

    /// <summary>The text of a file; null if it cannot be read.</summary>
    public string? TryRead(string file) => fs.Read(Mount, Directory, file, out string text) == Errno.OK ? text : null;

    /// <summary>A file of one number; null if there is none ("max" is <see cref="ulong.MaxValue"/>).</summary>
    public ulong? TryReadNumber(string file) => TryRead(file) is { } text ? NumberOf(text) : null;

    public Errno TryWrite(string file, string value) => fs.Write(Mount, Directory, file, value);

    /// <summary>Writes a setting on behalf of a field of config.json, which the error names.</summary>
    public void Set(string field, string file, string value)
    {
        Errno error = TryWrite(file, value);
        if (error != Errno.OK)
        {
            throw Failure(field, file, value, error);
        }
    }

    public void Set(string field, string file, long value) => Set(field, file, value.ToString(CultureInfo.InvariantCulture));

    public void Set(string field, string file, ulong value) => Set(field, file, value.ToString(CultureInfo.InvariantCulture));

    public RuntimeException Failure(string field, string file, string value, Errno error) =>
        new(error == Errno.ENOENT && IsThere
            ? $"{field}: this host's kernel has no {file}"
            : $"{field}: writing \"{value.TrimEnd()}\" to {Path}/{file}: {error}");

    public Errno Make() => fs.MakeDirectory(Mount, Directory);

    public Errno RemoveEmpty() => fs.RemoveDirectory(Mount, Directory);

    public IEnumerable<Cgroup> Children() => fs.List(Mount, Directory, out List<string> names) == Errno.OK ? names.Select(Child) : [];

    public Cgroup Child(string path) => new(fs, Mount, Directory.Length == 0 ? path : Directory + "/" + path);

    public int Open(string file, OpenFlags flags) => fs.Open(Mount, Directory, file, flags);

    /// <summary>Pids in this cgroup itself. Those of other pid namespaces show as 0 and are left out.</summary>
    public IEnumerable<int> OwnProcesses()
    {
        foreach (string line in (TryRead("cgroup.procs") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0)
            {
                yield return pid;
            }
        }
    }

    /// <summary>This cgroup and all below it, a parent before its children.</summary>
    public IEnumerable<Cgroup> Tree()
    {
        var pending = new Stack<Cgroup>([this]);
        while (pending.TryPop(out Cgroup? group))
        {
            yield return group;
            foreach (Cgroup child in group.Children())
            {
                pending.Push(child);
            }
        }
    }

    private static ulong? NumberOf(string text) =>
        text.AsSpan().Trim() is "max" ? ulong.MaxValue
        : ulong.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value
        : null;
}
