using System;

namespace Carrel.Sandbox;

/// <summary>How much memory a carrel gets if nobody says.</summary>
public static class HostMemorySize
{
    /// <summary>Four fifths of what the host has: a guest that takes all it can must not bring the host down.</summary>
    public static long Default => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 5 * 4;
}
