using System.Globalization;
using System.Text;
using Carrel.Abi;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID/limits.</summary>
internal static class ProcLimits
{
    private static readonly (int Resource, string Name, string Unit)[] s_names =
    [
        (Rlimit.RLIMIT_CPU, "Max cpu time", "seconds"), (Rlimit.RLIMIT_FSIZE, "Max file size", "bytes"), (Rlimit.RLIMIT_DATA, "Max data size", "bytes"),
        (Rlimit.RLIMIT_STACK, "Max stack size", "bytes"), (Rlimit.RLIMIT_CORE, "Max core file size", "bytes"), (Rlimit.RLIMIT_RSS, "Max resident set", "bytes"),
        (Rlimit.RLIMIT_NPROC, "Max processes", "processes"), (Rlimit.RLIMIT_NOFILE, "Max open files", "files"), (Rlimit.RLIMIT_MEMLOCK, "Max locked memory", "bytes"),
        (Rlimit.RLIMIT_AS, "Max address space", "bytes"), (Rlimit.RLIMIT_LOCKS, "Max file locks", "locks"), (Rlimit.RLIMIT_SIGPENDING, "Max pending signals", "signals"),
        (Rlimit.RLIMIT_MSGQUEUE, "Max msgqueue size", "bytes"), (Rlimit.RLIMIT_NICE, "Max nice priority", ""), (Rlimit.RLIMIT_RTPRIO, "Max realtime priority", ""),
        (Rlimit.RLIMIT_RTTIME, "Max realtime timeout", "us"),
    ];

    public static string Write(ThreadGroup group)
    {
        var text = new StringBuilder("Limit                     Soft Limit           Hard Limit           Units     \n");
        foreach ((int resource, string name, string unit) in s_names)
        {
            RlimitBuf limit = group.Limits[resource];
            text.Append(CultureInfo.InvariantCulture, $"{name,-25} {Show(limit.Cur),-20} {Show(limit.Max),-20} {unit,-10}\n");
        }

        return text.ToString();
    }

    private static string Show(ulong value) => value == Rlimit.RLIM_INFINITY ? "unlimited" : value.ToString(CultureInfo.InvariantCulture);
}
