using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>Devices in v2: a program of type BPF_PROG_TYPE_CGROUP_DEVICE attached to the cgroup.</summary>
internal sealed class DevicesV2 : CgroupController
{
    private const string Field = "linux.resources.devices";

    public override string Name => "devices";

    public override void Apply(Cgroup group, OciResources resources)
    {
        byte[] program = DeviceProgram.Compile(DeviceRules.Of(resources.Devices));
        int directory = group.Open("", OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        if (directory < 0)
        {
            throw new RuntimeException($"{Field}: cgroup {group.Path}: {(Errno)(-directory)}");
        }

        int result = HostBpf.LoadDeviceProgram(program);
        if (result >= 0)
        {
            int loaded = result;
            result = HostBpf.ReplaceDeviceProgram(directory, loaded);
            HostFd.Close(loaded);
        }

        HostFd.Close(directory);

        // Who is not root outside of user namespaces may load no such program, and can make and open no device node that the host's root did not give him.
        if (result < 0 && !(result == -(int)Errno.EPERM && CgroupManager.IsRootless))
        {
            throw new RuntimeException($"{Field}: attaching a device program to {group.Path}: {(Errno)(-result)}");
        }
    }
}
