using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// What the verbs do to containers, the same for all walls. The order of runtime.md, "Lifecycle"; where it leaves a choice, runc's.
/// Each step leaves the state directory so that the next verb can go on from there, also if this process is killed after it.
/// </summary>
public sealed class ContainerLifecycle(ContainerStore store, RuntimeLog log)
{
    private const long LockTimeout = 30_000_000_000;

    private readonly HookRunner _hooks = new(log);

    public ContainerStore Store { get; } = store;

    /// <summary>On failure nothing is left behind.</summary>
    /// <param name="startsAtOnce">Null: if no hook wants to run before the program does.</param>
    /// <param name="terminal">If the program wants a terminal: takes its master side.</param>
    private Container Create(CreateOptions options, bool? startsAtOnce, Action<int>? terminal)
    {
        List<string> warnings = [];
        OciSpec spec = ConfigFile.Load(options.Bundle, warnings, out byte[] document);
        Isolation isolation = IsolationChoice.Of(options, spec);
        SpecValidator.Check(spec, options.Bundle, usesNamespaces: isolation == Isolation.Container, warnings);
        warnings.ForEach(log.Warn);
        bool hasTerminal = spec.Process!.Terminal;
        if (options.SocketCount > 0)
        {
            spec.Process.Env = [.. spec.Process.Env ?? [], $"LISTEN_FDS={options.SocketCount}", "LISTEN_PID=1"];
        }

        bool hasDefaultSeccomp = options.WantsDefaultSeccomp && isolation != Isolation.Kernel && spec.Linux?.Seccomp is null;
        if (hasDefaultSeccomp)
        {
            ContainerEntry.AddDefaultSeccomp(spec);
        }

        using ConsoleSocket? console = ConnectConsole(options, hasTerminal);
        Wall wall = Walls.For(isolation);
        using ContainerEntry entry = Store.Create(options.Id);
        var container = new Container
        {
            Id = options.Id,
            Isolation = isolation,
            Bundle = options.Bundle,
            Rootfs = SpecValidator.RootPath(spec, options.Bundle),
            Created = DateTimeOffset.UtcNow,
            Owner = HostCredentials.UserId,
            Annotations = spec.Annotations,
            Spec = spec,
            HasDefaultSeccomp = hasDefaultSeccomp,
            HasStarted = startsAtOnce ?? !HookRunner.AnyBeforeStart(spec.Hooks),
        };
        entry.Attach(container);
        bool ownsCgroup = false;
        try
        {
            entry.SaveConfig(document);
            container.Cgroup = CgroupManager.Plan(options.Id, spec.Linux?.CgroupsPath, options.UsesSystemd);
            entry.Save(container);
            var request = new CreateRequest
            {
                Container = container,
                Stdio = StandardStreams.Descriptors,
                Terminal = hasTerminal ? SizedTerminal.Wrap(spec.Process.ConsoleSize, console is null ? terminal! : console.Send) : null,
                RunHooks = (point, pid) => _hooks.Run(container, point, pid),
                StartsAtOnce = container.HasStarted,
                DiesWithCaller = !options.IsDetached,
                PreservedDescriptors = options.PreservedDescriptors,
                AvoidsPivotRoot = options.AvoidsPivotRoot,
                KeepsKeyring = options.KeepsKeyring,
                TracesSyscalls = options.TracesSyscalls,
                UsesSystemd = options.UsesSystemd,
                Warn = log.Warn,
                RecordChanged = () =>
                {
                    ownsCgroup = true;
                    entry.Save(container);
                },
                PidKnown = pid => RecordPid(entry, container, pid),
            };
            int started = wall.Create(request).Pid;
            if (container.Cgroup is { } cgroup)
            {
                CgroupManager.Settle(cgroup);
            }

            if (container.Pid != started)
            {
                RecordPid(entry, container, started);
            }

            if (options.PidFile is { } pidFile)
            {
                PidFile.Write(pidFile, started);
            }

            container.IsMade = true;
            entry.Save(container);
            return container;
        }
        catch (Exception e)
        {
            log.Debug(() => $"create {options.Id}: {e.Message}: undoing it");
            if (!ownsCgroup)
            {
                // Its making failed and has been undone: what is there of that name now is not ours to remove.
                container.Cgroup = null;
            }

            Discard(wall, entry, container);
            throw;
        }
    }

