using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Mm;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>/proc/PID/maps and smaps (fs/proc/task_mmu.c).</summary>
internal static class ProcMaps
{
    private const int NameColumn = 73;

    public static string Write(Task task)
    {
        var text = new StringBuilder(4096);
        foreach (VmaRange range in task.Mm.MergedVmas())
        {
            AppendLine(text, task, range);
        }

        return text.ToString();
    }

    public static string WriteDetailed(Task task)
    {
        var text = new StringBuilder(16384);
        foreach (VmaRange range in task.Mm.MergedVmas())
        {
            AppendLine(text, task, range);
            ulong resident = Resident(task, range);
            AppendSizes(text, (range.End - range.Start) / 1024, resident, range.First.IsLocked ? resident : 0, withPageSize: true);
            text.Append("THPeligible:           0\nVmFlags: ");
            AppendFlags(text, range.First);
            text.Append('\n');
        }

        return text.ToString();
    }

    public static string WriteRollup(Task task)
    {
        ulong first = 0, last = 0, resident = 0, locked = 0;
        foreach (VmaRange range in task.Mm.MergedVmas())
        {
            first = first == 0 ? range.Start : first;
            last = range.End;
            ulong here = Resident(task, range);
            resident += here;
            locked += range.First.IsLocked ? here : 0;
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{first:x8}-{last:x8} ---p 00000000 00:00 0 ");
        Pad(text, 0);
        text.Append("[rollup]\n");
        AppendSizes(text, 0, resident, locked, withPageSize: false);
        return text.ToString();
    }

    private static void AppendLine(StringBuilder text, Task task, VmaRange range)
    {
        Vma vma = range.First;
        int start = text.Length;
        (ulong major, ulong minor, ulong inode, string name) = Identity(task, range);
        char r = (vma.Prot & Prot.PROT_READ) != 0 ? 'r' : '-';
        char w = (vma.Prot & Prot.PROT_WRITE) != 0 ? 'w' : '-';
        char x = (vma.Prot & Prot.PROT_EXEC) != 0 ? 'x' : '-';
        char s = vma.IsShared ? 's' : 'p';
        ulong offset = vma.File is null ? 0 : vma.Offset;
        text.Append(CultureInfo.InvariantCulture, $"{range.Start:x8}-{range.End:x8} {r}{w}{x}{s} {offset:x8} {major:x2}:{minor:x2} {inode} ");
        if (name.Length > 0)
        {
            Pad(text, start);
            text.Append(name.Replace("\n", "\\012", System.StringComparison.Ordinal));
        }

        text.Append('\n');
    }

    private static (ulong Major, ulong Minor, ulong Inode, string Name) Identity(Task task, VmaRange range)
    {
        Vma vma = range.First;
        if (vma.File?.Description is { } file)
        {
            (uint major, uint minor) = DeviceNumber.Split(file.Inode.FileSystem.Device);
            return (major, minor, file.Inode.Number, PathName.Format(file, task.Fs.Root));
        }

        if (vma.File?.Object is SharedAnonymous anonymous)
        {
            return (0, 1, anonymous.Number, "/dev/zero (deleted)");
        }

        if (vma.Name is { } name)
        {
            return (0, 0, 0, name);
        }

        if ((vma.Flags & VmaFlags.Stack) != 0)
        {
            return (0, 0, 0, "[stack]");
        }

        MemoryLayout layout = task.Mm.Layout;
        bool isHeap = range.Start <= layout.Break && range.End >= layout.BreakStart && layout.Break > layout.BreakStart && vma.IsAnonymous;
        return (0, 0, 0, isHeap ? "[heap]" : "");
    }

    private static void Pad(StringBuilder text, int lineStart)
    {
        int missing = NameColumn - (text.Length - lineStart);
        text.Append(' ', System.Math.Max(0, missing));
    }

    private static ulong Resident(Task task, VmaRange range) => (ulong)task.Mm.ResidentPagesIn(range.Start, range.End) * 4;

    private static void AppendSizes(StringBuilder text, ulong size, ulong resident, ulong locked, bool withPageSize)
    {
        if (withPageSize)
        {
            Field(text, "Size:", size);
            Field(text, "KernelPageSize:", 4);
            Field(text, "MMUPageSize:", 4);
        }

        Field(text, "Rss:", resident);
        Field(text, "Pss:", resident);
        Field(text, "Pss_Dirty:", resident);
        Field(text, "Shared_Clean:", 0);
        Field(text, "Shared_Dirty:", 0);
        Field(text, "Private_Clean:", 0);
        Field(text, "Private_Dirty:", resident);
        Field(text, "Referenced:", resident);
        Field(text, "Anonymous:", resident);
        foreach (string zero in (string[])["KSM:", "LazyFree:", "AnonHugePages:", "ShmemPmdMapped:", "FilePmdMapped:", "Shared_Hugetlb:", "Private_Hugetlb:", "Swap:", "SwapPss:"])
        {
            Field(text, zero, 0);
        }

        Field(text, "Locked:", locked);
    }

    private static void Field(StringBuilder text, string name, ulong kb) => text.Append(CultureInfo.InvariantCulture, $"{name,-16}{kb,8} kB\n");

    /// <summary>show_smap_vma_flags(), in the order of Linux's bits.</summary>
    private static void AppendFlags(StringBuilder text, Vma vma)
    {
        bool Has(VmaFlags flag) => (vma.Flags & flag) != 0;
        (bool Is, string Name)[] flags =
        [
            ((vma.Prot & Prot.PROT_READ) != 0, "rd"), ((vma.Prot & Prot.PROT_WRITE) != 0, "wr"), ((vma.Prot & Prot.PROT_EXEC) != 0, "ex"),
            (vma.IsShared, "sh"), (Has(VmaFlags.MayRead), "mr"), (Has(VmaFlags.MayWrite), "mw"), (Has(VmaFlags.MayExec), "me"), (vma.IsShared, "ms"),
            (vma.GrowsDown, "gd"), (vma.IsLocked, "lo"), (Has(VmaFlags.SequentialRead), "sr"), (Has(VmaFlags.RandomRead), "rr"),
            (Has(VmaFlags.DontFork), "dc"), (Has(VmaFlags.DontExpand), "de"), (Has(VmaFlags.LockOnFault), "lf"), (Has(VmaFlags.NoReserve), "nr"),
            (Has(VmaFlags.WipeOnFork), "wf"), (Has(VmaFlags.DontDump), "dd"), (Has(VmaFlags.HugePage), "hg"), (Has(VmaFlags.NoHugePage), "nh"),
            (Has(VmaFlags.Mergeable), "mg"), (Has(VmaFlags.Droppable), "dp"), (vma.IsSealed, "sl"),
        ];
        foreach ((bool isSet, string name) in flags)
        {
            if (isSet)
            {
                text.Append(name).Append(' ');
            }
        }
    }
}
