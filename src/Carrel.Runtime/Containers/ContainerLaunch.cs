using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// Makes the first process of a container. The whole way is data: a list of host calls that machine code executes in the child (see spawn.S), made before
/// there is a child. In order: cgroups, namespaces, id maps, root, mounts, devices, terminal, hooks, pivot_root, what is set in the new root, and the program itself.
/// </summary>
internal sealed class ContainerLaunch : IDisposable
{
    private readonly CreateRequest _request;
    private readonly ContainerContext _context;
    private readonly StepPlan _first;
    private readonly StepPlan _plan;
    private readonly Rendezvous _rendezvous;
    private readonly OciProcess _process;
    private readonly NamespacePlan _namespaces;
    private readonly CompiledSeccomp? _filter;
    private int _init = -1;

    internal ContainerLaunch(CreateRequest request, ContainerContext context)
    {
        _request = request;
        _context = context;
        _process = _context.Process;
        if (_process.Args is not { Count: > 0 })
        {
            throw new RuntimeException("process.args: not given");
        }

        OciSeccomp? profile = _context.Spec.Linux?.Seccomp;
        _filter = profile is null ? null : SeccompCompiler.Compile(profile);
        if (_filter?.HasNotify == true && string.IsNullOrEmpty(profile!.ListenerPath))
        {
            throw new RuntimeException("linux.seccomp.listenerPath: SCMP_ACT_NOTIFY needs one");
        }

        _first = new StepPlan(3 + request.PreservedDescriptors);
        _plan = IsSealed ? new StepPlan(3 + request.PreservedDescriptors) : _first;
        _rendezvous = new Rendezvous(_first, _plan);
        _namespaces = new NamespacePlan(_plan, _context, _rendezvous) { ForksLast = ForksLast() };
    }

    /// <summary>Where others may be in the namespaces already, all that goes in is an init in a memory file, as for exec (CVE-2019-5736).</summary>
    private bool IsSealed => NamespacePlan.IsExposed(_context.Namespaces);

    internal int Start()
    {
        Prepare();
        Build();
        return _rendezvous.Run(_namespaces.CloneFlags, _namespaces.Cgroup);
    }

    public void Dispose()
    {
        _rendezvous.Dispose();
        _plan.Dispose();
        _first.Dispose();
        if (_init >= 0)
        {
            HostFd.Close(_init);
        }
    }

