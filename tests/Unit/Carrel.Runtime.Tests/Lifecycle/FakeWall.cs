using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Tests.Runtime;

/// <summary>A wall that isolates nothing: its containers are sleeping host processes, and marks in the state directory say what they wait for.</summary>
internal sealed class FakeWall : Wall
{
    /// <summary>What was called, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>If set, `create` fails with it after the process is there.</summary>
    public string? CreateFailure { get; set; }

    /// <summary>Called in the middle of `create`.</summary>
    public Action? WhileCreating { get; set; }

    /// <summary>Called where a wall makes the cgroup.</summary>
    public Action<Container>? BeforeCgroup { get; set; }

    /// <summary>Called first of all in `Destroy`.</summary>
    public Action<Container>? Destroying { get; set; }

    public override Isolation Isolation => Isolation.Chroot;

    public override StartedProcess Create(CreateRequest request)
    {
        Calls.Add("create");
        BeforeCgroup?.Invoke(request.Container);
        request.RecordChanged?.Invoke();
        Process process = Process.Start(new ProcessStartInfo("/bin/sleep", ["1000"]))!;
        if (!request.StartsAtOnce)
        {
            File.WriteAllText(Path.Combine(request.Container.Directory, "waiting"), "");
        }

        request.PidKnown?.Invoke(process.Id);
        WhileCreating?.Invoke();
        request.RunHooks(HookPoint.Prestart, process.Id);
        request.RunHooks(HookPoint.CreateRuntime, process.Id);
        request.RunHooks(HookPoint.CreateContainer, process.Id);
        return CreateFailure is null ? new StartedProcess(process.Id) : throw new RuntimeException(CreateFailure);
    }

    public override void Start(Container container)
    {
        Calls.Add("start");
        File.Delete(Path.Combine(container.Directory, "waiting"));
    }

    public override StartedProcess Execute(ExecuteRequest request)
    {
        Calls.Add("exec " + string.Join(' ', request.Process.Args!));
        if (request.Program is { } program)
        {
            using var spawner = new HostSpawner();
            spawner.Add(Nr.dup3, request.Stdio[1], 1, 0);
            spawner.AddExec(At.AT_FDCWD, program, request.Process.Args!, []);
            return new StartedProcess(spawner.Start().Pid);
        }

        return new StartedProcess(Process.Start(new ProcessStartInfo("/bin/sleep", ["0"]))!.Id);
    }

    public override void Signal(Container container, int signal, bool all)
    {
        Calls.Add($"signal {signal}{(all ? " all" : "")}");
        if (signal == 9)
        {
            End(container);
        }
    }

    public override IReadOnlyList<int> Processes(Container container) => [container.Pid];

    public override void Pause(Container container) => File.WriteAllText(Path.Combine(container.Directory, "paused"), "");

    public override void Resume(Container container) => File.Delete(Path.Combine(container.Directory, "paused"));

    public override void Update(Container container, OciResources resources) => Calls.Add($"update {resources.Pids?.Limit}");

    public override bool IsWaitingForStart(Container container) => File.Exists(Path.Combine(container.Directory, "waiting"));

    public override bool IsPaused(Container container) => File.Exists(Path.Combine(container.Directory, "paused"));

    public override void Destroy(Container container)
    {
        Calls.Add("destroy");
        Destroying?.Invoke(container);
        End(container);
    }

    private static void End(Container container)
    {
        if (container.Pid > 0)
        {
            try
            {
                using Process process = Process.GetProcessById(container.Pid);
                process.Kill();
                process.WaitForExit();
            }
            catch (ArgumentException)
            {
                // It has ended already.
            }
        }
    }
}
