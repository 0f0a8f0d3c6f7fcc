using System;
using System.Collections.Generic;
using System.IO;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>Tests in cgroups of our own on this machine, always removed.</summary>
public abstract class HostCgroupTests : IDisposable
{
    private static int s_last;

    private readonly List<CgroupRecord> _records = [];
    private readonly List<int> _children = [];

    /// <summary>cgroupsPath of this test.</summary>
    protected string CgroupsPath { get; } = $"/carrel-test-{Environment.ProcessId}-{System.Threading.Interlocked.Increment(ref s_last)}";

    public void Dispose()
    {
        foreach (CgroupRecord record in _records)
        {
            CgroupManager.KillAll(record);
        }

        Reap(kill: true);
        foreach (CgroupRecord record in _records)
        {
            CgroupManager.Remove(record);
        }

        GC.SuppressFinalize(this);
    }

    protected static OciDeviceRule Rule(bool allow, string type, long? major, long? minor, string access) =>
        new() { Allow = allow, Type = type, Major = major, Minor = minor, Access = access };

    protected static string Read(CgroupRecord record, string controller, string file) => File.ReadAllText(record.Paths[controller] + "/" + file).Trim();

    protected CgroupRecord Create(OciResources? resources) => Keep(CgroupManager.Create("unused", CgroupsPath, resources, usesSystemd: false)!);

    protected CgroupRecord Keep(CgroupRecord record)
    {
        _records.Add(record);
        return record;
    }

    protected int StartSleep(CgroupRecord record) => Start(record, "exec /bin/sleep 100");

    /// <summary>As a wall does it: the child itself enters, by writing 0, before it runs anything.</summary>
    protected int Start(CgroupRecord record, string script)
    {
        using var spawner = new HostSpawner();
        foreach (string file in CgroupManager.Entrance(record).Files)
        {
            int open = spawner.Add(Nr.openat, At.AT_FDCWD, spawner.Text(file), (long)(OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC));
            spawner.UseResult(spawner.Add(Nr.write, 0, spawner.Text("0"), 1), 0, open);
        }

        spawner.AddExec(At.AT_FDCWD, "/bin/sh", ["sh", "-c", "exec 2>/dev/null; " + script], ["PATH=/bin:/usr/bin"]);
        SpawnOutcome outcome = spawner.Start();
        Assert.True(outcome.Succeeded, $"step {outcome.FailedStep}: {outcome.Error}");
        _children.Add(outcome.Pid);
        return outcome.Pid;
    }

    /// <summary>Runs a shell script in the cgroups; its wait status.</summary>
    protected int RunIn(CgroupRecord record, string script)
    {
        int pid = Start(record, script);
        Assert.Equal(pid, HostProcess.Wait(pid, 0, out int status));
        _children.Remove(pid);
        return status;
    }

    /// <summary>The end of a child.</summary>
    protected void Wait(int child)
    {
        Assert.Equal(child, HostProcess.Wait(child, 0, out _));
        _children.Remove(child);
    }

    protected void Reap(bool kill = false)
    {
        foreach (int child in _children)
        {
            if (kill)
            {
                HostProcess.Kill(child, Signal.SIGKILL);
            }

            HostProcess.Wait(child, 0, out _);
        }

        _children.Clear();
    }
}
