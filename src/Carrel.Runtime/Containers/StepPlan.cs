using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>
/// The steps of a process that is being made, with the descriptors of ours that they use. Paths below a root are never walked by name: each is resolved once
/// by openat2(RESOLVE_IN_ROOT) in the process that mounts, and used by descriptor from then on, so a symbolic link that changes meanwhile
/// leads nowhere else.
/// </summary>
internal sealed class StepPlan : IDisposable
{
    private const int ReservedFds = 64; // our descriptors are moved up here, out of the way of the numbers the child fills
    private const ResolveFlags InRoot = ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS;

    private readonly List<int> _owned = [];
    private readonly Dictionary<OpenHow, StepArgument> _hows = [];

    /// <param name="firstFree">The number from which on descriptors are ours to use: 3 and the preserved ones.</param>
    internal StepPlan(int firstFree = 3) => FirstFreeFd = Math.Max(ReservedFds, firstFree);

    internal StepList List { get; } = new();

    internal int FirstFreeFd { get; }

    /// <summary>Descriptors of ours that the list uses.</summary>
    internal IReadOnlyList<int> Owned => _owned;

    internal int Add(string name, int number, params ReadOnlySpan<StepArgument> arguments) => List.Add(name, number, arguments);

    internal StepArgument Text(string text) => List.Text(text);

    internal static StepArgument ResultOf(int step) => StepArgument.ResultOf(step);

    /// <summary>A duplicate of a descriptor out of the way of the child's, closed with the plan.</summary>
    internal int Keep(int fd)
    {
        int high = ErrorText.Check(HostFd.Fcntl(fd, Fcntl.F_DUPFD_CLOEXEC, FirstFreeFd), "duplicating a descriptor");
        _owned.Add(high);
        return high;
    }

    /// <summary>The same, and closes the descriptor.</summary>
    internal int Take(int fd)
    {
        try
        {
            return Keep(fd);
        }
        finally
        {
            HostFd.Close(fd);
        }
    }

    /// <summary>Closes one before its time.</summary>
    internal void Release(int fd)
    {
        if (_owned.Remove(fd))
        {
            HostFd.Close(fd);
        }
    }

    /// <summary>Opens a path for the child, in the runtime.</summary>
    internal int Open(string path, OpenFlags flags, string what) =>
        Take(ErrorText.Check(HostPath.OpenAt(At.AT_FDCWD, path, flags | OpenFlags.O_CLOEXEC), what));

    /// <summary>Puts the process, which has one thread yet, into cgroups.</summary>
    /// <param name="files">Their files for that.</param>
    internal void EnterCgroups(IEnumerable<string> files)
    {
        foreach (string file in files)
        {
            int fd = Open(file, OpenFlags.O_WRONLY, file);
            Add($"entering the cgroup {file}", Nr.write, fd, Text("0"), 1);
        }
    }

    /// <summary>openat2 below a root.</summary>
    internal int OpenIn(string name, StepArgument root, string path, OpenFlags flags, ResolveFlags more = 0, uint mode = 0)
    {
        string relative = Relative(path);
        return Add(name, Nr.openat2, root, Text(relative.Length == 0 ? "." : relative), How(flags, mode, InRoot | more), 24);
    }

    /// <summary>The place for a mount: resolves the path below the root and makes what is missing of it, directories 0755, a file empty.</summary>
    /// <returns>The step whose result is an O_PATH descriptor of the place.</returns>
    internal int Target(string name, StepArgument root, string path, bool isDirectory, ResolveFlags more = 0)
    {
        const OpenFlags Directory = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC;
        OpenFlags flags = isDirectory ? Directory : OpenFlags.O_PATH | OpenFlags.O_CLOEXEC;
        string[] parts = Relative(path).Split('/', StringSplitOptions.RemoveEmptyEntries);
        int found = OpenIn(name, root, path, flags, more);
        if (parts.Length == 0)
        {
            return found;
        }

        List.Tolerate(found, Errno.ENOENT);
        StepArgument parent = root;
        for (int i = 0; i < parts.Length; i++)
        {
            string prefix = string.Join('/', parts, 0, i + 1);
            bool isLast = i == parts.Length - 1;
            int make = isLast && !isDirectory
                ? Add($"{name}: making the file {prefix}", Nr.mknodat, parent, Text(parts[i]), Mode.S_IFREG | 0x1ed, 0)
                : Add($"{name}: making the directory {prefix}", Nr.mkdirat, parent, Text(parts[i]), 0x1ed);
            List.Tolerate(make, Errno.EEXIST);
            parent = ResultOf(OpenIn(name, root, prefix, isLast ? flags : Directory, more));
        }

        List.AddSetResult(found, parent);
        List.OnSuccess(found, List.Count);
        return found;
    }

