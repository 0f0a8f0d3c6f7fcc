using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Carrel.Oci;

/// <summary>config.json of a bundle: OCI runtime specification 1.2, config.md. Property names are the specification's.</summary>
public sealed class OciSpec
{
    public string? OciVersion { get; set; }

    public OciProcess? Process { get; set; }

    public OciRoot? Root { get; set; }

    public string? Hostname { get; set; }

    public string? Domainname { get; set; }

    public List<OciMount>? Mounts { get; set; }

    public OciHooks? Hooks { get; set; }

    public Dictionary<string, string>? Annotations { get; set; }

    public OciLinux? Linux { get; set; }
}

/// <summary>config.md, "Root".</summary>
public sealed class OciRoot
{
    public string? Path { get; set; }

    public bool Readonly { get; set; }
}

/// <summary>config.md, "Mounts".</summary>
public sealed class OciMount
{
    public string? Destination { get; set; }

    public string? Type { get; set; }

    public string? Source { get; set; }

    public List<string>? Options { get; set; }

    public List<OciIdMapping>? UidMappings { get; set; }

    public List<OciIdMapping>? GidMappings { get; set; }
}

/// <summary>config.md, "POSIX-platform Hooks".</summary>
public sealed class OciHooks
{
    public List<OciHook>? Prestart { get; set; }

    public List<OciHook>? CreateRuntime { get; set; }

    public List<OciHook>? CreateContainer { get; set; }

    public List<OciHook>? StartContainer { get; set; }

    public List<OciHook>? Poststart { get; set; }

    public List<OciHook>? Poststop { get; set; }
}

/// <summary>One program to run at a point of the life cycle.</summary>
public sealed class OciHook
{
    public string? Path { get; set; }

    public List<string>? Args { get; set; }

    public List<string>? Env { get; set; }

    /// <summary>Seconds.</summary>
    public int? Timeout { get; set; }
}

/// <summary>A range of ids of the container that stands for a range outside.</summary>
public sealed class OciIdMapping
{
    public uint ContainerID { get; set; }

    public uint HostID { get; set; }

    public uint Size { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OciSpec))]
[JsonSerializable(typeof(OciProcess))]
[JsonSerializable(typeof(OciResources))]
[JsonSerializable(typeof(OciSeccomp))]
[JsonSerializable(typeof(OciState))]
public sealed partial class OciJson : JsonSerializerContext;
