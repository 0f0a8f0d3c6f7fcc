using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>Order of time stamps.</summary>
internal static class TimeSpecExtensions
{
    public static int CompareTo(this TimeSpec left, TimeSpec right) =>
        left.Sec != right.Sec ? left.Sec.CompareTo(right.Sec) : left.Nsec.CompareTo(right.Nsec);
}
