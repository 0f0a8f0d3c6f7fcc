using System;
using Carrel.Oci;
using Carrel.Sandbox;

namespace Carrel.Runtime;

/// <summary>
/// What a container's limits mean for a carrel. Its control group holds all its processes; the guest gets what its kernel leaves, and is held to that by our
/// kernel, so that it is the guest's program that ends for want of memory, not the carrel.
/// </summary>
internal static class GuestMemory
{
    /// <summary>The least that a carrel can be run with: an idle one takes 4 MiB of the host, and the smallest shell some hundred KiB.</summary>
    internal const long Smallest = 6L << 20;

    /// <summary>Threads and processes of the host that a carrel needs beside those of its guest.</summary>
    private const long OwnTasks = 64;

    // What our two processes take beside the guest's memory: 3 MiB at first, 10 under load, more with ten thousands of files or hundreds of processes.
    private const long SmallestOwn = 5L << 20, UsualOwn = 20L << 20;

    /// <summary>Bytes for the guest's memory out of the container's limit.</summary>
    internal static long Share(OciResources? resources)
    {
        if (resources?.Memory?.Limit is not > 0 and var none)
        {
            return HostMemorySize.Default;
        }

        long limit = resources.Memory.Limit.Value;
        if (limit < Smallest)
        {
            throw new RuntimeException($"linux.resources.memory.limit: {limit}: with --isolation=kernel a container needs at least {Smallest >> 20} MiB");
        }

        // The heap of the kernel process grows with what the guest does, page tables with its memory.
        long own = Math.Clamp(limit / 8 * 5, SmallestOwn, UsualOwn);
        return Math.Min(HostMemorySize.Default, limit - Math.Max(own, limit / 16));
    }

    /// <summary>Tasks of the guest; 0: no limit.</summary>
    internal static int Tasks(OciResources? resources) => resources?.Pids?.Limit is > 0 and var limit ? (int)Math.Min(limit, int.MaxValue) : 0;

    /// <summary>A process of the container that asks for so many bytes is the host's OOM killer's; 0: the host does not hold the container to its limit that way.</summary>
    internal static long OomSize(OciResources? resources)
    {
        OciMemory? memory = resources?.Memory;
        bool isHeld = memory is { Limit: > 0, DisableOOMKiller: not true } && Share(resources) < HostMemorySize.Default;
        return isHeld ? Math.Max(memory!.Limit!.Value, memory.Swap ?? 0) : 0;
    }

    /// <summary>What the guest sees of it.</summary>
    internal static CgroupSpec Shown(OciResources? resources) => new(
        Math.Max(resources?.Memory?.Limit ?? 0, 0),
        OomSize(resources),
        Math.Max(resources?.Cpu?.Quota ?? 0, 0),
        (long)(resources?.Cpu?.Period ?? 0),
        resources?.Cpu?.Shares is > 0 and var shares ? (long)Cgroups.CpuV2.WeightOf(shares) : 0);

    /// <summary>What the control group is to enforce.</summary>
    internal static OciResources? ForCgroup(OciResources? resources)
    {
        if (Tasks(resources) == 0)
        {
            return resources;
        }

        return new OciResources
        {
            Devices = resources!.Devices, Memory = resources.Memory, Cpu = resources.Cpu, BlockIO = resources.BlockIO, HugepageLimits = resources.HugepageLimits,
            Network = resources.Network, Rdma = resources.Rdma, Unified = resources.Unified,
            Pids = new OciPids { Limit = resources.Pids!.Limit + OwnTasks },
        };
    }
}
