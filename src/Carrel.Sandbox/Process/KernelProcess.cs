using System;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Kernel;
using Carrel.Kernel.Terminals;
using Carrel.Kernel.Trace;
using Carrel.Machine;

namespace Carrel.Sandbox;

/// <summary>The carrel-kernel process: puts the kernel together, starts the guest's first process, locks itself in and runs the gate.</summary>
public sealed class KernelProcess
{
    private const int FailureStatus = 125;

    private readonly SandboxSpec _spec;
    private bool _isReady;

    private KernelProcess(SandboxSpec spec) => _spec = spec;

    /// <summary>Runs until the carrel ends.</summary>
    public static int Run()
    {
        HostProcess.SetName("carrel-kernel");
        SandboxSpec? spec = null;
        int status = 0;
        try
        {
            spec = ReadSpec();
            var process = new KernelProcess(spec);
            CarrelExit exit = process.RunKernel();
            process.Report(exit);
            status = spec.IsDetached ? exit.Status : 0;
        }
        catch (Exception e)
        {
            ReportCrash(e, spec?.IsDebug ?? false);
            status = spec is { IsDetached: true } ? FailureStatus : 0;
        }

        // No runtime shutdown: other threads may be inside the kernel. The host ends the stubs with us.
        HostProcess.Exit(status);
        return status;
    }

    private CarrelExit RunKernel()
    {
        var host = new SandboxHost(_spec.IsDebug);
        var platform = new SeccompPlatform(new SeccompPlatformOptions
        {
            FramesFd = ProcessFds.Frames, MemoryLimit = _spec.MemoryLimit, Maps = _spec.VdsoMaps, Log = _spec.IsDebug ? host.Log : null,
            NamesProcesses = _spec.IsDetached, ProcFd = ProcessFds.Proc,
        });
        var options = new KernelOptions
        {
            HostName = _spec.HostName, DomainName = _spec.DomainName, CpuCount = Math.Max(Environment.ProcessorCount, 1), IsDebug = _spec.IsDebug,
            OvercommitPages = _spec.IsDetached ? HostMemorySize.Default / FrameStore.PageSize : 0,
        };
        (options.Cgroup.Memory, options.Cgroup.OomSize) = (_spec.Cgroup.Memory, _spec.Cgroup.OomSize);
        (options.Cgroup.CpuQuota, options.Cgroup.CpuPeriod, options.Cgroup.CpuWeight) = (_spec.Cgroup.CpuQuota, _spec.Cgroup.CpuPeriod, _spec.Cgroup.CpuWeight);
        options.Cgroup.HasPidsLimit = _spec.PidsLimit > 0;
        options.PidsLimit = _spec.PidsLimit > 0 ? _spec.PidsLimit : options.PidsLimit;
        var kernel = new LinuxKernel(platform, host, options);
        if (_spec.TracesSyscalls)
        {
            kernel.Tracer = new SyscallTracer(static line => HostFd.Write(2, Encoding.Latin1.GetBytes(line + "\n")));
        }

        var poller = new HostPoller(host) { Crashed = e => { ReportCrash(e, _spec.IsDebug); HostProcess.Exit(_spec.IsDetached ? FailureStatus : 0); } };
        var files = new FilesClient(ProcessFds.Files);
        var guest = new GuestSetup(kernel, _spec, files, poller);
        var command = new CommandChannel(poller, guest, _spec.IsDetached);
        poller.Add(command);
        if (_spec.IsDetached)
        {
            poller.Add(new HostSignals(guest));
            poller.Add(new ControlServer(_spec, guest, poller));
        }

        if (_spec.AwaitsCommand)
        {
            AwaitCommand();
        }

        lock (kernel.Lock)
        {
            if (guest.Build() is { } failure)
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

        if (_spec.IsDetached)
        {
            _isReady = true;
            HostSocket.Send(ProcessFds.Control, ControlMessage.Done(), [], Sock.MSG_NOSIGNAL);
        }

        CarrelExit exit = kernel.Run();
        lock (kernel.Lock)
        {
            if (guest.Console is { } console)
            {
                ShowRest(console);
            }
        }

        return exit;
    }

    /// <summary>Hooks run until the command says otherwise, or is gone.</summary>
    private static void AwaitCommand()
    {
        var message = new byte[64];
        long n;
        do
        {
            n = HostSocket.Receive(ProcessFds.Control, message, [], 0, out _);
        }
        while (n == -(int)Errno.EINTR);

        if (n <= 0)
        {
            HostProcess.Exit(FailureStatus);
        }
    }

    /// <summary>Nobody may look at the terminal: then what is left is lost after some seconds.</summary>
    private static void ShowRest(ConsoleTerminal console)
    {
        const int Attempts = 50;
        for (int i = 0; i < Attempts && !console.Flush(); i++)
        {
            var screen = new PollFd { Fd = ProcessFds.FirstStdio + 1, Events = (short)PollEvents.POLLOUT };
            HostFd.Poll(new Span<PollFd>(ref screen), 100_000_000);
        }
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

    /// <summary>To the command that waits. If there is none any more, a failure of ours is told on the program's stderr.</summary>
    private void Report(CarrelExit exit)
    {
        if (!_isReady)
        {
            Send(exit.Status, exit.Reason);
        }
        else if (exit.Reason is { } reason && !_spec.HasTerminal)
        {
            HostFd.Write(ProcessFds.FirstStdio + 2, Encoding.UTF8.GetBytes($"carrel: {reason}\n"));
        }
    }

    private static void ReportCrash(Exception e, bool isDebug) =>
        Send(FailureStatus, isDebug ? "internal error: " + e : $"internal error: {e.GetType().Name}: {e.Message} (--debug shows where)");

    private static void Send(int status, string? reason) => HostSocket.Send(ProcessFds.Control, ControlMessage.Exit(status, reason), [], Sock.MSG_NOSIGNAL);
}
