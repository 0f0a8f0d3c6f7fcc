using System.IO;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>What this host or this wall cannot do: an error that names the field, before anything is made.</summary>
internal static class Refusals
{
    internal static void Check(ContainerContext context)
    {
        CheckLabels(context.Process);
        if (!string.IsNullOrEmpty(context.Spec.Linux?.MountLabel))
        {
            throw new RuntimeException("linux.mountLabel: this host has no SELinux");
        }
    }

    /// <summary>Labels of security modules.</summary>
    internal static void CheckLabels(OciProcess process)
    {
        if (!string.IsNullOrEmpty(process.ApparmorProfile) && !HasApparmor())
        {
            throw new RuntimeException("process.apparmorProfile: this host has no AppArmor");
        }

        if (!string.IsNullOrEmpty(process.SelinuxLabel))
        {
            throw new RuntimeException("process.selinuxLabel: SELinux is not supported");
        }
    }

    private static bool HasApparmor()
    {
        try
        {
            return File.ReadAllText("/sys/module/apparmor/parameters/enabled").StartsWith('Y');
        }
        catch (System.Exception e) when (e is IOException or System.UnauthorizedAccessException)
        {
            return false;
        }
    }
}
