using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>
/// `do` with a wall of the host's kernel: a bundle made for the occasion. Its root is an overlay over the host's root (or --rootfs) whose upper layer lies in memory,
/// in a mount namespace of this process: nothing of it can be seen from outside, and it is gone with the process.
/// </summary>
internal static class DoBehindWall
{
    // Docker's default.
    private static readonly string[] s_capabilities =
    [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW",
        "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ];

    internal static int Run(VerbCall call, Isolation isolation, List<string> program)
    {
        ParsedOptions given = call.Options;
        if (HostCredentials.UserId != 0)
        {
            // With the state directory of this user: in there he is root.
            IReadOnlyList<string> line = RawProcessText.CommandLine();
            OwnUserNamespace.Enter([line[0], "--root", OciText.ToBytes(call.Global.Root), .. line.Skip(1)], RawProcessText.Environment());
        }

        using var scratch = new DoScratch(given.Value("rootfs"));
        OciSpec spec = MakeSpec(given, scratch, isolation, program);
        File.WriteAllBytes(Path.Combine(scratch.Bundle, ConfigFile.Name), JsonSerializer.SerializeToUtf8Bytes(spec, OciJson.Default.OciSpec));
        var options = new CreateOptions { Id = $"do-{HostProcess.Pid}", Bundle = scratch.Bundle, Isolation = isolation, WantsDefaultSeccomp = true };
        return RunVerb.InForeground(call.Lifecycle, options, adoptsOrphans: true, keeps: false);
    }

    private static OciSpec MakeSpec(ParsedOptions given, DoScratch scratch, Isolation isolation, List<string> program)
    {
        OciSpec spec = DefaultSpec.ForRoot();
        OciProcess process = spec.Process!;
        process.Terminal = given.Has("tty");
        process.Args = [.. program.Select(OciText.FromBytes)];
        process.Env = [.. DoVerb.MergeEnvironment(given.Values("env")).Select(OciText.FromBytes)];
        process.Cwd = WorkingDirectory(given, scratch);
        process.User = scratch.FindUser(given.Value("user") ?? "");
        process.NoNewPrivileges = isolation == Isolation.Chroot;
        process.Rlimits = null;
        bool isRoot = process.User.Uid == 0;
        List<string> held = isRoot ? [.. s_capabilities] : [];
        process.Capabilities = new OciCapabilities { Bounding = [.. s_capabilities], Effective = held, Permitted = held };
        spec.Root = new OciRoot { Path = DoScratch.RootName };
        spec.Hostname = given.Value("hostname") ?? "carrel";
        spec.Mounts!.InsertRange(0, scratch.HostMounts.Select(path => new OciMount { Destination = path, Type = "bind", Source = path, Options = ["bind", "ro", "nosuid", "nodev"] }));
        spec.Mounts.AddRange(given.Values("mount").Select(Volume));
        if (given.Value("memory") is { } size)
        {
            spec.Linux!.Resources!.Memory = new OciMemory { Limit = ByteSize.TryParse(size, out long bytes) ? bytes : throw new UsageException($"--memory: not a size: {size}") };
        }

        if (OwnUserNamespace.IsEntered)
        {
            MapUser(spec);
        }

        if (isolation == Isolation.Chroot)
        {
            // A jail on the host's own kernel objects: there is no name, no process and no mount of its own to be given.
            spec.Hostname = null;
            spec.Mounts.RemoveAll(mount => mount.Type is "mqueue" or "sysfs" or "cgroup");
            spec.Linux!.Namespaces!.RemoveAll(each => each.Type != "user");
            spec.Linux.Resources = null;
            spec.Linux.MaskedPaths = spec.Linux.ReadonlyPaths = null;
        }

        return spec;
    }

    /// <summary>For a user: the program is root of a user namespace of its own, in which there is nobody else; no limits but those asked for.</summary>
    private static void MapUser(OciSpec spec)
    {
        if (spec.Process!.User is { Uid: not 0 } or { Gid: not 0 })
        {
            throw new RuntimeException("--user: behind this wall another user than root takes root on the host");
        }

        OciLinux linux = spec.Linux!;
        linux.Namespaces!.Add(new OciNamespace { Type = "user" });
        linux.UidMappings = [new OciIdMapping { ContainerID = 0, HostID = 0, Size = 1 }];
        linux.GidMappings = [new OciIdMapping { ContainerID = 0, HostID = 0, Size = 1 }];
        linux.Resources = linux.Resources?.Memory is { } memory ? new OciResources { Memory = memory } : null;
        foreach (OciMount mount in spec.Mounts!)
        {
            mount.Options?.RemoveAll(option => option.StartsWith("gid=", StringComparison.Ordinal));
        }
    }

    private static string WorkingDirectory(ParsedOptions given, DoScratch scratch)
    {
        string wanted = given.Value("cwd") ?? (given.Value("rootfs") is null ? RawProcessText.CurrentDirectory() : "/");
        return given.Value("cwd") is not null || scratch.HasDirectory(wanted) ? wanted : "/";
    }

    private static OciMount Volume(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length is not (2 or 3) || (parts.Length == 3 && parts[2] is not ("ro" or "rw")) || !parts[1].StartsWith('/') || !Directory.Exists(parts[0]))
        {
            throw new UsageException($"--mount: not SOURCE:DESTINATION[:ro] with an existing source: {text}");
        }

        bool isReadOnly = parts.Length == 3 && parts[2] == "ro";
        return new OciMount { Destination = parts[1], Type = "bind", Source = Path.GetFullPath(parts[0]), Options = ["rbind", "nosuid", "nodev", isReadOnly ? "ro" : "rw"] };
    }
}
