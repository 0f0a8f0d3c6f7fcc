using System.Collections.Generic;

namespace Carrel.Oci;

/// <summary>config.md, "Process"; also the document of `exec --process`.</summary>
public sealed class OciProcess
{
    public bool Terminal { get; set; }

    public OciBox? ConsoleSize { get; set; }

    public OciUser? User { get; set; }

    public List<string>? Args { get; set; }

    public string? CommandLine { get; set; }

    public List<string>? Env { get; set; }

    public string? Cwd { get; set; }

    public OciCapabilities? Capabilities { get; set; }

    public List<OciRlimit>? Rlimits { get; set; }

    public bool NoNewPrivileges { get; set; }

    public string? ApparmorProfile { get; set; }

    public int? OomScoreAdj { get; set; }

    public string? SelinuxLabel { get; set; }

    public OciScheduler? Scheduler { get; set; }

    public OciIoPriority? IoPriority { get; set; }

    public OciExecCpuAffinity? ExecCPUAffinity { get; set; }
}

public sealed class OciBox
{
    public uint Height { get; set; }

    public uint Width { get; set; }
}

public sealed class OciUser
{
    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public uint? Umask { get; set; }

    public List<uint>? AdditionalGids { get; set; }

    public string? Username { get; set; }
}

/// <summary>capabilities(7): the five sets by name, such as CAP_CHOWN.</summary>
public sealed class OciCapabilities
{
    public List<string>? Bounding { get; set; }

    public List<string>? Effective { get; set; }

    public List<string>? Inheritable { get; set; }

    public List<string>? Permitted { get; set; }

    public List<string>? Ambient { get; set; }
}

public sealed class OciRlimit
{
    /// <summary>RLIMIT_NOFILE and so on.</summary>
    public string Type { get; set; } = "";

    public ulong Hard { get; set; }

    public ulong Soft { get; set; }
}

/// <summary>sched_setattr(2).</summary>
public sealed class OciScheduler
{
    public string Policy { get; set; } = "";

    public int Nice { get; set; }

    public int Priority { get; set; }

    public List<string>? Flags { get; set; }

    public ulong Runtime { get; set; }

    public ulong Deadline { get; set; }

    public ulong Period { get; set; }
}

/// <summary>ioprio_set(2).</summary>
public sealed class OciIoPriority
{
    public string Class { get; set; } = "";

    public int Priority { get; set; }
}

/// <summary>Processors for `exec` before and after it enters the container's cgroup.</summary>
public sealed class OciExecCpuAffinity
{
    public string? Initial { get; set; }

    public string? Final { get; set; }
}