    /// <summary>`run`: both at once if no hook has to come in between.</summary>
    public Container Run(CreateOptions options, Action<int>? terminal)
    {
        Container container = Create(options, startsAtOnce: null, terminal);
        if (container.HasStarted)
        {
            _hooks.RunAll(container, HookPoint.Poststart, container.Pid);
            return container;
        }

        try
        {
            using ContainerEntry entry = FindLocked(container.Id);
            Start(entry, container);
            return container;
        }
        catch (RuntimeException)
        {
            DeleteEnded(container);
            throw;
        }
    }

    /// <summary>`create`: everything but the program itself.</summary>
    public Container Create(CreateOptions options, Action<int>? terminal) => Create(options, startsAtOnce: false, terminal);

    /// <summary>`start`.</summary>
    public void Start(string id)
    {
        using ContainerEntry entry = FindLocked(id);
        Container container = LoadMade(entry);
        ContainerStatus status = StatusOf(entry, container);
        if (status != ContainerStatus.Created)
        {
            throw new RuntimeException(status == ContainerStatus.Stopped ? "cannot start a container that has stopped" : "cannot start an already running container");
        }

        Start(entry, container);
    }

    /// <summary>Starts another process.</summary>
    public StartedProcess Execute(ExecuteOptions options, Action<int>? terminal)
    {
        using ContainerEntry entry = Find(options.Id);
        Container container = LoadMade(entry);
        ContainerStatus status = StatusOf(entry, container);
        if (status is ContainerStatus.Stopped or ContainerStatus.Creating)
        {
            throw new RuntimeException($"cannot exec in a {(status == ContainerStatus.Stopped ? "stopped" : "container that is being created; it is not a running")} container");
        }

        if (status == ContainerStatus.Paused && !options.IgnoresPause)
        {
            throw new RuntimeException("cannot exec in a paused container (use --ignore-paused to override)");
        }

        OciProcess process = options.ProcessOf(container.Spec);
        List<string> warnings = [];
        SpecValidator.CheckProcess(process, warnings);
        warnings.ForEach(log.Warn);
        using ConsoleSocket? console = ConnectConsole(options.ConsoleSocket, options.IsDetached, process.Terminal);
        StartedProcess started = Walls.For(container.Isolation).Execute(new ExecuteRequest
        {
            Container = container,
            Process = process,
            Stdio = StandardStreams.Descriptors,
            Terminal = process.Terminal ? SizedTerminal.Wrap(process.ConsoleSize, console is null ? terminal! : console.Send) : null,
            PreservedDescriptors = options.PreservedDescriptors,
            Cgroup = options.Cgroup,
            Warn = log.Warn,
        });
        if (options.PidFile is { } pidFile)
        {
            PidFile.Write(pidFile, started.Pid);
        }

        return started;
    }

    /// <summary>`kill`. No lock: a signal must get through while another verb hangs.</summary>
    public void Kill(string id, int signal, bool all)
    {
        using ContainerEntry entry = Find(id);
        Container container = Load(entry);
        if (!all && StatusOf(entry, container) == ContainerStatus.Stopped)
        {
            throw new RuntimeException("container not running");
        }

        Walls.For(container.Isolation).Signal(container, signal, all);
    }

    /// <summary>`delete`. With <paramref name="force"/> whatever is there goes, and nothing being there is fine.</summary>
    public void Delete(string id, bool force)
    {
        using ContainerEntry? entry = Store.Find(id);
        if (entry is null || !Lock(entry))
        {
            if (force)
            {
                return;
            }

            throw Missing();
        }

        Container? container = LoadForDelete(entry, force);
        if (container is null)
        {
            // Nothing is made before the first record is written.
            entry.Remove();
            return;
        }

        ContainerStatus status = StatusOf(entry, container);
        if (!force && status is not (ContainerStatus.Stopped or ContainerStatus.Created))
        {
            throw new RuntimeException($"cannot delete container {id} that is not stopped: {status.ToText()}");
        }

        Destroy(entry, container);
    }

