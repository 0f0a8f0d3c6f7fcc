using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// The last steps of a container's process: what config.json says of `process`, down to execve. They run in the container's root and namespaces, either right
/// after the others or, for `create`, in the waiting init.
/// </summary>
internal sealed class ProcessPlan(StepPlan plan, OciProcess process, ContainerContext context, Action<string>? warn)
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Whether setgroups(2) is denied in the container's user namespace.</summary>
    internal bool DeniesGroups { get; init; }

    /// <summary>--no-new-keyring.</summary>
    internal bool KeepsKeyring { get; init; }

    /// <summary>The host's proc as the process has it; -1: nothing of it is needed.</summary>
    internal int Proc { get; init; } = -1;

    /// <summary>The seccomp filter; null: none.</summary>
    internal SeccompPlan? Seccomp { get; init; }

    /// <summary>The program is executed by a child: what would hinder its making is set there, by <see cref="AddLast"/>.</summary>
    internal bool ForksLast { get; init; }

    /// <summary>Everything but what needs no privilege and is better done last.</summary>
    internal void AddAll()
    {
        if (!KeepsKeyring)
        {
            // A session keyring of its own: the runtime's may hold keys of the host. Seccomp of an outer container may forbid it.
            int keyring = plan.Add("joining a new session keyring", Nr.keyctl, Keyctl.KEYCTL_JOIN_SESSION_KEYRING, plan.Text("_ses." + OciText.ToBytes(context.Container.Id)));
            plan.List.TolerateAll(keyring);
        }

        Schedule();
        Limits(isLast: false);
        var capabilities = new Capabilities(process.Capabilities, warn);
        if (!process.NoNewPrivileges)
        {
            Seccomp?.Load(); // takes CAP_SYS_ADMIN, which goes now
        }

        Identify(capabilities);
        if (process.NoNewPrivileges)
        {
            plan.Add("no_new_privs", Nr.prctl, PrctlOption.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        }
    }

    /// <summary>Right before <see cref="AddExec"/>.</summary>
    internal void AddLast()
    {
        if (ForksLast)
        {
            Limits(isLast: true);
        }

        if (process.NoNewPrivileges)
        {
            Seccomp?.Load();
        }
    }

    /// <summary>Looks the program up and executes it.</summary>
    internal void AddExec()
    {
        StepList list = plan.List;
        StepArgument arguments = list.TextVector(process.Args!.Select(OciText.ToBytes).ToArray());
        StepArgument environment = list.TextVector(Environment().ToArray());
        Look(candidate => plan.Add($"exec {candidate}", Nr.execve, plan.Text(candidate), arguments, environment));
    }

    /// <summary>Only looks the program up, so that `create` can say that it is not there.</summary>
    internal void AddLookup() => Look(null);

    /// <summary>The environment with HOME, if it is not given.</summary>
    internal IEnumerable<string> Environment()
    {
        List<string> environment = (process.Env ?? []).Select(OciText.ToBytes).ToList();
        if (Home is { } home && !environment.Exists(entry => entry.StartsWith("HOME=", StringComparison.Ordinal)))
        {
            environment.Add("HOME=" + home);
        }

        return environment;
    }

    /// <summary>The program, in bytes; null: process.args[0].</summary>
    internal string? Path { get; init; }

    /// <summary>HOME of the user according to the container's /etc/passwd.</summary>
    internal string? Home { get; init; }

    // execvp(3) in steps: the first candidate that is a regular file somebody may execute.
    private void Look(Action<string>? execute)
    {
        StepList list = plan.List;
        string program = Path ?? OciText.ToBytes(process.Args![0]), shown = Path ?? process.Args![0];
        bool hasPath = program.Contains('/');
        string name = hasPath ? $"exec {shown}" : $"exec: \"{shown}\": executable file not found in $PATH";
        StepArgument stat = list.Buffer(144);
        StepArgument mode = stat.Plus(24);
        StepArgument seen = list.Buffer(8);
        List<int> found = [];
        foreach (string candidate in hasPath ? [program] : Candidates(program))
        {
            int look = plan.Add(name, Nr.newfstatat, At.AT_FDCWD, plan.Text(candidate), stat, 0);
            list.Tolerate(look, Errno.ENOENT, Errno.ENOTDIR);
            if (!hasPath)
            {
                list.TolerateAll(look);
            }

            int regular = list.AddCheck(name, mode, Mode.S_IFMT, Mode.S_IFREG, Errno.EACCES);
            list.TolerateAll(regular);
            int executable = list.AddCheck(name, mode, 0x49, 0, Errno.EACCES, isNegated: true);
            list.TolerateAll(executable);
            execute?.Invoke(candidate);
            int end = list.AddNothing();
            found.Add(end);
            int refused = list.Count;
            list.AddStore(seen, 1);
            list.OnFailure(regular, refused);
            list.OnFailure(executable, refused);
            list.OnFailure(look, list.Count);
        }

        list.AddCheck($"exec {shown}", seen, 1, 0, Errno.EACCES);
        list.AddFailure(name, Errno.ENOENT);
        found.ForEach(step => list.OnSuccess(step, list.Count));
    }

    private IEnumerable<string> Candidates(string program)
    {
        string? path = process.Env?.LastOrDefault(entry => entry.StartsWith("PATH=", StringComparison.Ordinal));
        foreach (string directory in (path is null ? DefaultPath : OciText.ToBytes(path[5..])).Split(':'))
        {
            yield return directory.Length == 0 ? "./" + program : directory + "/" + program;
        }
    }

    /// <summary>
    /// The AppArmor profile that the next execve brings, also that of a child. Through the host's proc, as the container's may be anything; its descriptor is closed, so that
    /// nobody finds the host's proc in a process that waits.
    /// </summary>
    internal void AddProfile()
    {
        if (string.IsNullOrEmpty(process.ApparmorProfile))
        {
            return;
        }

        byte[] text = System.Text.Encoding.UTF8.GetBytes("exec " + process.ApparmorProfile);
        const string Name = "process.apparmorProfile";
        int file = plan.Add(Name, Nr.openat, Proc, plan.Text("self/attr/apparmor/exec"), (long)(OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC), 0);
        plan.Add($"{Name} {process.ApparmorProfile}", Nr.write, StepPlan.ResultOf(file), plan.List.Data(text), text.Length);
        plan.CloseFd(StepPlan.ResultOf(file));
        plan.CloseFd(Proc);
    }

    private void Schedule()
    {
        if (process.Scheduler is { } scheduler)
        {
            plan.Add("process.scheduler", Nr.sched_setattr, 0, plan.List.Struct(Scheduling.AttributesOf(scheduler)), 0);
        }

        if (process.IoPriority is { } priority)
        {
            plan.Add("process.ioPriority", Nr.ioprio_set, IoPrio.IOPRIO_WHO_PROCESS, 0, Scheduling.ValueOf(priority));
        }

        if (context.Spec.Linux?.Personality is { } personality)
        {
            plan.Add("linux.personality", Nr.personality, Scheduling.ValueOf(personality));
        }

        plan.Add("umask", Nr.umask, process.User?.Umask ?? 0x12);
    }

    private void Limits(bool isLast)
    {
        foreach (OciRlimit limit in process.Rlimits ?? [])
        {
            int resource = Scheduling.ResourceOf(limit.Type);
            bool isForks = ForksLast && resource == Rlimit.RLIMIT_NPROC;
            if (isForks && !isLast && HostProcess.GetLimit(0, resource, out RlimitBuf own) == 0)
            {
                // The user's processes are counted when one forks. Raising the hard limit takes the privileges of now.
                ulong hard = Math.Max(own.Max, limit.Hard);
                plan.Add($"process.rlimits: {limit.Type} to {limit.Soft}:{limit.Hard}", Nr.prlimit64, 0, resource, plan.List.Struct(new RlimitBuf(hard, hard)), 0);
            }

            if (isForks != isLast)
            {
                continue;
            }

            plan.Add($"process.rlimits: {limit.Type} to {limit.Soft}:{limit.Hard}", Nr.prlimit64, 0, resource, plan.List.Struct(new RlimitBuf(limit.Soft, limit.Hard)), 0);
        }
    }

    private void Identify(Capabilities capabilities)
    {
        StepList list = plan.List;
        for (int capability = 0; capability <= (int)Capability.CAP_LAST_CAP; capability++)
        {
            if ((capabilities.Bounding >> capability & 1) == 0)
            {
                int drop = plan.Add("dropping bounding capabilities", Nr.prctl, PrctlOption.PR_CAPBSET_DROP, capability, 0, 0, 0);
                list.Tolerate(drop, Errno.EINVAL); // an older kernel does not know it
            }
        }

        OciUser user = process.User ?? new OciUser();
        string cwd = process.Cwd is { Length: > 0 } given ? OciText.ToBytes(given) : "/";
        plan.Add("keeping capabilities", Nr.prctl, PrctlOption.PR_SET_KEEPCAPS, 1, 0, 0, 0);
        // As runc: with the rights of now, and if those do not suffice, with the user's.
        int early = plan.Add($"chdir to process.cwd {process.Cwd}", Nr.chdir, plan.Text(cwd));
        list.Tolerate(early, Errno.EPERM, Errno.EACCES);
        StepArgument isThere = list.Buffer(8);
        list.AddStore(isThere, 1);
        list.OnFailure(early, list.Count);
        if (!DeniesGroups)
        {
            uint[] groups = [.. user.AdditionalGids ?? []];
            StepArgument gids = list.Data(System.Runtime.InteropServices.MemoryMarshal.AsBytes<uint>(groups));
            plan.Add("process.user.additionalGids", Nr.setgroups, groups.Length, gids);
        }
        else if (user.AdditionalGids is { Count: > 0 })
        {
            throw new RuntimeException("process.user.additionalGids: this user namespace denies setgroups");
        }

        plan.Add($"process.user.gid {user.Gid}", Nr.setresgid, user.Gid, user.Gid, user.Gid);
        plan.Add($"process.user.uid {user.Uid}", Nr.setresuid, user.Uid, user.Uid, user.Uid);
        plan.Add("keeping capabilities", Nr.prctl, PrctlOption.PR_SET_KEEPCAPS, 0, 0, 0, 0);

        var data = new byte[24];
        foreach ((int at, ulong set) in (ReadOnlySpan<(int, ulong)>)[(0, capabilities.Effective), (4, capabilities.Permitted), (8, capabilities.Inheritable)])
        {
            BitConverter.TryWriteBytes(data.AsSpan(at), (uint)set);
            BitConverter.TryWriteBytes(data.AsSpan(at + 12), (uint)(set >> 32));
        }

        plan.Add("process.capabilities", Nr.capset, list.Struct((ulong)CapVersion._LINUX_CAPABILITY_VERSION_3), list.Data(data));
        list.TolerateAll(plan.Add("clearing ambient capabilities", Nr.prctl, PrctlOption.PR_CAP_AMBIENT, PrctlOption.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
        for (int capability = 0; capability <= (int)Capability.CAP_LAST_CAP; capability++)
        {
            if ((capabilities.Ambient >> capability & 1) != 0)
            {
                // runc and crun go on, too, when the set does not allow it.
                list.TolerateAll(plan.Add("raising ambient capabilities", Nr.prctl, PrctlOption.PR_CAP_AMBIENT, PrctlOption.PR_CAP_AMBIENT_RAISE, capability, 0, 0));
            }
        }

        int check = list.AddCheck("chdir", isThere, 1, 1, Errno.EACCES);
        list.TolerateAll(check);
        plan.Add($"chdir to process.cwd {process.Cwd}", Nr.chdir, plan.Text(cwd));
        list.OnSuccess(check, list.Count);
        list.OnFailure(check, check + 1);
        StepArgument path = list.Buffer(4096);
        plan.Add($"process.cwd {process.Cwd}", Nr.getcwd, path, 4096);
        // "(unreachable)/..." outside of the root (CVE-2024-21626).
        list.AddCheck($"process.cwd {process.Cwd}: it is outside of the container's root", path, 0xff, '/', Errno.EPERM);
    }
}
