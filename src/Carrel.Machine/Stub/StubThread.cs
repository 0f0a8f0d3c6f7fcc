using System;
using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>What the host thread of a <see cref="StubThread"/> is doing, as far as we know.</summary>
internal enum StubPhase
{
    /// <summary>Not cloned yet, or cloned and not heard of.</summary>
    Starting,
    /// <summary>Runs guest code, or is on its way there.</summary>
    Guest,
    /// <summary>Waits in a guest system call for our answer.</summary>
    Syscall,
    /// <summary>Waits in a doorbell; the kernel has the registers.</summary>
    Trapped,
    /// <summary>Waits in a doorbell until another thread of its space has finished with the mappings.</summary>
    Parked,
    /// <summary>Executes a call list.</summary>
    List,
    /// <summary>Gone, or as good as.</summary>
    Dead,
}

/// <summary>
/// A guest thread as a host thread under the gate's filter. This part holds what the kernel calls; what the host thread says
/// arrives in StubThread.Gate.cs; call lists are made in StubThread.List.cs.
/// </summary>
internal sealed partial class StubThread : GuestThread
{
    private readonly SeccompPlatform _platform;
    private readonly StubSpace _space;
    private Registers _registers;

    /// <summary>The notification that waits for its answer.</summary>
    private ulong _notification;
    private int _syscall;
    private SyscallArguments _arguments;

    /// <summary>The kernel wants an OnTrap(Kick).</summary>
    private bool _isKickWanted;

    /// <summary>A kick signal was sent and its handler has not been heard of.</summary>
    private bool _isKickSent;

    /// <summary>The next thing to hear from this thread must be the kick's handler.</summary>
    private bool _isKickDue;

    /// <summary>The thread shall end instead of running guest code (after the fork it was about to make).</summary>
    private bool _isExiting;

    private ulong? _fsBase;

    internal StubThread(SeccompPlatform platform, StubSpace space, Slot slot, bool isFirst)
    {
        _platform = platform;
        _space = space;
        Slot = slot;
        IsFirst = isFirst;
        EntrySequence = space.QueuedSequence;
    }

    /// <summary>The first thread of its space: made by a fork of the parent or of the zygote.</summary>
    internal bool IsFirst { get; }

    /// <summary>There was no memory for its slot; it will never run.</summary>
    internal bool IsStillborn => ReferenceEquals(Slot, Slot.None);

    internal ulong Notification => _notification;

    internal Slot Slot { get; }

    internal int Tid { get; set; }

    internal StubPhase Phase { get; set; }

    /// <summary>Made by CreateAddressSpace and not resumed yet: it looks Trapped, whatever the host thread does.</summary>
    internal bool IsHeld { get; set; }

    /// <summary>The space's queue position when the thread last came in from guest code.</summary>
    internal long EntrySequence { get; private set; }

    public override AddressSpace Space => _space;

    internal StubSpace StubSpace => _space;

    /// <summary>Where the host puts a signal frame, in the stub.</summary>
    private ulong FrameAddress => Slot.Address + (ulong)_platform.Geometry.Frame;

    public override GuestThreadState State => _isExiting ? GuestThreadState.Dead : Phase switch
    {
        StubPhase.Dead => GuestThreadState.Dead,
        _ when IsHeld => GuestThreadState.Trapped,
        StubPhase.Syscall => GuestThreadState.InSyscall,
        StubPhase.Trapped => GuestThreadState.Trapped,
        _ => GuestThreadState.Running,
    };

    public override ref Registers Registers => ref _registers;

    public override void ReadFpState(Span<byte> destination)
    {
        RequireTrapped();
        if (!SlotFrame.TryReadFp(Slot, _platform.Geometry, destination))
        {
            _space.Fail();
        }
    }

    public override bool WriteFpState(ReadOnlySpan<byte> image)
    {
        RequireTrapped();
        SlotGeometry geometry = _platform.Geometry;
        byte[] clean = SlotFrame.InitialFp(geometry);
        if (!image.IsEmpty && !FpImage.TryCopy(image, clean))
        {
            return false;
        }

        if (!Slot.TryWrite(geometry.Fp, clean))
        {
            _space.Fail();
        }

        return true;
    }

    public override void SetFsBase(ulong value)
    {
        RequireTrapped();
        _fsBase = value;
    }

    public override void Complete(long value)
    {
        if (!BeginAnswer())
        {
            return;
        }

        if (_isKickWanted || _space.MustWaitFor(this))
        {
            SendKick();
        }

        _isKickDue = _isKickSent;
        _space.FlushReleases();
        Phase = StubPhase.Guest;
        _platform.Send(_notification, value);
    }