    /// <summary>After a foreground `run`: removes the container, unless somebody else has done so.</summary>
    public void DeleteEnded(Container container)
    {
        using ContainerEntry? entry = Store.Find(container.Id);
        if (entry is not null && Lock(entry) && entry.Load() is { } recorded && recorded.Pid == container.Pid && recorded.PidStart == container.PidStart)
        {
            recorded.Spec = container.Spec;
            Destroy(entry, recorded);
        }
    }

    /// <summary>A container that exists, and its status.</summary>
    public (Container Container, ContainerStatus Status) Get(string id)
    {
        using ContainerEntry entry = Find(id);
        Container container = Load(entry);
        return (container, StatusOf(entry, container));
    }

    /// <summary>All containers. One that cannot be read is a warning, not the end of the list.</summary>
    public List<(Container Container, ContainerStatus Status)> List()
    {
        List<(Container, ContainerStatus)> all = [];
        foreach (string id in Store.Ids())
        {
            try
            {
                using ContainerEntry? entry = Store.Find(id);
                if (entry is not null)
                {
                    Container container = entry.Load() ?? new Container { Id = id };
                    all.Add((container, StatusOf(entry, container)));
                }
            }
            catch (Exception e) when (e is RuntimeException or OciException)
            {
                log.Warn($"{id}: {e.Message}");
            }
        }

        return all;
    }

    public void Pause(string id)
    {
        using ContainerEntry entry = FindLocked(id);
        Container container = LoadMade(entry);
        ContainerStatus status = StatusOf(entry, container);
        if (status is not (ContainerStatus.Running or ContainerStatus.Created))
        {
            throw new RuntimeException(status == ContainerStatus.Paused ? "container already paused" : $"container not running or created: {status.ToText()}");
        }

        Walls.For(container.Isolation).Pause(container);
    }

    public void Resume(string id)
    {
        using ContainerEntry entry = FindLocked(id);
        Container container = LoadMade(entry);
        if (StatusOf(entry, container) != ContainerStatus.Paused)
        {
            throw new RuntimeException("container not paused");
        }

        Walls.For(container.Isolation).Resume(container);
    }

    /// <summary>`update`: the limits that are given change, now and in the stored configuration.</summary>
    public void Update(string id, OciResources resources)
    {
        using ContainerEntry entry = FindLocked(id);
        Container container = LoadMade(entry);
        if (StatusOf(entry, container) == ContainerStatus.Stopped)
        {
            throw new RuntimeException("container not running");
        }

        SpecValidator.CheckResources(resources, "");
        Walls.For(container.Isolation).Update(container, resources);
        entry.Save(container);
    }

    /// <summary>Host pids of its processes.</summary>
    public IReadOnlyList<int> Processes(string id)
    {
        (Container container, ContainerStatus status) = Get(id);
        return status == ContainerStatus.Stopped ? [] : Walls.For(container.Isolation).Processes(container);
    }

    /// <summary>Whether its first process is there.</summary>
    public static bool IsAlive(Container container) =>
        ProcFile.TryReadStat(container.Pid, out char state, out ulong start) && start == container.PidStart && state is not ('Z' or 'X');

    /// <summary>The status, from what is there now.</summary>
    private static ContainerStatus StatusOf(ContainerEntry entry, Container container)
    {
        bool isAlive = IsAlive(container);
        if (!container.IsMade)
        {
            return isAlive || entry.IsLockedByOther() ? ContainerStatus.Creating : ContainerStatus.Stopped;
        }

        if (!isAlive)
        {
            return ContainerStatus.Stopped;
        }

        Wall wall = Walls.For(container.Isolation);
        return wall.IsPaused(container) ? ContainerStatus.Paused : wall.IsWaitingForStart(container) ? ContainerStatus.Created : ContainerStatus.Running;
    }

