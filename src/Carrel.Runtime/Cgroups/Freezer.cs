using System;
using System.Threading;
using Carrel.Abi;

namespace Carrel.Runtime.Cgroups;

/// <summary>Stops and continues all processes of a cgroup at once.</summary>
internal abstract class Freezer(Cgroup group)
{
    protected Cgroup Group { get; } = group;

    /// <summary>Frozen, or on the way to it.</summary>
    public abstract bool IsFrozen { get; }

    /// <summary>Returns when every process has stopped.</summary>
    public abstract void Freeze();

    public abstract void Thaw();

    /// <summary>
    /// Stops what can be stopped and is content if the rest does not move either: guests of our kernel wait for its answers in a call of the host that cannot
    /// be frozen, and it is frozen.
    /// </summary>
    public void Hold()
    {
        Ask();
        for (int look = 0; look < HoldLooks && !IsComplete; look++)
        {
            Thread.Sleep(1);
        }
    }

    private const int HoldLooks = 100;

    protected abstract void Ask();

    protected abstract bool IsComplete { get; }

    protected void Set(string file, string value)
    {
        Errno error = Group.TryWrite(file, value);
        if (error != Errno.OK)
        {
            throw Group.Failure("freezer", file, value, error);
        }
    }
}

/// <summary>The v1 freezer controller, Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst.</summary>
internal sealed class FreezerV1(Cgroup group) : Freezer(group)
{
    private const string StateFile = "freezer.state";
    private const int Attempts = 1000;
    private static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(100);

    // A parent that is frozen freezes us too, but is not our doing; freezer.state tells both.
    public override bool IsFrozen => State is "FROZEN" or "FREEZING";

    private string State => Group.TryRead(StateFile)?.Trim() ?? "";

    // The kernel does not freeze a process that forks meanwhile or waits uninterruptibly: state stays FREEZING until it is asked again, and now and then
    // only a short thaw lets the knot come loose.
    public override void Freeze()
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (attempt % 50 == 49)
            {
                _ = Group.TryWrite(StateFile, "THAWED");
                Thread.Sleep(TimeSpan.FromMilliseconds(10));
            }

            Set(StateFile, "FROZEN");
            for (int look = 0; look < 3; look++)
            {
                if (State == "FROZEN")
                {
                    return;
                }

                Thread.Sleep(attempt < 25 ? Pause : 10 * Pause);
            }
        }

        _ = Group.TryWrite(StateFile, "THAWED");
        throw new RuntimeException($"cgroup {Group.Path}: its processes cannot be frozen");
    }

    public override void Thaw() => Set(StateFile, "THAWED");

    protected override void Ask() => Set(StateFile, "FROZEN");

    protected override bool IsComplete => State == "FROZEN";
}

/// <summary>cgroup.freeze of v2; every cgroup but the root has it, whatever controllers it has.</summary>
internal sealed class FreezerV2(Cgroup group) : Freezer(group)
{
    private const string StateFile = "cgroup.freeze";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public override bool IsFrozen => Group.TryReadNumber(StateFile) == 1;

    public override void Freeze()
    {
        Set(StateFile, "1");
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (FlatKeyed.Parse(Group.TryRead("cgroup.events"))["frozen"] == 0)
        {
            if (Environment.TickCount64 > deadline)
            {
                _ = Group.TryWrite(StateFile, "0");
                throw new RuntimeException($"cgroup {Group.Path}: its processes cannot be frozen");
            }

            Thread.Sleep(1);
        }
    }

    public override void Thaw() => Set(StateFile, "0");

    protected override void Ask() => Set(StateFile, "1");

    protected override bool IsComplete => FlatKeyed.Parse(Group.TryRead("cgroup.events"))["frozen"] != 0;
}
