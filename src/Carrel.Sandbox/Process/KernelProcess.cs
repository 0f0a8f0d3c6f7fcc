using System;
using System.Collections.Generic;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Kernel;
using Carrel.Kernel.Fs.Devpts;
using Carrel.Kernel.Fs.Host;
using Carrel.Kernel.Terminals;
using Carrel.Kernel.Trace;
using Carrel.Kernel.Vfs;
using Carrel.Machine;

namespace Carrel.Sandbox;

/// <summary>The carrel-kernel process: puts the kernel together, starts the guest's first process, locks itself in and runs the gate.</summary>
public sealed class KernelProcess
{
    private const int FailureStatus = 125, NotExecutableStatus = 126, NotFoundStatus = 127;

    private readonly SandboxSpec _spec;
    private ConsoleTerminal? _console;

    private KernelProcess(SandboxSpec spec) => _spec = spec;

    /// <summary>Runs until the carrel ends.</summary>
    public static int Run()
    {
        HostProcess.SetName("carrel-kernel");
        SandboxSpec? spec = null;
        try
        {
            spec = ReadSpec();
            CarrelExit exit = new KernelProcess(spec).RunKernel();
            Report(exit.Status, exit.Reason);
        }
        catch (Exception e)
        {
            ReportCrash(e, spec?.IsDebug ?? false);
        }

        // No runtime shutdown: other threads may be inside the kernel. The host ends the stubs with us.
        HostProcess.Exit(0);
        return 0;
    }

    private CarrelExit RunKernel()
    {
        var host = new SandboxHost(_spec.IsDebug);
        var platform = new SeccompPlatform(new SeccompPlatformOptions
        {
            FramesFd = ProcessFds.Frames, MemoryLimit = _spec.MemoryLimit, Maps = _spec.VdsoMaps, Log = _spec.IsDebug ? host.Log : null,
        });
        var kernel = new LinuxKernel(platform, host, new KernelOptions
        {
            HostName = _spec.HostName, CpuCount = Math.Max(Environment.ProcessorCount, 1), IsDebug = _spec.IsDebug,
        });
        if (_spec.TracesSyscalls)
        {
            kernel.Tracer = new SyscallTracer(static line => HostFd.Write(2, Encoding.Latin1.GetBytes(line + "\n")));
        }

        var poller = new HostPoller(host) { Crashed = e => { ReportCrash(e, _spec.IsDebug); HostProcess.Exit(0); } };
        var files = new FilesClient(ProcessFds.Files);
        lock (kernel.Lock)
        {
            if (StartGuest(kernel, files, poller) is { } failure)
            {
                return failure;
            }
        }

        var program = new HostProgram();
        poller.Idle = () =>
        {
            files.Rest();
            program.DropUnusedCode();
        };
        poller.Start(kernel);
        long locked = KernelSurface.Instance.Enforce();
        if (locked != 0)
        {
            return new CarrelExit(FailureStatus, $"the filter for the kernel process was refused ({locked})");
        }

        CarrelExit exit = kernel.Run();
        lock (kernel.Lock)
        {
            _console?.Flush();
        }

        return exit;
    }

    /// <summary>Everything up to the first guest instruction; what went wrong, or null.</summary>
    private CarrelExit? StartGuest(LinuxKernel kernel, FilesClient files, HostPoller poller)
    {
        var mounts = new GuestMounts(kernel, _spec, files);
        if (mounts.Build() is { } problem)
        {
            return new CarrelExit(FailureStatus, problem);
        }

        MountNamespace tree = mounts.Namespace!;
        var users = new GuestUsers(kernel, tree);
        Result<GuestUser> user = users.Find(_spec);
        if (user.Failed)
        {
            return new CarrelExit(FailureStatus, $"no such user or group: {_spec.User}");
        }

        Result<Path> directory = KernelPath.Resolve(kernel, tree, _spec.WorkingDirectory);
        if (directory.Succeeded && !directory.Value.Inode.IsDirectory)
        {
            directory = Errno.ENOTDIR;
        }

        if (directory.Failed && !_spec.IsWorkingDirectoryOptional)
        {
            return new CarrelExit(FailureStatus, $"cannot change to the directory {_spec.WorkingDirectory}: {directory.Error}");
        }

        var fs = new FsContext { Root = tree.RootPath, WorkingDirectory = directory.Succeeded ? directory.Value : tree.RootPath, Umask = _spec.Umask };
        List<string> environment = GuestEnvironment.Complete(_spec, user.Value, directory.Succeeded);
        Result<string> program = new ProgramSearch(kernel, tree, _spec.WorkingDirectory).Find(_spec.Arguments[0], environment);
        Errno error = program.Failed
            ? program.Error
            : InitProcess.Start(kernel, new InitSpec
            {
                Path = program.Value,
                Arguments = _spec.Arguments,
                Environment = environment,
                Credentials = user.Value.Credentials,
                Files = _spec.HasTerminal ? MakeTerminal(kernel, tree, mounts.Terminals, poller) : MakeDescriptors(kernel, poller),
                Fs = fs,
                Namespaces = new NamespaceSet(new UtsNamespace { HostName = _spec.HostName }, tree),
                Limits = MakeLimits(),
            });
        if (error == Errno.OK)
        {
            _console?.MakeControlling(kernel.Init!.Leader);
        }

        return error switch
        {
            Errno.OK => null,
            Errno.ENOENT or Errno.ENOTDIR => new CarrelExit(NotFoundStatus, $"{_spec.Arguments[0]}: not found"),
            Errno.EACCES => new CarrelExit(NotExecutableStatus, $"{_spec.Arguments[0]}: permission denied"),
            Errno.ENOEXEC => new CarrelExit(NotExecutableStatus, $"{_spec.Arguments[0]}: not an executable of this machine"),
            _ => new CarrelExit(NotExecutableStatus, $"{_spec.Arguments[0]}: cannot be executed ({error})"),
        };
    }

