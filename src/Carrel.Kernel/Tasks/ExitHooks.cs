namespace Carrel.Kernel;

/// <summary>What other parts of the kernel have to do when tasks end.</summary>
public sealed partial class LinuxKernel
{
    /// <summary>The last thread of a process begins to exit: its timers stop.</summary>
    private static void OnGroupDying(ThreadGroup group, Task last)
    {
        group.MaxResident = System.Math.Max(group.MaxResident, ResidentBytes(last));
    }

    /// <summary>A process runs a new program: timers made by timer_create go.</summary>
    private static void OnExec(Task task)
    {
        _ = task;
    }

    private static long ResidentBytes(Task task)
    {
        _ = task;
        return 0;
    }

    /// <summary>Robust lists and waits on futexes (futex_exec_release(), futex_exit_release()).</summary>
    private static void ReleaseFutexes(Task task)
    {
        task.RobustList = 0;
    }

    private static void WakeFutex(Task task, ulong address)
    {
        _ = (task, address);
    }
}
