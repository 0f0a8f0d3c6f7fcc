using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Kernel;
using Carrel.Kernel.Fs.Devpts;
using Carrel.Kernel.Fs.Devtmpfs;
using Carrel.Kernel.Fs.Host;
using Carrel.Kernel.Fs.Overlay;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;

namespace Carrel.Sandbox;

/// <summary>The mount tree that the guest starts with.</summary>
internal sealed class GuestMounts(LinuxKernel kernel, SandboxSpec spec, IHostFiles files)
{
    private static readonly string[] s_standardDirectories = ["/proc", "/sys", "/dev", "/run"];

    internal MountNamespace? Namespace { get; private set; }

    /// <summary>The devpts instance of the standard mounts.</summary>
    internal DevptsFileSystem? Terminals { get; private set; }

    /// <summary>Builds it; what went wrong, or null.</summary>
    internal string? Build()
    {
        Result<HostFileSystem> root = HostFileSystem.Create(kernel, files, 0, isShared: IsShared(0));
        if (root.Failed)
        {
            return $"cannot read the root directory {spec.Trees[0].Path}: {root.Error}";
        }

        kernel.RegisterBuiltIns();
        bool hasLayer = !IsShared(0);
        Namespace = new MountNamespace(kernel, hasLayer ? new OverlayFileSystem(kernel, root.Value) : root.Value);
        if (spec.HasStandardMounts)
        {
            foreach (string directory in s_standardDirectories)
            {
                EnsureDirectory(directory);
            }

            Terminals = kernel.MountStandard(Namespace, NewTmpfs);
            Namespace.MountAt("/run", NewTmpfs("mode=755"), MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_RELATIME);
        }

        foreach (MountSpec mount in spec.Mounts)
        {
            if (Mount(mount) is { } problem)
            {
                return problem;
            }
        }

        spec.MaskedPaths.ForEach(Mask);
        spec.ReadonlyPaths.ForEach(Protect);
        if (!spec.IsRootWritable)
        {
            // Not before: its private layer takes the directories that were missing.
            Namespace.Root.Flags |= MountFlags.MS_RDONLY;
        }

        return null;
    }

    /// <summary>A file reads as /dev/null, a directory as an empty one (config-linux.md, "Masked Paths"). What is not there needs no mask.</summary>
    private void Mask(string path)
    {
        Result<Path> found = KernelPath.Resolve(kernel, Namespace!, path);
        if (found.Failed)
        {
            return;
        }

        if (found.Value.Inode.IsDirectory)
        {
            FileSystem empty = NewTmpfs("mode=755,size=0");
            Namespace!.Attach(Namespace.Create(empty, empty.RootDentry, MountFlags.MS_RDONLY | MountFlags.MS_RELATIME), found.Value);
            return;
        }

        Dentry? nothing = kernel.Dentries.Lookup(kernel.Devtmpfs.RootDentry, "null") is { Succeeded: true } known ? known.Value : null;
        if (nothing is { IsNegative: false })
        {
            Namespace!.Attach(Namespace.Create(kernel.Devtmpfs, nothing, MountFlags.MS_NOSUID | MountFlags.MS_RELATIME), found.Value);
        }
    }

    private void Protect(string path)
    {
        Result<Path> found = KernelPath.Resolve(kernel, Namespace!, path);
        if (found.Succeeded)
        {
            Mount copy = MountNamespace.CopyTree(kernel, found.Value.Mount, found.Value.Dentry, isRecursive: true, null, skipUnbindable: false);
            copy.Flags |= MountFlags.MS_RDONLY;
            Namespace!.Attach(copy, found.Value);
        }
    }

    private FileSystem NewTmpfs(string options)
    {
        Result<TmpfsOptions> parsed = TmpfsOptions.Parse(options, kernel.Frames.LimitPages);
        return new TmpfsFileSystem(kernel, parsed.Succeeded ? parsed.Value : new TmpfsOptions(), "tmpfs");
    }

    private static bool WantsCopy(MountSpec mount) => mount.Options.Split(',').Contains("tmpcopyup");

    /// <summary>Over a directory of the image it gets that one's permissions, as with runc.</summary>
    private string TmpfsOptionsOf(MountSpec mount)
    {
        List<string> options = [.. mount.Options.Split(',').Where(option => option is not ("tmpcopyup" or "notmpcopyup"))];
        Result<Path> below = KernelPath.Resolve(kernel, Namespace!, mount.Destination);
        if (below.Succeeded && below.Value.Inode.IsDirectory && !options.Exists(option => option.StartsWith("mode=", System.StringComparison.Ordinal)))
        {
            options.Add("mode=" + System.Convert.ToString(below.Value.Inode.Mode & 0xfff, 8));
        }

        return string.Join(',', options);
    }

