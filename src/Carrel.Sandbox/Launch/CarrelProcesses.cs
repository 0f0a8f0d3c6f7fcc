using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>How a carrel ended, for its caller.</summary>
/// <param name="Status">Exit status: the program's, 128 + n for a signal, 125 to 127 for failures before it ran.</param>
/// <param name="Message">What to tell the user, or null.</param>
public readonly record struct CarrelResult(int Status, string? Message);

/// <summary>The caller's terminal and the settings it had.</summary>
public readonly struct SavedTerminal(int fd, Termios settings)
{
    public readonly int Fd = fd;
    public readonly Termios Settings = settings;
}

/// <summary>
/// The two processes of a carrel, started and watched from the command: the kernel process and carrel-files. Both are this very program under another
/// role, in namespaces and an empty root of their own, without privileges, and die with the thread that started them.
/// </summary>
public sealed class CarrelProcesses : IDisposable
{
    /// <summary>First arguments that make the program take a role. Not for users.</summary>
    public const string KernelRole = "--role=kernel", FilesRole = "--role=files";

    private const CloneFlags Namespaces = CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNET | CloneFlags.CLONE_NEWIPC
        | CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWCGROUP;

    // Nobody's ids; a different one for each carrel that runs at the same time.
    private const uint FirstUnprivilegedId = 0x6ca00000;

    // After so many nanoseconds it is no short run: what the start needed is given back.
    private const long IdleTime = 500_000_000;

    private int _control = -1;
    private int _kernelPid, _filesPid;

    /// <summary>The socket on which <see cref="Wait"/> listens, for messages of the caller's.</summary>
    public int Control => _control;

