using System;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>getrandom(2).</summary>
public static unsafe class HostRandom
{
    /// <summary>Bytes filled in, or a negative errno.</summary>
    public static long Fill(Span<byte> destination)
    {
        fixed (byte* p = destination)
        {
            return HostCall.Invoke(Nr.getrandom, (nint)p, destination.Length, 0);
        }
    }
}
