using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Carrel.Oci;

namespace Carrel.Runtime.Cgroups;

/// <summary>
/// --systemd-cgroup: systemd makes the container's cgroup, as a transient scope that is delegated to us (systemd's CGROUP_DELEGATION.md); below it, and in hierarchies that systemd
/// leaves alone, we do as without systemd.
/// </summary>
internal sealed class SystemdDriver(CgroupDriver driver, bool isRootless)
{
    public const string ManagerName = "systemd";

    public CgroupRecord? Create(string id, string? cgroupsPath, OciResources? resources)
    {
        SystemdUnit unit = SystemdUnit.Parse(id, cgroupsPath, isRootless);
        using DBusConnection connection = SystemdManager.Connect(isRootless);
        var manager = new SystemdManager(connection);
        bool isStarted = false;
        try
        {
            int pid = Placeholder.Start(unit.Name);
            manager.StartScope(unit.Name, Properties(id, unit, pid, resources ?? new OciResources()));
            isStarted = true;

            // Where systemd put the process is where the scope is, whatever it makes of the slice's name.
            var placed = new CgroupHierarchies(ReadProc("/proc/self/mountinfo"), ReadProc($"/proc/{pid}/cgroup"));
            CgroupMount named = placed.Legacy.FirstOrDefault(mount => mount.Controllers.Contains("name=systemd")) ?? placed.Unified
                ?? throw new RuntimeException($"systemd: the hierarchy in which it manages {unit.Name} is not mounted");
            if (!named.Own.EndsWith("/" + unit.Name, System.StringComparison.Ordinal))
            {
                throw new RuntimeException($"systemd: {unit.Name} has no cgroup that is visible here");
            }

            CgroupRecord? record = driver.Create(_ => named.Own, isOurs: true, resources);
            if (record is not null)
            {
                record.Manager = ManagerName;
                record.Unit = unit.Name;
            }

            return record;
        }
        catch (RuntimeException)
        {
            Placeholder.End(unit.Name);
            if (isStarted)
            {
                manager.Stop(unit.Name);
            }

            throw;
        }
    }

    /// <summary>Tells systemd of changed limits; the files are written by the caller.</summary>
    public void Apply(CgroupRecord record, OciResources resources)
    {
        List<KeyValuePair<string, object>> properties = SystemdProperties.Of(resources, driver.Hierarchies.IsUnified);
        if (resources.Devices is not null)
        {
            properties.AddRange(SystemdProperties.OfDevices(DeviceRules.Of(resources.Devices), ReadProc("/proc/devices")));
        }

        if (properties.Count > 0 && record.Unit is { } unit)
        {
            using DBusConnection connection = SystemdManager.Connect(isRootless);
            new SystemdManager(connection).SetProperties(unit, properties);
        }
    }

    public void Stop(CgroupRecord record)
    {
        Placeholder.End(record.Unit);
        if (record.Unit is { } unit)
        {
            using DBusConnection connection = SystemdManager.Connect(isRootless);
            new SystemdManager(connection).Stop(unit);
        }
    }

    private List<KeyValuePair<string, object>> Properties(string id, SystemdUnit unit, int pid, OciResources resources) =>
    [
        new("Description", "carrel container " + id),
        new("Slice", unit.Slice),
        new("Delegate", true),
        new("DefaultDependencies", false),
        new("PIDs", new[] { (uint)pid }),
        new("MemoryAccounting", true),
        new("CPUAccounting", true),
        new("TasksAccounting", true),
        new(driver.Hierarchies.IsUnified ? "IOAccounting" : "BlockIOAccounting", true),
        .. SystemdProperties.OfDevices(DeviceRules.Of(resources.Devices), ReadProc("/proc/devices")),
        .. SystemdProperties.Of(resources, driver.Hierarchies.IsUnified),
    ];

    private static string ReadProc(string path)
    {
        try
        {
            return File.ReadAllText(path, Encoding.Latin1);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
