using Carrel.Abi;

namespace Carrel.Host;

/// <summary>The process's own mappings.</summary>
public static class HostMemory
{
    /// <summary>The address, or a negative errno.</summary>
    public static long Map(ulong address, ulong length, Prot protection, MapFlags flags, int fd, long offset) =>
        HostCall.Invoke(Nr.mmap, (long)address, (long)length, (int)protection, (int)flags, fd, offset);

    public static int Unmap(ulong address, ulong length) => (int)HostCall.Invoke(Nr.munmap, (long)address, (long)length);

    public static int Protect(ulong address, ulong length, Prot protection) => (int)HostCall.Invoke(Nr.mprotect, (long)address, (long)length, (int)protection);

    public static int Advise(ulong address, ulong length, int advice) => (int)HostCall.Invoke(Nr.madvise, (long)address, (long)length, advice);
}
