using System.Linq;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The rdma controller; the same file in both versions.</summary>
internal sealed class RdmaController : CgroupController
{
    public override string Name => "rdma";

    public override void Apply(Cgroup group, OciResources resources)
    {
        foreach ((string device, OciRdma limit) in resources.Rdma ?? [])
        {
            string field = "linux.resources.rdma." + device;
            if (device.Length == 0 || device.Any(c => c <= ' '))
            {
                throw new RuntimeException($"{field}: not the name of a device");
            }

            string value = (limit.HcaHandles is { } handles ? $" hca_handle={handles}" : "") + (limit.HcaObjects is { } objects ? $" hca_object={objects}" : "");
            if (value.Length > 0)
            {
                group.Set(field, "rdma.max", device + value);
            }
        }
    }
}
