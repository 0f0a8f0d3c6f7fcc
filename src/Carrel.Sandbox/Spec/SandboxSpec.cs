using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Files;

namespace Carrel.Sandbox;

/// <summary>What a kernel process is to run. Made by the command line, read once by the kernel process. Texts that go to the guest have one char per byte.</summary>
public sealed class SandboxSpec
{
    /// <summary>argv; the program is looked up with the guest's PATH if its name has no slash.</summary>
    public List<string> Arguments { get; init; } = [];

    public List<string> Environment { get; init; } = [];

    public string WorkingDirectory { get; set; } = "/";

    /// <summary>A working directory that the guest does not have is replaced by "/".</summary>
    public bool IsWorkingDirectoryOptional { get; set; }

    /// <summary>USER[:GROUP] by name or number, looked up in the guest's /etc/passwd and /etc/group; empty: <see cref="Uid"/> and <see cref="Gid"/>.</summary>
    public string User { get; set; } = "";

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public List<uint> Groups { get; init; } = [];

    /// <summary>Capability sets; effective, permitted and so on as in the OCI specification.</summary>
    public CapabilitySets Capabilities { get; set; } = CapabilitySets.All;

    public string HostName { get; set; } = "carrel";

    /// <summary>The carrel's memory, bytes.</summary>
    public long MemoryLimit { get; set; }

    public uint Umask { get; set; } = 0x12;

    /// <summary>Served directories; the first is the root.</summary>
    public List<TreeSpec> Trees { get; init; } = [];

    /// <summary>/proc, /sys, /dev and so on are mounted, before <see cref="Mounts"/>.</summary>
    public bool HasStandardMounts { get; set; }

    public List<MountSpec> Mounts { get; init; } = [];

    public List<LimitSpec> Limits { get; init; } = [];

    /// <summary>The root is writable for the guest: a private layer in memory takes the changes.</summary>
    public bool IsRootWritable { get; set; } = true;

    /// <summary>The guest gets a terminal of our kernel on its descriptors 0 to 2, fed from the caller's.</summary>
    public bool HasTerminal { get; set; }

    /// <summary>The lines of a /proc/PID/maps that show the vDSO: the kernel process has no /proc.</summary>
    public string VdsoMaps { get; set; } = "";

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

/// <summary>A resource limit of the guest's first process.</summary>
public readonly record struct LimitSpec(int Resource, ulong Soft, ulong Hard);
