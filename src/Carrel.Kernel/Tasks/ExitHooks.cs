namespace Carrel.Kernel;

/// <summary>What other parts of the kernel have to do when tasks end.</summary>
public sealed partial class LinuxKernel
{
    /// <summary>The last thread of a process begins to exit: its timers stop.</summary>
    private static void OnGroupDying(ThreadGroup group, Task last)
    {
        group.StopTimers();
        // Counting resident pages takes host calls: not worth it for the many small processes of a shell.
        if (last.Mm.TotalPages > 4096)
        {
            group.NoteResident(last);
        }
    }

    /// <summary>A process runs a new program: timers made by timer_create go.</summary>
    private static void OnExec(Task task) => task.Group.DeletePosixTimers();

    internal static long ResidentBytes(Task task) => task.Mm.ResidentPages * Machine.FrameStore.PageSize;

    /// <summary>Robust lists and waits on futexes (futex_exec_release(), futex_exit_release()).</summary>
    private void ReleaseFutexes(Task task) => Futexes.OnTaskExit(task);

    private void WakeFutex(Task task, ulong address)
    {
        Futexes.Wake(task.Mm, address, 1);
        task.Mm.FlushRemote();
    }
}
