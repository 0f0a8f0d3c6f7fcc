using Carrel.Oci;

namespace Carrel.Cli;

/// <summary>--version, in the form that clients of OCI runtimes parse.</summary>
internal static class VersionText
{
    internal const string Version = "0.3.0";

    internal static string Get() => $"carrel version {Version}\nspec: {OciVersions.Implemented}\n";
}
