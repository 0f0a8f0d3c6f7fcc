using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// Runs the hooks of config.json (config.md, "POSIX-platform Hooks"): one after the other, the state on stdin. What a hook prints appears only in the
/// message of its failure, as with runc.
/// </summary>
public sealed class HookRunner(RuntimeLog log)
{
    private const int MaxShownOutput = 4096;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Runs the hooks of a kind; the first that fails ends it with an exception.</summary>
    /// <param name="pid">The container's first process, for the state and for hooks that run in its namespaces; 0: it is gone.</param>
    public void Run(Container container, HookPoint point, int pid)
    {
        List<OciHook> hooks = Of(container.Spec.Hooks, point);
        for (int i = 0; i < hooks.Count; i++)
        {
            log.Debug(() => $"hook {NameOf(point)} #{i}: {hooks[i].Path}");
            try
            {
                Run(hooks[i], container, point, pid);
            }
            catch (RuntimeException e)
            {
                throw new RuntimeException($"error running {NameOf(point)} hook #{i}: {e.Message}");
            }
        }
    }

    /// <summary>Runs all hooks of a kind; a failure is a warning.</summary>
    public void RunAll(Container container, HookPoint point, int pid)
    {
        foreach (OciHook hook in Of(container.Spec.Hooks, point))
        {
            try
            {
                Run(hook, container, point, pid);
            }
            catch (RuntimeException e)
            {
                log.Warn($"{NameOf(point)} hook {hook.Path}: {e.Message}");
            }
        }
    }

    public static List<OciHook> Of(OciHooks? hooks, HookPoint point) => point switch
    {
        HookPoint.Prestart => hooks?.Prestart,
        HookPoint.CreateRuntime => hooks?.CreateRuntime,
        HookPoint.CreateContainer => hooks?.CreateContainer,
        HookPoint.StartContainer => hooks?.StartContainer,
        HookPoint.Poststart => hooks?.Poststart,
        _ => hooks?.Poststop,
    } ?? [];

    /// <summary>Whether a hook wants to run before the program does.</summary>
    public static bool AnyBeforeStart(OciHooks? hooks) =>
        hooks is not null && (Of(hooks, HookPoint.Prestart).Count | Of(hooks, HookPoint.CreateRuntime).Count | Of(hooks, HookPoint.CreateContainer).Count | Of(hooks, HookPoint.StartContainer).Count) != 0;

    /// <summary>Whether a hook wants to run before anything is mounted.</summary>
    internal static bool AnyBeforeMounts(OciHooks? hooks) =>
        (Of(hooks, HookPoint.Prestart).Count | Of(hooks, HookPoint.CreateRuntime).Count | Of(hooks, HookPoint.CreateContainer).Count) != 0;

    /// <summary>The property's name in config.json.</summary>
    public static string NameOf(HookPoint point) => point switch
    {
        HookPoint.Prestart => "prestart",
        HookPoint.CreateRuntime => "createRuntime",
        HookPoint.CreateContainer => "createContainer",
        HookPoint.StartContainer => "startContainer",
        HookPoint.Poststart => "poststart",
        _ => "poststop",
    };

    /// <summary>The document on a hook's stdin.</summary>
    public static byte[] State(Container container, HookPoint point, int pid)
    {
        var state = new OciState
        {
            Id = container.Id,
            Pid = pid,
            Bundle = container.Bundle,
            Annotations = container.Annotations,
            Status = point switch
            {
                HookPoint.StartContainer => ContainerStatus.Created.ToText(),
                HookPoint.Poststart => ContainerStatus.Running.ToText(),
                HookPoint.Poststop => ContainerStatus.Stopped.ToText(),
                _ => ContainerStatus.Creating.ToText(),
            },
        };
        return JsonSerializer.SerializeToUtf8Bytes(state, OciJson.Default.OciState);
    }

    private static void Run(OciHook hook, Container container, HookPoint point, int pid)
    {
        int input = -1, output = -1;
        try
        {
            // Files in memory: nobody has to pump them while the hook runs, and what a child that it leaves behind keeps open holds up nothing.
            input = HostError.Check(HostFd.CreateMemory("carrel-hook-state", MemfdFlags.MFD_CLOEXEC), "memfd_create");
            output = HostError.Check(HostFd.CreateMemory("carrel-hook-output", MemfdFlags.MFD_CLOEXEC), "memfd_create");
            HostError.Check(HostFd.WriteAt(input, State(container, point, pid), 0), "write");
            using HookProcess process = Start(hook, container, point, pid, input, output);
            long timeout = hook.Timeout is { } seconds ? seconds * NanosecondsPerSecond : -1;
            if (!process.TryWait(timeout, out int status))
            {
                throw new RuntimeException($"hook ran past specified timeout of {hook.Timeout!.Value.ToString(CultureInfo.InvariantCulture)}s");
            }

            if (status != 0)
            {
                string how = (status & 0x7f) == 0 ? $"exit status {status >> 8}" : $"signal {status & 0x7f}";
                throw new RuntimeException($"{how}, output: {ReadOutput(output)}");
            }
        }
        finally
        {
            HostFd.Close(input);
            HostFd.Close(output);
        }
    }

    private static HookProcess Start(OciHook hook, Container container, HookPoint point, int pid, int input, int output) => point switch
    {
        // The namespaces of a carrel's kernel process are no place for a program: nothing is there.
        _ when container.Isolation == Isolation.Kernel => HookProcess.Start(hook, input, output),
        HookPoint.CreateContainer => HookProcess.StartInside(hook, input, output, pid, sharesPids: new Namespaces(container.Spec.Linux).IsJoined(CloneFlags.CLONE_NEWPID)),
        HookPoint.StartContainer => HookProcess.StartAsProgram(hook, input, output, container),
        _ => HookProcess.Start(hook, input, output),
    };

    private static string ReadOutput(int fd)
    {
        var buffer = new byte[MaxShownOutput];
        long n = HostFd.ReadAt(fd, buffer, 0);
        return n <= 0 ? "" : Encoding.UTF8.GetString(buffer.AsSpan(0, (int)n)).TrimEnd();
    }
}
