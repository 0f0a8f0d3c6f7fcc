using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>What the host thread says: notifications, in the order of their coming.</summary>
internal sealed partial class StubThread
{
    /// <summary>A notification other than a child's first.</summary>
    internal void OnNotification(in SeccompNotif notification)
    {
        bool isStub = StubLayout.IsStub(notification.Data.InstructionPointer);
        switch (Phase)
        {
            case StubPhase.Dead:
                return; // raced with its end
            case StubPhase.List:
                OnListNotification(notification, isStub);
                return;
            case StubPhase.Guest:
                break;
            default:
                _platform.Violate($"a waiting thread called {notification.Data.Nr}");
                return;
        }

        if (isStub && notification.Data.Nr == StubLayout.BellFailed && _isListEndOpen)
        {
            OnListFailed(notification);
            return;
        }

        if (_isKickDue && !(isStub && notification.Data.Nr == StubLayout.BellTrap && notification.Data.Args[0] == StubLayout.KickSignal))
        {
            _platform.Violate("a reserved signal is blocked");
            return;
        }

        _notification = notification.Id;
        Confirm();
        if (Phase == StubPhase.Dead)
        {
            return; // it was only kept to see its fork through
        }

        if (!isStub)
        {
            OnSyscall(notification.Data);
        }
        else if (notification.Data.Nr == StubLayout.BellTrap)
        {
            OnBell(notification.Data);
        }
        else
        {
            _platform.Violate($"call {notification.Data.Nr} from the stub's page");
        }
    }

    /// <summary>The cloned host thread's first sign of life.</summary>
    internal void OnArrival(ulong notification)
    {
        _notification = notification;
        if (Phase == StubPhase.Dead)
        {
            return; // its space was killed meanwhile, and the host process with it
        }

        Phase = StubPhase.Trapped;
        if (IsHeld)
        {
            return;
        }

        if (_isKickWanted && !_isExiting)
        {
            _isKickWanted = false;
            _platform.Events.OnTrap(this, new TrapInfo(TrapReason.Kick, 0, 0, 0, 0, 0));
            return;
        }

        Proceed();
    }

    private void OnSyscall(in SeccompData data)
    {
        Phase = StubPhase.Syscall;
        EntrySequence = _space.QueuedSequence;
        _syscall = data.Nr;
        _arguments = new SyscallArguments(data.Args[0], data.Args[1], data.Args[2], data.Args[3], data.Args[4], data.Args[5]);
        _platform.Events.OnSyscall(this, _syscall, _arguments);
    }

    /// <summary>A signal handler rang: rdi=signal rsi=siginfo rdx=ucontext.</summary>
    private void OnBell(in SeccompData data)
    {
        int signal = (int)data.Args[0];
        bool isKnown = signal is Signal.SIGSYS or Signal.SIGSEGV or Signal.SIGBUS or Signal.SIGILL or Signal.SIGFPE or Signal.SIGTRAP or StubLayout.KickSignal;
        if (!isKnown || data.Args[0] != (ulong)signal
            || data.Args[1] != FrameAddress + SlotGeometry.InfoInFrame || data.Args[2] != FrameAddress + SlotGeometry.ContextInFrame
            || !SlotFrame.TryRead(Slot, _platform.Geometry, out RtSigFrame frame))
        {
            _platform.Violate($"false signal frame ({signal})");
            return;
        }

        Phase = StubPhase.Trapped;
        SlotFrame.Load(frame.Uc.Mcontext, ref _registers);
        if (signal == StubLayout.KickSignal)
        {
            _isKickSent = false;
            _isKickDue = false;
            if (_isExiting || !_isKickWanted)
            {
                Proceed(); // only mapping changes wait, or it comes late
                return;
            }

            EntrySequence = _space.QueuedSequence;
            _isKickWanted = false;
            _platform.Events.OnTrap(this, new TrapInfo(TrapReason.Kick, 0, 0, 0, 0, 0));
            return;
        }

        EntrySequence = _space.QueuedSequence;
        _isKickWanted = false; // the kernel has the thread now
        _platform.Events.OnTrap(this, SlotFrame.Describe(frame, signal));
    }
}