    /// <summary>An image may lack the directories (or files) that something is mounted on.</summary>
    private Errno EnsureDirectory(string path, bool isFile = false)
    {
        if (KernelPath.Resolve(kernel, Namespace!, path).Error != Errno.ENOENT)
        {
            return Errno.OK;
        }

        int slash = path.LastIndexOf('/');
        string name = path[(slash + 1)..];
        Errno error = slash > 0 ? EnsureDirectory(path[..slash]) : Errno.OK;
        Result<Path> parent = KernelPath.Resolve(kernel, Namespace!, slash > 0 ? path[..slash] : "/");
        if (error != Errno.OK || parent.Failed || name.Length == 0)
        {
            return error != Errno.OK ? error : parent.Error;
        }

        if (parent.Value.Mount.IsReadOnly)
        {
            return Errno.EROFS;
        }

        Credentials root = Credentials.Root(Credentials.AllCapabilities);
        Result<Inode> made = isFile
            ? parent.Value.Inode.Create(name, Mode.S_IFREG | 0x1a4, 0, root)
            : parent.Value.Inode.CreateDirectory(name, Mode.S_IFDIR | 0x1ed, root);
        if (made.Succeeded && parent.Value.Dentry.FindChild(name) is { IsNegative: true } negative)
        {
            kernel.Dentries.Instantiate(negative, made.Value);
        }

        return made.Error;
    }

    private bool IsShared(int tree) => (spec.Trees[tree].Flags & TreeFlags.Writable) != 0;

    private string? Mount(MountSpec mount)
    {
        Result<FileSystem> fileSystem;
        bool isFile = mount.Tree >= 0 && (spec.Trees[mount.Tree].Flags & TreeFlags.File) != 0;
        if (mount.Tree >= 0)
        {
            Result<HostFileSystem> volume = HostFileSystem.Create(kernel, files, mount.Tree, isShared: true);
            fileSystem = volume.Failed ? volume.Error : volume.Value;
        }
        else if (mount.Type == "tmpfs" && mount.Destination == "/dev")
        {
            // An OCI bundle expects the runtime to put the device nodes there.
            FileSystem dev = NewTmpfs(mount.Options);
            DeviceNodes.Populate(dev.Root);
            fileSystem = dev;
        }
        else if (mount.Type == "tmpfs")
        {
            fileSystem = NewTmpfs(TmpfsOptionsOf(mount));
        }
        else
        {
            switch (mount.Type)
            {
                case "proc":
                    fileSystem = kernel.Procfs;
                    break;
                case "sysfs":
                    fileSystem = kernel.Sysfs;
                    break;
                case "cgroup" or "cgroup2":
                    fileSystem = kernel.Cgroupfs;
                    break;
                case "mqueue":
                    fileSystem = kernel.Ipc.MessageQueues;
                    break;
                case "devpts":
                    fileSystem = Terminals = new DevptsFileSystem(kernel);
                    break;
                default:
                    return null; // a kind of file system that a carrel does not start with is left out
            }
        }

        if (fileSystem.Failed)
        {
            return $"cannot mount {mount.Source} on {mount.Destination}: {fileSystem.Error}";
        }

        EnsureDirectory(mount.Destination, isFile);
        Result<Path> at = KernelPath.Resolve(kernel, Namespace!, mount.Destination);
        Result<Dentry> root = isFile ? kernel.Dentries.Lookup(fileSystem.Value.RootDentry, FilesLimits.FileName) : fileSystem.Value.RootDentry;
        Errno error = at.Failed ? at.Error : root.Failed ? root.Error : root.Value.IsNegative ? Errno.ENOENT : Errno.OK;
        error = error == Errno.OK && at.Value.Inode.IsDirectory == isFile ? Errno.ENOTDIR : error;
        if (error == Errno.OK && mount.Type == "tmpfs" && WantsCopy(mount))
        {
            error = new TmpfsCopyUp(kernel).Copy(at.Value, fileSystem.Value.RootDentry.Inode!);
        }

        error = error == Errno.OK ? Namespace!.Attach(Namespace.Create(fileSystem.Value, root.Value, mount.Flags), at.Value) : error;
        return error == Errno.OK ? null : $"cannot mount on {mount.Destination}: {error}";
    }
}