    /// <summary>Descriptors that the child gets from the runtime.</summary>
    private void Prepare()
    {
        // Dies with the thread that made it, until it is ready: no half-made container outlives a killed runtime.
        _first.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, Signal.SIGKILL, 0, 0, 0);
        StandardDescriptors.Place(_first, _process, _request.Stdio, _request.PreservedDescriptors);
        if (IsSealed)
        {
            _rendezvous.AddTaken(_plan);
        }
    }

    /// <summary>A joined pid namespace is entered last if the host can mount its proc from outside.</summary>
    private bool ForksLast()
    {
        if (!_context.Namespaces.IsJoined(CloneFlags.CLONE_NEWPID) || !LastFork.IsAllowed(_filter, _process))
        {
            return false;
        }

        foreach ((CloneFlags flag, _, string path) in _context.Namespaces.Joined)
        {
            if (flag == CloneFlags.CLONE_NEWPID)
            {
                int fd = _plan.Open(OciText.ToBytes(path), OpenFlags.O_RDONLY, $"joining the pid namespace {path}");
                _context.PidNamespaceOfProc = LastFork.CanMountProc(fd) ? fd : -1;
            }
        }

        return _context.PidNamespaceOfProc >= 0;
    }

    private void Build()
    {
        int proc = _plan.Open("/proc", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, "/proc");
        if (HostFd.StatFs(proc, out StatFs stat) < 0 || stat.Type != SuperMagic.PROC_SUPER_MAGIC)
        {
            throw new RuntimeException("/proc of the host is not a proc file system");
        }

        OomScore.Set(_plan, proc, _process);
        _namespaces.Add(_request.PidKnown);
        if (!_process.Terminal && !IsSealed)
        {
            TerminalPlan.AddSession(_plan, hasTerminal: false);
        }

        _plan.Add("umask", Nr.umask, 0);
        string rootfs = OciText.ToBytes(_request.Container.Rootfs);
        if (_context.Namespaces.IsNew(CloneFlags.CLONE_NEWNS))
        {
            BuildRoot(rootfs, proc);
        }
        else
        {
            BuildChroot(rootfs);
        }

        _plan.List.TolerateAll(_plan.Add("umask", Nr.umask, 0x12));
        Finish(proc);
    }

    private void BuildRoot(string rootfs, int proc)
    {
        int tree = -1;
        if (_context.OpensTrees)
        {
            tree = _plan.Take(ErrorText.Check(
                HostMount.OpenTree(At.AT_FDCWD, rootfs, (uint)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC) | At.AT_RECURSIVE), $"root.path {rootfs}"));
        }

        var root = new RootPlan(_plan, _context.Spec, rootfs, tree);
        var mounts = new MountPlan(_plan, root, _context);
        foreach (OciMount mount in _context.Spec.Mounts ?? [])
        {
            mounts.Add(mount);
        }

        var devices = new DevicePlan(_plan, root, _context);
        devices.AddAll();
        var masks = new MaskPlan(_plan, root, mounts, _context);
        masks.Prepare();
        TerminalPlan? terminal = null;
        if (_process.Terminal)
        {
            terminal = new TerminalPlan(_plan);
            terminal.Open(root.Fd, _process, master => _rendezvous.AddMeeting("handing over the terminal", TakeTerminal, master));
            devices.AddConsole(terminal.Slave);
        }

        if (_context.HasHooks)
        {
            _rendezvous.AddMeeting("waiting for hooks", _ => RunHooks());
        }

        root.Enter(!_request.AvoidsPivotRoot);
        terminal?.Place();
        if (_process.Terminal && !IsSealed)
        {
            TerminalPlan.AddSession(_plan, hasTerminal: true);
        }

        root.Finish();
        Names();
        Sysctl(proc);
        masks.AddAll();
        MakeWorkingDirectory(root.Fd);
    }

    /// <summary>Without a mount namespace of its own nothing can be mounted for it: a root directory is all it gets.</summary>
    private void BuildChroot(string rootfs)
    {
        if (_process.Terminal)
        {
            throw new RuntimeException("process.terminal: needs a mount namespace of the container's own");
        }

        if (_context.HasHooks)
        {
            _rendezvous.AddMeeting("waiting for hooks", _ => RunHooks());
        }

        _plan.Add($"chdir to root.path {rootfs}", Nr.chdir, _plan.Text(rootfs));
        _plan.Add("chroot", Nr.chroot, _plan.Text("."));
        _plan.Add("chdir", Nr.chdir, _plan.Text("/"));
        Names();
    }

    private void Finish(int proc)
    {
        string? home = UserHome.Find(_process, OciText.ToBytes(_request.Container.Rootfs));
        bool hasProfile = !string.IsNullOrEmpty(_process.ApparmorProfile);
        if (IsSealed)
        {
            FinishSealed(home, proc);
            return;
        }

        if (_request.StartsAtOnce)
        {
            // Not even then does the runtime's own image execute the program: as /proc/self/exe it would be in the container's hands (CVE-2019-5736).
            using var second = new StepPlan();
            int[] kept = hasProfile ? [proc] : [];
            _rendezvous.AddTaken(second);
            ProcessPlan program = Program(second, home, proc, fd => GiveListener(fd, second));
            program.AddProfile();
            program.AddAll();
            program.AddLast();
            program.AddExec();
            _rendezvous.AwaitStarted();
            _plan.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, 0, 0, 0, 0);
            Unblock(_plan);
            _rendezvous.AddInit(second, kept);
            return;
        }

        // Everything else is done by a process that has nothing of the runtime in it any more, when `start` says so.
        StartGate gate = StartGate.Create(_plan, _request.Container.Directory);
        using var waiting = new StepPlan();
        gate.AddTaken(waiting);
        ProcessPlan later = Program(waiting, home, proc, fd => gate.AddListener(waiting, fd));
        later.AddProfile();
        AddWaiting(waiting, gate, later, isSetUp: false);
        _init = ErrorText.Check(InitImage.Create(waiting.List, gate.Report), "making the init");
        int init = _plan.Keep(_init);
        Program(_plan, home, -1, null).AddLookup();
        gate.AddKeep(_plan);
        if (hasProfile)
        {
            _plan.Add("keeping /proc", Nr.fcntl, proc, Fcntl.F_SETFD, 0);
        }

        _rendezvous.AwaitStarted();
        _plan.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, 0, 0, 0, 0);
        Unblock(_plan);
        _plan.Add("starting the init", Nr.execveat, init, _plan.Text(""), _plan.List.TextVector(["carrel-init"]), _plan.List.TextVector([]), At.AT_EMPTY_PATH);
    }

    /// <summary>What waits for `start` has given up its privileges already: who gets hold of it meanwhile gains nothing.</summary>
    private void AddWaiting(StepPlan plan, StartGate gate, ProcessPlan program, bool isSetUp)
    {
        // A filter with a listener is loaded when `start` can fetch that; one that lets nobody wait, after it.
        bool waitsFirst = _filter is { } filter && (filter.HasNotify || (!_process.NoNewPrivileges && !(filter.Allows(Nr.read) && filter.Allows(Nr.close))));
        if (waitsFirst)
        {
            gate.AddWait(plan);
        }

        if (!isSetUp)
        {
            program.AddAll();
        }

        if (!waitsFirst)
        {
            gate.AddWait(plan);
        }

        program.AddLast();
        gate.AddClose(plan);
        program.AddExec();
    }

    /// <summary>The end of the list if it is an init's from the first namespace on.</summary>
    private void FinishSealed(string? home, int proc)
    {
        bool forksLast = _namespaces.ForksLast;
        StartGate? gate = _request.StartsAtOnce ? null : StartGate.Create(_plan, _request.Container.Directory);
        ProcessPlan program = Program(_plan, home, proc, fd =>
        {
            if (gate is null)
            {
                GiveListener(fd, _plan);
            }
            else
            {
                gate.AddListener(_plan, fd);
            }
        });
        if (gate is not null)
        {
            program.AddLookup();
        }

        program.AddProfile();
        _plan.CloseAllBut(3 + _request.PreservedDescriptors, [_rendezvous.ChildEnd, .. gate?.Descriptors ?? []]);
        if (forksLast)
        {
            program.AddAll();
            _namespaces.AddFork();
        }

        TerminalPlan.AddSession(_plan, _process.Terminal);
        _rendezvous.AddMeeting("recording the pid", _ => _request.PidKnown?.Invoke(_rendezvous.Pid)); // if the runtime is gone by now, so is the container
        if (gate is not null)
        {
            gate.AddHandover(_plan, _rendezvous.ChildEnd);
            AddWaiting(_plan, gate, program, isSetUp: forksLast);
        }
        else
        {
            if (!forksLast)
            {
                program.AddAll();
            }

            program.AddLast();
            program.AddExec();
        }

        _first.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, 0, 0, 0, 0);
        Unblock(_first);
        _rendezvous.AddInit(_plan, [.. _plan.Owned]);
    }

    private void GiveListener(StepArgument fd, StepPlan plan) => _rendezvous.AddMeeting("handing over the seccomp listener",
        listener => ListenerHandover.Give(listener, _request.Container, _context.Spec.Linux!.Seccomp, _rendezvous.Pid, "creating"), fd, plan);

    private ProcessPlan Program(StepPlan plan, string? home, int proc, Action<StepArgument>? giveListener) => new(plan, _process, _context, _request.Warn)
    {
        ForksLast = _namespaces.ForksLast,
        DeniesGroups = _namespaces.DeniesGroups,
        Home = home,
        Proc = proc,
        KeepsKeyring = _request.KeepsKeyring,
        Seccomp = _filter is null ? null : new SeccompPlan(plan, _filter) { GiveListener = giveListener },
    };

    /// <summary>Signals as a program expects them: none blocked, none ignored, as the runtime does with SIGPIPE and a shell's background with others (CLONE_CLEAR_SIGHAND leaves what is ignored).</summary>
    internal static void Unblock(StepPlan plan)
    {
        StepArgument byDefault = plan.List.Buffer(32);
        for (int signal = 1; signal < 32; signal++)
        {
            if (signal is not (Signal.SIGKILL or Signal.SIGSTOP))
            {
                plan.Add("sigaction", Nr.rt_sigaction, signal, byDefault, 0, 8);
            }
        }

        plan.Add("sigprocmask", Nr.rt_sigprocmask, SigmaskHow.SIG_SETMASK, plan.List.Buffer(8), 0, 8);
    }

    private void Names()
    {
        foreach ((string what, int number, string? name) in (ReadOnlySpan<(string, int, string?)>)[("hostname", Nr.sethostname, _context.Spec.Hostname), ("domainname", Nr.setdomainname, _context.Spec.Domainname)])
        {
            if (!string.IsNullOrEmpty(name))
            {
                string bytes = OciText.ToBytes(name);
                _plan.Add($"{what} {name}", number, _plan.Text(bytes), bytes.Length);
            }
        }
    }

    /// <summary>Written through the host's proc, which was looked at: the container's /proc is not asked (CVE-2025-52881). Its files are those of the writer's namespaces.</summary>
    private void Sysctl(int proc)
    {
        foreach ((string key, string value) in _context.Spec.Linux?.Sysctl ?? [])
        {
            string path = "sys/" + SysctlNames.PathOf(key, _context.Namespaces);
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(value);
            int file = _plan.Add($"linux.sysctl {key}", Nr.openat, proc, _plan.Text(path), (long)(OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC | OpenFlags.O_NOFOLLOW), 0);
            _plan.Add($"linux.sysctl {key} = {value}", Nr.write, StepPlan.ResultOf(file), _plan.List.Data(bytes), bytes.Length);
            _plan.CloseFd(StepPlan.ResultOf(file));
        }
    }

    private void MakeWorkingDirectory(StepArgument root)
    {
        if (_process.Cwd is { Length: > 1 } cwd)
        {
            int directory = _plan.Target($"process.cwd {cwd}", root, OciText.ToBytes(cwd), isDirectory: true);
            _plan.List.Tolerate(directory, Errno.ENOENT, Errno.EACCES);
            _plan.CloseFd(StepPlan.ResultOf(directory));
        }
    }

    private void TakeTerminal(int master)
    {
        if (_request.Terminal is null)
        {
            HostFd.Close(master);
            throw new RuntimeException("process.terminal: nobody takes the terminal");
        }

        _request.Terminal(master);
    }

    private void RunHooks()
    {
        int pid = _rendezvous.Pid;
        _request.RunHooks(HookPoint.Prestart, pid);
        _request.RunHooks(HookPoint.CreateRuntime, pid);
        _request.RunHooks(HookPoint.CreateContainer, pid);
    }
}
