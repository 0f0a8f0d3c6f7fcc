using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The v1 devices controller, Documentation/admin-guide/cgroup-v1/devices.rst.</summary>
internal sealed class DevicesV1 : CgroupController
{
    private const string Field = "linux.resources.devices";

    public override string Name => "devices";

    /// <summary>Writes only what differs from now: a running program never sees a moment in which its devices are gone.</summary>
    public override void Apply(Cgroup group, OciResources resources)
    {
        DeviceRules wanted = DeviceRules.Of(resources.Devices);
        DeviceRules current = DeviceRules.Parse(group.TryRead("devices.list") ?? "");

        // Exceptions of an allow-all cgroup cannot be read, so that one is always begun anew.
        if (wanted.AllowsByDefault || current.AllowsByDefault)
        {
            group.Set(Field, wanted.AllowsByDefault ? "devices.allow" : "devices.deny", "a");
            current = new DeviceRules();
        }

        (string exceptFile, string revertFile) = wanted.AllowsByDefault ? ("devices.deny", "devices.allow") : ("devices.allow", "devices.deny");
        foreach ((DeviceKey key, DeviceAccess access) in wanted.Exceptions)
        {
            if ((access & ~current.Exceptions.GetValueOrDefault(key)) != 0)
            {
                Except(group, exceptFile, key, access);
            }
        }

        foreach ((DeviceKey key, DeviceAccess access) in current.Exceptions)
        {
            DeviceAccess surplus = access & ~wanted.Exceptions.GetValueOrDefault(key);
            if (surplus != 0)
            {
                group.Set(Field, revertFile, DeviceRules.Format(key, surplus));
            }
        }
    }

    // A parent may allow less than our defaults (a runtime in a container): those are then simply not to be had.
    private static void Except(Cgroup group, string file, DeviceKey key, DeviceAccess access)
    {
        string rule = DeviceRules.Format(key, access);
        Errno error = group.TryWrite(file, rule);
        if (error != Errno.OK && !(error == Errno.EPERM && DeviceRules.IsDefault(key)))
        {
            throw group.Failure(Field, file, rule, error);
        }
    }
}
