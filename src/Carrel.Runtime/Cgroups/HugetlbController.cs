using System.Linq;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>The hugetlb controller. Both versions have a file per page size, with a second one for reservations since Linux 5.7.</summary>
internal sealed class HugetlbController(bool isUnified) : CgroupController
{
    private readonly string _limit = isUnified ? "max" : "limit_in_bytes";

    public override string Name => "hugetlb";

    public override void Apply(Cgroup group, OciResources resources)
    {
        foreach (OciHugepageLimit limit in resources.HugepageLimits ?? [])
        {
            const string Field = "linux.resources.hugepageLimits";
            if (!IsPageSize(limit.PageSize))
            {
                throw new RuntimeException($"{Field}: \"{limit.PageSize}\" is not a page size such as 2MB");
            }

            string file = $"hugetlb.{limit.PageSize}.{_limit}";
            if (!group.Has(file))
            {
                throw new RuntimeException($"{Field}: this host has no huge pages of {limit.PageSize}");
            }

            group.Set(Field, file, limit.Limit);
            string reserved = $"hugetlb.{limit.PageSize}.rsvd.{_limit}";
            if (group.Has(reserved))
            {
                group.Set(Field, reserved, limit.Limit);
            }
        }
    }

    public override void ReadStats(Cgroup group, CgroupStats stats)
    {
        foreach (string size in PageSizes)
        {
            string name = $"hugetlb.{size}.";
            if (!group.Has(name + _limit))
            {
                continue;
            }

            string kind = group.Has(name + "rsvd." + _limit) ? name + "rsvd." : name;
            stats.Hugetlb[size] = isUnified
                ? new HugetlbStats { Usage = group.TryReadNumber(kind + "current") ?? 0, Failcnt = FlatKeyed.Parse(group.TryRead(name + "events"))["max"] }
                : new HugetlbStats { Usage = group.TryReadNumber(kind + "usage_in_bytes") ?? 0, Max = group.TryReadNumber(kind + "max_usage_in_bytes") ?? 0, Failcnt = group.TryReadNumber(kind + "failcnt") ?? 0 };
        }
    }

    private static readonly string[] PageSizes = ["64KB", "1MB", "2MB", "4MB", "16MB", "32MB", "256MB", "512MB", "1GB", "2GB", "16GB"];

    private static bool IsPageSize(string size) =>
        size.Length is >= 3 and <= 8 && size[^1] == 'B' && (size[^2] is 'K' or 'M' or 'G') && size[0] != '0' && size[..^2].All(char.IsAsciiDigit);
}
