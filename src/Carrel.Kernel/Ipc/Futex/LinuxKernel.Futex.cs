using Carrel.Kernel.Ipc.Futex;

namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    /// <summary>Tasks that wait on futexes.</summary>
    public FutexTable Futexes => field ??= new FutexTable(this);
}
