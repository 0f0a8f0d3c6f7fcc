using System;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Asks the host's kernel what it can do, without doing it.</summary>
public static unsafe class HostProbe
{
    /// <summary>Whether seccomp(2) knows all these filter flags: it looks at them before it reads the program, which is not there.</summary>
    public static bool HasSeccompFlags(uint flags) => HostCall.Invoke(Nr.seccomp, Seccomp.SECCOMP_SET_MODE_FILTER, flags, 0) == -(int)Errno.EFAULT;

    /// <summary>Whether a filter may answer with this action.</summary>
    public static bool HasSeccompAction(uint action) => HostCall.Invoke(Nr.seccomp, Seccomp.SECCOMP_GET_ACTION_AVAIL, 0, (nint)(&action)) == 0;

    /// <summary>Whether a system call exists here. With these arguments it fails without an effect, but not with ENOSYS.</summary>
    public static bool HasCall(int number) => HostCall.Invoke(number, -1, -1, -1, -1, -1, -1) != -(int)Errno.ENOSYS;

    /// <summary>memfd_secret(2): a descriptor or a negative errno (ENOSYS also if it is switched off).</summary>
    public static int OpenSecretMemory() => (int)HostCall.Invoke(Nr.memfd_secret, MemfdSecretCloexec);

    /// <summary>The kernel's release, such as 6.18.0.</summary>
    public static string Release
    {
        get
        {
            const int FieldSize = 65;
            byte* names = stackalloc byte[6 * FieldSize];
            return HostCall.Invoke(Nr.uname, (nint)names) == 0 ? CString.Decode(new ReadOnlySpan<byte>(names + (2 * FieldSize), FieldSize)) : "";
        }
    }

    private const long MemfdSecretCloexec = 0x80000;
}
