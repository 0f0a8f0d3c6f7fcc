using Carrel.Kernel;
using Xunit;

namespace Carrel.Tests.Kernel.Time;

/// <summary>The heap of timers: what is cancelled or re-armed must not pile up in it.</summary>
public sealed class TimerQueueTests
{
    private readonly TimerQueue _queue = new();

    [Fact]
    public void RearmedTimer_LeavesFewStaleEntries()
    {
        var timer = new KernelTimer(_queue, static () => { });
        for (int i = 0; i < 100_000; i++)
        {
            timer.Set(1_000_000 + i);
        }

        Assert.Equal(1, _queue.LiveCount);
        Assert.True(_queue.HeapCount <= 513, $"{_queue.HeapCount} entries for one timer");
    }

    [Fact]
    public void StaleEntries_AreCountedAgainstTheTimersThatLiveNow()
    {
        // Many timers live when the heap is first rebuilt, few afterwards.
        var timers = new KernelTimer[5000];
        for (int i = 0; i < timers.Length; i++)
        {
            timers[i] = new KernelTimer(_queue, static () => { });
            timers[i].Set(1_000_000 + i);
        }

        foreach (KernelTimer timer in timers)
        {
            timer.Cancel();
        }

        timers[0].Set(2_000_000);
        Assert.Equal(1, _queue.LiveCount);
        Assert.Equal(1, _queue.HeapCount);
        Assert.Equal(2_000_000, _queue.NextDeadline);
    }

    [Fact]
    public void ExpiredTimer_IsNoLongerLive()
    {
        int calls = 0;
        var timer = new KernelTimer(_queue, () => calls++);
        timer.Set(10);
        timer.Cancel();
        timer.Cancel();
        timer.Set(20);
        _queue.RunExpired(19);
        Assert.Equal(0, calls);
        _queue.RunExpired(20);
        _queue.RunExpired(30);
        Assert.Equal(1, calls);
        Assert.Equal(0, _queue.LiveCount);
        Assert.Equal(long.MaxValue, _queue.NextDeadline);
    }
}