    public override void CompleteAndTrap(long value)
    {
        _isKickWanted = true;
        Complete(value);
    }

    public override void ContinueNatively()
    {
        if (!BeginAnswer())
        {
            return;
        }

        bool changesMappings = _syscall is Nr.munmap or Nr.mprotect or Nr.madvise;
        if (changesMappings && !_space.MayGoNative(this))
        {
            // It has its place behind the changes that wait.
            _space.Enqueue(new StubCall(_syscall, _arguments.A0, _arguments.A1, _arguments.A2));
            Complete(0);
            return;
        }

        if (_syscall is Nr.exit or Nr.exit_group)
        {
            LeaveNatively();
            return;
        }

        if (changesMappings)
        {
            if (_space.ThreadCount > 1)
            {
                Open.Native = (_arguments.A0, _arguments.A0 + _arguments.A1);
                _space.NativeStarted();
            }

            if (_space.AwaitReleases(this) > StubSpace.ManyPages)
            {
                SendKick(); // to learn soon that the memory is free
            }
        }

        if (_isKickWanted || _space.MustWaitFor(this))
        {
            SendKick();
        }

        _isKickDue = _isKickSent;
        Phase = StubPhase.Guest;
        _platform.SendContinue(_notification);
    }

    public override void Resume()
    {
        if (Phase == StubPhase.Dead)
        {
            return;
        }

        RequireTrapped();
        if (IsStillborn)
        {
            IsHeld = false;
            _platform.FailLater(this);
            return;
        }

        WriteRegisters();
        _forkSequence = _space.QueuedSequence;
        if (IsHeld && Phase == StubPhase.Starting)
        {
            IsHeld = false; // goes on when the host thread has arrived
            return;
        }

        IsHeld = false;
        Proceed();
    }

    public override void Kick()
    {
        if (State is GuestThreadState.Trapped or GuestThreadState.Dead)
        {
            return;
        }

        _isKickWanted = true;
        if (Phase is StubPhase.Guest or StubPhase.List or StubPhase.Parked)
        {
            SendKick();
        }
    }

    public override void Exit()
    {
        if (Phase == StubPhase.Dead || _isExiting)
        {
            return;
        }

        if (_space.ThreadCount <= 1 && Child is null)
        {
            _space.Kill();
            return;
        }

        GuestThreadState state = State;
        if (state == GuestThreadState.Running)
        {
            throw new InvalidOperationException("Exit of a running thread");
        }

        if (state == GuestThreadState.InSyscall && _syscall == Nr.exit)
        {
            LeaveNatively(); // it asked for just that
            return;
        }

        _isExiting = true;
        _forkSequence = _space.QueuedSequence;
        _space.ThreadLeft();
        if (state == GuestThreadState.InSyscall)
        {
            SendKick();
            _isKickDue = true;
            Phase = StubPhase.Guest;
            _platform.Send(_notification, -(long)Errno.EINTR);
            return;
        }

        IsHeld = false;
        if (Phase == StubPhase.Trapped)
        {
            Proceed();
        }
    }

    /// <summary>Sends the kick signal unless one is on its way.</summary>
    internal void SendKick()
    {
        if (!_isKickSent && Tid != 0)
        {
            _isKickSent = SeccompPlatform.SendSignal(_space.Pid, Tid, StubLayout.KickSignal);
        }
    }

    /// <summary>Sets the registers of a thread that has not started.</summary>
    internal void Prepare(in Registers registers, ulong? fsBase)
    {
        _registers = registers;
        _fsBase = fsBase;
        if (!IsStillborn)
        {
            WriteRegisters();
        }
    }

    private void WriteRegisters()
    {
        if (!SlotFrame.TryWrite(Slot, _platform.Geometry, _registers))
        {
            _space.Fail();
        }
    }

    /// <summary>False if there is nothing to answer because the space is dead.</summary>
    private bool BeginAnswer()
    {
        if (Phase == StubPhase.Dead)
        {
            return false;
        }

        return Phase == StubPhase.Syscall ? true : throw new InvalidOperationException($"answer to a thread that is {Phase}");
    }

    private void RequireTrapped()
    {
        if (State != GuestThreadState.Trapped)
        {
            throw new InvalidOperationException($"thread is {Phase}, not trapped");
        }
    }

    /// <summary>exit(2) and exit_group(2) by the host itself.</summary>
    private void LeaveNatively()
    {
        bool isWhole = _syscall == Nr.exit_group || _space.ThreadCount <= 1;
        ulong id = _notification;
        if (isWhole)
        {
            _space.EndsByItself();
        }
        else
        {
            _space.ThreadLeft();
            _space.FlushReleases();
            _space.HostThreadEnds(this);
        }

        _platform.SendContinue(id);
    }
}
