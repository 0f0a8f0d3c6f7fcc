using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>A user namespace that only serves as a pair of id maps for a mount, mount_setattr(2).</summary>
internal static class IdMappedNamespace
{
    /// <returns>A descriptor.</returns>
    internal static int Create(List<OciIdMapping> users, List<OciIdMapping> groups, string name)
    {
        using var plan = new StepPlan();
        using var rendezvous = new Rendezvous(plan);
        var maps = new IdMaps(new OciLinux { UidMappings = users, GidMappings = groups }, isPrivileged: true);
        int ns = -1;
        rendezvous.AddMeeting(name, _ =>
        {
            maps.Write(rendezvous.Pid);
            string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{rendezvous.Pid}/ns/user");
            ns = ErrorText.Check(HostPath.OpenAt(At.AT_FDCWD, path, OpenFlags.O_RDONLY | OpenFlags.O_CLOEXEC), name);
        });
        int pid = rendezvous.Run(CloneFlags.CLONE_VM | CloneFlags.CLONE_NEWUSER);
        HostProcess.WaitFor(pid, out _);
        return ns;
    }
}
