using System.Collections.Generic;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Carrel.Oci;

/// <summary>config-linux.md.</summary>
public sealed class OciLinux
{
    public List<OciIdMapping>? UidMappings { get; set; }

    public List<OciIdMapping>? GidMappings { get; set; }

    public Dictionary<string, string>? Sysctl { get; set; }

    public OciResources? Resources { get; set; }

    public string? CgroupsPath { get; set; }

    public List<OciNamespace>? Namespaces { get; set; }

    public List<OciDevice>? Devices { get; set; }

    public OciSeccomp? Seccomp { get; set; }

    public string? RootfsPropagation { get; set; }

    public List<string>? MaskedPaths { get; set; }

    public List<string>? ReadonlyPaths { get; set; }

    public string? MountLabel { get; set; }

    public OciPersonality? Personality { get; set; }

    /// <summary>Not supported: present means a refusal.</summary>
    public JsonElement? IntelRdt { get; set; }

    /// <summary>Not supported: present and not empty means a refusal.</summary>
    public JsonElement? TimeOffsets { get; set; }

    /// <summary>Not supported: present and not empty means a refusal.</summary>
    public JsonElement? NetDevices { get; set; }
}

/// <summary>config-linux.md, "Namespaces".</summary>
public sealed class OciNamespace
{
    /// <summary>pid, network, mount, ipc, uts, user, cgroup or time.</summary>
    public string Type { get; set; } = "";

    /// <summary>A namespace to join; null: a new one.</summary>
    public string? Path { get; set; }
}

/// <summary>config-linux.md, "Devices".</summary>
public sealed class OciDevice
{
    /// <summary>c, b, u or p.</summary>
    public string Type { get; set; } = "";

    public string Path { get; set; } = "";

    public long Major { get; set; }

    public long Minor { get; set; }

    public uint? FileMode { get; set; }

    public uint? Uid { get; set; }

    public uint? Gid { get; set; }
}

/// <summary>personality(2).</summary>
public sealed class OciPersonality
{
    public string Domain { get; set; } = "";

    public List<string>? Flags { get; set; }
}

/// <summary>config-linux.md, "Seccomp".</summary>
public sealed class OciSeccomp
{
    public string DefaultAction { get; set; } = "";

    public uint? DefaultErrnoRet { get; set; }

    public List<string>? Architectures { get; set; }

    public List<string>? Flags { get; set; }

    public string? ListenerPath { get; set; }

    public string? ListenerMetadata { get; set; }

    public List<OciSyscall>? Syscalls { get; set; }

    /// <summary>Not of config.json: names a profile of the runtime's own whose filter it has ready. The rules are left out then.</summary>
    [JsonIgnore]
    public string? Ready { get; set; }
}

/// <summary>A rule of a seccomp profile.</summary>
public sealed class OciSyscall
{
    public List<string>? Names { get; set; }

    public string Action { get; set; } = "";

    public uint? ErrnoRet { get; set; }

    public List<OciSyscallArgument>? Args { get; set; }
}

/// <summary>A comparison with one argument of a call.</summary>
public sealed class OciSyscallArgument
{
    public uint Index { get; set; }

    public ulong Value { get; set; }

    public ulong ValueTwo { get; set; }

    public string Op { get; set; } = "";
}
