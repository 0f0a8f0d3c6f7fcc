using System;
using System.Globalization;
using System.Linq;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// Starts another process in a container. The namespaces of its first process are joined through a descriptor of that process, all at once; nothing is asked of the
/// container's /proc. The child has a copy of the runtime's memory, not the memory itself: processes of the container may look at it.
/// </summary>
internal sealed class ExecLaunch : IDisposable
{
    private readonly ExecuteRequest _request;
    private readonly ContainerContext _context;
    private readonly OciProcess _process;
    private readonly StepPlan _plan;
    private readonly Rendezvous _rendezvous;

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
        _rendezvous = new Rendezvous(_plan);
    }

    internal int Start()
    {
        Build();
        return _rendezvous.Run(0);
    }

    public void Dispose()
    {
        _rendezvous.Dispose();
        _plan.Dispose();
    }

    private void Build()
    {
        Container container = _context.Container;
        int pidfd = _plan.Take(ContainerProcesses.Open(container));
        string process = string.Create(CultureInfo.InvariantCulture, $"/proc/{container.Pid}");
        CloneFlags joined = Differing(process);
        bool hasOwnMounts = (joined & CloneFlags.CLONE_NEWNS) != 0;
        int root = hasOwnMounts ? -1 : _plan.Open(process + "/root", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, process + "/root");
        string? home = UserHome.Find(_process, process + "/root");
        int hostProc = _plan.Open("/proc", OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, "/proc");
        ContainerProcesses.Verify(container); // what was opened by its pid was its own

        _plan.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, Signal.SIGKILL, 0, 0, 0);
        _plan.Add("PR_SET_DUMPABLE", Nr.prctl, PrctlOption.PR_SET_DUMPABLE, 0, 0, 0, 0);
        StandardDescriptors.Place(_plan, _process, _request.Stdio, _request.PreservedDescriptors);
        OomScore.Set(_plan, hostProc, _process);
        SetAffinity("initial", _process.ExecCPUAffinity?.Initial);
        EnterCgroups(container);
        SetAffinity("final", _process.ExecCPUAffinity?.Final);
        if (joined != 0)
        {
            _plan.Add("joining the container's namespaces", Nr.setns, pidfd, (long)joined);
        }

        if ((joined & CloneFlags.CLONE_NEWPID) != 0)
        {
            _rendezvous.Forks = true;
            _plan.List.AddFork("clone", 0);
            _plan.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, Signal.SIGKILL, 0, 0, 0);
        }

        if (!hasOwnMounts)
        {
            _plan.Add("entering the root", Nr.fchdir, root);
            _plan.Add("chroot", Nr.chroot, _plan.Text("."));
        }

        OpenTerminal();
        ProcessPlan program = Program(home);
        program.AddAll();
        _plan.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, 0, 0, 0, 0);
        ContainerLaunch.Unblock(_plan);
        program.AddExec();
    }

    private void OpenTerminal()
    {
        if (!_process.Terminal)
        {
            _plan.Add("setsid", Nr.setsid);
            return;
        }

        int slash = _plan.Add("opening the root", Nr.openat, At.AT_FDCWD, _plan.Text("/"), (long)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC), 0);
        var terminal = new TerminalPlan(_plan);
        terminal.Open(StepPlan.ResultOf(slash), _process, master => _rendezvous.AddMeeting("handing over the terminal", fd =>
        {
            if (_request.Terminal is null)
            {
                HostFd.Close(fd);
                throw new RuntimeException("process.terminal: nobody takes the terminal");
            }

            _request.Terminal(fd);
        }, master));
        terminal.Place();
    }

    private ProcessPlan Program(string? home)
    {
        OciSeccomp? profile = _context.Spec.Linux?.Seccomp;
        CompiledSeccomp? filter = profile is null ? null : SeccompCompiler.Compile(profile);
        return new ProcessPlan(_plan, _process, _context, _request.Warn)
        {
            DeniesGroups = _context.HasUserNamespace && DeniesGroups(),
            Home = home,
            Seccomp = filter is null ? null : new SeccompPlan(_plan, filter)
            {
                GiveListener = fd => _rendezvous.AddMeeting("handing over the seccomp listener",
                    listener => ListenerHandover.Give(listener, _context.Container, profile, _rendezvous.Pid, "running"), fd),
            },
        };
    }

    private void EnterCgroups(Container container)
    {
        if (container.Cgroup is not { } record)
        {
            return;
        }

        foreach (string file in CgroupManager.ProcsFiles(record, _request.Cgroup, container.Pid))
        {
            int fd = _plan.Open(file, OpenFlags.O_WRONLY, file);
            _plan.Add($"entering the cgroup {file}", Nr.write, fd, _plan.Text("0"), 1);
        }
    }

    private void SetAffinity(string field, string? cpus)
    {
        if (!string.IsNullOrEmpty(cpus))
        {
            byte[] mask = CpuList.ToMask(cpus, $"process.execCPUAffinity.{field}");
            _plan.Add($"process.execCPUAffinity.{field} {cpus}", Nr.sched_setaffinity, 0, mask.Length, _plan.List.Data(mask));
        }
    }

    // The namespaces that are not our own. Asked of the host's /proc.
    private static CloneFlags Differing(string process)
    {
        CloneFlags kinds = 0;
        foreach ((CloneFlags flag, string file) in Namespaces.Files())
        {
            if (HostPath.StatAt(At.AT_FDCWD, $"{process}/ns/{file}", 0, out Stat theirs) == 0 && HostPath.StatAt(At.AT_FDCWD, $"/proc/self/ns/{file}", 0, out Stat ours) == 0
                && theirs.Ino != ours.Ino)
            {
                kinds |= flag;
            }
        }

        return kinds;
    }

    private bool DeniesGroups() =>
        ProcFile.ReadText(string.Create(CultureInfo.InvariantCulture, $"/proc/{_context.Container.Pid}/setgroups"))?.StartsWith("deny", StringComparison.Ordinal) == true;
}
