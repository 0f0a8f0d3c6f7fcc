using System;
using System.Collections.Generic;
using System.Globalization;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>
/// Starts the two processes of a carrel: this very program under another role, in namespaces and an empty root of its own, without privileges.
/// Holds the descriptors that connect them until both run.
/// </summary>
internal sealed class ProcessStarter : IDisposable
{
    private const CloneFlags Namespaces = CloneFlags.CLONE_NEWNS | CloneFlags.CLONE_NEWPID | CloneFlags.CLONE_NEWNET | CloneFlags.CLONE_NEWIPC
        | CloneFlags.CLONE_NEWUTS | CloneFlags.CLONE_NEWCGROUP;

    // Nobody's ids; a different one for each carrel that runs at the same time.
    private const uint FirstUnprivilegedId = 0x6ca00000;

    private readonly SandboxSpec _spec;
    private readonly uint _id = FirstUnprivilegedId + ((uint)HostProcess.Pid & 0xfffff);
    // Who is not root gets the privileges for the way from a user namespace.
    private readonly bool _isRootless = HostCredentials.UserId != 0;
    private readonly bool _hasId;
    private readonly int _program, _nothing;
    private int _control = -1, _kernelControl = -1, _filesServer = -1, _filesClient = -1;

    internal ProcessStarter(SandboxSpec spec)
    {
        _spec = spec;
        _hasId = !_isRootless && IdMapFile.Holds(_id);
        // What this process writes are memory files for its children.
        HostProcess.GetLimit(0, Rlimit.RLIMIT_FSIZE, out RlimitBuf files);
        HostProcess.SetLimit(0, Rlimit.RLIMIT_FSIZE, files with { Cur = files.Max });
        _program = Check(HostPath.OpenAt(At.AT_FDCWD, "/proc/self/exe", OpenFlags.O_PATH | OpenFlags.O_CLOEXEC), "/proc/self/exe");
        _nothing = Check(HostPath.OpenAt(At.AT_FDCWD, "/dev/null", OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC), "/dev/null");
        Check(HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_SEQPACKET | Sock.SOCK_CLOEXEC, out _control, out _kernelControl), "socketpair");
        Check(HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_SEQPACKET | Sock.SOCK_CLOEXEC, out _filesServer, out _filesClient), "socketpair");
    }

    /// <summary>Files, open for writing, and directory of the groups that both processes enter.</summary>
    internal IReadOnlyList<int> CgroupFiles { get; init; } = [];

    /// <summary>The user namespace that carrel-files serves in, or -1: it sees and makes owners by that one's numbers.</summary>
    internal int FilesUsers { get; init; } = -1;

    /// <summary>A user that exists there.</summary>
    internal (uint User, uint Group) FilesOwner { get; init; }

    /// <summary>For a user with ids of config.json's: writes the id maps of a process that waits in its new user namespace.</summary>
    internal Action<int>? MapIds { get; init; }

    /// <summary>The control socket of a detached carrel, or -1.</summary>
    internal int RequestSocket { get; init; } = -1;

    /// <summary>The end of the control connection that the command keeps.</summary>
    internal int TakeControl()
    {
        int control = _control;
        _control = -1;
        return control;
    }

    public void Dispose()
    {
        foreach (int fd in (ReadOnlySpan<int>)[_program, _nothing, _control, _kernelControl, _filesServer, _filesClient])
        {
            if (fd >= 0)
            {
                HostFd.Close(fd);
            }
        }
    }

    internal int StartKernel(ReadOnlySpan<int> stdio)
    {
        int specFd = WriteSpec(_spec);
        int root = -1;
        try
        {
            using SpawnPlan plan = NewPlan();
            plan.Place(_nothing, 0);
            plan.Place(_nothing, 1);
            plan.Place(_spec.IsDebug || _spec.TracesSyscalls ? 2 : _nothing, 2);
            plan.Place(_kernelControl, ProcessFds.Control);
            plan.Place(_filesClient, ProcessFds.Files);
            plan.Place(specFd, ProcessFds.Spec);
            plan.Place(_nothing, ProcessFds.Frames);
            plan.Place(_nothing, ProcessFds.Proc);
            for (int i = 0; i < 3; i++)
            {
                plan.Place(stdio[i] < 0 ? _nothing : stdio[i], ProcessFds.FirstStdio + i);
            }

            for (int i = 3; i < stdio.Length; i++)
            {
                plan.Place(stdio[i], ProcessFds.FirstPreserved + i - 3);
            }

            if (RequestSocket >= 0)
            {
                plan.Place(RequestSocket, ProcessFds.Requests);
            }

            if (_spec.Cgroup.OomSize > 0)
            {
                plan.MakeProc(ProcessFds.Proc);
            }

            plan.NewSession();
            if (_spec.IsDetached && _spec.HasTerminal)
            {
                plan.ControllingTerminal(ProcessFds.FirstStdio);
            }

            if (_spec.IsDetached && !_isRootless)
            {
                root = OpenTree(_spec.Trees[0]);
                plan.EmptyRootBeside(root, _spec.MemoryLimit, ProcessFds.Frames);
            }
            else
            {
                plan.EmptyRoot(_spec.MemoryLimit, ProcessFds.Frames);
            }

            for (int i = 0; i < 3; i++)
            {
                if (stdio[i] < 0)
                {
                    plan.Close(ProcessFds.FirstStdio + i);
                }
            }

            plan.CloseOthers(RequestSocket >= 0 ? ProcessFds.FirstPreserved + stdio.Length - 3 : ProcessFds.Requests);
            plan.Limit(Rlimit.RLIMIT_CORE, 0);
            plan.RaiseLimits();
            BecomeUnprivileged(plan, 0);
            plan.Seal(diesWithParent: !_spec.IsDetached);
            return plan.Start(plan.Keep(_program), ["carrel-kernel", CarrelProcesses.KernelRole], RuntimeSettings.Kernel(_spec), _spec.IsDetached ? HostSignals.Mask : 0);
        }
        finally
        {
            HostFd.Close(specFd);
            HostFd.Close(root);
        }
    }

    internal int StartFiles(SavedTerminal? terminal = null)
    {
        List<int> trees = [];
        try
        {
            using SpawnPlan plan = NewPlan();
            for (int i = 0; i < 3; i++)
            {
                plan.Place(_nothing, i);
            }

            plan.Place(_filesServer, FilesProcess.SocketFd);
            List<string> arguments = ["carrel-files", CarrelProcesses.FilesRole];
            bool isWritable = false;
            foreach (TreeSpec tree in _spec.Trees)
            {
                int fd = _isRootless ? -1 : OpenTree(tree);
                trees.Add(fd);
                plan.Place(fd < 0 || (tree.Flags & TreeFlags.File) != 0 ? _nothing : fd, FilesProcess.FirstTreeFd + trees.Count - 1);
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
            for (int i = 0; i < trees.Count && _isRootless; i++)
            {
                TreeSpec tree = _spec.Trees[i];
                plan.OpenTree(tree.Path, AttributesOf(tree), FilesProcess.FirstTreeFd + i);
            }

            plan.EmptyRoot(1 << 20, -1);
            for (int i = 0; i < trees.Count; i++)
            {
                if ((_spec.Trees[i].Flags & TreeFlags.File) != 0)
                {
                    plan.MountFile(_isRootless ? FilesProcess.FirstTreeFd + i : plan.Keep(trees[i]), i.ToString(CultureInfo.InvariantCulture), FilesLimits.FileName, FilesProcess.FirstTreeFd + i);
                }
            }

            plan.CloseOthers(last);
            plan.Limit(Rlimit.RLIMIT_CORE, 0);
            plan.RaiseLimits();
            if (FilesUsers >= 0)
            {
                // Its capabilities hold for files whose owners have a number there, as those of the container's root would.
                plan.EnterUsers(FilesUsers);
                plan.BecomeUnprivileged(FilesOwner.User, FilesOwner.Group, FilesProcess.Capabilities(isWritable));
            }
            else
            {
                BecomeUnprivileged(plan, FilesProcess.Capabilities(isWritable));
            }

            // Holding the terminal it must outlive the command: it ends when the kernel process does, which dies with the command.
            plan.Seal(diesWithParent: terminal is null && !_spec.IsDetached);
            return plan.Start(plan.Keep(_program), arguments, RuntimeSettings.Files(_spec));
        }
        finally
        {
            trees.ForEach(fd => _ = fd >= 0 ? HostFd.Close(fd) : 0);
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

        // Private: what clients or the host mount later does not come through, and pivot_root takes no shared mount.
        var attributes = new MountAttrBuf { AttrSet = (ulong)AttributesOf(tree), Propagation = (ulong)MountFlags.MS_PRIVATE };
        Check(HostMount.SetAttributes(fd, "", At.AT_EMPTY_PATH | At.AT_RECURSIVE, attributes), $"mount_setattr of {tree.Path}");
        return fd;
    }

    private static MountAttr AttributesOf(TreeSpec tree) =>
        MountAttr.MOUNT_ATTR_NOSUID | MountAttr.MOUNT_ATTR_NODEV | ((tree.Flags & TreeFlags.Writable) == 0 ? MountAttr.MOUNT_ATTR_RDONLY : 0);

    private SpawnPlan NewPlan()
    {
        var plan = new SpawnPlan(_isRootless ? Namespaces | CloneFlags.CLONE_NEWUSER : Namespaces);
        plan.EnterCgroups(CgroupFiles);
        if (MapIds is { } map)
        {
            plan.AwaitMaps(map);
        }
        else if (_isRootless)
        {
            plan.MapCaller(HostCredentials.UserId, HostCredentials.GroupId);
        }

        if (_spec.HostOomScore is { } score)
        {
            plan.SetOomScore(score);
        }

        return plan;
    }

    private void BecomeUnprivileged(SpawnPlan plan, ulong kept)
    {
        if (_hasId)
        {
            plan.BecomeUnprivileged(_id, _id, kept);
        }
        else if (!_isRootless || MapIds is not null)
        {
            plan.StayRootWithout(kept);
        }

        // Else the caller's own ids are all there are, and the exec takes the capabilities away.
    }

    private static int WriteSpec(SandboxSpec spec)
    {
        int fd = Check(HostFd.CreateMemory("carrel-spec", MemfdFlags.MFD_CLOEXEC), "memfd_create");
        Check((int)HostFd.WriteAll(fd, SpecCodec.Encode(spec)), "write");
        return fd;
    }

    private static int Check(int result, string what) => result >= 0 ? result : throw new LaunchException($"{what}: {(Errno)(-result)}");
}
