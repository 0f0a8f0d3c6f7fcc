using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;
using Carrel.Runtime;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>carrel do: runs a program over a directory (by default the host's own root) whose changes go to memory and are forgotten.</summary>
internal sealed class DoVerb : Verb
{
    internal override string Usage => "[options] [--] PROGRAM [ARGUMENT]...";

    internal override string Description => "Runs a program in a fresh carrel over the host's root directory, or another one. What it writes is gone afterwards.";

    internal override IReadOnlyList<OptionSpec> Options =>
    [
        new("isolation", "WALL", "kernel (default), container or chroot") { Choices = ["kernel", "container", "chroot"] },
        new("tty", null, "give the program a terminal", 't'),
        new("interactive", null, "accepted for symmetry: stdin is always passed on", 'i'),
        new("rootfs", "DIR", "directory to use as the root; the host's own if not given"),
        new("cwd", "DIR", "working directory in the carrel", 'C'),
        new("env", "NAME=VALUE", "set a variable of the environment", 'e'),
        new("user", "USER[:GROUP]", "user and group, by name or number", 'u'),
        new("hostname", "NAME", "host name in the carrel"),
        new("mount", "SOURCE:DESTINATION[:ro]", "show a host directory in the carrel", 'v'),
        new("memory", "SIZE", "most memory that the carrel may use, such as 512m or 2g", 'm'),
        new("strace", null, "print each system call to stderr"),
        new("debug", null, "print what Carrel does to stderr"),
    ];

    internal override bool StopsAtArgument => true;

    internal override bool KeepsClosedStreams => true;

    internal override int FailureStatus => ExitStatus.Failure;

    /// <summary>Runs the program. All texts for it are bytes.</summary>
    internal override int Run(VerbCall call)
    {
        ParsedOptions given = call.Options;
        List<string> program = [.. call.RawArguments().Skip(given.FirstArgument)];
        if (program.Count == 0)
        {
            throw new UsageException("no program given");
        }

        Isolation isolation = given.Value("isolation") is { } wall ? Walls.Parse(wall, "--isolation") : call.Global.Isolation ?? call.Global.DefaultIsolation;
        if (isolation != Isolation.Kernel)
        {
            return DoBehindWall.Run(call, isolation, program);
        }

        string? rootfs = given.Value("rootfs");
        if (rootfs is not null && !Directory.Exists(rootfs))
        {
            throw new UsageException($"--rootfs: no such directory: {rootfs}");
        }

        long memory = HostMemorySize.Default;
        if (given.Value("memory") is { } size && !ByteSize.TryParse(size, out memory))
        {
            throw new UsageException($"--memory: not a size: {size}");
        }

        var spec = new SandboxSpec
        {
            Arguments = program,
            Environment = MergeEnvironment(given.Values("env")),
            WorkingDirectory = Bytes(given.Value("cwd") ?? (rootfs is null ? RawProcessText.CurrentDirectory() : "/")),
            IsWorkingDirectoryOptional = given.Value("cwd") is null,
            User = Bytes(given.Value("user") ?? ""),
            Uid = HostCredentials.UserId,
            Gid = HostCredentials.GroupId,
            Capabilities = HostCredentials.UserId == 0 ? CapabilitySets.All : CapabilitySets.None,
            HostName = Bytes(given.Value("hostname") ?? "carrel"),
            MemoryLimit = memory,
            HasStandardMounts = true,
            HasTerminal = given.Has("tty"),
            TracesSyscalls = given.Has("strace"),
            IsDebug = given.Has("debug") || call.Global.IsDebug,
        };
        AddOwnLimits(spec);
        spec.Trees.Add(new TreeSpec(Bytes(rootfs ?? "/"), rootfs is null ? TreeFlags.HostRoot : TreeFlags.None));
        foreach (string mount in given.Values("mount"))
        {
            if (!TryAddVolume(spec, mount))
            {
                throw new UsageException($"--mount: not SOURCE:DESTINATION[:ro] with an existing source: {mount}");
            }
        }

        return CarrelRun.Run(spec);
    }

    /// <summary>The caller's resource limits, as a program gets them that it executes. Not that of core files: none are written.</summary>
    private static void AddOwnLimits(SandboxSpec spec)
    {
        for (int resource = 0; resource < Rlimit.RLIM_NLIMITS; resource++)
        {
            if (resource != Rlimit.RLIMIT_CORE && HostProcess.GetLimit(0, resource, out RlimitBuf limit) == 0)
            {
                spec.Limits.Add(new LimitSpec(resource, limit.Cur, limit.Max));
            }
        }
    }

    private static bool TryAddVolume(SandboxSpec spec, string text)
    {
        string[] parts = text.Split(':');
        bool isReadOnly = parts.Length == 3 && parts[2] == "ro";
        if (parts.Length is not (2 or 3) || (parts.Length == 3 && parts[2] is not ("ro" or "rw")) || !parts[1].StartsWith('/') || !Directory.Exists(parts[0]))
        {
            return false;
        }

        spec.Trees.Add(new TreeSpec(Bytes(Path.GetFullPath(parts[0])), isReadOnly ? TreeFlags.None : TreeFlags.Writable));
        MountFlags flags = MountFlags.MS_NOSUID | MountFlags.MS_NODEV | MountFlags.MS_RELATIME | (isReadOnly ? MountFlags.MS_RDONLY : 0);
        spec.Mounts.Add(new MountSpec(Bytes(parts[1]), "hostfs", Bytes(parts[0]), "", spec.Trees.Count - 1, flags));
        return true;
    }

    /// <summary>The caller's environment with the given variables in place of or behind its own.</summary>
    internal static List<string> MergeEnvironment(List<string> given)
    {
        List<string> merged = [.. RawProcessText.Environment()];
        foreach (string variable in given)
        {
            string text = Bytes(variable);
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                continue; // a bare name: it is inherited anyway
            }

            merged.RemoveAll(old => old.StartsWith(text[..(equals + 1)], StringComparison.Ordinal));
            merged.Add(text);
        }

        return merged;
    }

    private static string Bytes(string text) => RawProcessText.Bytes(text);
}