    /// <summary>Starts both. The caller's descriptors in <paramref name="stdio"/> (or -1) become the guest's 0, 1 and 2; a terminal in raw mode gets its settings back whatever happens.</summary>
    public void Start(SandboxSpec spec, ReadOnlySpan<int> stdio, SavedTerminal? terminal)
    {
        int program = Check(HostPath.OpenAt(At.AT_FDCWD, "/proc/self/exe", OpenFlags.O_PATH | OpenFlags.O_CLOEXEC), "/proc/self/exe");
        Check(HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_SEQPACKET | Sock.SOCK_CLOEXEC, out int control, out int kernelControl), "socketpair");
        Check(HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_SEQPACKET | Sock.SOCK_CLOEXEC, out int filesServer, out int filesClient), "socketpair");
        int nothing = Check(HostPath.OpenAt(At.AT_FDCWD, "/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC), "/dev/null");
        _control = control;
        uint id = FirstUnprivilegedId + ((uint)HostProcess.Pid & 0xfffff);
        try
        {
            _kernelPid = StartKernel(spec, stdio, program, kernelControl, filesClient, nothing, id);
            _filesPid = StartFiles(spec, terminal, program, filesServer, nothing, id);
        }
        finally
        {
            HostFd.Close(program);
            HostFd.Close(kernelControl);
            HostFd.Close(filesServer);
            HostFd.Close(filesClient);
            HostFd.Close(nothing);
        }
    }

    /// <summary>Forwards a message to the kernel process.</summary>
    public void Send(byte[] message) => HostSocket.Send(_control, message, [], Sock.MSG_NOSIGNAL | Sock.MSG_DONTWAIT);

    /// <summary>Waits for the end.</summary>
    public CarrelResult Wait()
    {
        CarrelResult? report = null;
        var message = new byte[ControlMessage.MaxSize];
        Span<PollFd> control = [new PollFd { Fd = _control, Events = (short)PollEvents.POLLIN }];
        if (HostFd.Poll(control, IdleTime) == 0)
        {
            new HostProgram().DropUnusedCode();
        }

        while (report is null)
        {
            long n = HostSocket.Receive(_control, message, [], 0, out _);
            if (n == -(int)Errno.EINTR)
            {
                continue;
            }

            if (n <= 0)
            {
                break;
            }

            ReadOnlySpan<byte> received = message.AsSpan(0, (int)n);
            if ((ControlKind)received[0] == ControlKind.Exit && ControlMessage.TryReadNumber(received, out int status))
            {
                report = new CarrelResult(status & 0xff, ControlMessage.ReadReason(received));
            }
        }

        int ended = WaitFor(_kernelPid, out int waitStatus);
        WaitFor(_filesPid, out _);
        _kernelPid = _filesPid = 0;
        if (report is { } result)
        {
            return result;
        }

        string how = ended > 0 && (waitStatus & 0x7f) != 0 ? $"was killed by signal {waitStatus & 0x7f}" : $"ended unexpectedly (status {waitStatus >> 8})";
        return new CarrelResult(125, "the kernel process " + how);
    }

    public void Dispose()
    {
        foreach (int pid in (ReadOnlySpan<int>)[_kernelPid, _filesPid])
        {
            if (pid > 0)
            {
                HostProcess.Kill(pid, Signal.SIGKILL);
                WaitFor(pid, out _);
            }
        }

        if (_control >= 0)
        {
            HostFd.Close(_control);
            _control = -1;
        }
    }

    private static int StartKernel(SandboxSpec spec, ReadOnlySpan<int> stdio, int program, int control, int files, int nothing, uint id)
    {
        int specFd = WriteSpec(spec);
        try
        {
            using var plan = new SpawnPlan(Namespaces);
            plan.Place(nothing, 0);
            plan.Place(nothing, 1);
            plan.Place(spec.IsDebug || spec.TracesSyscalls ? 2 : nothing, 2);
            plan.Place(control, ProcessFds.Control);
            plan.Place(files, ProcessFds.Files);
            plan.Place(specFd, ProcessFds.Spec);
            plan.Place(nothing, ProcessFds.Frames);
            for (int i = 0; i < 3; i++)
            {
                plan.Place(stdio[i] < 0 ? nothing : stdio[i], ProcessFds.FirstStdio + i);
            }

            plan.NewSession();
            plan.EmptyRoot(spec.MemoryLimit, ProcessFds.Frames);
            for (int i = 0; i < 3; i++)
            {
                if (stdio[i] < 0)
                {
                    plan.Close(ProcessFds.FirstStdio + i);
                }
            }

            plan.CloseOthers();
            plan.Limit(Rlimit.RLIMIT_CORE, 0);
            plan.BecomeUnprivileged(id, 0);
            plan.Seal(diesWithParent: true);
            return plan.Start(plan.Keep(program), ["carrel-kernel", KernelRole], RuntimeSettings.Kernel);
        }
        finally
        {
            HostFd.Close(specFd);
        }
    }

    private static int StartFiles(SandboxSpec spec, SavedTerminal? terminal, int program, int socket, int nothing, uint id)
    {
        List<int> trees = [];
        try
        {
            using var plan = new SpawnPlan(Namespaces);
            for (int i = 0; i < 3; i++)
            {
                plan.Place(nothing, i);
            }

            plan.Place(socket, FilesProcess.SocketFd);
            List<string> arguments = ["carrel-files", FilesRole];
            bool isWritable = false;
            foreach (TreeSpec tree in spec.Trees)
            {
                int fd = OpenTree(tree);
                trees.Add(fd);
                plan.Place(fd, FilesProcess.FirstTreeFd + trees.Count - 1);
                arguments.Add(((int)tree.Flags).ToString(CultureInfo.InvariantCulture));
                isWritable |= (tree.Flags & TreeFlags.Writable) != 0;
            }

            int last = FilesProcess.FirstTreeFd + trees.Count;
            if (terminal is { } saved)
            {
                plan.Place(saved.Fd, last++);
                arguments.Add(FilesProcess.TerminalOption + Convert.ToHexString(MemoryMarshal.AsBytes(new ReadOnlySpan<Termios>(in saved.Settings))));
            }

            plan.NewSession();
            plan.EmptyRoot(1 << 20, -1);
            plan.CloseOthers(last);
            plan.Limit(Rlimit.RLIMIT_CORE, 0);
            plan.BecomeUnprivileged(id, FilesProcess.Capabilities(isWritable));
            // Holding the terminal it must outlive the command: it ends when the kernel process does, which dies with the command.
            plan.Seal(diesWithParent: terminal is null);
            return plan.Start(plan.Keep(program), arguments, RuntimeSettings.Files);
        }
        finally
        {
            trees.ForEach(fd => HostFd.Close(fd));
        }
    }

    /// <summary>A private copy of the mounts at and below the directory, so that the server needs no way to the host's own tree; read-only unless it is written.</summary>
    private static int OpenTree(TreeSpec tree)
    {
        int fd = HostMount.OpenTree(At.AT_FDCWD, tree.Path, (uint)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC) | At.AT_RECURSIVE);
        if (fd < 0)
        {
            throw new LaunchException($"cannot use the directory {tree.Path}: {(Errno)(-fd)}");
        }

        MountAttr attributes = MountAttr.MOUNT_ATTR_NOSUID | MountAttr.MOUNT_ATTR_NODEV;
        attributes |= (tree.Flags & TreeFlags.Writable) == 0 ? MountAttr.MOUNT_ATTR_RDONLY : 0;
        Check(HostMount.SetAttributes(fd, "", At.AT_EMPTY_PATH | At.AT_RECURSIVE, new MountAttrBuf { AttrSet = (ulong)attributes }), $"mount_setattr of {tree.Path}");
        return fd;
    }

    private static int WriteSpec(SandboxSpec spec)
    {
        int fd = Check(HostFd.CreateMemory("carrel-spec", MemfdFlags.MFD_CLOEXEC), "memfd_create");
        ReadOnlySpan<byte> rest = SpecCodec.Encode(spec);
        while (!rest.IsEmpty)
        {
            rest = rest[Check((int)HostFd.Write(fd, rest), "write")..];
        }

        return fd;
    }

    private static int WaitFor(int pid, out int status)
    {
        int result;
        do
        {
            result = HostProcess.Wait(pid, 0, out status);
        }
        while (result == -(int)Errno.EINTR);
        return result;
    }

    private static int Check(int result, string what) => result >= 0 ? result : throw new LaunchException($"{what}: {(Errno)(-result)}");
}
