using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID/mounts and mountinfo (fs/proc_namespace.c).</summary>
internal static class MountTables
{
    public static string Mounts(Task task)
    {
        var text = new StringBuilder();
        foreach (Mount mount in task.Namespaces.Mounts.All)
        {
            if (!TryPlace(mount, task, out string place))
            {
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"{Escape(mount.FileSystem.Source)} {Escape(place)} {mount.FileSystem.TypeName} {Options(mount)}{SuperOptions(mount, withMode: false)} 0 0\n");
        }

        return text.ToString();
    }

    public static string MountInfo(Task task)
    {
        var text = new StringBuilder();
        foreach (Mount mount in task.Namespaces.Mounts.All)
        {
            if (!TryPlace(mount, task, out string place))
            {
                continue;
            }

            (uint major, uint minor) = DeviceNumber.Split(mount.FileSystem.Device);
            text.Append(CultureInfo.InvariantCulture, $"{mount.Id} {mount.Parent?.Id ?? mount.Id} {major}:{minor} {Escape(PathName.InFileSystem(mount.Root))} {Escape(place)} {Options(mount)} - ");
            text.Append(CultureInfo.InvariantCulture, $"{mount.FileSystem.TypeName} {Escape(mount.FileSystem.Source)} {SuperOptions(mount, withMode: true)}\n");
        }

        return text.ToString();
    }

    // Mounts outside the caller's root are not shown.
    private static bool TryPlace(Mount mount, Task task, out string place)
    {
        place = PathName.Format(new Path(mount, mount.Root), task.Fs.Root, out bool isReachable);
        return isReachable;
    }

    private static string Options(Mount mount)
    {
        var text = new StringBuilder((mount.Flags & MountFlags.MS_RDONLY) != 0 ? "ro" : "rw");
        (MountFlags Flag, string Name)[] names =
        [
            (MountFlags.MS_NOSUID, ",nosuid"), (MountFlags.MS_NODEV, ",nodev"), (MountFlags.MS_NOEXEC, ",noexec"), (MountFlags.MS_NOATIME, ",noatime"),
            (MountFlags.MS_NODIRATIME, ",nodiratime"), (MountFlags.MS_RELATIME, ",relatime"), (MountFlags.MS_NOSYMFOLLOW, ",nosymfollow"),
        ];
        foreach ((MountFlags flag, string name) in names)
        {
            if ((mount.Flags & flag) != 0)
            {
                text.Append(name);
            }
        }

        return text.ToString();
    }

    private static string SuperOptions(Mount mount, bool withMode) =>
        (withMode ? (mount.FileSystem.IsReadOnly ? "ro" : "rw") : "") + mount.FileSystem.Options;

    // mangle(): blanks and backslashes as octal.
    private static string Escape(string text) => text.Replace("\\", "\\134").Replace(" ", "\\040").Replace("\t", "\\011").Replace("\n", "\\012").Replace("#", "\\043");
}
