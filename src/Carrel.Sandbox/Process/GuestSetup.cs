using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Kernel;
using Carrel.Kernel.Fs.Devpts;
using Carrel.Kernel.Fs.Host;
using Carrel.Kernel.Terminals;
using Carrel.Kernel.Vfs;

namespace Carrel.Sandbox;

/// <summary>The guest's mounts, its first program and those that are started later from outside. Used with the kernel lock held.</summary>
internal sealed class GuestSetup(LinuxKernel kernel, SandboxSpec spec, FilesClient files, HostPoller poller)
{
    private const int FailureStatus = 125;

    // A closed stdin or stdout of a carrel with a terminal: reads and writes fail.
    private static readonly (int, OpenFlags) s_nothing = (-1, 0);

    // F_GETFL of the caller's stdin, stdout and stderr, asked while that is allowed; null: closed.
    private readonly (int Fd, OpenFlags Flags)?[] _stdio = [Find(0), Find(1), Find(2), .. Preserved(spec)];

    private MountNamespace? _tree;
    private DevptsFileSystem? _terminals;
    private GuestPrograms? _programs;
    private PreparedProgram? _held;

    /// <summary>The first program's terminal.</summary>
    internal ConsoleTerminal? Console { get; private set; }

    /// <summary>Everything is there, but the first program waits.</summary>
    internal bool IsHeld => _held is not null;

    /// <summary>Its start was asked for; hooks may run still.</summary>
    internal bool IsReleased { get; private set; }

    /// <summary>Everything up to the first guest instruction, and beyond it unless the program is held; what went wrong, or null.</summary>
    internal CarrelExit? Build()
    {
        var mounts = new GuestMounts(kernel, spec, files);
        if (mounts.Build() is { } problem)
        {
            return new CarrelExit(FailureStatus, problem);
        }

        _tree = mounts.Namespace!;
        _terminals = mounts.Terminals;
        _programs = new GuestPrograms(kernel, _tree);
        if (_programs.Prepare(spec, out PreparedProgram? program) is { } failure)
        {
            return failure;
        }

        _held = program;
        if (spec.IsHeld)
        {
            return _programs.Check(program!);
        }

        CarrelExit? result = null;
        Release(failed => result = failed);
        return result;
    }

    /// <summary>Starts the first program, after the hooks that are to run before it; then calls back with what went wrong, or null.</summary>
    internal void Release(Action<CarrelExit?> done)
    {
        IsReleased = true;
        FdTable table;
        if (spec.HasTerminal)
        {
            Console = MakeConsole(_stdio[0] ?? s_nothing, _stdio[1] ?? s_nothing);
            table = AddStreams(TerminalFiles(Console, _tree!), _stdio, 3);
        }
        else
        {
            table = AddStreams(new FdTable(), _stdio, 0);
        }

        var uts = new UtsNamespace { HostName = spec.HostName, DomainName = spec.DomainName };
        InitSpec init = _programs!.ToInit(_held!, table, new NamespaceSet(uts, _tree!));
        Result<Task> made = InitProcess.Create(kernel, init);
        if (made.Failed)
        {
            done(GuestPrograms.Explain(spec, made.Error));
            return;
        }

        new StartHooks(kernel, spec, _programs).Run(failed => done(failed ?? Execute(made.Value, init)));
    }

    private CarrelExit? Execute(Task task, InitSpec init)
    {
        _held = null;
        Errno error = InitProcess.Execute(task, init);
        if (error != Errno.OK)
        {
            return GuestPrograms.Explain(spec, error);
        }

        Console?.MakeControlling(task);
        return null;
    }

    private static IEnumerable<(int, OpenFlags)?> Preserved(SandboxSpec spec)
    {
        for (int i = 0; i < spec.PreservedFlags.Count; i++)
        {
            yield return (ProcessFds.FirstPreserved + i, (OpenFlags)spec.PreservedFlags[i]);
        }
    }

