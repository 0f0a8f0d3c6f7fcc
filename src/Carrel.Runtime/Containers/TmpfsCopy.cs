using System;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// tmpcopyup: what the image has in a directory is copied into the tmpfs that will lie over it. The runtime looks what there is; the copying itself are steps
/// of the child, which owns the tmpfs.
/// </summary>
internal sealed class TmpfsCopy
{
    private const int MaxEntries = 4000;
    private const long MaxFile = 64 << 20;

    private readonly StepPlan _plan;
    private readonly string _name;
    private readonly StepArgument _source, _target;
    private int _count;

    private TmpfsCopy(StepPlan plan, string name, StepArgument source, StepArgument target)
    {
        _plan = plan;
        _name = name;
        _source = source;
        _target = target;
    }

    /// <param name="place">The directory below the root.</param>
    /// <param name="source">The directory in the child.</param>
    /// <param name="target">The tmpfs.</param>
    internal static void Add(StepPlan plan, string name, string rootfs, string place, StepArgument source, StepArgument target)
    {
        int directory = OpenPlace(rootfs, place);
        if (directory < 0)
        {
            return; // nothing there, nothing to copy
        }

        try
        {
            var copy = new TmpfsCopy(plan, $"{name}: tmpcopyup", source, target);
            if (HostFd.Stat(directory, out Stat stat) == 0)
            {
                copy.SetOwner(".", stat);
            }

            copy.AddDirectory(directory, "");
        }
        finally
        {
            HostFd.Close(directory);
        }
    }

    /// <summary>The permissions of the directory that a tmpfs will lie over; null: there is none.</summary>
    internal static uint? ModeOf(string rootfs, string place)
    {
        int directory = OpenPlace(rootfs, place);
        if (directory < 0)
        {
            return null;
        }

        uint? mode = HostFd.Stat(directory, out Stat stat) == 0 ? stat.Mode & 0xfff : null;
        HostFd.Close(directory);
        return mode;
    }

    private static int OpenPlace(string rootfs, string place)
    {
        int root = HostPath.OpenAt(At.AT_FDCWD, rootfs, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC);
        if (root < 0)
        {
            return root;
        }

        int directory = HostPath.OpenAt2(root, place.Length == 0 ? "." : place, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC, 0,
            ResolveFlags.RESOLVE_IN_ROOT | ResolveFlags.RESOLVE_NO_MAGICLINKS);
        HostFd.Close(root);
        return directory;
    }

    /// <summary>By descriptor: somebody who shares the root may put a link in a directory's place meanwhile, and the host's names are not to be seen.</summary>
    private void AddDirectory(int directory, string below)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries($"/proc/self/fd/{directory}").Order(StringComparer.Ordinal))
        {
            if (++_count > MaxEntries)
            {
                throw new RuntimeException($"{_name}: more than {MaxEntries} files");
            }

            string bytes = OciText.ToBytes(entry);
            string path = below + bytes[(bytes.LastIndexOf('/') + 1)..];
            if (HostPath.StatAt(At.AT_FDCWD, bytes, At.AT_SYMLINK_NOFOLLOW, out Stat stat) < 0)
            {
                continue;
            }

            switch (stat.Mode & Mode.S_IFMT)
            {
                case Mode.S_IFDIR:
                    _plan.Add($"{_name}: {path}", Nr.mkdirat, _target, _plan.Text(path), stat.Mode & 0xfff);
                    SetOwner(path, stat);
                    AddSubdirectory(directory, bytes[(bytes.LastIndexOf('/') + 1)..], path);
                    break;
                case Mode.S_IFLNK:
                    AddLink(bytes, path, stat);
                    break;
                case Mode.S_IFREG:
                    AddFile(path, stat);
                    break;
            }
        }
    }

    private void AddSubdirectory(int parent, string entry, string path)
    {
        int directory = HostPath.OpenAt2(parent, entry, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC, 0,
            ResolveFlags.RESOLVE_BENEATH | ResolveFlags.RESOLVE_NO_SYMLINKS);
        if (directory < 0)
        {
            return; // no directory any more
        }

        try
        {
            AddDirectory(directory, path + "/");
        }
        finally
        {
            HostFd.Close(directory);
        }
    }

    private void AddLink(string host, string path, in Stat stat)
    {
        var target = new byte[4096];
        long length = HostPath.ReadLinkAt(At.AT_FDCWD, host, target);
        if (length > 0 && length < target.Length)
        {
            StepArgument text = _plan.List.Data(target.AsSpan(0, (int)length));
            _plan.Add($"{_name}: {path}", Nr.symlinkat, text, _target, _plan.Text(path));
            _plan.List.TolerateAll(_plan.Add(_name, Nr.fchownat, _target, _plan.Text(path), stat.Uid, stat.Gid, At.AT_SYMLINK_NOFOLLOW));
        }
    }

    private void AddFile(string path, in Stat stat)
    {
        if (stat.Size > MaxFile)
        {
            throw new RuntimeException($"{_name}: {path} has more than {MaxFile} bytes");
        }

        string name = $"{_name}: {path}";
        int from = _plan.OpenIn(name, _source, path, OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW | OpenFlags.O_NONBLOCK, ResolveFlags.RESOLVE_NO_SYMLINKS);
        int to = _plan.OpenIn(name, _target, path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_EXCL, ResolveFlags.RESOLVE_NO_SYMLINKS, stat.Mode & 0x1ff);
        _plan.Add(name, Nr.sendfile, StepPlan.ResultOf(to), StepPlan.ResultOf(from), 0, stat.Size);
        _plan.CloseFd(StepPlan.ResultOf(from));
        _plan.CloseFd(StepPlan.ResultOf(to));
        SetOwner(path, stat);
    }

    // An owner that the container's user namespace does not know stays root.
    private void SetOwner(string path, in Stat stat)
    {
        _plan.List.TolerateAll(_plan.Add(_name, Nr.fchownat, _target, _plan.Text(path), stat.Uid, stat.Gid, 0));
        _plan.List.TolerateAll(_plan.Add(_name, Nr.fchmodat, _target, _plan.Text(path), stat.Mode & 0xfff));
    }
}
