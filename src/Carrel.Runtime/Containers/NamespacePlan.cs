using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime.Cgroups;

namespace Carrel.Runtime;

/// <summary>
/// Puts the child into its cgroups and namespaces. Mostly clone3 does it at once; if namespaces are joined by path, the child does it step by step, and
/// where a pid namespace is joined or comes after a user namespace, a grandchild goes on.
/// </summary>
internal sealed class NamespacePlan
{
    private const CloneFlags LaterAlways = CloneFlags.CLONE_NEWCGROUP | CloneFlags.CLONE_NEWTIME;

    private readonly StepPlan _plan;
    private readonly ContainerContext _context;
    private readonly Rendezvous _rendezvous;
    private readonly Namespaces _namespaces;
    private readonly IdMaps? _maps;

    internal NamespacePlan(StepPlan plan, ContainerContext context, Rendezvous rendezvous)
    {
        _plan = plan;
        _context = context;
        _rendezvous = rendezvous;
        _namespaces = context.Namespaces;
        if (_namespaces.IsNew(CloneFlags.CLONE_NEWUSER))
        {
            _maps = new IdMaps(context.Spec.Linux, context.IsPrivileged);
        }

        IsStepwise = _namespaces.IsJoined(CloneFlags.CLONE_NEWUSER)
            || _namespaces.IsJoined(CloneFlags.CLONE_NEWPID)
            || (_namespaces.JoinedFlags != 0 && _namespaces.IsNew(CloneFlags.CLONE_NEWUSER));
        CloneFlags = CloneFlags.CLONE_VM | (IsStepwise ? 0 : _namespaces.New & ~LaterAlways);
    }

    /// <summary>Somebody may be in there already who could look at who comes in: that is no process of the runtime's then but an <see cref="InitImage"/>.</summary>
    internal static bool IsExposed(Namespaces namespaces) => namespaces.IsJoined(CloneFlags.CLONE_NEWPID) || namespaces.IsJoined(CloneFlags.CLONE_NEWUSER);

    /// <summary>The joined pid namespace is entered last of all, by <see cref="AddFork"/>.</summary>
    internal bool ForksLast { get; init; }

    /// <summary>For the first clone.</summary>
    internal CloneFlags CloneFlags { get; }

    /// <summary>For the first clone: directory of the v2 cgroup, or -1.</summary>
    internal int Cgroup { get; private set; } = -1;

    /// <summary>setgroups(2) is not allowed in there.</summary>
    internal bool DeniesGroups => _maps?.DeniesGroups == true || (!UserNamespace.IsInitial && SetGroups.IsDenied(HostProcess.Pid));

    private bool IsStepwise { get; }

    /// <param name="pidKnown">Gets the pid before anything of the container runs.</param>
    internal void Add(Action<int>? pidKnown)
    {
        if (_namespaces.JoinedFlags != 0)
        {
            _plan.Add("PR_SET_DUMPABLE", Nr.prctl, PrctlOption.PR_SET_DUMPABLE, 0, 0, 0, 0);
        }

        EnterCgroups();
        if (!IsStepwise)
        {
            Join();
            Meet(pidKnown);
            Unshare(_namespaces.New & LaterAlways);
        }
        else
        {
            AddStepwise(pidKnown);
        }

        BringUpLoopback();
    }

    private void AddStepwise(Action<int>? pidKnown)
    {
        CloneFlags made = _namespaces.New & ~CloneFlags.CLONE_NEWUSER;
        // Into namespaces of the host's with the host's rights, and only then away from them.
        Join();
        if (_namespaces.IsJoined(CloneFlags.CLONE_NEWUSER))
        {
            // Its root, if it has one: nobody of outside can make a file there.
            _plan.List.Tolerate(_plan.Add("setresgid in the user namespace", Nr.setresgid, 0, 0, 0), Errno.EINVAL);
            _plan.List.Tolerate(_plan.Add("setresuid in the user namespace", Nr.setresuid, 0, 0, 0), Errno.EINVAL);
        }

        if (_maps is not null)
        {
            _plan.Add("PR_SET_DUMPABLE", Nr.prctl, PrctlOption.PR_SET_DUMPABLE, 1, 0, 0, 0); // or nobody but root could write its maps
            Unshare(CloneFlags.CLONE_NEWUSER);
            _rendezvous.AddMeeting("id maps", _ =>
            {
                _maps.Write(_rendezvous.Pid);
                RaiseLimits(_rendezvous.Pid);
            });
            BecomeRoot();
        }

        Unshare(made);
        if (_namespaces.Has(CloneFlags.CLONE_NEWPID) && !ForksLast)
        {
            AddFork();
        }

        _rendezvous.AddMeeting("recording the pid", _ => pidKnown?.Invoke(_rendezvous.Pid));
    }

    /// <summary>From here on a child goes on, in the pid namespace.</summary>
    internal void AddFork()
    {
        _rendezvous.Forks = true;
        if (IsExposed(_namespaces))
        {
            _rendezvous.ForksLater = true;
            _plan.List.AddForkAway("clone");
        }
        else
        {
            _plan.List.AddFork("clone");
            DieWithRuntime();
        }
    }

