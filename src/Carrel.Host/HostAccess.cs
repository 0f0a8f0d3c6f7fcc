using Carrel.Abi;

namespace Carrel.Host;

/// <summary>faccessat2(2) by the effective ids.</summary>
public static unsafe class HostAccess
{
    private const int Write = 2, EffectiveIds = 0x200;

    public static bool CanWrite(string path)
    {
        fixed (byte* p = CString.Of(path))
        {
            return HostCall.Invoke(Nr.faccessat2, At.AT_FDCWD, (nint)p, Write, EffectiveIds) == 0;
        }
    }
}
