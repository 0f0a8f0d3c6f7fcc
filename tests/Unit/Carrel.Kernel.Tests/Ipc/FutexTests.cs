using System;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Machine;
using Carrel.Tests.Kernel.Fakes;
using Xunit;
using static Carrel.Abi.FutexOp;
using Task = Carrel.Kernel.Task;

namespace Carrel.Tests.Kernel.Ipc;

/// <summary>futex(2) between threads of one process and between processes.</summary>
public sealed class FutexTests
{
    private const ulong Word = 0x20000;
    private const ulong Word2 = 0x20040;
    private const ulong Time = 0x20100;
    private const ulong Array = 0x20200;

    private readonly TestKernel _kernel = new();
    private readonly Task _first;
    private readonly Task _second;
    private readonly Task _third;

    public FutexTests()
    {
        _first = _kernel.NewProcess();
        _second = _kernel.NewThread(_first);
        _third = _kernel.NewThread(_first);
        Map(_first, Word, MapFlags.MAP_PRIVATE);
    }

    [Fact]
    public void Wait_OnAnotherValue_ReturnsEagain() => Assert.Equal(-(long)Errno.EAGAIN, Futex(_first, Word, FUTEX_WAIT, 1));

    [Fact]
    public void Wait_IsEndedByWake()
    {
        FakeThread sleeper = _kernel.Call(_first, Nr.futex, Word, FUTEX_WAIT, 0);
        Assert.Equal(GuestThreadState.InSyscall, sleeper.State);
        Assert.Equal(1, Futex(_second, Word, FUTEX_WAKE, 10));
        Assert.Equal([0L], sleeper.Answers);
        Assert.Equal(0, Futex(_second, Word, FUTEX_WAKE, 10));
    }

    [Fact]
    public void Wake_ByPrivateFlag_DoesNotReachASharedWait()
    {
        _kernel.Call(_first, Nr.futex, Word, FUTEX_WAIT, 0);
        Assert.Equal(0, Futex(_second, Word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1));
        Assert.Equal(1, Futex(_second, Word, FUTEX_WAKE, 1));
    }

    [Fact]
    public void Wake_TakesWaitersInOrder()
    {
        FakeThread a = _kernel.Call(_first, Nr.futex, Word, FUTEX_WAIT, 0);
        FakeThread b = _kernel.Call(_second, Nr.futex, Word, FUTEX_WAIT, 0);
        Assert.Equal(1, Futex(_third, Word, FUTEX_WAKE, 1));
        Assert.Single(a.Answers);
        Assert.Empty(b.Answers);
    }

    [Fact]
    public void WakeBitset_WakesOnlyMatchingWaiters()
    {
        FakeThread a = _kernel.Call(_first, Nr.futex, Word, FUTEX_WAIT_BITSET, 0, 0, 0, 1);
        FakeThread b = _kernel.Call(_second, Nr.futex, Word, FUTEX_WAIT_BITSET, 0, 0, 0, 2);
        Assert.Equal(1, _kernel.Do(_third, Nr.futex, Word, FUTEX_WAKE_BITSET, 10, 0, 0, 2));
        Assert.Empty(a.Answers);
        Assert.Equal([0L], b.Answers);
    }

    [Fact]
    public void Wait_WithTimeout_EndsWithEtimedout()
    {
        Put(Time, new TimeSpec(0, 5_000_000));
        FakeThread sleeper = _kernel.Call(_first, Nr.futex, Word, FUTEX_WAIT, 0, Time);
        _kernel.Advance(4_999_999);
        Assert.Empty(sleeper.Answers);
        _kernel.Advance(2);
        Assert.Equal([-(long)Errno.ETIMEDOUT], sleeper.Answers);
        Assert.Equal(0, Futex(_second, Word, FUTEX_WAKE, 1));
    }

