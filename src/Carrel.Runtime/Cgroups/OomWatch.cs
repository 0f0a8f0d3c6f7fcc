using System;
using System.Globalization;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Runtime.Cgroups;

namespace Carrel.Runtime;

/// <summary>Tells of processes of a container that the host killed, or would have, because its memory limit was reached.</summary>
public abstract class OomWatch : IDisposable
{
    private protected OomWatch(int descriptor) => Descriptor = descriptor;

    /// <summary>Readable when there may be news; poll it, then call <see cref="Take"/>.</summary>
    public int Descriptor { get; }

    /// <summary>The container's cgroup has been removed: nothing will come any more.</summary>
    public bool IsGone { get; protected set; }

    /// <summary>Waits for an event.</summary>
    /// <returns>Events since the last call; 0 after the time, or when the cgroup is gone.</returns>
    public int Wait(TimeSpan timeout)
    {
        long deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        while (true)
        {
            int events = Take();
            long left = deadline - Environment.TickCount64;
            if (events > 0 || IsGone || left <= 0)
            {
                return events;
            }

            Span<PollFd> descriptors = [new PollFd { Fd = Descriptor, Events = (short)PollEvents.POLLIN }];
            HostFd.Poll(descriptors, left * 1_000_000);
        }
    }

    /// <summary>Events since the last call, without waiting.</summary>
    public abstract int Take();

    public virtual void Dispose()
    {
        HostFd.Close(Descriptor);
        GC.SuppressFinalize(this);
    }

    internal static OomWatch Of(Cgroup group) => group.Mount.IsUnified ? OomWatchV2.Make(group) : OomWatchV1.Make(group);
}

/// <summary>v1: an eventfd registered in cgroup.event_control (cgroup-v1/memory.rst, "OOM Control"). It is signalled at removal, too.</summary>
internal sealed class OomWatchV1 : OomWatch
{
    private readonly Cgroup _group;

    private OomWatchV1(Cgroup group, int descriptor)
        : base(descriptor) => _group = group;

    public static OomWatch Make(Cgroup group)
    {
        const string File = "cgroup.event_control";
        int control = group.Open("memory.oom_control", OpenFlags.O_RDONLY);
        int events = control < 0 ? control : HostFd.EventFd(0, EventfdFlags.EFD_CLOEXEC | EventfdFlags.EFD_NONBLOCK);
        Errno error = events < 0 ? (Errno)(-events) : group.TryWrite(File, string.Create(CultureInfo.InvariantCulture, $"{events} {control}"));
        if (control >= 0)
        {
            HostFd.Close(control); // the registration holds what it needs
        }

        if (error == Errno.OK)
        {
            return new OomWatchV1(group, events);
        }

        if (events >= 0)
        {
            HostFd.Close(events);
        }

        throw new RuntimeException($"watch for memory events of {group.Path}: {error}");
    }

    public override int Take()
    {
        Span<byte> counter = stackalloc byte[sizeof(ulong)];
        bool isSignalled = HostFd.Read(Descriptor, counter) == sizeof(ulong);
        if (!_group.Has("cgroup.event_control"))
        {
            IsGone = true;
            return 0;
        }

        return isSignalled ? (int)Math.Min(BitConverter.ToUInt64(counter), int.MaxValue) : 0;
    }
}

/// <summary>v2: memory.events is modified at every event; its counter oom_kill tells which ones matter.</summary>
internal sealed class OomWatchV2 : OomWatch
{
    private readonly Cgroup _group;
    private ulong _seen;

    private OomWatchV2(Cgroup group, int descriptor)
        : base(descriptor)
    {
        _group = group;
        _seen = Kills() ?? 0;
    }

    public static OomWatch Make(Cgroup group)
    {
        int file = group.Open("memory.events", OpenFlags.O_RDONLY);
        int watcher = file < 0 ? file : HostInotify.Watch(file, Inotify.IN_MODIFY | Inotify.IN_DELETE_SELF);
        if (file >= 0)
        {
            HostFd.Close(file);
        }

        return watcher >= 0 ? new OomWatchV2(group, watcher) : throw new RuntimeException($"watch for memory events of {group.Path}: {(Errno)(-watcher)}");
    }

    public override int Take()
    {
        Span<byte> drain = stackalloc byte[4096];
        while (HostFd.Read(Descriptor, drain) > 0)
        {
        }

        if (Kills() is not { } kills)
        {
            IsGone = true;
            return 0;
        }

        int events = kills > _seen ? (int)Math.Min(kills - _seen, int.MaxValue) : 0;
        _seen = kills;
        return events;
    }

    private ulong? Kills() => _group.TryRead("memory.events") is { } text ? FlatKeyed.Parse(text)["oom_kill"] : null;
}
