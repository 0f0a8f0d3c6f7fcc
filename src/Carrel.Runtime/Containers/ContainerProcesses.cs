using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>The processes of a container on the host: found, signalled, ended.</summary>
internal static class ContainerProcesses
{
    private const long Tick = 2_000_000;
    private const int MaxTicks = 5000;

    /// <summary>Whether the first process is there and no zombie. The start time tells it from a later one with its pid.</summary>
    internal static bool IsAlive(Container container) =>
        ProcFile.TryReadStat(container.Pid, out char state, out ulong start) && start == container.PidStart && state is not ('Z' or 'X');

    /// <summary>A descriptor of the first process.</summary>
    /// <exception cref="RuntimeException">It is gone.</exception>
    internal static int Open(Container container)
    {
        int pidfd = container.Pid > 0 ? HostPidfd.Open(container.Pid) : -1;
        if (pidfd >= 0)
        {
            // Looked at after the descriptor is had, it cannot be another one any more.
            if (IsAlive(container))
            {
                return pidfd;
            }

            HostFd.Close(pidfd);
        }

        throw new RuntimeException("container not running");
    }

    /// <summary>What was opened by its pid just now belongs to it.</summary>
    internal static void Verify(Container container)
    {
        if (!IsAlive(container))
        {
            throw new RuntimeException("container not running");
        }
    }

    internal static void Signal(Container container, int signal)
    {
        int pidfd = Open(container);
        int result = HostPidfd.SendSignal(pidfd, signal);
        HostFd.Close(pidfd);
        ErrorText.Check(result, $"kill {container.Pid}");
    }

    internal static void SignalAll(Container container, int signal)
    {
        foreach (int pid in List(container))
        {
            HostProcess.Kill(pid, signal);
        }
    }

    /// <summary>From the cgroup; without one, all of the pid namespace of the first process.</summary>
    internal static IReadOnlyList<int> List(Container container)
    {
        if (container.Cgroup is { } cgroup)
        {
            return CgroupManager.Processes(cgroup);
        }

        if (!IsAlive(container))
        {
            return [];
        }

        ulong own = NamespaceOf("self"), wanted = NamespaceOf(container.Pid.ToString(CultureInfo.InvariantCulture));
        if (wanted == 0 || wanted == own)
        {
            return [container.Pid];
        }

        List<int> found = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            string name = directory[(directory.LastIndexOf('/') + 1)..];
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && NamespaceOf(name) == wanted)
            {
                found.Add(pid);
            }
        }

        found.Sort();
        return found;
    }

    /// <summary>Kills the first process, and with it its pid namespace, and all in the cgroup; returns when they are gone.</summary>
    internal static void KillAll(Container container)
    {
        IReadOnlyList<int> all = container.Cgroup is null ? List(container) : [];
        if (container.Pid > 0 && IsAlive(container))
        {
            Kill(container);
        }

        foreach (int pid in all)
        {
            if (pid != container.Pid)
            {
                HostProcess.Kill(pid, Abi.Signal.SIGKILL);
            }
        }

        if (container.Cgroup is { } cgroup)
        {
            CgroupManager.KillAll(cgroup);
        }

        for (int i = 0; i < MaxTicks && IsAlive(container); i++)
        {
            HostClock.Sleep(Tick);
        }
    }

    private static void Kill(Container container)
    {
        if (container.Cgroup is { } cgroup && CgroupManager.IsFrozen(cgroup))
        {
            HostProcess.Kill(container.Pid, Abi.Signal.SIGKILL);
            CgroupManager.Thaw(cgroup);
            return;
        }

        int pidfd = HostPidfd.Open(container.Pid);
        if (pidfd >= 0)
        {
            if (IsAlive(container))
            {
                HostPidfd.SendSignal(pidfd, Abi.Signal.SIGKILL);
            }

            HostFd.Close(pidfd);
        }
    }

    private static ulong NamespaceOf(string pid) => HostPath.StatAt(At.AT_FDCWD, $"/proc/{pid}/ns/pid", 0, out Stat stat) == 0 ? stat.Ino : 0;
}
