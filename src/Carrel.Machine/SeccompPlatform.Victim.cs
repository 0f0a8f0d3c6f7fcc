using System;
using System.Globalization;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>
/// Memory running out as the host sees it. The guest's own limit lies below that of the control group, so the group would never count what our kernel does about it.
/// So a stub without any guest code takes memory until the host's OOM killer has ended it, which then has happened to a process of the container.
/// </summary>
public sealed unsafe partial class SeccompPlatform
{
    /// <summary>Nothing else has so much need of the host's OOM killer (oom_score_adj(5)).</summary>
    private static ReadOnlySpan<byte> FirstScore => "1000"u8;

    /// <summary>Where the victim has its memory: nothing else is mapped in it down there.</summary>
    private const ulong VictimMemory = 1UL << 32;

    private int _zygoteScore = -1;
    private byte[] _usualScore = [];
    private bool _isScoreRaised;
    private long _victimSize;
    private StubThread? _victim;

    private bool HasVictim => _victimSize > 0 || _victim is not null;

    public override void ExceedHostLimit(long bytes)
    {
        if (!HasVictim && !_isStopping && bytes > 0)
        {
            // Not now: the caller may be in the middle of something with this very platform.
            _victimSize = Math.Min(bytes, (long)(StubLayout.StubCode - VictimMemory)) & -FrameStore.PageSize;
            WakeByZygote();
        }
    }

    /// <summary>As long as the zygote's files in proc are its own.</summary>
    private void OpenZygoteScore(int proc, int pid)
    {
        if (proc < 0)
        {
            return;
        }

        if (HostFd.StatFs(proc, out StatFs stat) == 0 && stat.Type == SuperMagic.PROC_SUPER_MAGIC)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"{pid}/oom_score_adj");
            _zygoteScore = HostPath.OpenAt(proc, path, OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC);
            Span<byte> text = stackalloc byte[16];
            long length = _zygoteScore < 0 ? 0 : HostFd.ReadAt(_zygoteScore, text, 0);
            _usualScore = length > 0 ? text[..(int)length].ToArray() : "0"u8.ToArray();
        }

        HostFd.Close(proc);
    }

    private void StartVictim()
    {
        long size = _victimSize;
        _victimSize = 0;
        StubThread thread = new StubSpace(this).CreateFirstThread();
        if (thread.IsStillborn)
        {
            return; // there is too little memory to tell of it
        }

        _victim = thread;
        // Our view of the guest's memory would count as ours.
        HostMemory.Advise((ulong)FrameFile.Address(0), FrameFile.Length, Madvise.MADV_DONTNEED);
        const MapFlags flags = MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_FIXED | MapFlags.MAP_NORESERVE | MapFlags.MAP_POPULATE;
        (thread.Prelude ??= []).Add(new StubCall(Nr.mmap, VictimMemory, (ulong)size, (ulong)(MemoryProtection.Read | MemoryProtection.Write), (ulong)flags, ulong.MaxValue));
        thread.EndAfterPrelude();
        thread.StubSpace.ThreadLeft();
        thread.IsHeld = false;
        _wanted.Enqueue(thread);
        PumpZygote();
    }

    /// <summary>It inherits the score from the zygote, which has it for this one clone only.</summary>
    private void RaiseScoreFor(StubThread child)
    {
        if (child == _victim && _zygoteScore >= 0)
        {
            _isScoreRaised = HostFd.Write(_zygoteScore, FirstScore) > 0;
        }
    }

    private void RestoreScore()
    {
        if (_isScoreRaised)
        {
            _isScoreRaised = false;
            HostFd.Write(_zygoteScore, _usualScore);
        }
    }

    /// <summary>The victim's space is gone: the host has killed it, or there was no need to.</summary>
    private void ForgetVictim(StubSpace space)
    {
        if (_victim is { } victim && victim.StubSpace == space)
        {
            _victim = null;
            if (_isStopping)
            {
                WakeByZygote();
            }
        }
    }

    /// <summary>The host could not make a thread. If it was to be the victim, there is none.</summary>
    internal void OnSpawnFailed(StubThread thread)
    {
        if (thread == _victim)
        {
            ForgetVictim(thread.StubSpace);
            return;
        }

        Events.OnSpawnFailed(thread);
    }

    /// <summary>The carrel ends when its victim has: nobody else is served any more.</summary>
    private bool ServesVictim(in SeccompNotif notification) =>
        (int)notification.Pid == _zygote.Tid || (int)notification.Pid == _victim?.Tid || notification.Data.Nr == StubLayout.BellChild;
}
