using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Sandbox;

namespace Carrel.Runtime;

/// <summary>config.json as our kernel takes it. What cannot be done is refused by the field's name.</summary>
internal static class GuestConfig
{
    private const string Wall = "not supported by --isolation=kernel";

    internal static SandboxSpec Make(Container container, Action<string>? warn)
    {
        OciSpec config = container.Spec;
        OciLinux linux = config.Linux ?? new OciLinux();
        PodSandbox? sandbox = PodSandbox.Find(container);
        CheckNamespaces(linux, sandbox, warn);
        CheckRest(config, linux);
        var spec = new SandboxSpec
        {
            HostName = OciText.ToBytes(config.Hostname ?? sandbox?.HostName ?? (HasNamespace(linux, "uts") ? container.Id : Environment.MachineName)),
            DomainName = OciText.ToBytes(config.Domainname ?? "(none)"),
            MemoryLimit = GuestMemory.Share(linux.Resources),
            PidsLimit = GuestMemory.Tasks(linux.Resources),
            Cgroup = GuestMemory.Shown(linux.Resources),
            HostOomScore = OomScore.Wanted(config.Process!),
            IsRootWritable = config.Root?.Readonly != true,
            VdsoMaps = VdsoText.Read(),
            IsDetached = true,
            Owner = container.Owner,
        };
        GuestProcess.Fill(spec, config.Process!, linux.Seccomp);
        spec.Trees.Add(new TreeSpec(OciText.ToBytes(container.Rootfs), spec.IsRootWritable ? TreeFlags.Writable : TreeFlags.None));
        foreach (OciMount mount in config.Mounts ?? [])
        {
            GuestMountPlan.Add(spec, mount);
        }

        spec.MaskedPaths.AddRange((linux.MaskedPaths ?? []).Select(OciText.ToBytes));
        spec.ReadonlyPaths.AddRange((linux.ReadonlyPaths ?? []).Select(OciText.ToBytes));
        CheckSettings(linux, warn);
        AddHooks(spec, container);
        return spec;
    }

    /// <summary>Clients set those of the network by themselves, for a network that a carrel does not have; others would be missed.</summary>
    private static void CheckSettings(OciLinux linux, Action<string>? warn)
    {
        foreach (string name in linux.Sysctl?.Keys ?? Enumerable.Empty<string>())
        {
            if (!name.StartsWith("net.", StringComparison.Ordinal) && !name.StartsWith("net/", StringComparison.Ordinal))
            {
                throw new RuntimeException($"linux.sysctl: {name}: {Wall}");
            }

            warn?.Invoke($"linux.sysctl: {name}: without effect, a carrel has no IP network");
        }
    }

    private static void AddHooks(SandboxSpec spec, Container container)
    {
        List<OciHook> hooks = HookRunner.Of(container.Spec.Hooks, HookPoint.StartContainer);
        foreach (OciHook hook in hooks)
        {
            spec.StartHooks.Add(new HookSpec(
                OciText.ToBytes(hook.Path ?? ""), [.. (hook.Args ?? []).Select(OciText.ToBytes)], hook.Env is { } environment ? [.. environment.Select(OciText.ToBytes)] : null, hook.Timeout ?? 0));
        }

        if (hooks.Count > 0)
        {
            // The pid as the container sees it.
            spec.HookState = HookRunner.State(container, HookPoint.StartContainer, 1);
        }
    }

    private static bool HasNamespace(OciLinux linux, string type) => linux.Namespaces?.Any(each => each.Type == type) == true;

    /// <summary>
    /// A carrel has namespaces of its own, all of them. To share one with the host or with somebody else is impossible; let pass are the network, as long
    /// as a carrel has none, and what the containers of a pod have in common without needing it.
    /// </summary>
    private static void CheckNamespaces(OciLinux linux, PodSandbox? sandbox, Action<string>? warn)
    {
        foreach (OciNamespace each in linux.Namespaces ?? [])
        {
            if (each.Path is not { Length: > 0 } || each.Type == "network")
            {
                continue;
            }

            if (each.Type is not ("ipc" or "uts") || sandbox?.Owns(each) != true)
            {
                throw new RuntimeException($"linux.namespaces: {each.Type}: {each.Path}: joining a namespace is {Wall}");
            }

            if (each.Type == "ipc")
            {
                warn?.Invoke("linux.namespaces: ipc: not shared with the pod, each of its containers has a kernel of its own");
            }
        }

        foreach (string type in (ReadOnlySpan<string>)["pid", "mount", "ipc"])
        {
            if (!HasNamespace(linux, type))
            {
                throw new RuntimeException($"linux.namespaces: {type}: sharing the host's is {Wall}");
            }
        }

    }

    private static void CheckRest(OciSpec config, OciLinux linux)
    {
        foreach (OciDevice device in linux.Devices ?? [])
        {
            if (!IsOurs(device))
            {
                throw new RuntimeException($"linux.devices: {device.Path}: devices of the host are {Wall}");
            }
        }

        if (linux.Personality is { Domain: not ("LINUX" or "") } personality)
        {
            throw new RuntimeException($"linux.personality: {personality.Domain}: {Wall}");
        }

        OciUser user = config.Process?.User ?? new OciUser();
        if (!GuestOwners.Has(linux.UidMappings, user.Uid) || !GuestOwners.Has(linux.GidMappings, user.Gid))
        {
            throw new RuntimeException($"process.user: {user.Uid}:{user.Gid}: not in linux.uidMappings and linux.gidMappings");
        }
    }

    /// <summary>null, zero, full, random, urandom, tty, ptmx, console: our kernel has them.</summary>
    private static bool IsOurs(OciDevice device) =>
        device.Type is "c" or "u" && ((device.Major == 1 && device.Minor is 3 or 5 or 7 or 8 or 9) || (device.Major == 5 && device.Minor is 0 or 1 or 2));
}
