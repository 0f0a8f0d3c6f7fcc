using System.Collections.Generic;
using System.Linq;
using Carrel.Oci;
using Carrel.Sandbox;

namespace Carrel.Runtime;

/// <summary>`process` of config.json, or of `exec`, as our kernel takes it.</summary>
internal static class GuestProcess
{
    private const string Wall = "not supported by --isolation=kernel";

    /// <summary>Fills the specification in. What cannot be done is refused by the field's name.</summary>
    internal static void Fill(ProcessSpec spec, OciProcess process, OciSeccomp? seccomp)
    {
        Check(process);
        spec.Arguments.AddRange(Bytes(process.Args));
        spec.Environment.AddRange(Bytes(process.Env));
        spec.Groups.AddRange(process.User?.AdditionalGids ?? []);
        spec.WorkingDirectory = OciText.ToBytes(process.Cwd ?? "/");
        spec.Uid = process.User?.Uid ?? 0;
        spec.Gid = process.User?.Gid ?? 0;
        spec.Umask = process.User?.Umask ?? 0x12;
        spec.Capabilities = ToSets(process.Capabilities);
        spec.HasNoNewPrivileges = process.NoNewPrivileges;
        spec.OomScoreAdjustment = process.OomScoreAdj ?? 0;
        spec.HasTerminal = process.Terminal;
        spec.Seccomp = seccomp is null ? [] : Compile(seccomp);
        foreach (OciRlimit each in process.Rlimits ?? [])
        {
            int resource = OciNames.Limit(each.Type);
            if (resource < 0 || each.Soft > each.Hard)
            {
                throw new RuntimeException($"process.rlimits: {each.Type}: not a limit, or its soft value is above the hard one");
            }

            spec.Limits.Add(new LimitSpec(resource, each.Soft, each.Hard));
        }
    }

    private static void Check(OciProcess process)
    {
        if (process.Scheduler is { Policy: not ("" or "SCHED_OTHER") })
        {
            throw new RuntimeException($"process.scheduler: {process.Scheduler.Policy}: {Wall}");
        }

        if (process.IoPriority is not null)
        {
            throw new RuntimeException($"process.ioPriority: {Wall}");
        }
    }

    private static byte[] Compile(OciSeccomp seccomp)
    {
        CompiledSeccomp compiled = SeccompCompiler.Compile(seccomp);
        return compiled.HasNotify ? throw new RuntimeException($"linux.seccomp: SCMP_ACT_NOTIFY: {Wall}") : compiled.Program.ToArray();
    }

    private static CapabilitySets ToSets(OciCapabilities? capabilities) => new(
        OciNames.Capabilities(capabilities?.Effective), OciNames.Capabilities(capabilities?.Permitted), OciNames.Capabilities(capabilities?.Inheritable),
        OciNames.Capabilities(capabilities?.Bounding), OciNames.Capabilities(capabilities?.Ambient));

    private static IEnumerable<string> Bytes(List<string>? texts) => (texts ?? []).Select(OciText.ToBytes);
}
