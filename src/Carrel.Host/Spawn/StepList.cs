using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>
/// A list of host system calls with the data they point to, for the machine code of Native/steps.inc: it runs in a child between clone and exec
/// (<see cref="StepRun"/>) or as a container's waiting init (<see cref="InitImage"/>). Each step has a name for the message about its failure. The
/// list can be laid out at any address, any number of times.
/// </summary>
public sealed unsafe class StepList
{
    private const long Check = -1, Store = -2, SetResult = -3, Fail = -4, Nothing = -5;

    private readonly List<SpawnStep> _steps = [];
    private readonly List<string> _names = [];
    private readonly List<(int Step, int Argument, StepArgument Value)> _addresses = [];
    private readonly List<(int At, StepArgument Value)> _pointers = [];
    private byte[] _data = new byte[4096];
    private int _used;

    /// <summary>Index of the step that is added next: a target for jumps.</summary>
    public int Count => _steps.Count;

    /// <summary>What is said when this step fails.</summary>
    public string NameOf(int step) => (uint)step < (uint)_names.Count ? _names[step] : "an unknown step";

    /// <summary>Appends a system call.</summary>
    /// <returns>Its index.</returns>
    public int Add(string name, int number, params ReadOnlySpan<StepArgument> arguments) => Append(name, number, arguments);

    /// <summary>Appends a system call whose failure does not matter.</summary>
    public int AddOptional(string name, int number, params ReadOnlySpan<StepArgument> arguments)
    {
        int step = Append(name, number, arguments);
        Steps[step].Flags |= SpawnStep.IgnoreFailure;
        return step;
    }

    /// <summary>Goes on at the next step (or where <see cref="OnFailure"/> says) with these errors.</summary>
    public void Tolerate(int step, Errno error, Errno other = 0)
    {
        Steps[step].Tolerated0 = (ushort)error;
        Steps[step].Tolerated1 = (ushort)other;
    }

    /// <summary>Goes on with any error.</summary>
    public void TolerateAll(int step) => Steps[step].Flags |= SpawnStep.IgnoreFailure;

    /// <summary>After a success, goes on at <paramref name="target"/>.</summary>
    public void OnSuccess(int step, int target) => Steps[step].OnSuccess = checked((ushort)(target + 1));

    /// <summary>After a tolerated failure, goes on at <paramref name="target"/>.</summary>
    public void OnFailure(int step, int target) => Steps[step].OnFailure = checked((ushort)(target + 1));

    /// <summary>Argument <paramref name="argument"/> of a step is to be the result of another one.</summary>
    public void UseResult(int step, int argument, int ofStep) => Steps[step].References[argument] = checked((ushort)(ofStep + 1));

    /// <summary>Fails with <paramref name="error"/> unless the 8 bytes at the address, masked, are the value (or, negated, are not).</summary>
    public int AddCheck(string name, StepArgument address, ulong mask, ulong value, Errno error, bool isNegated = false) =>
        Append(name, Check, [address, (long)mask, (long)value, (int)error, isNegated ? 1 : 0]);

    /// <summary>Puts 8 bytes there.</summary>
    public int AddStore(StepArgument address, StepArgument value) => Append("store", Store, [address, value]);

    /// <summary>Makes the result of an earlier step another one's.</summary>
    public int AddSetResult(int step, StepArgument value) => Append("set", SetResult, [step, value]);

    public int AddFailure(string name, Errno error) => Append(name, Fail, [(int)error]);

    /// <summary>Does nothing: a place for a result or a jump.</summary>
    public int AddNothing() => Append("nothing", Nothing, []);

    public void AddJump(int target) => OnSuccess(AddNothing(), target);

    /// <summary>The rest of the list is executed by a new child of the runtime (CLONE_PARENT); this process ends when that one has executed its program.</summary>
    public int AddFork(string name)
    {
        var clone = new CloneArgs
        {
            Flags = (ulong)(CloneFlags.CLONE_PARENT | CloneFlags.CLONE_PARENT_SETTID | CloneFlags.CLONE_VM | CloneFlags.CLONE_VFORK),
        };
        StepArgument arguments = Struct(clone); // with CLONE_PARENT the exit signal is the parent's own
        SetPointer(arguments.Plus((int)Marshal.OffsetOf<CloneArgs>(nameof(CloneArgs.ParentTid))), new StepArgument(SpawnHeader.ForkedTidOffset, StepArgument.ArgumentKind.Head));
        int step = Append(name, Nr.clone3, [arguments, CloneArgs.CLONE_ARGS_SIZE_VER2]);
        Steps[step].Flags |= SpawnStep.Forks;
        return step;
    }

