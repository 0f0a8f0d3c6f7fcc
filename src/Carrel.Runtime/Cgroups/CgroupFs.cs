using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Runtime.Cgroups;

/// <summary>
/// Files and directories of the cgroup hierarchies. Directories are named relative to their mount; what is asked can never reach outside of it.
/// </summary>
internal abstract class CgroupFs
{
    public abstract Errno Read(CgroupMount mount, string directory, string file, out string text);

    /// <summary>One write of the whole value.</summary>
    public abstract Errno Write(CgroupMount mount, string directory, string file, string value);

    /// <summary>Whether a file is there; with the empty name, whether the directory is.</summary>
    public abstract bool Exists(CgroupMount mount, string directory, string file);

    public abstract Errno MakeDirectory(CgroupMount mount, string directory);

    public abstract Errno RemoveDirectory(CgroupMount mount, string directory);

    /// <summary>Names of the cgroups in a cgroup.</summary>
    public abstract Errno List(CgroupMount mount, string directory, out List<string> names);

    /// <summary>A descriptor of a file, or of the directory by the empty name; a negative errno on failure. Close-on-exec.</summary>
    public abstract int Open(CgroupMount mount, string directory, string file, OpenFlags flags);
}
