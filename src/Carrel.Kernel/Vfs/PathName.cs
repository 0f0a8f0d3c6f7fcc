using System.Collections.Generic;
using System.Text;

namespace Carrel.Kernel.Vfs;

/// <summary>Names of paths as the guest sees them (Linux's d_path() and __d_path()).</summary>
public static class PathName
{
    /// <summary>The path from the task's root, with " (deleted)" for a removed name; a pseudo file's own name.</summary>
    public static string Format(Path path, Path root) => Format(path, root, out _);

    /// <summary>The same; <paramref name="isReachable"/> is false if the root was not met on the way up.</summary>
    public static string Format(Path path, Path root, out bool isReachable)
    {
        if (path.Mount.Parent is null && path.Dentry.Parent is null && path.Dentry != path.Mount.Root)
        {
            isReachable = true;
            return path.Dentry.Name;
        }

        string text = Climb(path.Mount, path.Dentry, root, out isReachable);
        return IsUnlinked(path) ? text + " (deleted)" : text;
    }

    /// <summary>What /proc/PID/fd, cwd and exe show.</summary>
    public static string Format(FileDescription file, Path root) => file.LinkText ?? Format(file.PathOrPseudo, root);

    /// <summary>The name of a dentry within its own file system, for mountinfo (dentry_path()).</summary>
    public static string InFileSystem(Dentry dentry)
    {
        var names = new List<string>();
        for (Dentry at = dentry; at.Parent is not null; at = at.Parent)
        {
            names.Add(at.Name);
        }

        return Join(names);
    }

    /// <summary>d_unlinked() of the dentry itself.</summary>
    public static bool IsUnlinked(Path path) => path.Dentry.IsUnlinked && path.Dentry.Parent is not null;

    private static string Climb(Mount mount, Dentry dentry, Path root, out bool isReachable)
    {
        var names = new List<string>();
        while (mount != root.Mount || dentry != root.Dentry)
        {
            if (dentry == mount.Root || dentry.Parent is null)
            {
                if (mount.Parent is null || dentry != mount.Root)
                {
                    isReachable = false;
                    return Join(names);
                }

                dentry = mount.MountPoint!;
                mount = mount.Parent;
                continue;
            }

            names.Add(dentry.Name);
            dentry = dentry.Parent;
        }

        isReachable = true;
        return Join(names);
    }

    private static string Join(List<string> names)
    {
        if (names.Count == 0)
        {
            return "/";
        }

        var text = new StringBuilder();
        for (int i = names.Count - 1; i >= 0; i--)
        {
            text.Append('/').Append(names[i]);
        }

        return text.ToString();
    }
}
