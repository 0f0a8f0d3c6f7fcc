using System;

namespace Carrel.Machine;

/// <summary>
/// Access to shared memory that the host may refuse at any moment (memory limit reached, image file truncated): a fault is a
/// return value, not the end of the process. The callers answer for the address range itself.
/// </summary>
internal static unsafe class FaultTolerant
{
    /// <summary>Up to this size the garbage collector may be kept waiting.</summary>
    private const int QuickLimit = 64 * 1024;

    private static readonly object s_gate = new();
    private static bool s_installed;

    /// <summary>Puts our fault handler in front of the runtime's, once per process.</summary>
    internal static void Install()
    {
        lock (s_gate)
        {
            if (!s_installed && NativeMethods.InstallFaultHandler() != 0)
            {
                throw new InvalidOperationException("the fault handler could not be installed");
            }

            s_installed = true;
        }
    }

    internal static bool Copy(void* to, void* from, long length) =>
        (length <= QuickLimit ? NativeMethods.CopyQuick(to, from, (nuint)length) : NativeMethods.Copy(to, from, (nuint)length)) == 0;

    internal static bool Zero(void* to, long length) =>
        (length <= QuickLimit ? NativeMethods.ZeroQuick(to, (nuint)length) : NativeMethods.Zero(to, (nuint)length)) == 0;

    internal static bool Load(void* from, out int value)
    {
        int loaded = 0;
        bool done = NativeMethods.Load32(from, &loaded) == 0;
        value = loaded;
        return done;
    }

    internal static bool CompareExchange(void* target, int expected, int desired, out int observed)
    {
        int found = 0;
        bool done = NativeMethods.CompareExchange32(target, expected, desired, &found) == 0;
        observed = found;
        return done;
    }
}
