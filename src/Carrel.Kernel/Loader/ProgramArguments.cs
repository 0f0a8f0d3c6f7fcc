using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Kernel.Loader;

/// <summary>The strings of an execve: file name, arguments, environment, within Linux's limits (bprm_stack_limits(), copy_strings() of fs/exec.c).</summary>
internal sealed class ProgramArguments
{
    /// <summary>MAX_ARG_STRLEN: one string with its NUL.</summary>
    public const int MaxString = 32 * 4096;

    private const ulong StackLimitShare = 4;
    private const ulong MinimumTotal = 128 << 10;
    private const ulong MaximumTotal = 6 << 20;
    private const int Chunk = 64;

    private ulong _room;

    private ProgramArguments(string fileName)
    {
        FileName = fileName;
    }

    /// <summary>What was executed, for AT_EXECFN.</summary>
    public string FileName { get; }

    /// <summary>One char per byte, without NUL.</summary>
    public List<string> Arguments { get; } = [];

    public List<string> Environment { get; } = [];

    /// <summary>Copies argv and envp in. E2BIG, EFAULT.</summary>
    public static Result<ProgramArguments> Read(Task task, string fileName, UserPtr<ulong> argv, UserPtr<ulong> envp)
    {
        var result = new ProgramArguments(fileName);
        result._room = TotalLimit(task);
        Result<List<ulong>> arguments = result.ReadPointers(task, argv);
        if (arguments.Failed)
        {
            return arguments.Error;
        }

        Result<List<ulong>> environment = result.ReadPointers(task, envp);
        if (environment.Failed)
        {
            return environment.Error;
        }

        Errno error = result.Reserve(fileName.Length + 1);
        if (error == Errno.OK)
        {
            error = result.ReadStrings(task, environment.Value, result.Environment);
        }

        if (error == Errno.OK)
        {
            error = result.ReadStrings(task, arguments.Value, result.Arguments);
        }

        if (error != Errno.OK)
        {
            return error;
        }

        result.EnsureFirstArgument();
        return result;
    }

    /// <summary>The same for strings that the kernel itself holds (the first program).</summary>
    public static Result<ProgramArguments> Of(Task task, string fileName, IReadOnlyList<string> argv, IReadOnlyList<string> envp)
    {
        var result = new ProgramArguments(fileName) { _room = TotalLimit(task) };
        Errno error = result.Reserve(fileName.Length + 1 + (8 * (argv.Count + envp.Count)));
        foreach ((IReadOnlyList<string> source, List<string> target) in new[] { (envp, result.Environment), (argv, result.Arguments) })
        {
            foreach (string text in source)
            {
                error = error != Errno.OK ? error : text.Length >= MaxString ? Errno.E2BIG : result.Reserve(text.Length + 1);
                target.Add(text);
            }
        }

        result.EnsureFirstArgument();
        return error != Errno.OK ? error : result;
    }

    /// <summary>load_script(): the interpreter and its one argument go in front, the script's name replaces argv[0].</summary>
    public Errno ReplaceFirst(string interpreter, string? argument, string script)
    {
        Errno error = Reserve(interpreter.Length + script.Length + (argument?.Length + 1 ?? 0) + 2);
        Arguments[0] = script;
        if (argument is not null)
        {
            Arguments.Insert(0, argument);
        }

        Arguments.Insert(0, interpreter);
        return error;
    }

    private static ulong TotalLimit(Task task)
    {
        ulong limit = Math.Min(MaximumTotal, task.Limit(Rlimit.RLIMIT_STACK) / StackLimitShare);
        return Math.Max(limit, MinimumTotal);
    }

    private void EnsureFirstArgument()
    {
        // Since Linux 5.18 an empty argv becomes one empty string.
        if (Arguments.Count == 0)
        {
            Arguments.Add("");
        }
    }

    private Errno Reserve(long bytes)
    {
        if ((ulong)bytes > _room)
        {
            return Errno.E2BIG;
        }

        _room -= (ulong)bytes;
        return Errno.OK;
    }

    private Result<List<ulong>> ReadPointers(Task task, UserPtr<ulong> array)
    {
        var pointers = new List<ulong>();
        Span<ulong> chunk = stackalloc ulong[Chunk];
        Span<byte> bytes = MemoryMarshal.AsBytes(chunk);
        while (!array.IsNull)
        {
            int got = (int)task.Mm.ReadPartial(array.Element(pointers.Count).Address, bytes) / sizeof(ulong);
            for (int i = 0; i < got; i++)
            {
                if (chunk[i] == 0)
                {
                    return pointers;
                }

                if (Reserve(sizeof(ulong)) != Errno.OK)
                {
                    return Errno.E2BIG;
                }

                pointers.Add(chunk[i]);
            }

            if (got < Chunk)
            {
                return Errno.EFAULT;
            }
        }

        return pointers;
    }

    private Errno ReadStrings(Task task, List<ulong> pointers, List<string> strings)
    {
        foreach (ulong pointer in pointers)
        {
            Result<string> text = task.Mm.ReadString(pointer, MaxString, Errno.E2BIG);
            if (text.Failed)
            {
                return text.Error;
            }

            if (Reserve(text.Value.Length + 1) != Errno.OK)
            {
                return Errno.E2BIG;
            }

            strings.Add(text.Value);
        }

        return Errno.OK;
    }
}
