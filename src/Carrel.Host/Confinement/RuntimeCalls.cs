using Carrel.Abi;

namespace Carrel.Host;

/// <summary>What a NativeAOT runtime needs of the host after its start, measured: collector, locks, exceptions, finalizer.</summary>
public static class RuntimeCalls
{
    private const ulong NoFile = 0xffffffff;

    // The descriptor argument is an int; callers may or may not extend its sign.
    private static readonly ArgumentRule s_withoutFile = new(4, NoFile, NoFile);
    private static readonly ArgumentRule s_notExecutable = new(2, (ulong)Prot.PROT_EXEC, 0);

    public static readonly AllowedCall[] Allowed =
    [
        new("mmap", Nr.mmap, "memory of the collected heap", "anonymous memory, never executable", [[s_withoutFile, s_notExecutable]]),
        new("munmap", Nr.munmap, "memory of the collected heap goes back"),
        new("mprotect", Nr.mprotect, "the collector commits and decommits memory", "never executable", [[s_notExecutable]]),
        new("madvise", Nr.madvise, "the collector marks memory as unused; code that only the start needed goes back to the page cache"),
        new("futex", Nr.futex, "locks and conditions between our own threads"),
        new("membarrier", Nr.membarrier, "the collector orders memory accesses of all threads"),
        new("getpid", Nr.getpid, "names the process for tgkill"),
        new("tgkill", Nr.tgkill, "the collector stops our own threads"),
        new("rt_sigreturn", Nr.rt_sigreturn, "return from the collector's signal handler"),
        new("rt_sigprocmask", Nr.rt_sigprocmask, "signal masks around the collector's handler"),
        new("exit_group", Nr.exit_group, "the end"),
    ];

    public static readonly AllowedCall[] Refused =
    [
        new("sched_yield", Nr.sched_yield, "a spinning lock goes on spinning"),
        new("clock_nanosleep", Nr.clock_nanosleep, "likewise"),
        new("openat", Nr.openat, "the runtime looks for control groups and processors: it keeps what it found at the start"),
        new("sysinfo", Nr.sysinfo, "likewise, memory"),
        new("prlimit64", Nr.prlimit64, "likewise, limits"),
        new("write", Nr.write, "the runtime's last words when it aborts"),
    ];
}
