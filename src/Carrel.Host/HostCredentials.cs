using System;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Identity of the calling thread (raw calls: the other threads keep theirs). Failures are a negative errno.</summary>
public static unsafe class HostCredentials
{
    public static int SetUsers(uint real, uint effective, uint saved) => (int)HostCall.Invoke(Nr.setresuid, real, effective, saved);

    public static int SetGroups(uint real, uint effective, uint saved) => (int)HostCall.Invoke(Nr.setresgid, real, effective, saved);

    public static int SetSupplementaryGroups(ReadOnlySpan<uint> groups)
    {
        fixed (uint* p = groups)
        {
            return (int)HostCall.Invoke(Nr.setgroups, groups.Length, (nint)p);
        }
    }

    public static uint UserId => (uint)HostCall.InvokeQuick(Nr.geteuid);

    public static uint GroupId => (uint)HostCall.InvokeQuick(Nr.getegid);

    /// <summary>Bit n: capability n, capabilities(7).</summary>
    public static int SetCapabilities(ulong effective, ulong permitted, ulong inheritable)
    {
        ulong header = CapVersion._LINUX_CAPABILITY_VERSION_3;
        uint* data = stackalloc uint[6]
        {
            (uint)effective, (uint)permitted, (uint)inheritable,
            (uint)(effective >> 32), (uint)(permitted >> 32), (uint)(inheritable >> 32),
        };
        return (int)HostCall.Invoke(Nr.capset, (nint)(&header), (nint)data);
    }

    public static int GetCapabilities(out ulong effective, out ulong permitted, out ulong inheritable)
    {
        ulong header = CapVersion._LINUX_CAPABILITY_VERSION_3;
        uint* data = stackalloc uint[6];
        int result = (int)HostCall.Invoke(Nr.capget, (nint)(&header), (nint)data);
        effective = data[0] | ((ulong)data[3] << 32);
        permitted = data[1] | ((ulong)data[4] << 32);
        inheritable = data[2] | ((ulong)data[5] << 32);
        return result;
    }
}