    /// <summary>Fails with <paramref name="error"/> unless the descriptor lies on a file system of this type (or, negated, if it does).</summary>
    internal void CheckFileSystem(string name, StepArgument fd, long magic, Errno error, bool isNegated = false)
    {
        StepArgument buffer = List.Buffer(120);
        Add(name, Nr.fstatfs, fd, buffer);
        List.AddCheck(name, buffer, ulong.MaxValue, (ulong)magic, error, isNegated);
    }

    internal void CloseFd(StepArgument fd) => List.AddOptional("close", Nr.close, fd);

    /// <summary>Closes everything from <paramref name="first"/> on but these.</summary>
    internal void CloseAllBut(int first, params ReadOnlySpan<int> kept)
    {
        int[] sorted = kept.ToArray();
        Array.Sort(sorted);
        foreach (int fd in sorted)
        {
            if (fd > first)
            {
                Add("closing descriptors", Nr.close_range, first, fd - 1, 0);
            }

            first = fd + 1;
        }

        Add("closing descriptors", Nr.close_range, first, uint.MaxValue, 0);
    }

    /// <summary>A detached mount is put at the place that a descriptor stands for.</summary>
    internal void MoveMount(string name, StepArgument mount, StepArgument target) =>
        Add(name, Nr.move_mount, mount, Text(""), target, Text(""), (uint)(MoveMountFlags.MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags.MOVE_MOUNT_T_EMPTY_PATH));

    internal int SetAttributes(string name, StepArgument mount, MountAttrBuf attributes, bool isRecursive = false) =>
        Add(name, Nr.mount_setattr, mount, Text(""), At.AT_EMPTY_PATH | (isRecursive ? At.AT_RECURSIVE : 0), List.Struct(attributes), MountAttrBuf.MOUNT_ATTR_SIZE_VER0);

    /// <summary>open_tree: a detached copy of the mount at a descriptor.</summary>
    internal int CloneMount(string name, StepArgument fd, bool isRecursive) =>
        Add(name, Nr.open_tree, fd, Text(""), (long)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC) | At.AT_EMPTY_PATH | (long)(isRecursive ? At.AT_RECURSIVE : 0));

    /// <summary>fsopen, fsconfig, fsmount: a new detached mount.</summary>
    /// <param name="options">Of the file system: key=value or a flag.</param>
    /// <param name="pidNamespace">For proc: a descriptor of the pid namespace that it shows (Linux 6.18); -1: that of the process.</param>
    internal int NewMount(string name, string type, IEnumerable<string> options, string? source, MountAttr attributes, int pidNamespace = -1)
    {
        int context = Add(name, Nr.fsopen, Text(type), FsOpen.FSOPEN_CLOEXEC);
        if (source is not null)
        {
            Add(name, Nr.fsconfig, ResultOf(context), FsOpen.FSCONFIG_SET_STRING, Text("source"), Text(source), 0);
        }

        if (pidNamespace >= 0)
        {
            Add($"{name}: option pidns", Nr.fsconfig, ResultOf(context), FsOpen.FSCONFIG_SET_FD, Text("pidns"), 0, pidNamespace);
        }

        foreach (string option in options)
        {
            int equals = option.IndexOf('=');
            if (equals < 0)
            {
                Add($"{name}: option {option}", Nr.fsconfig, ResultOf(context), FsOpen.FSCONFIG_SET_FLAG, Text(option), 0, 0);
            }
            else
            {
                Add($"{name}: option {option}", Nr.fsconfig, ResultOf(context), FsOpen.FSCONFIG_SET_STRING, Text(option[..equals]), Text(option[(equals + 1)..]), 0);
            }
        }

        Add(name, Nr.fsconfig, ResultOf(context), FsOpen.FSCONFIG_CMD_CREATE, 0, 0, 0);
        return Add(name, Nr.fsmount, ResultOf(context), FsOpen.FSMOUNT_CLOEXEC, (long)attributes);
    }

    /// <summary>A path without "." , ".." and double slashes, without the leading one. What ".." names is decided here, not by the guest's links.</summary>
    internal static string Relative(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count > 0)
                {
                    parts.RemoveAt(parts.Count - 1);
                }
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }

    public void Dispose()
    {
        foreach (int fd in _owned)
        {
            HostFd.Close(fd);
        }

        _owned.Clear();
    }

    private StepArgument How(OpenFlags flags, uint mode, ResolveFlags resolve)
    {
        var how = new OpenHow { Flags = (ulong)(uint)(flags | OpenFlags.O_CLOEXEC), Mode = mode, Resolve = (ulong)resolve };
        if (!_hows.TryGetValue(how, out StepArgument place))
        {
            _hows[how] = place = List.Struct(how);
        }

        return place;
    }
}
