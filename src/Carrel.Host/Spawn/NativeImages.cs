using System;

namespace Carrel.Host;

/// <summary>Programs in machine code that lie in this one: each a whole ELF file.</summary>
public static unsafe class NativeImages
{
    /// <summary>Native/waiter.S.</summary>
    public static ReadOnlySpan<byte> Waiter
    {
        get
        {
            ulong length;
            byte* image = HostCall.WaiterImage(&length);
            return new ReadOnlySpan<byte>(image, (int)length);
        }
    }
}
