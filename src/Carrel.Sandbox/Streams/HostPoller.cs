using System;
using System.Collections.Generic;
using System.Threading;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Kernel;

namespace Carrel.Sandbox;

/// <summary>
/// The thread that waits for the host on behalf of the kernel: the next timer, sources of messages, streams that somebody waits for. What it
/// finds it does under the kernel lock. Nothing here is called for system calls that need not wait.
/// </summary>
internal sealed class HostPoller
{
    private const int FixedEntries = 3;

    /// <summary>Nanoseconds without an event after which <see cref="Idle"/> is called, once.</summary>
    private const long IdleTime = 500_000_000;

    private readonly SandboxHost _host;
    private readonly int _wakeUp;
    private readonly List<PollSource> _sources = [];
    private readonly List<DescriptorStream> _streams = [];
    private readonly List<int> _closing = [];
    private readonly ManualResetEventSlim _running = new();
    private LinuxKernel? _kernel;

    internal HostPoller(SandboxHost host)
    {
        _host = host;
        _wakeUp = HostFd.EventFd(0, EventfdFlags.EFD_NONBLOCK | EventfdFlags.EFD_CLOEXEC);
    }

    /// <summary>An error that nobody expected.</summary>
    internal required Action<Exception> Crashed { get; init; }

    /// <summary>Called with the lock held when the host has had no news for a while, once: the time to give back what only the start needed.</summary>
    internal Action? Idle { get; set; }

    internal void Add(DescriptorStream stream) => _streams.Add(stream);

    /// <summary>From now on the source is read. Lock held, or nothing runs yet.</summary>
    internal void Add(PollSource source)
    {
        _sources.Add(source);
        Wake();
    }

    /// <summary>Lets go of a stream; its descriptor is closed by the poller, which may be waiting for it. Lock held.</summary>
    internal void Remove(DescriptorStream stream)
    {
        _streams.Remove(stream);
        _closing.Add(stream.Fd);
        Wake();
    }

    /// <summary>The same for a source.</summary>
    internal void Remove(PollSource source)
    {
        if (_sources.Remove(source))
        {
            _closing.Add(source.Fd);
            Wake();
        }
    }

    /// <summary>Something changed: the poller looks at its streams again.</summary>
    internal void Wake() => HostFd.Write(_wakeUp, [1, 0, 0, 0, 0, 0, 0, 0]);

    /// <summary>Returns when the thread runs: a filter may follow that forbids what a new thread does first.</summary>
    internal void Start(LinuxKernel kernel)
    {
        _kernel = kernel;
        new Thread(Run, 512 * 1024) { IsBackground = true, Name = "poller" }.Start();
        _running.Wait();
    }

    private void Run()
    {
        _running.Set();
        try
        {
            while (true)
            {
                Turn(_kernel!);
            }
        }
        catch (Exception e)
        {
            Crashed(e);
        }
    }

    private void Turn(LinuxKernel kernel)
    {
        DescriptorStream[] streams;
        PollSource[] sources;
        lock (kernel.Lock)
        {
            foreach (int closed in _closing)
            {
                HostFd.Close(closed);
            }

            _closing.Clear();
            streams = _streams.FindAll(stream => stream.Armed != 0).ToArray();
            sources = _sources.ToArray();
        }

        var entries = new PollFd[FixedEntries + sources.Length + streams.Length];
        entries[0] = new PollFd { Fd = _wakeUp, Events = (short)PollEvents.POLLIN };
        entries[1] = new PollFd { Fd = _host.TimerFd, Events = (short)PollEvents.POLLIN };
        entries[2] = new PollFd { Fd = ProcessFds.Files }; // only its end is of interest here
        for (int i = 0; i < sources.Length; i++)
        {
            entries[FixedEntries + i] = new PollFd { Fd = sources[i].Fd, Events = (short)PollEvents.POLLIN };
        }

        Span<PollFd> streamEntries = entries.AsSpan(FixedEntries + sources.Length);
        for (int i = 0; i < streams.Length; i++)
        {
            streamEntries[i] = new PollFd { Fd = streams[i].Fd, Events = (short)streams[i].Armed };
        }

        int ready = HostFd.Poll(entries, Idle is null ? -1 : IdleTime);
        if (ready == 0 && Idle is { } idle)
        {
            Idle = null;
            kernel.Enter(idle);
        }

        if (ready <= 0)
        {
            return; // or EINTR
        }

        Span<byte> count = stackalloc byte[8];
        if (entries[0].Revents != 0)
        {
            HostFd.Read(_wakeUp, count);
        }

        if (entries[1].Revents != 0)
        {
            HostFd.Read(_host.TimerFd, count);
            kernel.OnTimer();
        }

        if (entries[2].Revents != 0)
        {
            kernel.Enter(() => kernel.Stop(125, "carrel-files ended unexpectedly"));
            Thread.Sleep(Timeout.Infinite);
        }

        for (int i = 0; i < sources.Length; i++)
        {
            var events = (PollEvents)(ushort)entries[FixedEntries + i].Revents;
            if (events != 0)
            {
                sources[i].OnReady(kernel, events);
            }
        }

        for (int i = 0; i < streams.Length; i++)
        {
            var events = (PollEvents)(ushort)streamEntries[i].Revents;
            if (events != 0)
            {
                DescriptorStream stream = streams[i];
                kernel.Enter(() =>
                {
                    stream.Armed = 0;
                    stream.Ready.WakeAll(events);
                });
            }
        }
    }
}
