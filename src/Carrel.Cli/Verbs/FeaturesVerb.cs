using System.Collections.Generic;
using System.Text.Json;
using System.Text.Json.Serialization;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel features: features.md of the specification.</summary>
internal sealed class FeaturesVerb : Verb
{
    internal override string Usage => "";

    internal override string Description => "Prints what this runtime can do, as JSON in the format of the OCI runtime specification.";

    internal override int Run(VerbCall call)
    {
        call.CheckArguments(0, 0);
        return CommandLine.Print(JsonSerializer.Serialize(Make(), FeaturesJson.Default.FeaturesDocument) + "\n");
    }

    private static FeaturesDocument Make() => new()
    {
        OciVersionMin = "1.0.0",
        OciVersionMax = OciVersions.Implemented,
        Hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
        MountOptions = MountOptionNames.All.ToArray(),
        Linux = new LinuxFeatures
        {
            Namespaces = ["cgroup", "ipc", "mount", "network", "pid", "user", "uts"],
            Capabilities = OciNames.AllCapabilities,
            Cgroup = new CgroupFeatures { V1 = true, V2 = true, Rdma = true },
            Seccomp = new SeccompFeatures
            {
                Enabled = true,
                Actions = SeccompVocabulary.Actions,
                Operators = SeccompVocabulary.Operators,
                Archs = SeccompVocabulary.Architectures,
                KnownFlags = SeccompVocabulary.Flags,
                SupportedFlags = SeccompVocabulary.Flags,
            },
            Apparmor = new Enablement(),
            Selinux = new Enablement(),
            IntelRdt = new Enablement(),
            MountExtensions = new MountExtensionFeatures { Idmap = new Enablement { Enabled = true } },
        },
        Annotations = new Dictionary<string, string>
        {
            ["org.carrel.version"] = VersionText.Version,
            ["org.carrel.isolation.levels"] = "chroot,container,kernel",
            // containerd looks here to learn whether it can checkpoint.
            ["org.opencontainers.runc.checkpoint.enabled"] = "false",
        },
        PotentiallyUnsafeConfigAnnotations = ["org.carrel.isolation"],
    };
}

/// <summary>features.md, and features-linux.md below.</summary>
internal sealed class FeaturesDocument
{
    public string OciVersionMin { get; init; } = "";

    public string OciVersionMax { get; init; } = "";

    public string[] Hooks { get; init; } = [];

    public string[] MountOptions { get; init; } = [];

    public LinuxFeatures? Linux { get; init; }

    public Dictionary<string, string>? Annotations { get; init; }

    public string[] PotentiallyUnsafeConfigAnnotations { get; init; } = [];
}

internal sealed class LinuxFeatures
{
    public string[] Namespaces { get; init; } = [];

    public IReadOnlyList<string> Capabilities { get; init; } = [];

    public CgroupFeatures? Cgroup { get; init; }

    public SeccompFeatures? Seccomp { get; init; }

    public Enablement? Apparmor { get; init; }

    public Enablement? Selinux { get; init; }

    public Enablement? IntelRdt { get; init; }

    public MountExtensionFeatures? MountExtensions { get; init; }
}

internal sealed class CgroupFeatures
{
    public bool V1 { get; init; }

    public bool V2 { get; init; }

    public bool Systemd { get; init; }

    public bool SystemdUser { get; init; }

    public bool Rdma { get; init; }
}

internal sealed class SeccompFeatures
{
    public bool Enabled { get; init; }

    public IReadOnlyList<string> Actions { get; init; } = [];

    public IReadOnlyList<string> Operators { get; init; } = [];

    public IReadOnlyList<string> Archs { get; init; } = [];

    public IReadOnlyList<string> KnownFlags { get; init; } = [];

    public IReadOnlyList<string> SupportedFlags { get; init; } = [];
}

internal sealed class MountExtensionFeatures
{
    public Enablement? Idmap { get; init; }
}

internal sealed class Enablement
{
    public bool Enabled { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(FeaturesDocument))]
internal sealed partial class FeaturesJson : JsonSerializerContext;
