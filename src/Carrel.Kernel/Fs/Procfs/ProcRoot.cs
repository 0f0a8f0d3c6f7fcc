using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc: the fixed files, then a directory for each process. Threads can be looked up, too, but are not listed.</summary>
internal sealed class ProcRoot : FixedDirectory
{
    // Fixed entries end well below; pids follow at this offset, as on Linux (FIRST_PROCESS_ENTRY).
    private const long FirstProcess = 256;
    private readonly Dictionary<Task, ProcTaskDirectory> _directories = [];

    public ProcRoot(FileSystem fileSystem)
        : base(fileSystem)
    {
        Number = 1;
        Add("self", new TextLink(fileSystem, task => Own(task.Group.PidEntry) is > 0 and var pid ? pid.ToString(CultureInfo.InvariantCulture) : Errno.ENOENT));
        Add("thread-self", new TextLink(fileSystem, task => Own(task.PidEntry) is > 0 and var tid
            ? string.Create(CultureInfo.InvariantCulture, $"{Own(task.Group.PidEntry)}/task/{tid}")
            : Errno.ENOENT));
    }

    public override bool RevalidateChild(Dentry child)
    {
        if (child.Inode is ProcTaskDirectory directory)
        {
            return directory.IsAlive && ParsePid(child.Name) == Own(directory.Task.PidEntry) && IsVisible(directory.Task);
        }

        // A negative entry for a number may become a process any time.
        return child.Inode is not null || ParsePid(child.Name) == 0;
    }

    public override Result<Inode> Lookup(string name)
    {
        int pid = ParsePid(name);
        if (pid == 0)
        {
            return base.Lookup(name);
        }

        Task? task = Pids.FindTask(pid);
        return task is null || task.State == TaskState.Dead || !IsVisible(task) ? Errno.ENOENT : Result<Inode>.Of(Get(task));
    }

    // hidepid=invisible and beyond: no such process.
    private bool IsVisible(Task task) =>
        Settings.HidePid < ProcfsOptions.Hiding.Invisible || FileSystem.Kernel.Current is not { } reader || Settings.Allows(reader, task, ProcfsOptions.Hiding.Invisible);

    private ProcfsOptions Settings => ((ProcfsFileSystem)FileSystem).Settings;

    /// <summary>The one directory inode of a process.</summary>
    internal ProcTaskDirectory Get(Task task)
    {
        if (!_directories.TryGetValue(task, out ProcTaskDirectory? directory) || !directory.IsAlive)
        {
            ForgetDead();
            directory = new ProcTaskDirectory(FileSystem, task, isThread: false);
            _directories[task] = directory;
        }

        return directory;
    }

    // Dead processes leave when a new one is asked for.
    private void ForgetDead()
    {
        foreach ((Task task, ProcTaskDirectory directory) in new List<KeyValuePair<Task, ProcTaskDirectory>>(_directories))
        {
            if (!directory.IsAlive)
            {
                _directories.Remove(task);
            }
        }
    }

    public override Errno ReadDirectory(Task task, ref long position, IDirectorySink sink)
    {
        if (position < FirstProcess)
        {
            long before = position;
            Errno error = base.ReadDirectory(task, ref position, sink);
            if (error != Errno.OK || position - 2 < FixedCount)
            {
                return error;
            }
        }

        int from = position < FirstProcess ? 0 : (int)(position - FirstProcess);
        List<ThreadGroup> groups = Pids.Groups;
        groups.Sort((a, b) => Own(a.PidEntry).CompareTo(Own(b.PidEntry)));
        foreach (ThreadGroup group in groups)
        {
            int pid = Own(group.PidEntry);
            if (pid < from || !IsVisible(group.Leader))
            {
                continue;
            }

            long next = FirstProcess + pid + 1;
            if (!sink.Add(pid.ToString(CultureInfo.InvariantCulture), ProcTaskDirectory.NumberOf(group.Pid), Dirent.DT_DIR, next))
            {
                return Errno.OK;
            }

            position = next;
        }

        return Errno.OK;
    }

    private PidTable Pids => ((ProcfsFileSystem)FileSystem).Pids;

    private int Own(PidEntry entry) => entry.NumberIn(Pids);

    // 0: not a pid in canonical form.
    internal static int ParsePid(string name)
    {
        if (name.Length is 0 or > 10 || name[0] is < '1' or > '9')
        {
            return 0;
        }

        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0;
    }
}
