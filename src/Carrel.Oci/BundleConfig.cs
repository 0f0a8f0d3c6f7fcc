using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Carrel.Oci;

/// <summary>config.json of the OCI runtime specification, as far as a carrel uses it. What is not here is ignored, as the specification allows.</summary>
public sealed class BundleConfig
{
    public string OciVersion { get; set; } = "";

    public BundleProcess? Process { get; set; }

    public BundleRoot? Root { get; set; }

    public string? Hostname { get; set; }

    public List<BundleMount>? Mounts { get; set; }

    public BundleLinux? Linux { get; set; }
}

public sealed class BundleProcess
{
    public bool Terminal { get; set; }

    public BundleUser? User { get; set; }

    public List<string>? Args { get; set; }

    public List<string>? Env { get; set; }

    public string? Cwd { get; set; }

    public BundleCapabilities? Capabilities { get; set; }

    public List<BundleLimit>? Rlimits { get; set; }
}

public sealed class BundleUser
{
    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public uint? Umask { get; set; }

    public List<uint>? AdditionalGids { get; set; }
}

public sealed class BundleCapabilities
{
    public List<string>? Bounding { get; set; }

    public List<string>? Effective { get; set; }

    public List<string>? Inheritable { get; set; }

    public List<string>? Permitted { get; set; }

    public List<string>? Ambient { get; set; }
}

public sealed class BundleLimit
{
    public string Type { get; set; } = "";

    public ulong Hard { get; set; }

    public ulong Soft { get; set; }
}

public sealed class BundleRoot
{
    public string Path { get; set; } = "";

    public bool Readonly { get; set; }
}

public sealed class BundleMount
{
    public string Destination { get; set; } = "";

    public string? Type { get; set; }

    public string? Source { get; set; }

    public List<string>? Options { get; set; }
}

public sealed class BundleLinux
{
    public BundleResources? Resources { get; set; }
}

public sealed class BundleResources
{
    public BundleMemory? Memory { get; set; }
}

public sealed class BundleMemory
{
    public long? Limit { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BundleConfig))]
internal sealed partial class BundleJson : JsonSerializerContext;