    [Fact]
    public void WaitBitset_OnRealtime_TakesAnAbsoluteTime()
    {
        long deadline = _kernel.Host.RealtimeNow + 3_000;
        Put(Time, new TimeSpec(deadline / 1_000_000_000, deadline % 1_000_000_000));
        FakeThread sleeper = _kernel.Call(_first, Nr.futex, Word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, Time, 0, FUTEX_BITSET_MATCH_ANY);
        _kernel.Advance(2_999);
        Assert.Empty(sleeper.Answers);
        _kernel.Advance(1);
        Assert.Equal([-(long)Errno.ETIMEDOUT], sleeper.Answers);
    }

    [Fact]
    public void Wait_InSharedMemory_IsWokenByAnotherProcess()
    {
        const ulong address = 0x40000;
        Map(_first, address, MapFlags.MAP_SHARED);
        Task child = _kernel.NewProcess();
        Result<MemoryManager> copy = _first.Mm.Fork(_first.Thread, default, null, out _);
        child.Mm = copy.Value;
        FakeThread sleeper = _kernel.Call(_first, Nr.futex, address + 8, FUTEX_WAIT, 0);
        Assert.Equal(0, Futex(child, Word, FUTEX_WAKE, 1));
        Assert.Equal(1, Futex(child, address + 8, FUTEX_WAKE, 1));
        Assert.Equal([0L], sleeper.Answers);
    }

    [Fact]
    public void Requeue_MovesWhatItDoesNotWake()
    {
        FakeThread a = _kernel.Call(_first, Nr.futex, Word, FUTEX_WAIT, 0);
        FakeThread b = _kernel.Call(_second, Nr.futex, Word, FUTEX_WAIT, 0);
        Assert.Equal(-(long)Errno.EAGAIN, _kernel.Do(_third, Nr.futex, Word, FUTEX_CMP_REQUEUE, 1, 1, Word2, 5));
        Assert.Equal(2, _kernel.Do(_third, Nr.futex, Word, FUTEX_CMP_REQUEUE, 1, 1, Word2, 0));
        Assert.Single(a.Answers);
        Assert.Empty(b.Answers);
        Assert.Equal(0, Futex(_third, Word, FUTEX_WAKE, 1));
        Assert.Equal(1, Futex(_third, Word2, FUTEX_WAKE, 1));
        Assert.Equal([0L], b.Answers);
    }

    [Fact]
    public void WakeOp_ChangesTheWordAndWakesBoth()
    {
        Put(Word2, 5);
        _kernel.Call(_first, Nr.futex, Word, FUTEX_WAIT, 0);
        _kernel.Call(_second, Nr.futex, Word2, FUTEX_WAIT, 5);
        uint operation = ((uint)FUTEX_OP_ADD << 28) | ((uint)FUTEX_OP_CMP_GT << 24) | (3u << 12) | 4u;
        Assert.Equal(2, _kernel.Do(_third, Nr.futex, Word, FUTEX_WAKE_OP, 1, 1, Word2, operation));
        Assert.Equal(8, Get<int>(Word2));
    }

    [Fact]
    public void LockPi_IsHandedToTheFirstWaiter()
    {
        Assert.Equal(0, Futex(_first, Word, FUTEX_LOCK_PI, 0));
        Assert.Equal(_first.Tid, Get<int>(Word));
        Assert.Equal(-(long)Errno.EDEADLK, Futex(_first, Word, FUTEX_LOCK_PI, 0));
        FakeThread waiter = _kernel.Call(_second, Nr.futex, Word, FUTEX_LOCK_PI, 0);
        Assert.Equal(unchecked((int)RobustList.FUTEX_WAITERS) | _first.Tid, Get<int>(Word));
        Assert.Equal(-(long)Errno.EPERM, Futex(_third, Word, FUTEX_UNLOCK_PI, 0));
        Assert.Equal(-(long)Errno.EAGAIN, Futex(_third, Word, FUTEX_TRYLOCK_PI, 0));
        Assert.Equal(0, Futex(_first, Word, FUTEX_UNLOCK_PI, 0));
        Assert.Equal([0L], waiter.Answers);
        Assert.Equal(_second.Tid, Get<int>(Word) & (int)RobustList.FUTEX_TID_MASK);
        Assert.Equal(0, Futex(_second, Word, FUTEX_UNLOCK_PI, 0));
        Assert.Equal(0, Get<int>(Word));
    }

