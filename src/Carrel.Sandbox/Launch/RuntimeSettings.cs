namespace Carrel.Sandbox;

/// <summary>Settings of the .NET runtime for the roles that stay resident (values are hexadecimal without a prefix). They get no other environment.</summary>
internal static class RuntimeSettings
{
    // A small generation 0 keeps the processor's cache and the resident set small.
    private const string SmallGen0 = "DOTNET_GCgen0size=200000";
    private const string Conserve = "DOTNET_GCConserveMemory=9";

    internal static readonly string[] Kernel = ["DOTNET_GCHeapHardLimit=40000000", SmallGen0, Conserve];

    internal static readonly string[] Files = ["DOTNET_GCHeapHardLimit=10000000", SmallGen0, Conserve];
}
