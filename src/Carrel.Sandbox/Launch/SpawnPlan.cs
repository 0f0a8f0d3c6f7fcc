using System;
using System.Collections.Generic;
using System.Globalization;
using System.Threading;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>Carrel's own failure, with the one line to show for it.</summary>
public sealed class LaunchException(string message) : Exception(message);

/// <summary>
/// The way from the command to a confined process, as a list of host calls that the child executes before it becomes our program again: no managed code
/// ever runs with the privileges that the way takes. Each step has a name for the error message.
/// </summary>
internal sealed class SpawnPlan : IDisposable
{
    private const int FirstFreeFd = 10;
    private const int ReservedFds = 128; // our descriptors are moved up here, out of the way of the numbers the child fills

    private const ulong MostFiles = 1 << 20; // what the kernel allows if nobody changed fs.nr_open

    private readonly HostSpawner _spawner = new();
    private readonly List<string> _names = [];
    private readonly List<int> _owned = [];
    private readonly List<(int Resource, RlimitBuf Before)> _raised = [];
    private Action<int>? _mapper;
    private int _mapperEnd;

    internal SpawnPlan(CloneFlags namespaces) => _spawner.Flags = namespaces;

    private int Add(string name, int number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0, long a5 = 0)
    {
        _names.Add(name);
        return _spawner.Add(number, a0, a1, a2, a3, a4, a5);
    }

    private int AddOptional(string name, int number, long a0 = 0, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0)
    {
        _names.Add(name);
        return _spawner.AddOptional(number, a0, a1, a2, a3, a4);
    }

    private int AddOn(int result, string name, int number, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0)
    {
        int step = Add(name, number, 0, a1, a2, a3, a4);
        _spawner.UseResult(step, 0, result);
        return step;
    }

    /// <summary>
    /// Enters control groups by their files for that, or, given its directory, is made in one. The very first steps: what the process takes from the host is
    /// on the group's account.
    /// </summary>
    internal void EnterCgroups(IEnumerable<int> groups)
    {
        foreach (int group in groups)
        {
            if (HostFd.Stat(group, out Stat stat) == 0 && (stat.Mode & Mode.S_IFMT) == Mode.S_IFDIR)
            {
                _spawner.Cgroup = Keep(group);
            }
            else
            {
                Add("entering the control group", Nr.write, Keep(group), _spawner.Text("0"), 1);
            }
        }
    }

    /// <summary>The terminal behind this descriptor tells the new session of changes of its window.</summary>
    internal void ControllingTerminal(int number) => AddOptional("TIOCSCTTY", Nr.ioctl, number, Tty.TIOCSCTTY, 0);

    /// <summary>
    /// For a caller who is not root: in its user namespace the process has the caller's ids, and all capabilities until it executes its program.
    /// </summary>
    internal void MapCaller(uint user, uint group)
    {
        WriteFile("/proc/self/setgroups", "deny");
        WriteFile("/proc/self/uid_map", string.Create(CultureInfo.InvariantCulture, $"{user} {user} 1"));
        WriteFile("/proc/self/gid_map", string.Create(CultureInfo.InvariantCulture, $"{group} {group} 1"));
    }

    /// <summary>
    /// In a user namespace with more than the caller's ids, which takes newuidmap(1): the process waits until <paramref name="mapper"/>, given its pid, has
    /// written the maps. Then it is root in there.
    /// </summary>
    internal void AwaitMaps(Action<int> mapper)
    {
        if (HostSocket.CreatePair(Sock.AF_UNIX, Sock.SOCK_SEQPACKET | Sock.SOCK_CLOEXEC, out int ours, out int childs) is < 0 and int error)
        {
            throw new LaunchException($"socketpair: {(Errno)(-error)}");
        }

        _mapper = mapper;
        _mapperEnd = ours;
        _owned.AddRange([ours, childs]);
        Add("asking for id maps", Nr.sendto, childs, _spawner.Text("m"), 1, Sock.MSG_NOSIGNAL);
        Add("waiting for id maps", Nr.read, childs, _spawner.Data(new byte[1]), 1);
        Add("setresgid in the user namespace", Nr.setresgid, 0, 0, 0);
        Add("setresuid in the user namespace", Nr.setresuid, 0, 0, 0);
    }

    private void WriteFile(string path, string text)
    {
        int file = Add($"opening {path}", Nr.openat, At.AT_FDCWD, _spawner.Text(path), (long)(OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC));
        AddOn(file, $"writing {path}", Nr.write, _spawner.Text(text), text.Length);
    }

    /// <summary>process.oomScoreAdj.</summary>
    internal void SetOomScore(int score) => WriteFile("/proc/self/oom_score_adj", score.ToString(CultureInfo.InvariantCulture));

