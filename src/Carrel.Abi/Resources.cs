namespace Carrel.Abi;

/// <summary>Resources of prlimit(2).</summary>
public static class Rlimit
{
    public const int RLIMIT_CPU = 0;
    public const int RLIMIT_FSIZE = 1;
    public const int RLIMIT_DATA = 2;
    public const int RLIMIT_STACK = 3;
    public const int RLIMIT_CORE = 4;
    public const int RLIMIT_RSS = 5;
    public const int RLIMIT_NPROC = 6;
    public const int RLIMIT_NOFILE = 7;
    public const int RLIMIT_MEMLOCK = 8;
    public const int RLIMIT_AS = 9;
    public const int RLIMIT_LOCKS = 10;
    public const int RLIMIT_SIGPENDING = 11;
    public const int RLIMIT_MSGQUEUE = 12;
    public const int RLIMIT_NICE = 13;
    public const int RLIMIT_RTPRIO = 14;
    public const int RLIMIT_RTTIME = 15;
    public const int RLIM_NLIMITS = 16;

    public const ulong RLIM_INFINITY = 0xFFFFFFFFFFFFFFFF;
}

/// <summary>Whose usage getrusage(2) tells.</summary>
public static class Rusage
{
    public const int RUSAGE_SELF = 0;
    public const int RUSAGE_CHILDREN = -1;
    public const int RUSAGE_BOTH = -2;
    public const int RUSAGE_THREAD = 1;
}

/// <summary>Whom getpriority(2) means.</summary>
public static class Priority
{
    public const int PRIO_MIN = -20;
    public const int PRIO_MAX = 20;
    public const int PRIO_PROCESS = 0;
    public const int PRIO_PGRP = 1;
    public const int PRIO_USER = 2;
}

/// <summary>ioprio_get(2).</summary>
public static class IoPrio
{
    public const int IOPRIO_CLASS_SHIFT = 13;
    public const int IOPRIO_CLASS_NONE = 0;
    public const int IOPRIO_CLASS_RT = 1;
    public const int IOPRIO_CLASS_BE = 2;
    public const int IOPRIO_CLASS_IDLE = 3;
    public const int IOPRIO_WHO_PROCESS = 1;
    public const int IOPRIO_WHO_PGRP = 2;
    public const int IOPRIO_WHO_USER = 3;
}

/// <summary>Policies and flags of sched(7).</summary>
public static class Sched
{
    public const int SCHED_NORMAL = 0;
    public const int SCHED_FIFO = 1;
    public const int SCHED_RR = 2;
    public const int SCHED_BATCH = 3;
    public const int SCHED_IDLE = 5;
    public const int SCHED_DEADLINE = 6;
    public const int SCHED_EXT = 7;
    public const int SCHED_RESET_ON_FORK = 0x40000000;

    // struct sched_attr
    public const int SCHED_FLAG_RESET_ON_FORK = 1;
    public const int SCHED_FLAG_RECLAIM = 2;
    public const int SCHED_FLAG_DL_OVERRUN = 4;
    public const int SCHED_FLAG_KEEP_POLICY = 8;
    public const int SCHED_FLAG_KEEP_PARAMS = 0x10;
    public const int SCHED_FLAG_UTIL_CLAMP_MIN = 0x20;
    public const int SCHED_FLAG_UTIL_CLAMP_MAX = 0x40;
    public const int SCHED_FLAG_KEEP_ALL = 0x18;
    public const int SCHED_FLAG_UTIL_CLAMP = 0x60;
    public const int SCHED_FLAG_ALL = 0x7F;
    public const int SCHED_ATTR_SIZE_VER0 = 0x30;
    public const int SCHED_ATTR_SIZE_VER1 = 0x38;
}
