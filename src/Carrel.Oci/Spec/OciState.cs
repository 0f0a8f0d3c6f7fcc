using System.Collections.Generic;

namespace Carrel.Oci;

/// <summary>runtime.md, "State": what `state` prints and hooks read on stdin; with runc's additions rootfs, created and owner.</summary>
public sealed class OciState
{
    public string OciVersion { get; set; } = OciVersions.Implemented;

    public string Id { get; set; } = "";

    /// <summary>creating, created, running, paused or stopped.</summary>
    public string Status { get; set; } = "";

    public int Pid { get; set; }

    public string Bundle { get; set; } = "";

    public string? Rootfs { get; set; }

    /// <summary>RFC 3339.</summary>
    public string? Created { get; set; }

    public string? Owner { get; set; }

    public Dictionary<string, string>? Annotations { get; set; }
}

/// <summary>Versions of the runtime specification.</summary>
public static class OciVersions
{
    public const string Implemented = "1.2.0";
}
