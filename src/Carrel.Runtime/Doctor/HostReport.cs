using System.Collections.Generic;
using System.Linq;

namespace Carrel.Runtime;

/// <summary>What was found for one wall.</summary>
public sealed record WallReport(Isolation Isolation, IReadOnlyList<Finding> Findings)
{
    public bool Works => Findings.All(finding => finding.Level != FindingLevel.Missing);
}

/// <summary>Everything `doctor` looks at: what concerns all walls, and each wall for itself.</summary>
public sealed record HostReport(IReadOnlyList<Finding> Host, IReadOnlyList<WallReport> Walls)
{
    public static HostReport Make(string root) => new(
        HostChecks.All(root),
        [
            new WallReport(Isolation.Kernel, KernelChecks.All()),
            new WallReport(Isolation.Container, ContainerChecks.All()),
            new WallReport(Isolation.Chroot, ChrootChecks.All()),
        ]);

    /// <summary>Whether a wall works here, with what all walls need.</summary>
    public bool Works(Isolation isolation) => Host.All(finding => finding.Level != FindingLevel.Missing) && Walls.First(wall => wall.Isolation == isolation).Works;
}
