using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>
/// Making stubs. The zygote is the only process that this one clones; it waits in a doorbell and forks when a fresh address space is
/// wanted. Every new host thread reports with a tag that its clone call carried in an unused register.
/// </summary>
public sealed unsafe partial class SeccompPlatform
{
    private readonly StubThread _zygote;
    private readonly Reaper _reaper;
    private readonly Queue<StubThread> _wanted = [];
    private readonly Dictionary<ulong, StubThread> _children = [];
    private readonly HashSet<ulong> _abandoned = [];
    private ulong _lastTag;

    public SeccompPlatform(SeccompPlatformOptions options)
    {
        _options = options;
        NeedsParentDeathSignal = options.UseParentDeathSignal ?? HostProcess.Pid != 1;
        Geometry = new SlotGeometry();
        int fd = options.FramesFd >= 0 ? options.FramesFd : HostFd.CreateMemory("carrel-frames", MemfdFlags.MFD_CLOEXEC);
        FrameFile = new LinearFrameStore(fd, options.MemoryLimit);

        long boot = FrameFile.Allocate(StubLayout.BootWindow / FrameStore.PageSize);
        VdsoLayout vdso = options.Maps is { } maps ? VdsoLayout.OfMaps(maps) : VdsoLayout.OfThisProcess();
        if (vdso.TotalLength > 0)
        {
            VdsoMapStart = StubLayout.VdsoBase;
            VdsoMapLength = vdso.TotalLength;
            VdsoAddress = StubLayout.VdsoBase + (ulong)-vdso.LowestOffset;
        }

        int pid = StubBoot.Start(this, vdso, boot, out _listener);
        _zygote = new StubSpace(this).AdoptThread(boot, FrameFile.Address(boot), pid);
        _threads.Add(pid, _zygote);
        _spaces.Add(pid, _zygote.StubSpace);
        OpenZygoteScore(options.ProcFd, pid);
        FinishBoot(boot);
        _reaper = new Reaper(this);
    }

    public override GuestThread CreateAddressSpace()
    {
        StubThread thread = new StubSpace(this).CreateFirstThread();
        if (!thread.IsStillborn)
        {
            _wanted.Enqueue(thread);
            PumpZygote();
        }

        return thread;
    }

    internal ulong RegisterChild(StubThread child)
    {
        _children.Add(++_lastTag, child);
        child.Tag = _lastTag;
        return _lastTag;
    }

    internal void ForgetChild(StubThread child) => _children.Remove(child.Tag);

    /// <summary>The zygote has done what it was told and waits again. False if the thread is another one.</summary>
    internal bool OnZygoteConfirm(StubThread thread)
    {
        if (thread != _zygote)
        {
            return false;
        }

        RestoreScore();
        PumpZygote();
        return true;
    }

    /// <summary>The parent's process is gone; if the child was not certain to exist, it is taken not to.</summary>
    internal void AbandonChildrenOf(StubSpace space)
    {
        foreach ((ulong tag, StubThread child) in new Dictionary<ulong, StubThread>(_children))
        {
            if (child.Origin?.StubSpace != space)
            {
                continue;
            }

            if (!child.IsFirst)
            {
                _children.Remove(tag);
            }
            else if (!child.IsCloneDecided)
            {
                _children.Remove(tag);
                _abandoned.Add(tag);
                child.NeverStarted();
            }
        }
    }

    /// <summary>
    /// The zygote opens the file too, now or when it is free; its children inherit it. A file that fresh spaces ask for again and again (the dynamic
    /// loader, the C library) is better inherited by all of them.
    /// </summary>
    internal void GiveToZygote(HostFileHandle file)
    {
        if (_zygote.Phase == StubPhase.Trapped)
        {
            _zygote.StubSpace.Files.Provide(_zygote, file);
        }
        else
        {
            file.TimesProvided--; // another time
        }
    }

    private void PumpZygote()
    {
        if (_zygote.Phase == StubPhase.Trapped && _wanted.TryDequeue(out StubThread? child))
        {
            RaiseScoreFor(child);
            _zygote.SpawnFromZygote(child);
        }
    }

    /// <summary>Makes the zygote ring, so that the gate thread comes out of the host's RECV.</summary>
    private void WakeByZygote()
    {
        if (_zygote.Phase == StubPhase.Trapped)
        {
            _zygote.SendCalls([]);
        }
    }

    /// <summary>First sign of life of a cloned thread. Only it can carry the tag: the clone call was checked, and since then it ran nothing but the stub.</summary>
    private void OnChild(in SeccompNotif notification, StubThread? known)
    {
        int tid = (int)notification.Pid;
        ulong tag = notification.Data.Args[2];
        if (known is not null && HostProcess.KillThread(known.StubSpace.Pid, tid, 0) == 0 && known.Phase != StubPhase.Dead)
        {
            Violate("a running thread posed as a new one");
            return;
        }

        if (!_children.Remove(tag, out StubThread? child))
        {
            if (_abandoned.Remove(tag))
            {
                HostProcess.Kill(tid, Signal.SIGKILL);
            }
            else if (HostSeccomp.IsValid(_listener, notification.Id))
            {
                Violate("a new thread that nobody asked for");
            }

            return;
        }

        child.Tid = tid;
        _threads[tid] = child;
        if (child.IsFirst)
        {
            _spaces[tid] = child.StubSpace;
            child.StubSpace.Born(tid);
        }

        child.DecideClone();
        child.OnArrival(notification.Id);
    }

    /// <summary>The first trap shows where frames lie; then the zygote drops what it needed for its start and rests in a doorbell.</summary>
    private void FinishBoot(long boot)
    {
        SeccompNotif notification;
        Require(HostSeccomp.Receive(_listener, &notification), "no trap of the stub");
        StubBoot.LearnGeometry(this, boot, notification);
        _zygote.RestInBell(notification.Id);
        ulong slotEnd = StubLayout.SlotBase + (ulong)Geometry.Size;
        _zygote.SendCalls(
        [
            StubCall.Unmap(slotEnd, StubLayout.SlotBase + StubLayout.BootWindow - slotEnd),
            new StubCall(Nr.close, StubBoot.ListenerInStub),
            new StubCall(Nr.prctl, PrctlOption.PR_SET_DUMPABLE, 0),
        ]);
        while (_zygote.Phase != StubPhase.Trapped)
        {
            Require(HostSeccomp.Receive(_listener, &notification), "the stub is silent");
            Dispatch(notification);
        }

        FrameFile.Release(boot + Geometry.Pages, (StubLayout.BootWindow / FrameStore.PageSize) - Geometry.Pages);
    }

    internal static void Require(long result, string what)
    {
        if (result < 0)
        {
            throw new InvalidOperationException($"{what}: {(Errno)(-result)}");
        }
    }
}
