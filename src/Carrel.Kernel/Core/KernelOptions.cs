namespace Carrel.Kernel;

/// <summary>What the command line or config.json says about the carrel as a whole.</summary>
public sealed class KernelOptions
{
    public string HostName { get; init; } = "carrel";

    public string DomainName { get; init; } = "(none)";

    /// <summary>CPUs shown to the guest.</summary>
    public int CpuCount { get; init; } = 1;

    /// <summary>The release that uname(2) gives.</summary>
    public string Release { get; init; } = "6.12.0-carrel";

    /// <summary>A mapping of so many pages is made though memory is limited to less: the limit is a container's, not the machine's.</summary>
    public long OvercommitPages { get; init; }

    public bool IsDebug { get; init; }

    /// <summary>What cgroupfs shows.</summary>
    public CgroupLimits Cgroup { get; } = new();

    /// <summary>Tasks that may exist at once: clone gives EAGAIN beyond.</summary>
    public int PidsLimit { get; set; } = 10_000;
}

/// <summary>The limits that the carrel's control group has on the host; 0: none, or what Linux has by itself.</summary>
public sealed class CgroupLimits
{
    /// <summary>Bytes. More than the guest's own memory: what its kernel needs counts, too.</summary>
    public long Memory { get; set; }

    /// <summary>With so many bytes more the host's OOM killer acts on the control group; 0: it does not.</summary>
    public long OomSize { get; set; }

    /// <summary>Microseconds of processor time in each period.</summary>
    public long CpuQuota { get; set; }

    public long CpuPeriod { get; set; }

    public long CpuWeight { get; set; }

    /// <summary><see cref="KernelOptions.PidsLimit"/> was asked for.</summary>
    public bool HasPidsLimit { get; set; }
}