    private static (int, OpenFlags)? Find(int number)
    {
        int fd = ProcessFds.FirstStdio + number;
        long flags = HostFd.Fcntl(fd, Fcntl.F_GETFL);
        return flags < 0 ? null : (fd, (OpenFlags)flags);
    }

    /// <summary>Starts a program from outside. Its descriptors are taken over and closed, come what may.</summary>
    /// <param name="stdio">Descriptors for 0, 1, 2 and so on, with their F_GETFL.</param>
    internal CarrelExit? Execute(ProcessSpec program, ReadOnlySpan<(int Fd, int Flags)> stdio, ExecSession session)
    {
        MountNamespace tree = kernel.Init!.Leader.Namespaces.Mounts;
        var programs = new GuestPrograms(kernel, tree);
        if (programs.Prepare(program, out PreparedProgram? prepared) is { } failure)
        {
            foreach ((int fd, int _) in stdio)
            {
                HostFd.Close(fd);
            }

            return failure;
        }

        ConsoleTerminal? console = null;
        FdTable table;
        if (program.HasTerminal)
        {
            HostFd.Close(stdio[2].Fd);
            console = MakeConsole(Pair(stdio[0]), Pair(stdio[1]));
            table = AddStreams(TerminalFiles(console, tree), Pairs(stdio), 3);
        }
        else
        {
            table = AddStreams(new FdTable(), Pairs(stdio), 0);
        }

        Result<ThreadGroup> started = InitProcess.StartForeign(kernel, programs.ToInit(prepared!, table, kernel.Init.Leader.Namespaces));
        if (started.Failed)
        {
            console?.Close(static () => { });
            return GuestPrograms.Explain(program, started.Error);
        }

        console?.MakeControlling(started.Value.Leader);
        session.Watch(started.Value, console);
        return null;
    }

    private static (int, OpenFlags) Pair((int Fd, int Flags) given) => (given.Fd, (OpenFlags)given.Flags);

    private static (int, OpenFlags)?[] Pairs(ReadOnlySpan<(int Fd, int Flags)> given)
    {
        var pairs = new (int, OpenFlags)?[given.Length];
        for (int i = 0; i < pairs.Length; i++)
        {
            pairs[i] = Pair(given[i]);
        }

        return pairs;
    }

    /// <summary>Host descriptors as files of the guest, from a number on.</summary>
    private FdTable AddStreams(FdTable files, (int Fd, OpenFlags Flags)?[] streams, int first)
    {
        for (int i = first; i < streams.Length; i++)
        {
            if (streams[i] is not var (fd, flags))
            {
                continue; // the caller had it closed
            }

            var stream = new DescriptorStream(fd, flags, poller);
            poller.Add(stream);
            files.InstallInitial(i, new HostStreamInode(kernel, stream).OpenStream(flags & (OpenFlags.O_ACCMODE | OpenFlags.O_APPEND)));
        }

        return files;
    }

    /// <summary>A terminal of our kernel; the caller's stdin and stdout are its keyboard and screen.</summary>
    private ConsoleTerminal MakeConsole((int Fd, OpenFlags Flags) keyboard, (int Fd, OpenFlags Flags) screen)
    {
        var input = new DescriptorStream(keyboard.Fd, keyboard.Flags, poller);
        var output = new DescriptorStream(screen.Fd, screen.Flags, poller);
        poller.Add(input);
        poller.Add(output);
        return new ConsoleTerminal(kernel, _terminals ?? new DevptsFileSystem(kernel), input, output);
    }

    private FdTable TerminalFiles(ConsoleTerminal console, MountNamespace tree)
    {
        Result<Path> node = KernelPath.Resolve(kernel, tree, "/dev/" + console.Terminal.Name);
        FileDescription file = console.Open(node.Succeeded ? node.Value : default);
        var files = new FdTable();
        for (int i = 0; i < 3; i++)
        {
            files.InstallInitial(i, file);
            file.AddReference();
        }

        file.Release();
        return files;
    }
}