    [Fact]
    public void RequeuePi_GivesTheLockAndQueuesTheRest()
    {
        FakeThread a = _kernel.Call(_first, Nr.futex, Word, FUTEX_WAIT_REQUEUE_PI, 0, 0, Word2);
        FakeThread b = _kernel.Call(_second, Nr.futex, Word, FUTEX_WAIT_REQUEUE_PI, 0, 0, Word2);
        Assert.Equal(-(long)Errno.EINVAL, Futex(_third, Word, FUTEX_WAKE, 1));
        Assert.Equal(2, _kernel.Do(_third, Nr.futex, Word, FUTEX_CMP_REQUEUE_PI, 1, 10, Word2, 0));
        Assert.Equal([0L], a.Answers);
        Assert.Empty(b.Answers);
        Assert.Equal(_first.Tid, Get<int>(Word2) & (int)RobustList.FUTEX_TID_MASK);
        Assert.Equal(0, Futex(_first, Word2, FUTEX_UNLOCK_PI, 0));
        Assert.Equal([0L], b.Answers);
    }

    [Fact]
    public void Waitv_TellsWhichWordWasWoken()
    {
        Span<FutexWaitv> words = [new() { Uaddr = Word, Flags = FUTEX_32 }, new() { Uaddr = Word2, Flags = FUTEX_32 | FUTEX2_PRIVATE }];
        Assert.True(_first.Mm.Write(Array, MemoryMarshal.AsBytes(words)));
        FakeThread sleeper = _kernel.Call(_first, Nr.futex_waitv, Array, 2, 0, 0, 0);
        Assert.Equal(1, Futex(_second, Word2, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1));
        Assert.Equal([1L], sleeper.Answers);
        Assert.Equal(0, Futex(_second, Word, FUTEX_WAKE, 1));
    }

    [Fact]
    public void ExitOfAnOwner_MarksRobustMutexesAndWakesOneWaiter()
    {
        // A head at Array, one entry at Array+64 whose futex word is 16 bytes behind.
        Put(Array, new RobustListHead { Next = Array + 64, FutexOffset = 16 });
        Put(Array + 64, Array);
        Put(Array + 80, _first.Tid | unchecked((int)RobustList.FUTEX_WAITERS));
        Assert.Equal(0, _kernel.Do(_first, Nr.set_robust_list, Array, 24));
        FakeThread waiter = _kernel.Call(_second, Nr.futex, Array + 80, FUTEX_WAIT, (uint)Get<int>(Array + 80));
        Assert.Equal(GuestThreadState.InSyscall, waiter.State);
        _kernel.Kernel.Enter(() => _kernel.Kernel.Futexes.OnTaskExit(_first));
        Assert.Equal(unchecked((int)(RobustList.FUTEX_WAITERS | RobustList.FUTEX_OWNER_DIED)), Get<int>(Array + 80));
        Assert.Equal([0L], waiter.Answers);
    }

    private long Futex(Task task, ulong address, int operation, int value) => _kernel.Do(task, Nr.futex, address, (ulong)(uint)operation, (ulong)(uint)value);

    private void Map(Task task, ulong address, MapFlags sharing) => Assert.Equal(
        address,
        (ulong)_kernel.Do(task, Nr.mmap, address, 0x1000, (ulong)(Prot.PROT_READ | Prot.PROT_WRITE), (ulong)(MapFlags.MAP_FIXED | MapFlags.MAP_ANONYMOUS | sharing), 0, 0));

    private void Put<T>(ulong address, T value) where T : unmanaged => Assert.True(new UserPtr<T>(address).TryWrite(_first, value));

    private T Get<T>(ulong address) where T : unmanaged
    {
        Assert.True(new UserPtr<T>(address).TryRead(_first, out T value));
        return value;
    }
}