    /// <summary>
    /// The same in an <see cref="InitImage"/>: this process tells the pid and ends at once, the child has a copy of its memory. The old clone(2): a seccomp filter that is
    /// in force by now more likely lets it pass than clone3, whose flags it cannot see.
    /// </summary>
    public int AddForkAway(string name)
    {
        int step = Append(name, Nr.clone, [(long)ForkAwayFlags, 0, 0, 0, 0]);
        Steps[step].Flags |= SpawnStep.Forks;
        return step;
    }

    /// <summary>The first argument of clone(2) in <see cref="AddForkAway"/>.</summary>
    public const CloneFlags ForkAwayFlags = CloneFlags.CLONE_PARENT;

    /// <summary>A NUL-terminated string.</summary>
    public StepArgument Text(string text) => Data(CString.Of(text));

    /// <summary>A copy of these bytes.</summary>
    public StepArgument Data(ReadOnlySpan<byte> bytes)
    {
        StepArgument place = Buffer(bytes.Length);
        bytes.CopyTo(_data.AsSpan((int)place.Value));
        return place;
    }

    /// <summary>A copy of a structure.</summary>
    public StepArgument Struct<T>(T value)
        where T : unmanaged => Data(new ReadOnlySpan<byte>(&value, sizeof(T)));

    /// <summary>Zeroes, 8 more than asked for.</summary>
    public StepArgument Buffer(int size)
    {
        int at = (_used + 7) & ~7;
        _used = at + size + 8;
        if (_used > _data.Length)
        {
            Array.Resize(ref _data, Math.Max(_used, _data.Length * 2));
        }

        return new StepArgument(at, StepArgument.ArgumentKind.Data);
    }

    /// <summary>A NULL-terminated vector of strings (argv, envp).</summary>
    public StepArgument TextVector(IReadOnlyList<string> texts)
    {
        StepArgument vector = Buffer((texts.Count + 1) * sizeof(long));
        for (int i = 0; i < texts.Count; i++)
        {
            SetPointer(vector.Plus(i * sizeof(long)), Text(texts[i]));
        }

        return vector;
    }

    /// <summary>Writes the address of <paramref name="target"/> into the data.</summary>
    public void SetPointer(StepArgument at, StepArgument target) => _pointers.Add(((int)at.Value, target));

    /// <summary>Bytes of the blob.</summary>
    internal int Size => SpawnHeader.Size + (_steps.Count * SpawnStep.Size) + _used + 8;

    /// <summary>The blob as it has to lie at this address.</summary>
    internal byte[] LayOut(ulong address, int reportFd, bool withNames)
    {
        Span<SpawnStep> steps = Steps;
        if (withNames)
        {
            for (int i = 0; i < steps.Length; i++)
            {
                steps[i].Name = (uint)Data(CString.Of(_names[i])).Value; // relative to the data yet
                steps[i].NameSize = (uint)_names[i].Length;
            }
        }

        int dataAt = SpawnHeader.Size + (steps.Length * SpawnStep.Size);
        foreach ((int step, int argument, StepArgument value) in _addresses)
        {
            steps[step].Arguments[argument] = Address(value, address, dataAt);
        }

        foreach ((int at, StepArgument value) in _pointers)
        {
            BitConverter.TryWriteBytes(_data.AsSpan(at), Address(value, address, dataAt));
        }

        var blob = new byte[Size];
        var header = new SpawnHeader { Count = (ulong)steps.Length, FailedStep = -1, ReportFd = reportFd };
        MemoryMarshal.Write(blob, header);
        for (int i = 0; i < steps.Length; i++)
        {
            SpawnStep step = steps[i];
            step.Name += withNames ? (uint)dataAt : 0;
            MemoryMarshal.Write(blob.AsSpan(SpawnHeader.Size + (i * SpawnStep.Size)), step);
        }

        _data.AsSpan(0, _used).CopyTo(blob.AsSpan(dataAt));
        return blob;
    }

    /// <summary>Where data lies in the blob.</summary>
    internal int OffsetOf(StepArgument data) => SpawnHeader.Size + (_steps.Count * SpawnStep.Size) + (int)data.Value;

    private Span<SpawnStep> Steps => CollectionsMarshal.AsSpan(_steps);

    private static long Address(StepArgument value, ulong address, int dataAt) =>
        (long)address + value.Value + (value.Kind == StepArgument.ArgumentKind.Data ? dataAt : 0);

    private int Append(string name, long number, ReadOnlySpan<StepArgument> arguments)
    {
        var step = new SpawnStep { Number = number };
        int index = _steps.Count;
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i].Kind)
            {
                case StepArgument.ArgumentKind.Number:
                    step.Arguments[i] = arguments[i].Value;
                    break;
                case StepArgument.ArgumentKind.Result:
                    step.References[i] = checked((ushort)(arguments[i].Value + 1));
                    break;
                default:
                    _addresses.Add((index, i, arguments[i]));
                    break;
            }
        }

        _steps.Add(step);
        _names.Add(name);
        return index;
    }
}
