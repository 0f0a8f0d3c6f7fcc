using System;
using System.Collections.Generic;
using System.Threading;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>
/// The gate by seccomp user notification: guest code runs in stub processes under a filter that hands each of its system calls
/// to this process. The part here is the receiving loop and the tables; how stubs are made is in SeccompPlatform.Zygote.cs.
/// </summary>
/// <remarks>
/// The thread that builds the platform must live as long as it (PR_SET_PDEATHSIG). After construction no descriptor is opened and no
/// process cloned by this process; forks happen inside the stubs.
/// </remarks>
public sealed unsafe partial class SeccompPlatform : Platform
{
    private readonly SeccompPlatformOptions _options;
    private readonly Dictionary<int, StubThread> _threads = [];
    private readonly Dictionary<int, StubSpace> _spaces = [];
    private readonly int _listener;
    private IGuestEvents? _events;
    private readonly Queue<StubThread> _unborn = [];
    private bool _isStopping;

    public override FrameStore Frames => FrameFile;

    public override ulong AddressLimit => StubLayout.StubCode;

    public override ulong AddressMinimum => 0x10000;

    public override ulong VdsoAddress { get; }

    public override ulong VdsoMapStart { get; }

    public override ulong VdsoMapLength { get; }

    public override int FpStateSize => Geometry.FpSize;

    // Ours is the same image as the stubs'.
    public override bool ReadVdso(long offset, Span<byte> destination)
    {
        ulong end = VdsoMapStart + VdsoMapLength - VdsoAddress;
        byte* image = HostProcess.VdsoImage;
        if (image is null || VdsoAddress == 0 || offset < 0 || (ulong)offset > end || (ulong)destination.Length > end - (ulong)offset)
        {
            return false;
        }

        fixed (byte* to = destination)
        {
            return FaultTolerant.Copy(to, image + offset, destination.Length);
        }
    }

    internal LinearFrameStore FrameFile { get; }

    internal SlotGeometry Geometry { get; }

    internal bool NeedsParentDeathSignal { get; }

    internal bool NamesProcesses => _options.NamesProcesses;

    internal IGuestEvents Events => _events ?? throw new InvalidOperationException("the platform does not run");

    public override void Run(IGuestEvents events, object kernelLock)
    {
        lock (kernelLock)
        {
            _events = events;
            StartReaping(kernelLock);
        }

        SeccompNotif notification;
        while (true)
        {
            int result = HostSeccomp.Receive(_listener, &notification);
            lock (kernelLock)
            {
                if (_isStopping && !HasVictim)
                {
                    KillAll();
                    return;
                }

                if (result == 0)
                {
                    if (!_isStopping || ServesVictim(notification))
                    {
                        Dispatch(notification);
                    }
                }
                else if (result is not (-(int)Errno.ENOENT) and not (-(int)Errno.EINTR))
                {
                    Violate($"the listener failed: {(Errno)(-result)}");
                    return;
                }

                while (_unborn.TryDequeue(out StubThread? thread))
                {
                    thread.NeverStarted();
                }

                if (_victimSize > 0)
                {
                    StartVictim();
                }
            }
        }
    }

    public override void Stop()
    {
        if (!_isStopping)
        {
            _isStopping = true;
            if (HasVictim)
            {
                KillAll(); // what they have counts, too
            }

            WakeByZygote();
        }
    }

    public override void DiscardWaiting()
    {
        foreach (StubSpace space in _spaces.Values)
        {
            WaitingFrames.Discard(space, FrameFile);
        }
    }

    /// <summary>Reports a thread that there was no memory for; not from inside the call that asked for it.</summary>
    internal void FailLater(StubThread thread)
    {
        _unborn.Enqueue(thread);
        WakeByZygote();
    }

    internal void Log(string message) => _options.Log?.Invoke(message);

    internal void Violate(string what)
    {
        Log($"violation: {what}");
        _events?.OnViolation(what);
    }

    internal void Send(ulong notification, long value) => HostSeccomp.Send(_listener, notification, value, 0);

    internal void SendContinue(ulong notification) => HostSeccomp.Send(_listener, notification, 0, Seccomp.SECCOMP_USER_NOTIF_FLAG_CONTINUE);

    internal int AddFd(ulong notification, int fd, int target) => HostSeccomp.AddFd(_listener, notification, fd, target, 0);

    /// <summary>False if the thread is gone.</summary>
    internal static bool SendSignal(int pid, int tid, int signal) => HostProcess.KillThread(pid, tid, signal) == 0;

    internal void ForgetThread(StubThread thread)
    {
        if (_threads.TryGetValue(thread.Tid, out StubThread? known) && known == thread)
        {
            _threads.Remove(thread.Tid);
        }
    }

    internal void ForgetSpace(StubSpace space)
    {
        if (_spaces.TryGetValue(space.Pid, out StubSpace? known) && known == space)
        {
            _spaces.Remove(space.Pid);
        }
    }

    private void Dispatch(in SeccompNotif notification)
    {
        _threads.TryGetValue((int)notification.Pid, out StubThread? thread);
        if (notification.Data.Nr == StubLayout.BellChild && StubLayout.IsStub(notification.Data.InstructionPointer))
        {
            OnChild(notification, thread);
        }
        else if (thread is not null)
        {
            thread.OnNotification(notification);
        }
        else if (HostSeccomp.IsValid(_listener, notification.Id))
        {
            Violate($"thread {notification.Pid} is not ours");
        }
    }

    private void KillAll()
    {
        foreach (StubSpace space in _spaces.Values)
        {
            if (!HasVictim || (space != _victim?.StubSpace && space != _zygote.StubSpace))
            {
                HostProcess.Kill(space.Pid, Signal.SIGKILL);
            }
        }
    }

    /// <summary>Reaps stubs in a thread of its own, made at construction because a filter may forbid it later.</summary>
    private sealed class Reaper
    {
        private readonly SeccompPlatform _platform;
        private readonly ManualResetEventSlim _started = new();
        private object? _kernelLock;

        internal Reaper(SeccompPlatform platform)
        {
            _platform = platform;
            new Thread(Run, 256 * 1024) { IsBackground = true, Name = "reaper" }.Start();
        }

        internal void Start(object kernelLock)
        {
            _kernelLock = kernelLock;
            _started.Set();
        }

        private void Run()
        {
            _started.Wait();
            while (true)
            {
                int pid = HostProcess.Wait(-1, (int)WaitOptions.__WALL, out int status, out long user, out long system);
                if (pid == -(int)Errno.EINTR)
                {
                    continue;
                }

                if (pid < 0)
                {
                    // No child left: all is over. A thread's end takes host calls that a filter may forbid, so it stays.
                    Thread.Sleep(Timeout.Infinite);
                }

                lock (_kernelLock!)
                {
                    if (_platform.OnReaped(pid, user, system))
                    {
                        continue;
                    }
                }

                _platform._options.OtherChildEnded?.Invoke(pid, status);
            }
        }
    }

    private void StartReaping(object kernelLock) => _reaper.Start(kernelLock);

    private bool OnReaped(int pid, long user, long system)
    {
        if (!_spaces.Remove(pid, out StubSpace? space))
        {
            return false;
        }

        ForgetVictim(space);
        if (_isStopping)
        {
            return true;
        }

        if (space == _zygote.StubSpace)
        {
            Violate("the zygote is gone");
            return true;
        }

        space.Died(user, system);
        return true;
    }
}
