using System;
using System.IO;
using Carrel.Host;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>What stands before the verb.</summary>
internal sealed class GlobalOptions
{
    internal static readonly OptionSpec[] Specs =
    [
        new("root", "DIR", "directory of the containers' state (default: /run/carrel, or below $XDG_RUNTIME_DIR)"),
        new("isolation", "WALL", "wall around new containers: kernel (default), container or chroot") { Choices = ["kernel", "container", "chroot"] },
        new("log", "FILE", "append errors and warnings to this file"),
        new("log-format", "FORMAT", "text (default) or json") { Choices = ["text", "json"] },
        new("debug", null, "also log what is done"),
        new("systemd-cgroup", null, "let systemd manage cgroups; cgroupsPath is slice:prefix:name"),
        new("rootless", "BOOL", "ignore cgroup permission errors: true, false or auto (default)") { Choices = ["true", "false", "auto"] },
        new("criu", "FILE", "accepted for other runtimes' sake; checkpoints are not supported") { IsHidden = true },
        new("help", null, "show help", 'h'),
        new("version", null, "print the version", 'v'),
    ];

    private GlobalOptions(ParsedOptions parsed, string programName)
    {
        IsDebug = parsed.Has("debug");
        UsesSystemd = parsed.Has("systemd-cgroup");
        Isolation = parsed.Value("isolation") is { } wall ? Walls.Parse(wall, "--isolation") : null;
        DefaultIsolation = Environment.GetEnvironmentVariable("CARREL_ISOLATION") is { Length: > 0 } named
            ? Walls.Parse(named, "CARREL_ISOLATION")
            : ByProgramName(programName);
        string root = parsed.Value("root") is { Length: > 0 } given ? given : ContainerStore.DefaultRoot(HostCredentials.UserId, Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR"));
        Root = Path.GetFullPath(root);
    }

    internal string Root { get; }

    internal bool IsDebug { get; }

    internal bool UsesSystemd { get; }

    /// <summary>--isolation.</summary>
    internal Isolation? Isolation { get; }

    /// <summary>What nobody asked for otherwise: $CARREL_ISOLATION, or the name under which the program was called.</summary>
    internal Isolation DefaultIsolation { get; }

    internal static GlobalOptions From(ParsedOptions parsed, string programName) => new(parsed, programName);

    private static Isolation ByProgramName(string name) => Path.GetFileName(name) switch
    {
        "carrel-container" => Runtime.Isolation.Container,
        "carrel-chroot" => Runtime.Isolation.Chroot,
        _ => Runtime.Isolation.Kernel,
    };
}
