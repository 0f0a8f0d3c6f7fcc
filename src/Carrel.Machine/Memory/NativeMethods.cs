using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Carrel.Machine;

/// <summary>The machine-code routines of Native/memory.S and Native/image.S.</summary>
internal static unsafe class NativeMethods
{
    [DllImport("carrel_native", EntryPoint = "carrel_copy")]
    internal static extern int Copy(void* to, void* from, nuint length);

    [DllImport("carrel_native", EntryPoint = "carrel_copy"), SuppressGCTransition]
    internal static extern int CopyQuick(void* to, void* from, nuint length);

    [DllImport("carrel_native", EntryPoint = "carrel_zero")]
    internal static extern int Zero(void* to, nuint length);

    [DllImport("carrel_native", EntryPoint = "carrel_zero"), SuppressGCTransition]
    internal static extern int ZeroQuick(void* to, nuint length);

    [DllImport("carrel_native", EntryPoint = "carrel_load32"), SuppressGCTransition]
    internal static extern int Load32(void* from, int* value);

    [DllImport("carrel_native", EntryPoint = "carrel_cmpxchg32"), SuppressGCTransition]
    internal static extern int CompareExchange32(void* target, int expected, int desired, int* observed);

    [DllImport("carrel_native", EntryPoint = "carrel_install_fault_handler")]
    internal static extern long InstallFaultHandler();

    [DllImport("carrel_native", EntryPoint = "carrel_stub_image")]
    internal static extern byte* StubImage(ulong* length);
}