    private void Start(ContainerEntry entry, Container container)
    {
        Wall wall = Walls.For(container.Isolation);
        if (!wall.RunsStartHooks)
        {
            DestroyOnFailure(entry, container, () => _hooks.Run(container, HookPoint.StartContainer, container.Pid));
            wall.Start(container);
        }
        else if (HookRunner.Of(container.Spec.Hooks, HookPoint.StartContainer).Count > 0)
        {
            DestroyOnFailure(entry, container, () => wall.Start(container));
        }
        else
        {
            wall.Start(container);
        }

        _hooks.RunAll(container, HookPoint.Poststart, container.Pid);
    }

    /// <summary>The specification on a hook that fails at the start: stop the container and go on with the deletion at poststop.</summary>
    private void DestroyOnFailure(ContainerEntry entry, Container container, Action action)
    {
        try
        {
            action();
        }
        catch (RuntimeException)
        {
            Destroy(entry, container);
            throw;
        }
    }

    private static void RecordPid(ContainerEntry entry, Container container, int pid)
    {
        container.Pid = pid;
        // A process that has already ended is a zombie of ours and still has its start time.
        container.PidStart = ProcFile.TryReadStat(pid, out _, out ulong start) ? start : 0;
        entry.Save(container);
    }

    /// <summary>After a failed create. What fails here is not what the user must hear of.</summary>
    private void Discard(Wall wall, ContainerEntry entry, Container container)
    {
        try
        {
            wall.Destroy(container);
            _hooks.RunAll(container, HookPoint.Poststop, 0);
            entry.Remove();
        }
        catch (RuntimeException e)
        {
            log.Warn($"cleaning up after the failure: {e.Message}; `delete --force {container.Id}` tries again");
        }
    }

    private void Destroy(ContainerEntry entry, Container container)
    {
        Walls.For(container.Isolation).Destroy(container);
        try
        {
            _hooks.RunAll(container, HookPoint.Poststop, 0);
        }
        catch (Exception e) when (e is RuntimeException or OciException)
        {
            log.Warn($"poststop: {e.Message}");
        }

        entry.Remove();
    }

    private static Container? LoadForDelete(ContainerEntry entry, bool force)
    {
        try
        {
            return entry.Load();
        }
        catch (Exception e) when (force && e is (OciException or RuntimeException))
        {
            return null;
        }
    }

    private static ConsoleSocket? ConnectConsole(CreateOptions options, bool hasTerminal) => ConnectConsole(options.ConsoleSocket, options.IsDetached, hasTerminal);

    private static ConsoleSocket? ConnectConsole(string? path, bool isDetached, bool hasTerminal)
    {
        if (path is { Length: > 0 })
        {
            return isDetached && hasTerminal ? ConsoleSocket.Connect(path) : throw new RuntimeException("cannot use console socket if carrel will not detach or allocate tty");
        }

        return isDetached && hasTerminal ? throw new RuntimeException("cannot allocate tty if carrel will detach without setting console socket") : null;
    }

    private ContainerEntry Find(string id) => Store.Find(id) ?? throw Missing();

    private ContainerEntry FindLocked(string id)
    {
        ContainerEntry entry = Find(id);
        if (Lock(entry))
        {
            return entry;
        }

        entry.Dispose();
        throw Missing();
    }

    /// <summary>False: the container is gone by now.</summary>
    private static bool Lock(ContainerEntry entry)
    {
        if (entry.TryLock(LockTimeout))
        {
            return true;
        }

        return entry.IsLockedByOther() ? throw new RuntimeException($"container {entry.Id} is busy: another command has been changing it for {LockTimeout / 1_000_000_000} s") : false;
    }

    private static Container Load(ContainerEntry entry) => entry.Load() ?? throw Missing();

    private static Container LoadMade(ContainerEntry entry)
    {
        Container container = Load(entry);
        return container.IsMade ? container : throw new RuntimeException($"container {container.Id} was not created completely: delete it with --force");
    }

    private static RuntimeException Missing() => new("container does not exist");
}
