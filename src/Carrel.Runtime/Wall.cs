using System;
using System.Collections.Generic;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// One way of isolating a container. The verbs (life cycle, state, hooks, logs, terminals of the caller) are the same for all walls; this is what differs.
/// A failure is a <see cref="RuntimeException"/> that names the step ("mount proc on /proc: EPERM") and leaves nothing behind.
/// </summary>
public abstract class Wall
{
    public abstract Isolation Isolation { get; }

    /// <summary>Makes the first process, set up completely, but the user's program does not run yet unless <see cref="CreateRequest.StartsAtOnce"/>.</summary>
    public abstract StartedProcess Create(CreateRequest request);

    /// <summary>Lets the user's program of a created container run. Returns when it is executed, or fails with the reason why it could not be.</summary>
    public abstract void Start(Container container);

    /// <summary><see cref="Start"/> runs the startContainer hooks: nobody outside could.</summary>
    public virtual bool RunsStartHooks => false;

    /// <summary>Starts another process in a running container.</summary>
    public abstract StartedProcess Execute(ExecuteRequest request);

    /// <summary>Sends a signal to the first process, or to all processes.</summary>
    public abstract void Signal(Container container, int signal, bool all);

    /// <summary>Host pids of its processes.</summary>
    public abstract IReadOnlyList<int> Processes(Container container);

    public abstract void Pause(Container container);

    public abstract void Resume(Container container);

    /// <summary>Changes limits while it runs.</summary>
    public abstract void Update(Container container, OciResources resources);

    /// <summary>Whether it waits for <see cref="Start"/>.</summary>
    public abstract bool IsWaitingForStart(Container container);

    public abstract bool IsPaused(Container container);

    /// <summary>Ends what still runs and removes everything but the state directory: processes, cgroups, mounts. Works on half-made containers, too.</summary>
    public abstract void Destroy(Container container);
}

/// <summary>What a wall needs to make a container.</summary>
public sealed class CreateRequest
{
    public required Container Container { get; init; }

    /// <summary>Host descriptors for the program's 0, 1 and 2; -1: /dev/null. With a terminal, see <see cref="Terminal"/>, they are ignored.</summary>
    public required int[] Stdio { get; init; }

    /// <summary>If process.terminal: takes the master side of the pseudo terminal that was made for the program, as soon as it exists. The taker closes it.</summary>
    public Action<int>? Terminal { get; init; }

    /// <summary>Runs the hooks of a kind at their point of the life cycle, in the namespaces of the runtime. Throws if one fails.</summary>
    public required Action<HookPoint, int> RunHooks { get; init; }

    /// <summary>The program runs at once: create and start in one (the verb `run`), without waiting.</summary>
    public bool StartsAtOnce { get; init; }

    /// <summary>The command waits for the end of the container (`run` in the foreground): a wall that can ends the container if the command dies first.</summary>
    public bool DiesWithCaller { get; init; }

    /// <summary>Descriptors from 3 on that the program inherits (--preserve-fds): how many.</summary>
    public int PreservedDescriptors { get; init; }

    /// <summary>--no-pivot: the root is moved and chroot is used (initramfs).</summary>
    public bool AvoidsPivotRoot { get; init; }

    /// <summary>--systemd-cgroup.</summary>
    public bool UsesSystemd { get; init; }

    /// <summary>--no-new-keyring: the caller's session keyring stays.</summary>
    public bool KeepsKeyring { get; init; }

    /// <summary>--strace: each system call of the container is printed to stderr (kernel).</summary>
    public bool TracesSyscalls { get; init; }

    /// <summary>Writes the record: to be called as soon as something was made that a later `delete` has to find (its cgroup), before the process is.</summary>
    public Action? RecordChanged { get; init; }

    /// <summary>Takes a line about something in config.json that is ignored.</summary>
    public Action<string>? Warn { get; init; }

    /// <summary>Called with the pid as soon as it is known, before the program can run: the caller writes it to the record.</summary>
    public Action<int>? PidKnown { get; init; }
}

/// <summary>What a wall needs to start another process in a container.</summary>
public sealed class ExecuteRequest
{
    public required Container Container { get; init; }

    public required OciProcess Process { get; init; }

    /// <summary>The program if it is not process.args[0] (hooks).</summary>
    public string? Program { get; init; }

    public required int[] Stdio { get; init; }

    public Action<int>? Terminal { get; init; }

    public int PreservedDescriptors { get; init; }

    /// <summary>--cgroup: a path below the container's cgroup.</summary>
    public string? Cgroup { get; init; }

    /// <summary>Takes a line about something that is ignored.</summary>
    public Action<string>? Warn { get; init; }
}

/// <summary>Points of the life cycle at which the specification has hooks (config.md).</summary>
public enum HookPoint
{
    Prestart,
    CreateRuntime,
    CreateContainer,
    StartContainer,
    Poststart,
    Poststop,
}

/// <summary>A process that was started; a child of the caller until the caller exits.</summary>
/// <param name="Pid">Host pid whose wait status is the program's.</param>
public readonly record struct StartedProcess(int Pid);
