namespace Carrel.Sandbox;

/// <summary>Settings of the .NET runtime for the roles that stay resident (values are hexadecimal without a prefix). They get no other environment.</summary>
internal static class RuntimeSettings
{
    // A small generation 0 keeps the processor's cache and the resident set small. Without the second setting it grows to 10 MB all the same.
    private static readonly string[] s_smallGen0 = ["DOTNET_GCgen0size=200000", "DOTNET_GCGen0MaxBudget=200000"];
    // Where every megabyte counts more than time.
    private static readonly string[] s_tinyGen0 = ["DOTNET_GCgen0size=40000", "DOTNET_GCGen0MaxBudget=40000"];
    private const string Conserve = "DOTNET_GCConserveMemory=9";
    private const long Narrow = 48L << 20;

    internal static string[] Kernel(SandboxSpec spec) => ["DOTNET_GCHeapHardLimit=40000000", .. Gen0(spec), Conserve];

    internal static string[] Files(SandboxSpec spec) => ["DOTNET_GCHeapHardLimit=10000000", .. Gen0(spec), Conserve];

    private static string[] Gen0(SandboxSpec spec) => spec.Cgroup.Memory is > 0 and < Narrow ? s_tinyGen0 : s_smallGen0;
}
