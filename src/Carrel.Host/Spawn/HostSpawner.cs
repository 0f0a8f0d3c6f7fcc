using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>What became of a <see cref="HostSpawner.Start"/>.</summary>
/// <param name="Pid">The child, or a negative errno of clone3.</param>
/// <param name="FailedStep">Index of the step that failed, -1 if none did; the child has then exited with status 127.</param>
/// <param name="Error">Its errno.</param>
public readonly record struct SpawnOutcome(int Pid, int FailedStep, Errno Error)
{
    public bool Succeeded => Pid > 0 && FailedStep < 0;
}

/// <summary>
/// Starts a process by a list of host system calls that machine code executes in the child (clone3 with CLONE_VM|CLONE_VFORK): no managed code runs
/// between clone and exec, and the parent learns which step failed. Memory that the steps point to lives until <see cref="Dispose"/>.
/// </summary>
public sealed unsafe class HostSpawner : IDisposable
{
    private readonly StepList _steps = new();
    private readonly List<nint> _memory = [];
    private volatile StepRun? _run;

    /// <summary>Namespaces and other flags for clone3; CLONE_VM, CLONE_VFORK and CLONE_CLEAR_SIGHAND are added.</summary>
    public CloneFlags Flags { get; set; }

    /// <summary>Cgroup directory descriptor, with CLONE_INTO_CGROUP.</summary>
    public int Cgroup { get; set; } = -1;

    /// <summary>If CLONE_PIDFD was asked for: the descriptor of the child.</summary>
    public int Pidfd { get; private set; } = -1;

    /// <summary>The child, for other threads while <see cref="Start"/> waits for its exec; 0 before it exists.</summary>
    public int ChildPid => _run?.ChildPid ?? 0;

    /// <summary>Appends a step.</summary>
    /// <returns>Its index.</returns>
    public int Add(int number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0, long a5 = 0) => _steps.Add("", number, a0, a1, a2, a3, a4, a5);

    /// <summary>Appends a step whose failure does not matter.</summary>
    public int AddOptional(int number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0, long a5 = 0) =>
        _steps.AddOptional("", number, a0, a1, a2, a3, a4, a5);

    /// <summary>An argument of a step is to be the result of an earlier step.</summary>
    public void UseResult(int step, int argument, int ofStep) => _steps.UseResult(step, argument, ofStep);

    /// <summary>A NUL-terminated string for a step's argument.</summary>
    public long Text(string text) => Data(CString.Of(text));

    /// <summary>A copy of these bytes for a step's argument.</summary>
    public long Data(ReadOnlySpan<byte> bytes)
    {
        void* memory = NativeMemory.AllocZeroed((nuint)Math.Max(bytes.Length, 1));
        _memory.Add((nint)memory);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return (nint)memory;
    }

    /// <summary>A copy of a structure for a step's argument.</summary>
    public long Struct<T>(T value)
        where T : unmanaged => Data(new ReadOnlySpan<byte>(&value, sizeof(T)));

    /// <summary>A NULL-terminated vector of strings (argv, envp).</summary>
    public long TextVector(IReadOnlyList<string> texts)
    {
        long vector = Data(new byte[(texts.Count + 1) * sizeof(long)]);
        for (int i = 0; i < texts.Count; i++)
        {
            ((long*)vector)[i] = Text(texts[i]);
        }

        return vector;
    }

    /// <summary>Takes back that the runtime ignores SIGPIPE (CLONE_CLEAR_SIGHAND does not), unblocks all signals (but those of a set) and executes the file behind a descriptor (or a path, if <paramref name="path"/> is not empty).</summary>
    public void AddExec(int fd, string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, ulong blocked = 0)
    {
        Add(Nr.rt_sigaction, Signal.SIGPIPE, Data(new byte[32]), 0, sizeof(ulong));
        Add(Nr.rt_sigprocmask, 2, Struct(blocked), 0, sizeof(ulong));
        Add(Nr.execveat, fd, Text(path), TextVector(arguments), TextVector(environment), path.Length == 0 ? At.AT_EMPTY_PATH : 0);
    }

    /// <summary>Clones and runs the list. Returns when the child has executed its program or has exited.</summary>
    /// <remarks>The parent's thread that calls this is the one whose end PR_SET_PDEATHSIG of the child watches.</remarks>
    public SpawnOutcome Start()
    {
        using var run = new StepRun(_steps) { Cgroup = Cgroup };
        _run = run;
        SpawnOutcome outcome = run.OutcomeOf(run.Start(Flags | CloneFlags.CLONE_VM | CloneFlags.CLONE_VFORK));
        _run = null;
        Pidfd = run.Pidfd;
        return outcome;
    }

    public void Dispose()
    {
        foreach (nint memory in _memory)
        {
            NativeMemory.Free((void*)memory);
        }

        _memory.Clear();
    }
}
