using System.Collections.Generic;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Procfs;

namespace Carrel.Kernel.Vfs;

/// <summary>Paths and files that the kernel itself looks at before there is a task: no permission is checked (kern_path() under the kernel's credentials).</summary>
public static class KernelPath
{
    /// <summary>Follows the path and all symlinks in it, by their text. ENOENT, ENOTDIR, ELOOP.</summary>
    public static Result<Path> Resolve(LinuxKernel kernel, MountNamespace mounts, string path)
    {
        Path root = mounts.RootPath;
        Path at = root;
        var pending = new Stack<string>();
        Push(pending, path);
        int links = 0;
        while (pending.TryPop(out string? name))
        {
            if (!at.Inode.IsDirectory)
            {
                return Errno.ENOTDIR;
            }

            if (name == ".")
            {
                continue;
            }

            if (name == "..")
            {
                at = Parent(at, root);
                continue;
            }

            Result<Dentry> found = kernel.Dentries.Lookup(at.Dentry, name);
            if (found.Failed || found.Value.IsNegative)
            {
                return found.Failed ? found.Error : Errno.ENOENT;
            }

            Path next = MountNamespace.TopOf(new Path(at.Mount, found.Value));
            if (!next.Inode.IsSymlink)
            {
                at = next;
                continue;
            }

            // Links of /proc depend on the task that reads them; there is none.
            Result<string> target = next.Inode.FileSystem is ProcfsFileSystem ? Errno.ENOENT : next.Inode.ReadLink(null!);
            if (target.Failed || ++links > Limits.MAXSYMLINKS)
            {
                return target.Failed ? target.Error : Errno.ELOOP;
            }

            at = target.Value.StartsWith('/') ? root : at;
            Push(pending, target.Value);
        }

        return at;
    }

    /// <summary>The text of a small regular file, one char per byte; empty if it cannot be read.</summary>
    public static string ReadText(LinuxKernel kernel, MountNamespace mounts, string path)
    {
        const int Limit = 1 << 20;
        Result<Path> found = Resolve(kernel, mounts, path);
        if (found.Failed || !found.Value.Inode.IsRegular)
        {
            return "";
        }

        Result<FileDescription> file = found.Value.Inode.Open(null!, found.Value, OpenFlags.O_RDONLY);
        if (file.Failed)
        {
            return "";
        }

        var buffer = new byte[Limit];
        SyscallResult read = file.Value.ReadAt(null!, IoIterator.FromKernel(buffer), 0);
        file.Value.Release();
        return read.Failed ? "" : Encoding.Latin1.GetString(buffer, 0, (int)read.Value);
    }

    private static Path Parent(Path at, Path root)
    {
        while (at.Dentry == at.Mount.Root && at != root && at.Mount.Parent is { } mount)
        {
            at = new Path(mount, at.Mount.MountPoint!);
        }

        return at == root || at.Dentry.Parent is not { } parent ? at : MountNamespace.TopOf(new Path(at.Mount, parent));
    }

    private static void Push(Stack<string> pending, string path)
    {
        string[] names = path.Split('/', System.StringSplitOptions.RemoveEmptyEntries);
        for (int i = names.Length - 1; i >= 0; i--)
        {
            pending.Push(names[i]);
        }
    }
}
