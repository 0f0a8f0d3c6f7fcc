using System;
using System.Globalization;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Fs.Sysfs;

/// <summary>sysfs: the little that programs look at to learn about CPUs and memory; no devices.</summary>
public sealed class SysfsFileSystem : PseudoTree
{
    private readonly FixedDirectory _root;

    public SysfsFileSystem(LinuxKernel kernel)
        : base(kernel)
    {
        _root = new FixedDirectory(this, 0x1ed);
        Build(_root);
    }

    public override string TypeName => "sysfs";

    public override long Magic => SuperMagic.SYSFS_MAGIC;

    public override Inode Root => _root;

    public override string Source { get; set; } = "sysfs";

    private void Build(FixedDirectory root)
    {
        foreach (string name in (string[])["block", "bus", "class", "dev", "firmware", "hypervisor", "module", "power"])
        {
            root.AddDirectory(name);
        }

        FixedDirectory system = root.AddDirectory("devices").AddDirectory("system");
        BuildCpus(system.AddDirectory("cpu"));
        BuildNodes(system.AddDirectory("node"));
        FixedDirectory fs = root.AddDirectory("fs");
        fs.AddDirectory("cgroup");
        FixedDirectory kernel = root.AddDirectory("kernel");
        FixedDirectory mm = kernel.AddDirectory("mm");
        FixedDirectory hugePages = mm.AddDirectory("transparent_hugepage");
        AddChoice(hugePages, "enabled", "never", "always", "madvise", "never");
        AddChoice(hugePages, "defrag", "never", "always", "defer", "defer+madvise", "madvise", "never");
        hugePages.AddText("hpage_pmd_size", _ => "2097152\n");
        AddChoice(hugePages, "shmem_enabled", "never", "always", "within_size", "advise", "never", "deny", "force");
        mm.AddDirectory("hugepages");
        kernel.AddDirectory("security");
        kernel.AddDirectory("debug");
    }

    // Huge pages are a hint; there are none, whatever is chosen.
    private static void AddChoice(FixedDirectory directory, string name, string chosen, params string[] choices) =>
        directory.AddSetting(name, _ => string.Join(' ', Array.ConvertAll(choices, each => each == chosen ? $"[{each}]" : each)) + "\n", (_, text) =>
        {
            string wanted = text.TrimEnd('\n');
            if (Array.IndexOf(choices, wanted) < 0)
            {
                return Errno.EINVAL;
            }

            chosen = wanted;
            return Errno.OK;
        });

    private void BuildCpus(FixedDirectory directory)
    {
        int count = Kernel.Options.CpuCount;
        string range = count == 1 ? "0\n" : string.Create(CultureInfo.InvariantCulture, $"0-{count - 1}\n");
        directory.AddText("online", _ => range);
        directory.AddText("possible", _ => range);
        directory.AddText("present", _ => range);
        directory.AddText("offline", _ => "\n");
        directory.AddText("isolated", _ => "\n");
        directory.AddText("kernel_max", _ => "8191\n");
        for (int i = 0; i < count; i++)
        {
            BuildCpu(directory.AddDirectory(string.Create(CultureInfo.InvariantCulture, $"cpu{i}")), i);
        }
    }

    private static void BuildCpu(FixedDirectory cpu, int index)
    {
        string number = index.ToString(CultureInfo.InvariantCulture) + "\n";
        FixedDirectory topology = cpu.AddDirectory("topology");
        topology.AddText("physical_package_id", _ => "0\n");
        topology.AddText("die_id", _ => "0\n");
        topology.AddText("core_id", _ => number);
        topology.AddText("thread_siblings_list", _ => number);
        topology.AddText("core_siblings_list", _ => number);
        topology.AddText("core_cpus_list", _ => number);
        FixedDirectory caches = cpu.AddDirectory("cache");
        (string Level, string Type, string Size)[] known = [("1", "Data", "32K"), ("1", "Instruction", "32K"), ("2", "Unified", "1024K"), ("3", "Unified", "32768K")];
        for (int i = 0; i < known.Length; i++)
        {
            (string level, string type, string size) = known[i];
            FixedDirectory cache = caches.AddDirectory(string.Create(CultureInfo.InvariantCulture, $"index{i}"));
            cache.AddText("level", _ => level + "\n");
            cache.AddText("type", _ => type + "\n");
            cache.AddText("size", _ => size + "\n");
            cache.AddText("coherency_line_size", _ => "64\n");
            cache.AddText("shared_cpu_list", _ => number);
        }
    }

    private void BuildNodes(FixedDirectory directory)
    {
        directory.AddText("online", _ => "0\n");
        directory.AddText("possible", _ => "0\n");
        directory.AddText("has_cpu", _ => "0\n");
        directory.AddText("has_memory", _ => "0\n");
        directory.AddText("has_normal_memory", _ => "0\n");
        FixedDirectory node = directory.AddDirectory("node0");
        int count = Kernel.Options.CpuCount;
        node.AddText("cpulist", _ => count == 1 ? "0\n" : string.Create(CultureInfo.InvariantCulture, $"0-{count - 1}\n"));
        node.AddText("cpumap", _ => ((1UL << System.Math.Min(count, 63)) - 1).ToString("x", CultureInfo.InvariantCulture) + "\n");
        node.AddText("distance", _ => "10\n");
        node.AddText("meminfo", _ => string.Create(CultureInfo.InvariantCulture,
            $"Node 0 MemTotal:       {Kernel.Frames.LimitPages * 4} kB\nNode 0 MemFree:        {(Kernel.Frames.LimitPages - Kernel.Frames.UsedPages) * 4} kB\n"));
    }
}
