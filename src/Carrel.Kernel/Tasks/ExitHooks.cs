using Carrel.Kernel.Mm;

namespace Carrel.Kernel;

/// <summary>What other parts of the kernel have to do when tasks end.</summary>
public sealed partial class LinuxKernel
{
    /// <summary>The last thread of a process begins to exit: its timers stop.</summary>
    private static void OnGroupDying(ThreadGroup group, Task last)
    {
        group.StopTimers();
        group.NoteResident(last);
    }

    /// <summary>A process runs a new program: timers made by timer_create go.</summary>
    private static void OnExec(Task task) => task.Group.DeletePosixTimers();

    /// <summary>Frames in use. Small pieces count in full: asking the host about each would be felt in every short-lived process.</summary>
    internal static long ResidentBytes(Task task)
    {
        const long Small = 16;
        long pages = 0;
        foreach (Vma vma in task.Mm.Vmas.All())
        {
            if (vma.Backing == VmaBacking.Frames)
            {
                pages += vma.Pages <= Small ? vma.Pages : task.Kernel.Frames.CountResident(vma.Frame, vma.Pages);
            }
        }

        return pages * Machine.FrameStore.PageSize;
    }

    /// <summary>Robust lists and waits on futexes (futex_exec_release(), futex_exit_release()).</summary>
    private void ReleaseFutexes(Task task) => Futexes.OnTaskExit(task);

    private void WakeFutex(Task task, ulong address)
    {
        Futexes.Wake(task.Mm, address, 1);
        task.Mm.FlushRemote();
    }
}
