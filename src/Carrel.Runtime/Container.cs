using System;
using System.Collections.Generic;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>A container that exists: what its state directory keeps of it. Written atomically by <c>ContainerStore</c> alone.</summary>
public sealed class Container
{
    public string Id { get; init; } = "";

    public Isolation Isolation { get; init; }

    /// <summary>Absolute path of the bundle.</summary>
    public string Bundle { get; init; } = "";

    /// <summary>Absolute path of the root directory on the host.</summary>
    public string Rootfs { get; init; } = "";

    public DateTimeOffset Created { get; init; }

    /// <summary>Host user who created it.</summary>
    public uint Owner { get; init; }

    public Dictionary<string, string>? Annotations { get; init; }

    /// <summary>Host pid of the first process (container, chroot) or of the kernel process (kernel); 0 until it is there.</summary>
    public int Pid { get; set; }

    /// <summary>Field 22 of /proc/PID/stat, clock ticks: with it a pid that was given out again is not mistaken for ours.</summary>
    public ulong PidStart { get; set; }

    /// <summary>Its cgroup as the cgroup manager writes it down; null: none.</summary>
    public CgroupRecord? Cgroup { get; set; }

    /// <summary>Made by `run` of a configuration without a seccomp profile: it has the built-in one.</summary>
    public bool HasDefaultSeccomp { get; init; }

    /// <summary>Whether `create` came to its end. One that is not made and that nobody is making is left over from a crash: it can only be deleted.</summary>
    public bool IsMade { get; set; }

    /// <summary>The directory of this container below --root; files of the walls live there (sockets, FIFOs). Not stored.</summary>
    public string Directory { get; set; } = "";

    /// <summary>config.json as it was at create, from the state directory. Not stored in the record.</summary>
    public OciSpec Spec
    {
        get => field ??= SpecSource?.Invoke() ?? new OciSpec();
        set;
    }

    /// <summary>Made by `run` in one go, so that `start` has nothing to do. Not stored.</summary>
    internal bool HasStarted { get; init; }

    /// <summary>Reads config.json when <see cref="Spec"/> is asked for: many verbs never do.</summary>
    internal Func<OciSpec>? SpecSource { get; set; }
}

/// <summary>Where a container's cgroups are, so that a later verb finds them without guessing.</summary>
public sealed class CgroupRecord
{
    /// <summary>cgroupfs or systemd.</summary>
    public string Manager { get; set; } = "cgroupfs";

    /// <summary>Directories of the container by controller ("memory", "cpu", ...), "" for the unified hierarchy.</summary>
    public Dictionary<string, string> Paths { get; set; } = [];

    /// <summary>The systemd unit, if systemd manages it.</summary>
    public string? Unit { get; set; }
}
