using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// A pid namespace in which others are is entered last of all: by a child that has nothing left that its program will not have, neither a capability nor a descriptor
/// nor a root. Even who has CAP_SYS_PTRACE in there gains nothing by taking it over.
/// </summary>
internal static class LastFork
{
    // What is called once the filter is in force, and would not be if the child were made first.
    private static readonly int[] s_calls =
        [Nr.write, Nr.exit_group, Nr.setsid, Nr.sendto, Nr.read, Nr.dup3, Nr.close, Nr.prlimit64];

    /// <summary>Whether the seccomp filter lets it be done so late. One with a listener is loaded by the process that is told to the agent.</summary>
    internal static bool IsAllowed(CompiledSeccomp? filter, OciProcess process)
    {
        if (filter is null or { HasNotify: false } && process.NoNewPrivileges)
        {
            return true; // it is loaded after that
        }

        return filter is null
            || (!filter.HasNotify && filter.Allows(Nr.clone, (long)StepList.ForkAwayFlags) && filter.Allows(Nr.ioctl, 0, Tty.TIOCSCTTY) && System.Array.TrueForAll(s_calls, call => filter.Allows(call)));
    }

    /// <summary>Whether a proc for a pid namespace can be mounted from outside (Linux 6.18).</summary>
    internal static bool CanMountProc(int pidNamespace)
    {
        int context = HostMount.OpenFileSystem("proc", FsOpen.FSOPEN_CLOEXEC);
        if (context < 0)
        {
            return false;
        }

        bool isKnown = HostMount.Configure(context, FsOpen.FSCONFIG_SET_FD, "pidns", null, pidNamespace) == 0;
        HostFd.Close(context);
        return isKnown;
    }
}