    /// <summary>A proc file system of the new pid namespace, mounted nowhere, gets this number. While the host's own is in sight, which it must be; if it is not, nothing does.</summary>
    internal void MakeProc(int number)
    {
        int fs = AddOptional("fsopen of proc", Nr.fsopen, _spawner.Text("proc"), FsOpen.FSOPEN_CLOEXEC);
        AddOptionalOn(fs, "making proc", Nr.fsconfig, FsOpen.FSCONFIG_CMD_CREATE);
        int mount = AddOptionalOn(fs, "fsmount of proc", Nr.fsmount, FsOpen.FSMOUNT_CLOEXEC);
        AddOptionalOn(mount, "placing proc", Nr.dup3, number);
    }

    private int AddOptionalOn(int result, string name, int number, long a1)
    {
        int step = AddOptional(name, number, 0, a1);
        _spawner.UseResult(step, 0, result);
        return step;
    }

    /// <summary>As <see cref="ProcessStarter"/> does for root, in the child: a private copy of the mounts at and below a directory, under this number.</summary>
    internal void OpenTree(string path, MountAttr attributes, int number)
    {
        const long Flags = (long)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.OPEN_TREE_CLOEXEC) | At.AT_RECURSIVE;
        int tree = Add($"open_tree of {path}", Nr.open_tree, At.AT_FDCWD, _spawner.Text(path), Flags);
        int attribute = AddOn(tree, $"mount_setattr of {path}", Nr.mount_setattr, _spawner.Text(""), At.AT_EMPTY_PATH | At.AT_RECURSIVE,
            _spawner.Struct(new MountAttrBuf { AttrSet = (ulong)attributes }), Wire.Size<MountAttrBuf>());
        _ = attribute;
        AddOn(tree, $"placing {path}", Nr.dup3, number, 0);
    }

    /// <summary>A session of its own: signals that the terminal sends to the caller's process group do not reach it.</summary>
    internal void NewSession() => Add("setsid", Nr.setsid);

    /// <summary>
    /// The root becomes an empty tmpfs of this size. With <paramref name="framesFd"/> >= 0 a nameless file on it gets this number: what the carrel writes
    /// there, the host limits.
    /// </summary>
    internal void EmptyRoot(long size, int framesFd)
    {
        int mount = MakeTmpfs(size, framesFd);
        MakeRoot(mount, null);
    }

    /// <summary>
    /// The same for a process that stands for a container: clients of the runtime enter its mount namespace and look for the container's files and
    /// processes there (podman cp, podman top). So the namespace shows them, but the process itself is in the empty directory, out of the tree.
    /// </summary>
    internal void EmptyRootBeside(int tree, long size, int framesFd)
    {
        int mount = MakeTmpfs(size, framesFd);
        MakeRoot(null, Keep(tree));
        AddOptional("mounting proc", Nr.mount, _spawner.Text("proc"), _spawner.Text("/proc"), _spawner.Text("proc"),
            (long)(MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_NOEXEC));
        AddOn(mount, "entering the empty directory", Nr.fchdir);
        Add("chroot", Nr.chroot, _spawner.Text("."));
    }

    private int MakeTmpfs(long size, int framesFd)
    {
        Add("making mounts private", Nr.mount, _spawner.Text("none"), _spawner.Text("/"), 0, (long)(MountFlags.MS_REC | MountFlags.MS_PRIVATE));
        int fs = Add("fsopen", Nr.fsopen, _spawner.Text("tmpfs"), FsOpen.FSOPEN_CLOEXEC);
        AddOn(fs, "setting the size of the tmpfs", Nr.fsconfig, FsOpen.FSCONFIG_SET_STRING, _spawner.Text("size"), _spawner.Text(size.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        AddOn(fs, "setting the mode of the tmpfs", Nr.fsconfig, FsOpen.FSCONFIG_SET_STRING, _spawner.Text("mode"), _spawner.Text("0700"));
        AddOn(fs, "making the tmpfs", Nr.fsconfig, FsOpen.FSCONFIG_CMD_CREATE);
        int mount = AddOn(fs, "fsmount", Nr.fsmount, FsOpen.FSMOUNT_CLOEXEC, (long)(MountAttr.MOUNT_ATTR_NOSUID | MountAttr.MOUNT_ATTR_NODEV));
        if (framesFd >= 0)
        {
            int frames = AddOn(mount, "making the memory file", Nr.openat, _spawner.Text("."), (long)(OpenFlags.O_TMPFILE | OpenFlags.O_RDWR | OpenFlags.O_CLOEXEC), 0x180);
            AddOn(frames, "placing the memory file", Nr.dup3, framesFd, 0);
        }

        return mount;
    }

    /// <summary>A mount that a step has made, or one of a descriptor of ours, becomes the root.</summary>
    private void MakeRoot(int? step, int? fd)
    {
        int old = Add("opening the old root", Nr.openat, At.AT_FDCWD, _spawner.Text("/"), (long)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC));
        int move = Add("move_mount", Nr.move_mount, fd ?? 0, _spawner.Text(""), At.AT_FDCWD, _spawner.Text("/"), (long)MoveMountFlags.MOVE_MOUNT_F_EMPTY_PATH);
        int enter = Add("entering the new root", Nr.fchdir, fd ?? 0);
        if (step is { } made)
        {
            _spawner.UseResult(move, 0, made);
            _spawner.UseResult(enter, 0, made);
        }

        Add("pivot_root", Nr.pivot_root, _spawner.Text("."), _spawner.Text("."));
        AddOn(old, "going back to the old root", Nr.fchdir);
        Add("leaving the old root", Nr.umount2, _spawner.Text("."), (long)MountFlags.MNT_DETACH);
        Add("chdir", Nr.chdir, _spawner.Text("/"));
    }

    /// <summary>In the empty root: a directory in which a file mounted at this descriptor has a name; the directory gets the number.</summary>
    /// <param name="fd">Kept, or one that an earlier step has placed.</param>
    internal void MountFile(int fd, string directory, string name, int number)
    {
        string path = directory + "/" + name;
        Add("making a directory", Nr.mkdirat, At.AT_FDCWD, _spawner.Text(directory), 0x1ed);
        Add("making a file", Nr.mknodat, At.AT_FDCWD, _spawner.Text(path), Mode.S_IFREG | 0x180);
        Add("mounting a file", Nr.move_mount, fd, _spawner.Text(""), At.AT_FDCWD, _spawner.Text(path), (long)MoveMountFlags.MOVE_MOUNT_F_EMPTY_PATH);
        int opened = Add("opening a directory", Nr.openat, At.AT_FDCWD, _spawner.Text(directory), (long)(OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC));
        AddOn(opened, "placing a directory", Nr.dup3, number, 0);
    }

    /// <summary>Gives the child a descriptor of ours under this number. First of all steps: later ones open descriptors at numbers that are free then.</summary>
    internal void Place(int fd, int number) => Add($"placing descriptor {number}", Nr.dup3, Keep(fd), number, 0);

    /// <summary>Nothing is under this number.</summary>
    internal void Close(int number) => Add("close", Nr.close, number);

    /// <summary>A duplicate out of the way, closed with the plan.</summary>
    internal int Keep(int fd)
    {
        int high = (int)HostFd.Fcntl(fd, Fcntl.F_DUPFD_CLOEXEC, ReservedFds);
        if (high < 0)
        {
            HostProcess.GetLimit(0, Rlimit.RLIMIT_NOFILE, out RlimitBuf limit);
            throw new LaunchException($"no descriptor left: {limit.Cur} open files are allowed, at least {2 * ReservedFds} are needed (ulimit -n)");
        }

        _owned.Add(high);
        return high;
    }

    /// <summary>Every other descriptor goes with the exec.</summary>
    internal void CloseOthers(int first = FirstFreeFd) =>
        Add("close_range", Nr.close_range, first, uint.MaxValue, (long)CloseRangeFlags.CLOSE_RANGE_CLOEXEC);

    /// <summary>
    /// The caller's limits are the program's, in its kernel. The processes that carry it take what they may have: all that programs have open, map and
    /// write is theirs.
    /// </summary>
    internal void RaiseLimits()
    {
        foreach (int resource in (ReadOnlySpan<int>)[Rlimit.RLIMIT_NOFILE, Rlimit.RLIMIT_FSIZE, Rlimit.RLIMIT_AS, Rlimit.RLIMIT_DATA, Rlimit.RLIMIT_CPU])
        {
            ulong most = resource == Rlimit.RLIMIT_NOFILE ? MostFiles : Rlimit.RLIM_INFINITY;
            if (HostProcess.GetLimit(0, resource, out RlimitBuf now) < 0 || now.Cur >= most)
            {
                continue;
            }

            // In its user namespace the child may raise nothing: it inherits what this process, if it may, has until the plan is gone.
            if (now.Max < most && HostProcess.SetLimit(0, resource, now with { Max = most }) == 0)
            {
                _raised.Add((resource, now));
            }
            else if (now.Max < most && resource == Rlimit.RLIMIT_FSIZE)
            {
                throw new LaunchException($"files of at most {now.Max >> 10} KiB are allowed (ulimit -f): the memory of a carrel is a file");
            }
            else
            {
                most = Math.Min(now.Max, most);
            }

            Limit(resource, most);
        }
    }

    /// <summary>Lower hard and soft limit.</summary>
    internal void Limit(int resource, ulong value) => AddOptional("prlimit", Nr.prlimit64, 0, resource, _spawner.Struct(new RlimitBuf(value, value)));

    /// <summary>Joins a user namespace, with all capabilities there and none outside.</summary>
    internal void EnterUsers(int fd) => Add("joining the user namespace", Nr.setns, Keep(fd), (long)CloneFlags.CLONE_NEWUSER);

    /// <summary>Takes an unprivileged identity. Of root's capabilities only <paramref name="kept"/> survive, as ambient ones; of a user's none.</summary>
    internal void BecomeUnprivileged(uint id, uint group, ulong kept)
    {
        Add("setgroups", Nr.setgroups, 0, 0);
        Add("setresgid", Nr.setresgid, group, group, group);
        if (kept == 0)
        {
            Add("setresuid", Nr.setresuid, id, id, id);
            return;
        }

        Add("keeping capabilities", Nr.prctl, PrctlOption.PR_SET_KEEPCAPS, 1);
        Add("setresuid", Nr.setresuid, id, id, id);
        HoldOnly(kept);
    }

    /// <summary>Of root's capabilities only <paramref name="kept"/> survive, though it stays root: for a user namespace with no other id to take.</summary>
    internal void StayRootWithout(ulong kept)
    {
        const uint Bits = SecureBits.SECBIT_NOROOT | SecureBits.SECBIT_NOROOT_LOCKED;
        Add("giving up root's privileges", Nr.prctl, PrctlOption.PR_SET_SECUREBITS, Bits);
        HoldOnly(kept);
    }

    private void HoldOnly(ulong kept)
    {
        var data = new byte[24];
        for (int i = 0; i < 3; i++)
        {
            BitConverter.TryWriteBytes(data.AsSpan(4 * i), (uint)kept);
            BitConverter.TryWriteBytes(data.AsSpan(12 + (4 * i)), (uint)(kept >> 32));
        }

        Add("capset", Nr.capset, _spawner.Struct((ulong)CapVersion._LINUX_CAPABILITY_VERSION_3), _spawner.Data(data));
        for (int capability = 0; capability < 64; capability++)
        {
            if ((kept >> capability & 1) != 0)
            {
                Add("raising an ambient capability", Nr.prctl, PrctlOption.PR_CAP_AMBIENT, PrctlOption.PR_CAP_AMBIENT_RAISE, capability);
            }
        }
    }

    /// <summary>No program it executes gains privileges, and it dies with the thread that starts it. After the last change of identity, which resets the latter.</summary>
    internal void Seal(bool diesWithParent)
    {
        Add("no_new_privs", Nr.prctl, PrctlOption.PR_SET_NO_NEW_PRIVS, 1);
        if (diesWithParent)
        {
            Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, Signal.SIGKILL);
        }
    }

    /// <summary>Becomes the program and starts.</summary>
    /// <returns>The pid.</returns>
    internal int Start(int program, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, ulong blockedSignals = 0)
    {
        _names.Add("sigaction");
        _names.Add("sigprocmask");
        _names.Add("execve");
        _spawner.AddExec(program, "", arguments, environment, blockedSignals);
        SpawnOutcome outcome = _mapper is null ? _spawner.Start() : StartMapped(_mapper);
        if (outcome.Succeeded)
        {
            return outcome.Pid;
        }

        if (outcome.Pid > 0)
        {
            HostProcess.WaitFor(outcome.Pid, out _);
            throw new LaunchException($"cannot start {arguments[0]}: {_names[outcome.FailedStep]}: {outcome.Error}");
        }

        throw new LaunchException($"cannot start {arguments[0]}: clone: {(Errno)(-outcome.Pid)}");
    }

    /// <summary>clone blocks a thread of its own (CLONE_VFORK) while the caller's writes the maps.</summary>
    private SpawnOutcome StartMapped(Action<int> mapper)
    {
        SpawnOutcome outcome = default;
        var thread = new Thread(() =>
        {
            outcome = _spawner.Start();
            HostSocket.Shutdown(_mapperEnd, 2); // ends the wait if the child did not come that far
        }, 256 << 10);
        thread.Start();
        try
        {
            if (HostSocket.Receive(_mapperEnd, new byte[1], [], 0, out _) == 1)
            {
                mapper(_spawner.ChildPid);
                HostSocket.Send(_mapperEnd, "g"u8, [], Sock.MSG_NOSIGNAL);
            }
        }
        catch
        {
            int pid = _spawner.ChildPid;
            HostProcess.Kill(pid, Signal.SIGKILL);
            thread.Join();
            HostProcess.WaitFor(pid, out _);
            throw;
        }

        thread.Join();
        return outcome;
    }

    public void Dispose()
    {
        foreach ((int resource, RlimitBuf before) in _raised)
        {
            HostProcess.SetLimit(0, resource, before);
        }

        _spawner.Dispose();
        foreach (int fd in _owned)
        {
            HostFd.Close(fd);
        }
    }
}
