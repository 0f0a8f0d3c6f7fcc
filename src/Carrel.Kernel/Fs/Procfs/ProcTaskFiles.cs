using System;
using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>The text files of /proc/PID.</summary>
internal static class ProcTaskFiles
{
    private const uint Readable = 0x124;
    private const uint OwnerOnly = 0x100;

    public static void Add(ProcTaskDirectory directory, Task task)
    {
        AddFile(directory, task, "status", Readable, () => ProcStatus.Write(task, PidsOf(directory)));
        AddFile(directory, task, "stat", Readable, reader => ProcStat.Write(reader, task, PidsOf(directory)));
        AddFile(directory, task, "statm", Readable, () => ProcStat.WriteStatm(task));
        AddFile(directory, task, "cmdline", Readable, () => ReadArea(task, task.Mm.Layout.ArgStart, task.Mm.Layout.ArgEnd));
        AddPrivate(directory, task, "environ", OwnerOnly, () => ReadArea(task, task.Mm.Layout.EnvStart, task.Mm.Layout.EnvEnd));
        AddPrivate(directory, task, "auxv", OwnerOnly, () => Encoding.Latin1.GetString(task.Mm.Layout.Auxv));
        AddPrivate(directory, task, "maps", Readable, () => ProcMaps.Write(task));
        AddPrivate(directory, task, "smaps", Readable, () => ProcMaps.WriteDetailed(task));
        AddPrivate(directory, task, "smaps_rollup", Readable, () => ProcMaps.WriteRollup(task));
        AddPrivate(directory, task, "personality", OwnerOnly, () => $"{(uint)task.Personality:x8}\n");
        AddPrivate(directory, task, "syscall", OwnerOnly, () => SyscallOf(task));
        AddPrivate(directory, task, "io", OwnerOnly, () => "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
        AddFile(directory, task, "limits", Readable, () => ProcLimits.Write(task.Group));
        AddMountTable(directory, task, "mounts", MountTables.Mounts);
        AddMountTable(directory, task, "mountinfo", MountTables.MountInfo);
        AddFile(directory, task, "cgroup", Readable, () => "0::/\n");
        AddFile(directory, task, "wchan", Readable, () => "0");
        AddFile(directory, task, "oom_score", Readable, () => Invariant($"{Math.Clamp(task.Group.OomScoreAdjustment, 0, 1000)}\n"));
        AddSetting(directory, task, "oom_score_adj", () => Invariant($"{task.Group.OomScoreAdjustment}\n"), (writer, text) => SetOomScore(writer, task, text));
        AddFile(directory, task, "loginuid", Readable, () => "4294967295");
        AddFile(directory, task, "sessionid", Readable, () => "4294967295");
        AddMap(directory, task, "uid_map", reader => ProcIdMaps.Show(reader, task, isUser: true), (writer, text) => ProcIdMaps.Write(writer, task, text, isUser: true));
        AddMap(directory, task, "gid_map", reader => ProcIdMaps.Show(reader, task, isUser: false), (writer, text) => ProcIdMaps.Write(writer, task, text, isUser: false));
        AddMap(directory, task, "setgroups", _ => task.Credentials.User.MaySetGroups ? "allow\n" : "deny\n", (writer, text) => ProcIdMaps.SetGroups(writer, task, text));
        AddFile(directory, task, "schedstat", Readable, () => Invariant($"{task.Group.CpuTime.User + task.Group.CpuTime.System} 0 0\n"));
        AddFile(directory, task, "children", Readable, () => Children(task.Group, PidsOf(directory)));
        AddFile(directory, task, "coredump_filter", Readable, () => "00000033\n");
        AddFile(directory, task, "timerslack_ns", Readable, () => "50000\n");
        AddSequence(directory, task, "comm", () => task.Name + "\n", (writer, text) => SetName(writer, task, text));
        directory.Add("mem", new ProcMemory(directory.FileSystem, task));
        directory.Add("pagemap", new ProcPagemap(directory.FileSystem, task));
    }

    /// <summary>proc_pid_syscall(), without stack pointer and instruction pointer.</summary>
    private static string SyscallOf(Task task)
    {
        Machine.SyscallArguments a = task.SyscallArguments;
        return task.SyscallNumber < 0
            ? "running\n"
            : Invariant($"{task.SyscallNumber} 0x{a.A0:x} 0x{a.A1:x} 0x{a.A2:x} 0x{a.A3:x} 0x{a.A4:x} 0x{a.A5:x} 0x0 0x0\n");
    }

    private static PidTable PidsOf(ProcTaskDirectory directory) => ((ProcfsFileSystem)directory.FileSystem).Pids;

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void AddFile(ProcTaskDirectory directory, Task task, string name, uint permissions, Func<string> write) =>
        AddFile(directory, task, name, permissions, _ => write());

    private static void AddFile(ProcTaskDirectory directory, Task task, string name, uint permissions, Func<Task, string> write) =>
        directory.Add(name, Own(new TextInode(directory.FileSystem, directory.FileSystem.NextInode(), permissions,
            reader => !directory.IsAlive ? Errno.ESRCH : write(reader)), task));

    private static void AddMap(ProcTaskDirectory directory, Task task, string name, Func<Task, string> read, Func<Task, string, Errno> write) =>
        directory.Add(name, Own(new TextInode(directory.FileSystem, directory.FileSystem.NextInode(), 0x1a4, reader => read(reader), write) { IsWrittenAtOnce = true, IsSequence = true }, task));

    // They tell poll(2) of changes.
    private static void AddMountTable(ProcTaskDirectory directory, Task task, string name, Func<Task, string> write) =>
        directory.Add(name, Own(new TextInode(directory.FileSystem, directory.FileSystem.NextInode(), Readable, _ => !directory.IsAlive ? Errno.ESRCH : write(task))
        {
            Changes = () => (task.Namespaces.Mounts.Version, task.Namespaces.Mounts.Changed),
        }, task));

    // What only those may read who could trace the process.
    private static void AddPrivate(ProcTaskDirectory directory, Task task, string name, uint permissions, Func<string> write) =>
        directory.Add(name, Own(new TextInode(directory.FileSystem, directory.FileSystem.NextInode(), permissions, reader =>
        {
            if (task.Group.IsZombie)
            {
                return "";
            }

            Errno error = ProcAccess.Check(reader, task);
            return error != Errno.OK ? error : write();
        }), task));

    private static void AddSetting(ProcTaskDirectory directory, Task task, string name, Func<string> read, Func<Task, string, Errno> write) =>
        directory.Add(name, Own(new TextInode(directory.FileSystem, directory.FileSystem.NextInode(), 0x1a4, _ => read(), write), task));

    private static void AddSequence(ProcTaskDirectory directory, Task task, string name, Func<string> read, Func<Task, string, Errno> write) =>
        directory.Add(name, Own(new TextInode(directory.FileSystem, directory.FileSystem.NextInode(), 0x1a4, _ => read(), write) { IsSequence = true }, task));

    private static TextInode Own(TextInode inode, Task task)
    {
        inode.LiveOwner = () => ProcAccess.OwnerOf(task);
        return inode;
    }

    private static string ReadArea(Task task, ulong start, ulong end)
    {
        if (task.Group.IsZombie || end <= start)
        {
            return "";
        }

        var bytes = new byte[Math.Min(end - start, 1 << 20)];
        long n = task.Mm.ReadPartial(start, bytes);
        return Encoding.Latin1.GetString(bytes.AsSpan(0, (int)n));
    }

    private static string Children(ThreadGroup group, PidTable pids)
    {
        var text = new StringBuilder();
        foreach (ThreadGroup child in group.Children)
        {
            text.Append(CultureInfo.InvariantCulture, $"{child.PidEntry.NumberIn(pids)} ");
        }

        return text.ToString();
    }

    // Lowering needs CAP_SYS_RESOURCE (oom_score_adj_min).
    private static Errno SetOomScore(Task writer, Task task, string text)
    {
        if (!int.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value is < -1000 or > 1000)
        {
            return Errno.EINVAL;
        }

        if (value < task.Group.OomScoreAdjustment && !writer.Credentials.HasCapability(Capability.CAP_SYS_RESOURCE))
        {
            return Errno.EACCES;
        }

        task.Group.OomScoreAdjustment = value;
        return Errno.OK;
    }

    private static Errno SetName(Task writer, Task task, string text)
    {
        if (writer.Group != task.Group)
        {
            return Errno.EINVAL;
        }

        string name = text.Split('\0')[0].TrimEnd('\n');
        task.Name = name.Length > 15 ? name[..15] : name;
        return Errno.OK;
    }
}
