using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>The resource limits of a process, prlimit(2).</summary>
public sealed class ResourceLimits
{
    private readonly RlimitBuf[] _limits = new RlimitBuf[Rlimit.RLIM_NLIMITS];

    /// <summary>INIT_RLIMITS of include/asm-generic/resource.h, with the values systemd-less distributions show.</summary>
    public ResourceLimits()
    {
        System.Array.Fill(_limits, new RlimitBuf(Rlimit.RLIM_INFINITY, Rlimit.RLIM_INFINITY));
        _limits[Rlimit.RLIMIT_STACK] = new RlimitBuf(8 << 20, Rlimit.RLIM_INFINITY);
        _limits[Rlimit.RLIMIT_CORE] = new RlimitBuf(0, Rlimit.RLIM_INFINITY);
        _limits[Rlimit.RLIMIT_NPROC] = new RlimitBuf(PidTable.DefaultMaximum, PidTable.DefaultMaximum);
        _limits[Rlimit.RLIMIT_NOFILE] = new RlimitBuf(1024, 4096);
        _limits[Rlimit.RLIMIT_MEMLOCK] = new RlimitBuf(8 << 20, 8 << 20);
        _limits[Rlimit.RLIMIT_SIGPENDING] = new RlimitBuf(PidTable.DefaultMaximum, PidTable.DefaultMaximum);
        _limits[Rlimit.RLIMIT_MSGQUEUE] = new RlimitBuf(819200, 819200);
        _limits[Rlimit.RLIMIT_NICE] = new RlimitBuf(0, 0);
        _limits[Rlimit.RLIMIT_RTPRIO] = new RlimitBuf(0, 0);
    }

    /// <summary>A limit; <see cref="Rlimit.RLIM_INFINITY"/> for none.</summary>
    public ref RlimitBuf this[int resource] => ref _limits[resource];

    /// <summary>rlimit(): the soft limit.</summary>
    public ulong Soft(int resource) => _limits[resource].Cur;

    public ResourceLimits Copy()
    {
        var copy = new ResourceLimits();
        _limits.CopyTo(copy._limits, 0);
        return copy;
    }
}
