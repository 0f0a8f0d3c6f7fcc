using System;
using System.Collections.Generic;
using Carrel.Machine;

namespace Carrel.Tests.Kernel.Fakes;

/// <summary>A platform without guest code: address spaces are page tables that tests look into.</summary>
internal sealed class FakePlatform : Platform
{
    public FakeFrameStore FakeFrames { get; } = new();

    public override FrameStore Frames => FakeFrames;

    public override ulong AddressLimit => 0x7fff_f000_0000;

    public override ulong AddressMinimum => 0x10000;

    public override ulong VdsoAddress => 0x7fff_fff0_4000;

    public override ulong VdsoMapStart => 0x7fff_fff0_0000;

    public override ulong VdsoMapLength => 0x6000;

    public override int FpStateSize => 836;

    public override GuestThread CreateAddressSpace() => new FakeThread(new FakeSpace(this)) { FakeState = GuestThreadState.Trapped };

    public override void Run(IGuestEvents events, object kernelLock) => throw new NotSupportedException();

    public override void Stop()
    {
    }
}

/// <summary>What the host's page tables would say of one page.</summary>
internal readonly record struct HostPage(MemoryProtection Protection, long Frame, HostFile? File, long Offset);

/// <summary>Applies changes at once.</summary>
internal sealed class FakeSpace(FakePlatform platform) : AddressSpace
{
    public const ulong PageSize = FrameStore.PageSize;

    public Dictionary<ulong, HostPage> Pages { get; private init; } = [];

    private bool _isKilled;

    /// <summary>Changes queued so far.</summary>
    public int Changes { get; private set; }

    /// <summary>The stub died: frames are released at once.</summary>
    public List<FakeThread> Threads { get; } = [];

    public bool Pending { get; set; }

    /// <summary>How far the host is said to be, for HasExecuted.</summary>
    public long Executed { get; set; } = long.MaxValue;

    public override long QueuePosition => Changes;

    public override bool HasExecuted(long position) => position <= Executed;

    public long Cpu { get; set; }

    public override int ThreadCount => Threads.Count;

    public override bool HasPendingChanges => Pending;

    public override (long User, long System) CpuTime => (Cpu, 0);

    public override void MapFrames(ulong address, ulong length, MemoryProtection protection, long frame)
    {
        for (ulong at = Check(address, length); at < address + length; at += PageSize, frame++)
        {
            Pages[at] = new HostPage(protection, frame, null, 0);
        }
    }

    public override void MapFile(ulong address, ulong length, MemoryProtection protection, HostFile file, long offset)
    {
        if ((protection & MemoryProtection.Write) != 0)
        {
            throw new InvalidOperationException("host file mapped writable");
        }

        for (ulong at = Check(address, length); at < address + length; at += PageSize, offset += (long)PageSize)
        {
            Pages[at] = new HostPage(protection, -1, file, offset);
        }
    }

    public override void Unmap(ulong address, ulong length)
    {
        Check(address, length);
        if (length / PageSize > (ulong)Pages.Count)
        {
            foreach (ulong page in new List<ulong>(Pages.Keys))
            {
                if (page >= address && page - address < length)
                {
                    Pages.Remove(page);
                }
            }

            return;
        }

        for (ulong at = address; at < address + length; at += PageSize)
        {
            Pages.Remove(at);
        }
    }

    public override void Protect(ulong address, ulong length, MemoryProtection protection)
    {
        for (ulong at = Check(address, length); at < address + length; at += PageSize)
        {
            Pages[at] = Pages.TryGetValue(at, out HostPage page)
                ? page with { Protection = protection }
                : throw new InvalidOperationException($"mprotect of a hole at {at:x}");
        }
    }

    public override void ReleaseFramesWhenApplied(long frame, long count) => platform.Frames.Release(frame, count);

    public override GuestThread SpawnThread(GuestThread caller, in Registers registers, ulong? fsBase) => new FakeThread(this);

    public override GuestThread Fork(GuestThread caller, in Registers registers, ulong? fsBase) =>
        new FakeThread(new FakeSpace(platform) { Pages = new Dictionary<ulong, HostPage>(Pages) });

    public override bool IsOver => _isKilled;

    public override void Kill()
    {
        _isKilled = true;
        Threads.Clear();
    }

    private ulong Check(ulong address, ulong length)
    {
        if (address % PageSize != 0 || length % PageSize != 0 || length == 0 || address + length > platform.AddressLimit)
        {
            throw new InvalidOperationException($"bad range {address:x}+{length:x}");
        }

        Changes++;
        return address;
    }
}

/// <summary>A thread that remembers how it was answered.</summary>
internal sealed class FakeThread : GuestThread
{
    private Registers _registers;
    private bool _isNative;

    public FakeThread(FakeSpace space)
    {
        FakeSpace = space;
        space.Threads.Add(this);
    }

    public FakeSpace FakeSpace { get; }

    public GuestThreadState FakeState { get; set; } = GuestThreadState.Running;

    /// <summary>Answers to system calls.</summary>
    public List<long> Answers { get; } = [];

    public int Kicks { get; private set; }

    public override AddressSpace Space => FakeSpace;

    public override GuestThreadState State => FakeState;

    public override ref Registers Registers => ref _registers;

    public override void ReadFpState(Span<byte> destination) => destination.Clear();

    public override bool WriteFpState(ReadOnlySpan<byte> image) => true;

    public override void SetFsBase(ulong value)
    {
    }

    public override void Complete(long value)
    {
        Answers.Add(value);
        FakeState = GuestThreadState.Running;
    }

    public override void CompleteAndTrap(long value) => Complete(value);

    public override void ContinueNatively()
    {
        _isNative = true;
        Complete(0);
    }

    /// <summary>The last call was left to the host; asking resets it.</summary>
    public bool TookNative()
    {
        bool isNative = _isNative;
        _isNative = false;
        return isNative;
    }

    public override void Resume() => FakeState = GuestThreadState.Running;

    public override void Kick() => Kicks++;

    public override void Exit()
    {
        FakeState = GuestThreadState.Dead;
        FakeSpace.Threads.Remove(this);
    }
}
