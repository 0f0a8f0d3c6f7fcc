using System;
using System.Globalization;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime.Cgroups;

namespace Carrel.Runtime;

/// <summary>
/// Starts another process in a container. The namespaces of its first process are joined through a descriptor of that process, all at once; nothing is asked of the
/// container's /proc. What enters is an init of our own making in a memory file, which holds nothing of the runtime.
/// </summary>
internal sealed class ExecLaunch : IDisposable
{
    private readonly ExecuteRequest _request;
    private readonly ContainerContext _context;
    private readonly OciProcess _process;
    private readonly StepPlan _plan;
    private readonly StepPlan _second;
    private readonly Rendezvous _rendezvous;
    private int _cgroup = -1;

    internal ExecLaunch(ExecuteRequest request, ContainerContext context, OciProcess process)
    {
        _request = request;
        _context = context;
        _process = process;
        if (_process.Args is not { Count: > 0 })
        {
            throw new RuntimeException("process.args: not given");
        }

        Refusals.CheckLabels(_process);
        _plan = new StepPlan(3 + request.PreservedDescriptors);
        _second = new StepPlan(3 + request.PreservedDescriptors);
        _rendezvous = new Rendezvous(_plan, _second);
    }

    internal int Start()
    {
        Build();
        return _rendezvous.Run(CloneFlags.CLONE_VM, _cgroup);
    }

    public void Dispose()
    {
        _rendezvous.Dispose();
        _second.Dispose();
        _plan.Dispose();
    }

    private void Build()
    {
        Container container = _context.Container;
        int pidfd = _plan.Take(ContainerProcesses.Open(container));
        string process = string.Create(CultureInfo.InvariantCulture, $"/proc/{container.Pid}");
        CloneFlags joined = Namespaces.Differing(process);
        bool hasOwnMounts = (joined & CloneFlags.CLONE_NEWNS) != 0;
        int root = hasOwnMounts ? -1 : _plan.Open(process + "/root", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, process + "/root");
        string? home = UserHome.Find(_process, process + "/root");
        int hostProc = _plan.Open("/proc", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, "/proc");
        ContainerProcesses.Verify(container); // what was opened by its pid was its own

        _plan.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, Signal.SIGKILL, 0, 0, 0);
        StandardDescriptors.Place(_plan, _process, _request.Stdio, _request.PreservedDescriptors);
        OomScore.Set(_plan, hostProc, _process);
        SetAffinity("initial", _process.ExecCPUAffinity?.Initial);
        EnterCgroups(container);
        SetAffinity("final", _process.ExecCPUAffinity?.Final);
        _plan.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, 0, 0, 0, 0);
        ContainerLaunch.Unblock(_plan);

        // What enters the container is the init: neither the memory nor the program of the runtime (CVE-2019-5736).
        int[] kept = root >= 0 ? [pidfd, hostProc, root] : [pidfd, hostProc];
        _rendezvous.AddTaken(_second);
        _second.Add("PR_SET_DUMPABLE", Nr.prctl, PrctlOption.PR_SET_DUMPABLE, 0, 0, 0, 0);
        if (joined != 0)
        {
            _second.Add("joining the container's namespaces", Nr.setns, pidfd, (long)joined);
        }

        OciSeccomp? profile = _context.Spec.Linux?.Seccomp;
        CompiledSeccomp? filter = profile is null ? null : SeccompCompiler.Compile(profile);
        bool forks = (joined & CloneFlags.CLONE_NEWPID) != 0;
        bool forksLast = forks && LastFork.IsAllowed(filter, _process);
        if (forks && !forksLast)
        {
            AddFork();
        }

        if (!hasOwnMounts)
        {
            _second.Add("entering the root", Nr.fchdir, root);
            _second.Add("chroot", Nr.chroot, _second.Text("."));
        }

        OpenTerminal();
        ProcessPlan program = Program(filter, home, hostProc, forksLast);
        program.AddProfile();
        _second.CloseAllBut(3 + _request.PreservedDescriptors, _rendezvous.ChildEnd);
        program.AddAll();
        if (forksLast)
        {
            AddFork();
        }

        TerminalPlan.AddSession(_second, _process.Terminal);
        program.AddLast();
        program.AddExec();
        _rendezvous.AddInit(_second, kept);
    }

    private void AddFork()
    {
        _rendezvous.Forks = _rendezvous.ForksLater = true;
        _second.List.AddForkAway("clone");
    }

    private void OpenTerminal()
    {
        if (!_process.Terminal)
        {
            return;
        }

        int slash = _second.Add("opening the root", Nr.openat, At.AT_FDCWD, _second.Text("/"), (long)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC), 0);
        var terminal = new TerminalPlan(_second);
        terminal.Open(StepPlan.ResultOf(slash), _process, master => _rendezvous.AddMeeting("handing over the terminal", TakeTerminal, master));
        terminal.Place();
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

    private ProcessPlan Program(CompiledSeccomp? filter, string? home, int proc, bool forksLast) =>
        new(_second, _process, _context, _request.Warn)
        {
            Path = _request.Program,
            ForksLast = forksLast,
            DeniesGroups = SetGroups.IsDenied(_context.Container.Pid),
            Home = home,
            Proc = proc,
            Seccomp = filter is null ? null : new SeccompPlan(_second, filter)
            {
                GiveListener = fd => _rendezvous.AddMeeting("handing over the seccomp listener",
                    listener => ListenerHandover.Give(listener, _context.Container, _context.Spec.Linux!.Seccomp, _rendezvous.Pid, "running"), fd),
            },
        };

    private void EnterCgroups(Container container)
    {
        if (container.Cgroup is not { } record)
        {
            return;
        }

        CgroupEntrance entrance = CgroupManager.Entrance(record, _request.Cgroup, container.Pid);
        if (entrance.Unified is not { } directory || !string.IsNullOrEmpty(_process.ExecCPUAffinity?.Initial))
        {
            // The first affinity is that of before the cgroup.
            _plan.EnterCgroups(entrance.Files);
            return;
        }

        _plan.EnterCgroups(entrance.Tasks);
        _cgroup = _plan.Open(directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, directory);
    }

    private void SetAffinity(string field, string? cpus)
    {
        if (!string.IsNullOrEmpty(cpus))
        {
            byte[] mask = CpuList.ToMask(cpus, $"process.execCPUAffinity.{field}");
            _plan.Add($"process.execCPUAffinity.{field} {cpus}", Nr.sched_setaffinity, 0, mask.Length, _plan.List.Data(mask));
        }
    }
}
