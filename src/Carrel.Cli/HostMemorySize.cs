using System;

namespace Carrel.Cli;

/// <summary>How much memory a carrel gets if nobody says.</summary>
internal static class HostMemorySize
{
    /// <summary>Four fifths of what the host has: a guest that takes all it can must not bring the host down.</summary>
    internal static long Default => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 5 * 4;
}
