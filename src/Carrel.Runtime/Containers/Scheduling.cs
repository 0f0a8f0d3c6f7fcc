using System;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>Names of config.json for scheduling, limits and personality as the host's numbers.</summary>
internal static class Scheduling
{
    internal static int ResourceOf(string type) => type switch
    {
        "RLIMIT_CPU" => Rlimit.RLIMIT_CPU,
        "RLIMIT_FSIZE" => Rlimit.RLIMIT_FSIZE,
        "RLIMIT_DATA" => Rlimit.RLIMIT_DATA,
        "RLIMIT_STACK" => Rlimit.RLIMIT_STACK,
        "RLIMIT_CORE" => Rlimit.RLIMIT_CORE,
        "RLIMIT_RSS" => Rlimit.RLIMIT_RSS,
        "RLIMIT_NPROC" => Rlimit.RLIMIT_NPROC,
        "RLIMIT_NOFILE" => Rlimit.RLIMIT_NOFILE,
        "RLIMIT_MEMLOCK" => Rlimit.RLIMIT_MEMLOCK,
        "RLIMIT_AS" => Rlimit.RLIMIT_AS,
        "RLIMIT_LOCKS" => Rlimit.RLIMIT_LOCKS,
        "RLIMIT_SIGPENDING" => Rlimit.RLIMIT_SIGPENDING,
        "RLIMIT_MSGQUEUE" => Rlimit.RLIMIT_MSGQUEUE,
        "RLIMIT_NICE" => Rlimit.RLIMIT_NICE,
        "RLIMIT_RTPRIO" => Rlimit.RLIMIT_RTPRIO,
        "RLIMIT_RTTIME" => Rlimit.RLIMIT_RTTIME,
        _ => throw new RuntimeException($"process.rlimits: {type} is unknown"),
    };

    internal static SchedAttr AttributesOf(OciScheduler scheduler)
    {
        uint policy = scheduler.Policy switch
        {
            "SCHED_OTHER" => Sched.SCHED_NORMAL,
            "SCHED_FIFO" => Sched.SCHED_FIFO,
            "SCHED_RR" => Sched.SCHED_RR,
            "SCHED_BATCH" => Sched.SCHED_BATCH,
            "SCHED_IDLE" => Sched.SCHED_IDLE,
            "SCHED_DEADLINE" => Sched.SCHED_DEADLINE,
            _ => throw new RuntimeException($"process.scheduler.policy: {scheduler.Policy} is unknown"),
        };
        ulong flags = 0;
        foreach (string flag in scheduler.Flags ?? [])
        {
            flags |= (ulong)(flag switch
            {
                "SCHED_FLAG_RESET_ON_FORK" => Sched.SCHED_FLAG_RESET_ON_FORK,
                "SCHED_FLAG_RECLAIM" => Sched.SCHED_FLAG_RECLAIM,
                "SCHED_FLAG_DL_OVERRUN" => Sched.SCHED_FLAG_DL_OVERRUN,
                "SCHED_FLAG_KEEP_POLICY" => Sched.SCHED_FLAG_KEEP_POLICY,
                "SCHED_FLAG_KEEP_PARAMS" => Sched.SCHED_FLAG_KEEP_PARAMS,
                "SCHED_FLAG_UTIL_CLAMP_MIN" => Sched.SCHED_FLAG_UTIL_CLAMP_MIN,
                "SCHED_FLAG_UTIL_CLAMP_MAX" => Sched.SCHED_FLAG_UTIL_CLAMP_MAX,
                _ => throw new RuntimeException($"process.scheduler.flags: {flag} is unknown"),
            });
        }

        return new SchedAttr
        {
            Size = Sched.SCHED_ATTR_SIZE_VER1,
            Policy = policy,
            Flags = flags,
            Nice = scheduler.Nice,
            Priority = (uint)scheduler.Priority,
            Runtime = scheduler.Runtime,
            Deadline = scheduler.Deadline,
            Period = scheduler.Period,
        };
    }

    internal static int ValueOf(OciIoPriority priority)
    {
        int kind = priority.Class switch
        {
            "IOPRIO_CLASS_RT" => IoPrio.IOPRIO_CLASS_RT,
            "IOPRIO_CLASS_BE" => IoPrio.IOPRIO_CLASS_BE,
            "IOPRIO_CLASS_IDLE" => IoPrio.IOPRIO_CLASS_IDLE,
            _ => throw new RuntimeException($"process.ioPriority.class: {priority.Class} is unknown"),
        };
        return priority.Priority is >= 0 and < 8
            ? (kind << IoPrio.IOPRIO_CLASS_SHIFT) | priority.Priority
            : throw new RuntimeException($"process.ioPriority.priority: {priority.Priority} is not between 0 and 7");
    }

    internal static long ValueOf(OciPersonality personality)
    {
        if (personality.Flags is { Count: > 0 })
        {
            throw new RuntimeException("linux.personality.flags: no flag is supported");
        }

        return (long)(personality.Domain switch
        {
            "LINUX" => PersonalityFlags.PER_LINUX,
            "LINUX32" => PersonalityFlags.PER_LINUX32,
            _ => throw new RuntimeException($"linux.personality.domain: {personality.Domain} is unknown"),
        });
    }
}
