using System;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Kernel;

namespace Carrel.Sandbox;

/// <summary>Clocks, timer, random bytes and log for the kernel.</summary>
internal sealed class SandboxHost : IHost
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly RandomPool _random;
    private readonly int _timer;
    private readonly bool _logs;

    /// <param name="logs">Log lines go to descriptor 2.</param>
    internal SandboxHost(bool logs)
    {
        _logs = logs;
        Span<byte> seed = stackalloc byte[RandomPool.KeySize];
        if (HostRandom.Fill(seed) != seed.Length)
        {
            throw new InvalidOperationException("the host has no random numbers yet");
        }

        _random = new RandomPool(seed);
        _timer = HostTimer.Create(ClockId.CLOCK_MONOTONIC, TimerfdFlags.TFD_NONBLOCK | TimerfdFlags.TFD_CLOEXEC);
    }

    /// <summary>The descriptor that becomes readable when <see cref="LinuxKernel.OnTimer"/> is due.</summary>
    internal int TimerFd => _timer;

    public long MonotonicNow => HostClock.Read(ClockId.CLOCK_MONOTONIC);

    public long RealtimeNow => HostClock.Read(ClockId.CLOCK_REALTIME);

    public long BoottimeNow => HostClock.Read(ClockId.CLOCK_BOOTTIME);

    public long MonotonicRawNow => HostClock.Read(ClockId.CLOCK_MONOTONIC_RAW);

    public long RealtimeCoarseNow => HostClock.Read(ClockId.CLOCK_REALTIME_COARSE);

    public long MonotonicCoarseNow => HostClock.Read(ClockId.CLOCK_MONOTONIC_COARSE);

    public long TaiNow => HostClock.Read(ClockId.CLOCK_TAI);

    public void SetTimer(long deadline)
    {
        // Zero would disarm the timer; the past fires at once.
        long at = deadline == long.MaxValue ? 0 : Math.Max(deadline, 1);
        HostTimer.SetAbsolute(_timer, new TimeSpec { Sec = at / NanosecondsPerSecond, Nsec = at % NanosecondsPerSecond });
    }

    public void GetRandom(Span<byte> destination) => _random.Fill(destination);

    public void Log(string message)
    {
        if (_logs)
        {
            HostFd.Write(2, Encoding.UTF8.GetBytes("carrel: " + message + "\n"));
        }
    }
}
