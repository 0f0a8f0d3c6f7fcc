using System;
using Carrel.Kernel;

namespace Carrel.Tests.Kernel.Fakes;

/// <summary>A host whose time stands still until a test moves it.</summary>
internal sealed class FakeHost : IHost
{
    private readonly Random _random = new(1);

    public long Now { get; set; } = 1_000_000_000_000;

    public long MonotonicNow => Now;

    public long RealtimeNow => Now + 1_700_000_000_000_000_000;

    public long BoottimeNow => Now;

    public long Timer { get; private set; } = long.MaxValue;

    public void SetTimer(long deadline) => Timer = deadline;

    public void GetRandom(Span<byte> destination) => _random.NextBytes(destination);

    public void Log(string message)
    {
    }
}
