using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;

namespace Carrel.Runtime.Cgroups;

/// <summary>Makes the directories of one container, and takes them back if something fails later.</summary>
internal sealed class CgroupMaker(CgroupFs fs, bool isRootless)
{
    private readonly Stack<Cgroup> _made = [];

    /// <summary>Why a directory that this user may do without could not be made.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The container's directory with its parents. Null: a rootless user may not make it here.</summary>
    /// <param name="isOurs">It may be there already and in use: systemd made it for us.</param>
    public Cgroup? Make(CgroupMount mount, string directory, bool isOurs = false)
    {
        Errno error = MakeWithParents(mount, directory, isOurs, out Cgroup group);
        if (isRootless && error is (Errno.EACCES or Errno.EPERM or Errno.EROFS))
        {
            Refusal = $"this user may not make cgroup {group.Path} ({error}): nothing is delegated";
            return null;
        }

        return error == Errno.OK ? group : throw new RuntimeException(error == Errno.EBUSY ? $"cgroup {group.Path} is in use: it has processes or is frozen" : $"make cgroup {group.Path}: {error}");
    }

    /// <summary>The same, but null whatever the reason.</summary>
    public Cgroup? TryMake(CgroupMount mount, string directory, bool isOurs = false) => MakeWithParents(mount, directory, isOurs, out Cgroup group) == Errno.OK ? group : null;

    public void Undo()
    {
        while (_made.TryPop(out Cgroup? group))
        {
            _ = group.RemoveEmpty();
        }
    }

    private Errno MakeWithParents(CgroupMount mount, string directory, bool isOurs, out Cgroup group)
    {
        group = new Cgroup(fs, mount, directory);
        Errno error = Make(group);

        // Another container of the same parent may be removed, with the parent, while we are on the way.
        for (int attempt = 0; error == Errno.ENOENT && attempt < 3; attempt++)
        {
            foreach (Cgroup parent in ParentsOf(group))
            {
                error = Make(parent);
                if (error is not (Errno.OK or Errno.EEXIST))
                {
                    return error;
                }
            }

            error = Make(group);
        }

        if (mount.IsUnified && error is (Errno.OK or Errno.EEXIST))
        {
            UnifiedDelegation.EnableControllers(group);
        }

        return error == Errno.EEXIST ? (isOurs || IsUnused(group) ? Errno.OK : Errno.EBUSY) : error;
    }

    private Errno Make(Cgroup group)
    {
        Errno error = group.Make();
        if (error == Errno.OK)
        {
            _made.Push(group);
        }

        return error;
    }

    // Two containers in one cgroup would be killed, frozen and limited together.
    private static bool IsUnused(Cgroup group) =>
        !group.Tree().Any(at => at.OwnProcesses().Any())
        && group.TryRead("freezer.state")?.Trim() is (null or "THAWED")
        && group.TryReadNumber("cgroup.freeze") is (null or 0);

    private static Stack<Cgroup> ParentsOf(Cgroup group)
    {
        var parents = new Stack<Cgroup>();
        for (Cgroup? at = group.Parent; at is not null && at.Directory.Length > 0; at = at.Parent)
        {
            parents.Push(at);
        }

        return parents;
    }
}