    private static FdTable MakeDescriptors(LinuxKernel kernel, HostPoller poller)
    {
        var files = new FdTable();
        for (int i = 0; i < 3; i++)
        {
            int fd = ProcessFds.FirstStdio + i;
            long flags = HostFd.Fcntl(fd, Fcntl.F_GETFL);
            if (flags < 0)
            {
                continue; // the caller had it closed
            }

            var stream = new DescriptorStream(fd, poller);
            poller.Add(stream);
            OpenFlags mode = (OpenFlags)flags & (OpenFlags.O_ACCMODE | OpenFlags.O_APPEND);
            files.InstallInitial(i, new HostStreamInode(kernel, stream).OpenStream(mode));
        }

        return files;
    }

    /// <summary>The guest's descriptors are a terminal of our kernel; the caller's stdin and stdout are its keyboard and screen.</summary>
    private FdTable MakeTerminal(LinuxKernel kernel, MountNamespace tree, DevptsFileSystem? terminals, HostPoller poller)
    {
        var input = new DescriptorStream(ProcessFds.FirstStdio, poller);
        var output = new DescriptorStream(ProcessFds.FirstStdio + 1, poller);
        poller.Add(input);
        poller.Add(output);
        _console = new ConsoleTerminal(kernel, terminals ?? new DevptsFileSystem(kernel), input, output);
        poller.ControlReceived = message =>
        {
            if (ControlMessage.TryReadWindowSize(message, out WinSize size))
            {
                _console.Resize(size);
            }
        };
        Result<Path> node = KernelPath.Resolve(kernel, tree, "/dev/" + _console.Terminal.Name);
        FileDescription file = _console.Open(node.Succeeded ? node.Value : default);
        var files = new FdTable();
        for (int i = 0; i < 3; i++)
        {
            files.InstallInitial(i, file);
            file.AddReference();
        }

        file.Release();
        return files;
    }

    private ResourceLimits MakeLimits()
    {
        var limits = new ResourceLimits();
        foreach (LimitSpec limit in _spec.Limits)
        {
            limits[limit.Resource] = new RlimitBuf(limit.Soft, limit.Hard);
        }

        return limits;
    }

    private static SandboxSpec ReadSpec()
    {
        HostFd.Stat(ProcessFds.Spec, out Stat stat);
        var bytes = new byte[stat.Size];
        for (int done = 0; done < bytes.Length;)
        {
            long n = HostFd.ReadAt(ProcessFds.Spec, bytes.AsSpan(done), done);
            if (n <= 0)
            {
                throw new InvalidOperationException("the start message cannot be read");
            }

            done += (int)n;
        }

        HostFd.Close(ProcessFds.Spec);
        return SpecCodec.Decode(bytes);
    }

    private static void ReportCrash(Exception e, bool isDebug) =>
        Report(FailureStatus, isDebug ? "internal error: " + e : $"internal error: {e.GetType().Name}: {e.Message} (--debug shows where)");

    private static void Report(int status, string? reason) => HostSocket.Send(ProcessFds.Control, ControlMessage.Exit(status, reason), [], Sock.MSG_NOSIGNAL);
}
