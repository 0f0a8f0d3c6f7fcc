using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>The program's standard streams: the caller's descriptors, or a pseudo terminal of the container's own devpts.</summary>
internal sealed class TerminalPlan(StepPlan plan)
{
    private int _slave = -1;

    /// <summary>The slave side, once it is open.</summary>
    internal StepArgument Slave => StepPlan.ResultOf(_slave);

    /// <summary>Opens a pair: the devpts is looked at, the slave is opened through the master, no name is trusted.</summary>
    /// <param name="root">The container's root.</param>
    /// <param name="send">Takes the master out of the process.</param>
    internal void Open(StepArgument root, OciProcess process, System.Action<StepArgument> send)
    {
        const string Name = "making the terminal";
        int master = plan.OpenIn($"{Name}: /dev/pts/ptmx", root, "dev/pts/ptmx", OpenFlags.O_RDWR | OpenFlags.O_NOCTTY, ResolveFlags.RESOLVE_NO_SYMLINKS);
        StepArgument fd = StepPlan.ResultOf(master);
        plan.CheckFileSystem($"{Name}: /dev/pts is not a devpts", fd, SuperMagic.DEVPTS_SUPER_MAGIC, Errno.ENODEV);
        plan.Add($"{Name}: unlocking it", Nr.ioctl, fd, Tty.TIOCSPTLCK, plan.List.Buffer(8));
        _slave = plan.Add($"{Name}: its slave side", Nr.ioctl, fd, Tty.TIOCGPTPEER, (long)(OpenFlags.O_RDWR | OpenFlags.O_NOCTTY | OpenFlags.O_CLOEXEC));
        if (process.ConsoleSize is { } size)
        {
            var window = new WinSize { Row = (ushort)size.Height, Col = (ushort)size.Width };
            plan.Add($"{Name}: process.consoleSize", Nr.ioctl, fd, Tty.TIOCSWINSZ, plan.List.Struct(window));
        }

        OciUser user = process.User ?? new OciUser();
        plan.List.TolerateAll(plan.Add($"{Name}: its owner", Nr.fchown, Slave, user.Uid, uint.MaxValue));
        send(fd);
        plan.CloseFd(fd);
    }

    /// <summary>The terminal becomes 0, 1 and 2.</summary>
    internal void Place()
    {
        for (int i = 0; i < 3; i++)
        {
            plan.Add("placing the terminal", Nr.dup3, Slave, i, 0);
        }
    }

    /// <summary>A session of its own, which the terminal, if there is one, controls.</summary>
    internal static void AddSession(StepPlan plan, bool hasTerminal)
    {
        plan.Add("setsid", Nr.setsid);
        if (hasTerminal)
        {
            plan.Add("taking the terminal", Nr.ioctl, 0, Tty.TIOCSCTTY, 0);
        }
    }

    /// <summary>The caller's descriptors (-1: /dev/null) become 0, 1 and 2; then those to preserve.</summary>
    internal static void PlaceStreams(StepPlan plan, System.ReadOnlySpan<int> stdio, OciProcess process)
    {
        uint user = process.User?.Uid ?? 0;
        System.Span<int> kept = stackalloc int[3];
        for (int i = 0; i < 3; i++)
        {
            kept[i] = stdio[i] < 0 ? plan.Open("/dev/null", OpenFlags.O_RDWR, "/dev/null") : plan.Keep(stdio[i]);
        }

        for (int i = 0; i < 3; i++)
        {
            plan.Add($"placing descriptor {i}", Nr.dup3, kept[i], i, 0);
            if (user != 0 && HostFd.Stat(kept[i], out Stat stat) == 0 && stat.Rdev != 0x103 && stat.Uid != user)
            {
                // So that the program may open /dev/stdout and its like (runc's fixStdioPermissions).
                plan.List.TolerateAll(plan.Add("owner of the standard streams", Nr.fchown, i, user, uint.MaxValue));
            }
        }
    }
}