    /// <summary>A process that is exposed finds out at its next meeting.</summary>
    private void DieWithRuntime()
    {
        if (!IsExposed(_namespaces))
        {
            _plan.Add("parent death signal", Nr.prctl, PrctlOption.PR_SET_PDEATHSIG, Signal.SIGKILL, 0, 0, 0);
        }
    }

    private void Meet(Action<int>? pidKnown)
    {
        if (pidKnown is not null)
        {
            _rendezvous.OnStarted(pidKnown);
        }

        if (_maps is not null)
        {
            _rendezvous.AddMeeting("id maps", _ =>
            {
                _maps.Write(_rendezvous.Pid);
                RaiseLimits(_rendezvous.Pid);
            });
            BecomeRoot();
        }
    }

    /// <summary>Root of the new user namespace, if it has one: until then the process is nobody in there and owns nothing that it makes.</summary>
    private void BecomeRoot()
    {
        if (_maps!.MapsRoot)
        {
            _plan.Add("setresgid in the user namespace", Nr.setresgid, 0, 0, 0);
            _plan.Add("setresuid in the user namespace", Nr.setresuid, 0, 0, 0);
            if (!IsExposed(_namespaces))
            {
                // A change of ids makes it undumpable, and its files in /proc root's on the host.
                _plan.Add("PR_SET_DUMPABLE", Nr.prctl, PrctlOption.PR_SET_DUMPABLE, 1, 0, 0, 0);
            }

            DieWithRuntime();
        }
    }

    /// <summary>Hard limits above our own: a process in a user namespace may not raise them itself. If we may not either, its own attempt says so.</summary>
    private void RaiseLimits(int pid)
    {
        foreach (OciRlimit wanted in _context.Process.Rlimits ?? [])
        {
            int resource = Scheduling.ResourceOf(wanted.Type);
            if (HostProcess.GetLimit(pid, resource, out RlimitBuf now) == 0 && wanted.Hard > now.Max)
            {
                HostProcess.SetLimit(pid, resource, new RlimitBuf(now.Cur, wanted.Hard));
            }
        }
    }

    private void EnterCgroups()
    {
        if (_context.Container.Cgroup is not { } record)
        {
            return;
        }

        CgroupEntrance entrance = CgroupManager.Entrance(record);
        _plan.EnterCgroups(entrance.Tasks);
        if (entrance.Unified is { } directory)
        {
            Cgroup = _plan.Open(directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY, directory);
        }
    }

    private void Join()
    {
        bool hasUser = _namespaces.IsJoined(CloneFlags.CLONE_NEWUSER);
        List<(int Fd, CloneFlags Flag, string Name, StepArgument IsJoined)> others = [];
        int user = -1;
        foreach ((CloneFlags flag, string type, string path) in _namespaces.Joined)
        {
            string name = $"joining the {type} namespace {path}";
            int fd = _plan.Open(OciText.ToBytes(path), OpenFlags.O_RDONLY, name);
            if (flag == CloneFlags.CLONE_NEWUSER)
            {
                user = fd;
            }
            else
            {
                others.Add((fd, flag, name, _plan.List.Buffer(8)));
            }
        }

        if (!hasUser)
        {
            others.ForEach(other => _plan.Add(other.Name, Nr.setns, other.Fd, (long)other.Flag));
            return;
        }

        // Those of the host's take rights over the host, so they come before the user namespace; what that one owns comes after it.
        StepList list = _plan.List;
        foreach ((int fd, CloneFlags flag, string name, StepArgument isJoined) in others)
        {
            int step = list.AddOptional(name, Nr.setns, fd, (long)flag);
            list.AddStore(isJoined, 1);
            list.OnFailure(step, list.Count);
        }

        _plan.Add("joining the user namespace", Nr.setns, user, (long)CloneFlags.CLONE_NEWUSER);
        foreach ((int fd, CloneFlags flag, string name, StepArgument isJoined) in others)
        {
            int check = list.AddCheck(name, isJoined, 1, 0, Errno.EALREADY);
            _plan.Add(name, Nr.setns, fd, (long)flag);
            list.TolerateAll(check);
            list.OnFailure(check, list.Count);
        }
    }

    private void Unshare(CloneFlags flags)
    {
        if (flags != 0)
        {
            _plan.Add($"unshare {flags}", Nr.unshare, (long)flags);
        }
    }

    private void BringUpLoopback()
    {
        if (!_namespaces.IsNew(CloneFlags.CLONE_NEWNET))
        {
            return;
        }

        const string Name = "bringing up lo";
        var request = new byte[40]; // struct ifreq: name, flags
        "lo"u8.CopyTo(request);
        request[16] = 0x41; // IFF_UP | IFF_RUNNING
        int socket = _plan.Add(Name, Nr.socket, Sock.AF_INET, Sock.SOCK_DGRAM | Sock.SOCK_CLOEXEC, 0);
        _plan.Add(Name, Nr.ioctl, StepPlan.ResultOf(socket), 0x8914, _plan.List.Data(request)); // SIOCSIFFLAGS
        _plan.CloseFd(StepPlan.ResultOf(socket));
    }
}
