namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    /// <summary>CLOCK_BOOTTIME when this kernel began: its uptime counts from here.</summary>
    public long StartBoottime { get; private init; }
}
