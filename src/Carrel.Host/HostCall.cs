using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Carrel.Host;

/// <summary>
/// The raw host system call: the answer as it is, a negative errno on failure. Everything else in this assembly is a typed
/// form of it.
/// </summary>
public static unsafe partial class HostCall
{
    /// <summary>A call that may block: the thread is open to the garbage collector meanwhile.</summary>
    [DllImport("carrel_native", EntryPoint = "carrel_syscall")]
    internal static extern long Invoke(long nr, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0, long a5 = 0);

    /// <summary>A call that never blocks; half the price. A blocking one here would stop every thread at the next garbage collection.</summary>
    [DllImport("carrel_native", EntryPoint = "carrel_syscall"), SuppressGCTransition]
    internal static extern long InvokeQuick(long nr, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0, long a5 = 0);

    [DllImport("carrel_native", EntryPoint = "carrel_spawn")]
    internal static extern long Spawn(SpawnRequest* request);

    [DllImport("carrel_native", EntryPoint = "carrel_waiter_image"), SuppressGCTransition]
    internal static extern byte* WaiterImage(ulong* length);

    [DllImport("carrel_native", EntryPoint = "carrel_init_image")]
    internal static extern byte* InitImage(ulong* length);

    /// <summary>The largest value that is an errno: results in [-4095, -1] are failures.</summary>
    internal const long MaxErrno = 4095;

    /// <summary>The errno of a result, 0 of a success.</summary>
    public static int ErrnoOf(long result) => result is < 0 and >= -MaxErrno ? (int)-result : 0;
}
