using System.Collections.Generic;
using System.Linq;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>What the verb `exec` is told.</summary>
public sealed class ExecuteOptions
{
    public required string Id { get; init; }

    /// <summary>--process: the whole process; the settings below do not count then.</summary>
    public OciProcess? Process { get; init; }

    public List<string> Arguments { get; init; } = [];

    public string? Directory { get; init; }

    public List<string> Environment { get; init; } = [];

    public bool HasTerminal { get; init; }

    public OciUser? User { get; init; }

    public List<uint> AdditionalGroups { get; init; } = [];

    public List<string> Capabilities { get; init; } = [];

    public bool? NoNewPrivileges { get; init; }

    public string? ApparmorProfile { get; init; }

    public string? SelinuxLabel { get; init; }

    public string? ConsoleSocket { get; init; }

    public string? PidFile { get; init; }

    public string? Cgroup { get; init; }

    public int PreservedDescriptors { get; init; }

    public bool IsDetached { get; init; }

    public bool IgnoresPause { get; init; }

    /// <summary>The process of the configuration with the changes asked for, as runc makes it.</summary>
    internal OciProcess ProcessOf(OciSpec spec)
    {
        if (Process is not null)
        {
            return Process;
        }

        OciProcess process = spec.Process ?? new OciProcess();
        process.Args = Arguments;
        process.Cwd = Directory ?? process.Cwd;
        process.Env = [.. process.Env ?? [], .. Environment];
        process.Terminal = HasTerminal;
        process.NoNewPrivileges = NoNewPrivileges ?? process.NoNewPrivileges;
        process.ApparmorProfile = ApparmorProfile ?? process.ApparmorProfile;
        process.SelinuxLabel = SelinuxLabel ?? process.SelinuxLabel;
        if (!HasTerminal)
        {
            process.ConsoleSize = null;
        }

        if (User is not null)
        {
            process.User ??= new OciUser();
            process.User.Uid = User.Uid;
            process.User.Gid = User.Gid;
        }

        if (AdditionalGroups.Count > 0)
        {
            process.User ??= new OciUser();
            process.User.AdditionalGids = [.. process.User.AdditionalGids ?? [], .. AdditionalGroups];
        }

        AddCapabilities(process);
        return process;
    }

    private void AddCapabilities(OciProcess process)
    {
        if (Capabilities.Count > 0)
        {
            OciCapabilities sets = process.Capabilities ??= new OciCapabilities();
            sets.Bounding = Merge(sets.Bounding);
            sets.Effective = Merge(sets.Effective);
            sets.Permitted = Merge(sets.Permitted);
            // Root needs no more than that. Others keep it over execve only by the ambient set, which wants the inheritable one.
            if (process.User is { Uid: not 0 })
            {
                sets.Inheritable = Merge(sets.Inheritable);
                sets.Ambient = Merge(sets.Ambient);
            }
        }
    }

    private List<string> Merge(List<string>? set) => [.. (set ?? []).Union(Capabilities)];
}
