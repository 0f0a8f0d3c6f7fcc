using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>What --isolation=chroot needs.</summary>
internal static class ChrootChecks
{
    internal static List<Finding> All() =>
    [
        Finding.Need("chroot", HostFacts.HasCapability(Capability.CAP_SYS_CHROOT) || HostFacts.TryNamespaces(CloneFlags.CLONE_NEWUSER) == 0,
            "possible", "neither CAP_SYS_CHROOT nor a user namespace is to be had", "run as root"),
        Finding.Need("seccomp", HostProbe.HasSeccompAction(Seccomp.SECCOMP_RET_ERRNO), "filters are there", "no filters", "use a kernel with CONFIG_SECCOMP_FILTER"),
    ];
}
