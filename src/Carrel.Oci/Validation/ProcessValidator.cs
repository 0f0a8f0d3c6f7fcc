using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Carrel.Oci;

/// <summary>config.md, "Process".</summary>
internal static class ProcessValidator
{
    private const uint MostUmask = 0x1ff;

    internal static void Check(OciProcess process, List<string> warnings)
    {
        if (process.Args is not { Count: > 0 } arguments)
        {
            throw new OciException("process.args: missing or empty");
        }

        CheckTexts(arguments, "process.args");
        CheckTexts(process.Env ?? [], "process.env");
        SpecValidator.CheckAbsolute(process.Cwd, "process.cwd");
        for (int i = 0; i < (process.Env?.Count ?? 0); i++)
        {
            if (process.Env![i].IndexOf('=') <= 0)
            {
                warnings.Add($"process.env[{i}]: not NAME=VALUE");
            }
        }

        if (process.CommandLine is { Length: > 0 })
        {
            throw new OciException("process.commandLine: not supported: it is for Windows");
        }

        if (process.User?.Umask > MostUmask)
        {
            throw new OciException($"process.user.umask: out of range: {process.User.Umask}");
        }

        CheckCapabilities(process.Capabilities, warnings);
        CheckLimits(process.Rlimits ?? []);
        CheckScheduling(process);
        CheckLabels(process);
    }

    private static void CheckTexts(List<string> texts, string field)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            if (texts[i] is null)
            {
                throw new OciException($"{field}[{i}]: null");
            }

            SpecValidator.CheckText(texts[i], $"{field}[{i}]");
        }
    }

    // "Any value which cannot be mapped to a relevant kernel interface MUST be logged as a warning."
    private static void CheckCapabilities(OciCapabilities? sets, List<string> warnings)
    {
        if (sets is null)
        {
            return;
        }

        IEnumerable<string> all = new[] { sets.Bounding, sets.Effective, sets.Inheritable, sets.Permitted, sets.Ambient }.SelectMany(set => set ?? []);
        foreach (string name in all.Distinct().Where(name => OciNames.Capabilities([name]) == 0))
        {
            warnings.Add($"process.capabilities: {name}: not known, ignored");
        }
    }

    private static void CheckLimits(List<OciRlimit> limits)
    {
        HashSet<string> seen = [];
        for (int i = 0; i < limits.Count; i++)
        {
            OciRlimit limit = limits[i];
            if (OciNames.Limit(limit.Type) < 0)
            {
                throw new OciException($"process.rlimits[{i}].type: not known: {limit.Type}");
            }

            if (!seen.Add(limit.Type))
            {
                throw new OciException($"process.rlimits[{i}].type: {limit.Type} is there twice");
            }

            if (limit.Soft > limit.Hard)
            {
                throw new OciException($"process.rlimits[{i}].soft: {limit.Soft} is more than the hard limit {limit.Hard}");
            }
        }
    }

    private static void CheckScheduling(OciProcess process)
    {
        if (process.OomScoreAdj is < -1000 or > 1000)
        {
            throw new OciException($"process.oomScoreAdj: not between -1000 and 1000: {process.OomScoreAdj}");
        }

        if (process.Scheduler is { } scheduler)
        {
            CheckScheduler(scheduler);
        }

        if (process.IoPriority is { } priority)
        {
            SpecValidator.CheckOneOf(priority.Class, "process.ioPriority.class", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE");
            if (priority.Priority is < 0 or > 7)
            {
                throw new OciException($"process.ioPriority.priority: not between 0 and 7: {priority.Priority}");
            }
        }
    }

    private static void CheckScheduler(OciScheduler scheduler)
    {
        if (scheduler.Policy == "SCHED_ISO")
        {
            throw new OciException("process.scheduler.policy: SCHED_ISO: not supported by Linux");
        }

        SpecValidator.CheckOneOf(scheduler.Policy, "process.scheduler.policy", "SCHED_OTHER", "SCHED_FIFO", "SCHED_RR", "SCHED_BATCH", "SCHED_IDLE", "SCHED_DEADLINE");
        if (scheduler.Nice is < -20 or > 19)
        {
            throw new OciException($"process.scheduler.nice: not between -20 and 19: {scheduler.Nice}");
        }

        bool isRealTime = scheduler.Policy is "SCHED_FIFO" or "SCHED_RR";
        if (scheduler.Priority != 0 && (!isRealTime || scheduler.Priority is < 0 or > 99))
        {
            throw new OciException($"process.scheduler.priority: {scheduler.Priority}: {(isRealTime ? "not between 1 and 99" : $"only for SCHED_FIFO and SCHED_RR")}");
        }

        bool isDeadline = scheduler.Policy == "SCHED_DEADLINE";
        if (!isDeadline && (scheduler.Runtime | scheduler.Deadline | scheduler.Period) != 0)
        {
            throw new OciException("process.scheduler: runtime, deadline and period are only for SCHED_DEADLINE");
        }

        string[] flags =
        [
            "SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_KEEP_POLICY", "SCHED_FLAG_KEEP_PARAMS",
            "SCHED_FLAG_UTIL_CLAMP_MIN", "SCHED_FLAG_UTIL_CLAMP_MAX",
        ];
        foreach (string flag in scheduler.Flags ?? [])
        {
            SpecValidator.CheckOneOf(flag, "process.scheduler.flags", flags);
        }
    }

    private static void CheckLabels(OciProcess process)
    {
        if (process.ApparmorProfile is { Length: > 0 } profile && !HostHas("/sys/module/apparmor/parameters/enabled", "Y"))
        {
            throw new OciException($"process.apparmorProfile: {profile}: AppArmor is not enabled on this host");
        }

        if (process.SelinuxLabel is { Length: > 0 })
        {
            throw new OciException("process.selinuxLabel: SELinux is not supported");
        }
    }

    private static bool HostHas(string path, string value) => File.Exists(path) && File.ReadAllText(path).StartsWith(value, System.StringComparison.Ordinal);
}
