using System;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The little that the kernel asks of the process it lives in. Implemented in Carrel.Sandbox.</summary>
public interface IHost
{
    /// <summary>CLOCK_MONOTONIC, nanoseconds; the same clock the guest's vDSO shows.</summary>
    long MonotonicNow { get; }

    /// <summary>CLOCK_REALTIME, nanoseconds since the epoch.</summary>
    long RealtimeNow { get; }

    /// <summary>CLOCK_BOOTTIME, nanoseconds.</summary>
    long BoottimeNow { get; }

    /// <summary>CLOCK_MONOTONIC_RAW, nanoseconds: it drifts away from CLOCK_MONOTONIC.</summary>
    long MonotonicRawNow => MonotonicNow;

    /// <summary>CLOCK_REALTIME_COARSE: the guest's vDSO shows the host's, whose ticks are its own.</summary>
    long RealtimeCoarseNow => RealtimeNow;

    /// <summary>CLOCK_MONOTONIC_COARSE.</summary>
    long MonotonicCoarseNow => MonotonicNow;

    /// <summary>CLOCK_TAI, nanoseconds.</summary>
    long TaiNow => RealtimeNow;

    /// <summary>LinuxKernel.OnTimer is to be called at this monotonic time (<see cref="long.MaxValue"/>: never). The latest call counts.</summary>
    void SetTimer(long deadline);

    /// <summary>Random bytes from the host's getrandom().</summary>
    void GetRandom(Span<byte> destination);

    /// <summary>A line for the log (--debug).</summary>
    void Log(string message);
}

/// <summary>
/// A host descriptor that the carrel was started with (its stdin, stdout or stderr, or a --mount'ed pipe). Reads and writes never block:
/// they give EAGAIN and the host wakes <see cref="Ready"/> later.
/// </summary>
public abstract class HostStream
{
    /// <summary>Woken (lock held) when readiness may have changed, after <see cref="Arm"/>.</summary>
    public WaitQueue Ready { get; } = new();

    /// <summary>st_mode of the host file.</summary>
    public abstract uint Mode { get; }

    /// <summary>st_rdev of a device.</summary>
    public abstract ulong RawDevice { get; }

    /// <summary>st_size now.</summary>
    public abstract long Size { get; }

    /// <summary>The host file is a terminal.</summary>
    public abstract bool IsTerminal { get; }

    /// <summary>Bytes read, 0 at the end, or a negative errno.</summary>
    public abstract int Read(Span<byte> destination);

    public abstract int Write(ReadOnlySpan<byte> source);

    /// <summary>For seekable host files: repositions the shared offset, lseek(2). Negative errno otherwise.</summary>
    public abstract long Seek(long offset, int whence);

    /// <summary>POLLIN POLLOUT POLLHUP POLLERR as the host says now.</summary>
    public abstract PollEvents Poll();

    /// <summary>Watches for these events once and wakes <see cref="Ready"/>.</summary>
    public abstract void Arm(PollEvents events);

    /// <summary>FIONREAD, or a negative errno.</summary>
    public abstract int BytesToRead { get; }

    /// <summary>TCGETS of a terminal.</summary>
    public abstract bool TryGetSettings(out Termios settings);

    /// <summary>Window size of a terminal.</summary>
    public abstract bool TryGetWindowSize(out WinSize size);

    /// <summary>The guest has closed it for good.</summary>
    public abstract void Close();
}

/// <summary>The carrel's clocks.</summary>
public sealed class KernelClock(IHost host)
{
    public const long NanosecondsPerSecond = 1_000_000_000;

    public long Monotonic => host.MonotonicNow;

    public long Realtime => host.RealtimeNow;

    public long Boottime => host.BoottimeNow;

    public long MonotonicRaw => host.MonotonicRawNow;

    public long RealtimeCoarse => host.RealtimeCoarseNow;

    public long MonotonicCoarse => host.MonotonicCoarseNow;

    public long Tai => host.TaiNow;

    /// <summary>CLOCK_REALTIME as a timespec.</summary>
    public TimeSpec RealtimeSpec
    {
        get
        {
            long now = Realtime;
            return new TimeSpec { Sec = now / NanosecondsPerSecond, Nsec = now % NanosecondsPerSecond };
        }
    }
}
