using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Mm;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID/stat and statm (do_task_stat()).</summary>
internal static class ProcStat
{
    /// <summary>USER_HZ.</summary>
    public const long TickNanoseconds = 10_000_000;

    public static string StateName(Task task) => State(task) switch
    {
        'R' => "R (running)",
        'S' => "S (sleeping)",
        'D' => "D (disk sleep)",
        'T' => "T (stopped)",
        'Z' => "Z (zombie)",
        _ => "X (dead)",
    };

    public static char State(Task task) => task.State switch
    {
        TaskState.Blocked => task.Sleep.IsUninterruptible ? 'D' : 'S',
        TaskState.Stopped => 'T',
        TaskState.Traced => 't',
        TaskState.Zombie => 'Z',
        TaskState.Dead => 'X',
        _ => task.Group.IsZombie ? 'Z' : 'R',
    };

    public static string Write(Task reader, Task task, PidTable pids)
    {
        ThreadGroup group = task.Group;
        bool isZombie = group.IsZombie;
        (long user, long system) = group.CpuTime;
        MemorySizes sizes = isZombie ? default : MemorySizes.Of(task.Mm);
        (ulong ignored, ulong caught) = ProcStatus.Actions(group);
        bool mayLook = !isZombie && ProcAccess.Check(reader, task) == Errno.OK;
        MemoryLayout? layout = isZombie ? null : task.Mm.Layout;
        Terminals.Terminal? terminal = group.Session.Terminal as Terminals.Terminal;
        long start = task.StartTime / TickNanoseconds;
        ulong rssLimit = group.Limits.Soft(Rlimit.RLIMIT_RSS);
        var text = new StringBuilder(512);
        text.Append(CultureInfo.InvariantCulture, $"{task.PidEntry.NumberIn(pids)} ({task.Name}) {State(task)} {group.ParentPidIn(pids)} {group.ProcessGroup.PidEntry.NumberIn(pids)} {group.Session.PidEntry.NumberIn(pids)} ");
        text.Append(CultureInfo.InvariantCulture, $"{terminal?.Device ?? 0} {terminal?.Foreground?.PidEntry.NumberIn(pids) ?? -1} 4194304 ");
        text.Append(CultureInfo.InvariantCulture, $"{group.MinorFaults} {group.ChildrenUsed.MinorFaults} {group.MajorFaults} {group.ChildrenUsed.MajorFaults} ");
        text.Append(CultureInfo.InvariantCulture, $"{user / TickNanoseconds} {system / TickNanoseconds} {group.ChildrenUsed.User / TickNanoseconds} {group.ChildrenUsed.System / TickNanoseconds} ");
        text.Append(CultureInfo.InvariantCulture, $"{20 + task.Scheduling.Nice} {task.Scheduling.Nice} {group.Tasks.Count} 0 {start} {sizes.Total * 1024} {sizes.Resident / 4} {rssLimit} ");
        if (mayLook && layout is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"{layout.CodeStart} {layout.CodeEnd} {layout.StackStart} 0 0 ");
        }
        else
        {
            text.Append("1 1 0 0 0 ");
        }

        text.Append(CultureInfo.InvariantCulture, $"{task.Signals.Pending.Set & 0x7fffffff} {task.Signals.Blocked & 0x7fffffff} {ignored & 0x7fffffff} {caught & 0x7fffffff} 0 0 0 ");
        text.Append(CultureInfo.InvariantCulture, $"{(task == group.Leader ? 17 : -1)} 0 0 0 0 0 0 ");
        if (mayLook && layout is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"{layout.DataStart} {layout.DataEnd} {layout.BreakStart} {layout.ArgStart} {layout.ArgEnd} {layout.EnvStart} {layout.EnvEnd} ");
        }
        else
        {
            text.Append("0 0 0 0 0 0 0 ");
        }

        text.Append(CultureInfo.InvariantCulture, $"{(mayLook ? group.ExitCode : 0)}\n");
        return text.ToString();
    }

    public static string WriteStatm(Task task)
    {
        if (task.Group.IsZombie)
        {
            return "0 0 0 0 0 0 0\n";
        }

        MemorySizes sizes = MemorySizes.Of(task.Mm);
        return string.Create(CultureInfo.InvariantCulture, $"{sizes.Total / 4} {sizes.Resident / 4} 0 {sizes.Text / 4} 0 {(sizes.Data + sizes.Stack) / 4} 0\n");
    }
}
