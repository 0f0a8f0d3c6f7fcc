using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Files;

namespace Carrel.Sandbox;

/// <summary>What a kernel process is to run. Made by the command line, read once by the kernel process.</summary>
public sealed class SandboxSpec : ProcessSpec
{
    public string HostName { get; set; } = "carrel";

    public string DomainName { get; set; } = "(none)";

    /// <summary>The carrel's memory, bytes.</summary>
    public long MemoryLimit { get; set; }

    /// <summary>Tasks that may exist at once; 0: the kernel's own limit.</summary>
    public int PidsLimit { get; set; }

    /// <summary>What the guest is shown of its control group.</summary>
    public CgroupSpec Cgroup { get; set; }

    /// <summary>How much the host's OOM killer likes to take the carrel's processes; null: as much as the caller. For the launcher only.</summary>
    public int? HostOomScore { get; set; }

    /// <summary>Hooks to run in the guest before its first program, with this document on stdin.</summary>
    public List<HookSpec> StartHooks { get; init; } = [];

    public byte[] HookState { get; set; } = [];

    /// <summary>Nothing is mounted before the command says so: its hooks come first.</summary>
    public bool AwaitsCommand { get; set; }

    /// <summary>Served directories; the first is the root.</summary>
    public List<TreeSpec> Trees { get; init; } = [];

    /// <summary>/proc, /sys, /dev and so on are mounted, before <see cref="Mounts"/>.</summary>
    public bool HasStandardMounts { get; set; }

    public List<MountSpec> Mounts { get; init; } = [];

    /// <summary>The root is writable for the guest. A served directory that may not be written gets a private layer in memory that takes the changes.</summary>
    public bool IsRootWritable { get; set; } = true;

    /// <summary>Paths that read as nothing (config-linux.md, "Masked Paths"), and that cannot be written.</summary>
    public List<string> MaskedPaths { get; init; } = [];

    public List<string> ReadonlyPaths { get; init; } = [];

    /// <summary>The lines of a /proc/PID/maps that show the vDSO: the kernel process has no /proc.</summary>
    public string VdsoMaps { get; set; } = "";

    /// <summary>Nobody waits on the control descriptor: the process serves the control socket, outlives the command, and its own exit status is the program's.</summary>
    public bool IsDetached { get; set; }

    /// <summary>The program waits for a start request on the control socket.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The user who may give orders by the control socket, besides root.</summary>
    public uint Owner { get; set; }

    public bool TracesSyscalls { get; set; }

    public bool IsDebug { get; set; }
}

/// <summary>The five capability sets, bit n for capability n.</summary>
public readonly record struct CapabilitySets(ulong Effective, ulong Permitted, ulong Inheritable, ulong Bounding, ulong Ambient)
{
    private const ulong Every = (1UL << 41) - 1;

    /// <summary>Root's.</summary>
    public static CapabilitySets All => new(Every, Every, 0, Every, 0);

    /// <summary>An ordinary user's.</summary>
    public static CapabilitySets None => new(0, 0, 0, Every, 0);
}

/// <summary>A host directory that carrel-files serves.</summary>
public readonly record struct TreeSpec(string Path, TreeFlags Flags);

/// <summary>A mount in the guest. With <see cref="Tree"/> >= 0 a served host directory, otherwise a file system of type <see cref="Type"/>.</summary>
public readonly record struct MountSpec(string Destination, string Type, string Source, string Options, int Tree, MountFlags Flags);

/// <summary>A program that runs in the guest before its first one.</summary>
/// <param name="Environment">Null: that of the first program.</param>
/// <param name="Timeout">Seconds; 0: none.</param>
public sealed record HookSpec(string Path, List<string> Arguments, List<string>? Environment, int Timeout);

/// <summary>Limits of a container as its control group has them; 0: none.</summary>
/// <param name="OomSize">With so many bytes more the host's OOM killer acts on the group; 0: it does not, or the guest has less for another reason.</param>
public readonly record struct CgroupSpec(long Memory, long OomSize, long CpuQuota, long CpuPeriod, long CpuWeight);

/// <summary>A resource limit of a process.</summary>
public readonly record struct LimitSpec(int Resource, ulong Soft, ulong Hard);
