using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Host;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>carrel do: runs a program over a directory (by default the host's own root) whose changes go to memory and are forgotten.</summary>
internal sealed class DoCommand : Command
{
    private readonly Option<bool> _terminal = new("--tty", "-t") { Description = "Give the program a terminal." };
    private readonly Option<bool> _interactive = new("--interactive", "-i") { Description = "Accepted for symmetry: stdin is always passed on." };
    private readonly Option<string?> _rootfs = new("--rootfs") { Description = "Directory to use as the root; the host's own if not given.", HelpName = "DIR" };
    private readonly Option<string?> _directory = new("--cwd", "-C") { Description = "Working directory in the carrel.", HelpName = "DIR" };
    private readonly Option<string[]> _environment = new("--env", "-e") { Description = "Set a variable of the environment.", HelpName = "NAME=VALUE" };
    private readonly Option<string?> _user = new("--user", "-u") { Description = "User and group, by name or number.", HelpName = "USER[:GROUP]" };
    private readonly Option<string?> _hostName = new("--hostname") { Description = "Host name in the carrel.", HelpName = "NAME" };
    private readonly Option<string[]> _mounts = new("--mount", "-v") { Description = "Show a host directory in the carrel.", HelpName = "SOURCE:DESTINATION[:ro]" };
    private readonly Option<string?> _memory = new("--memory", "-m") { Description = "Most memory that the carrel may use, such as 512m or 2g.", HelpName = "SIZE" };
    private readonly Option<bool> _strace = new("--strace") { Description = "Print each system call to stderr." };
    private readonly Option<bool> _debug = new("--debug") { Description = "Print what Carrel does to stderr." };

    internal DoCommand()
        : base("do", "Run a program in a fresh carrel over the host's root directory, or another one. What it writes is gone afterwards.")
    {
        foreach (Option option in (ReadOnlySpan<Option>)[_terminal, _interactive, _rootfs, _directory, _environment, _user, _hostName, _mounts, _memory, _strace, _debug])
        {
            Options.Add(option);
        }

        foreach (Option<string[]> option in (ReadOnlySpan<Option<string[]>>)[_environment, _mounts])
        {
            option.Arity = ArgumentArity.OneOrMore;
            option.AllowMultipleArgumentsPerToken = false;
        }
    }

    /// <summary>How many of the arguments come before the program's name: verb, options and their values, and a "--".</summary>
    internal int CountOwnArguments(string[] arguments)
    {
        if (arguments.Length == 0 || arguments[0] != Name)
        {
            return arguments.Length;
        }

        int i = 1;
        while (i < arguments.Length && arguments[i].StartsWith('-') && arguments[i].Length > 1)
        {
            string argument = arguments[i++];
            if (argument == "--")
            {
                break;
            }

            Option? option = Options.FirstOrDefault(candidate => candidate.Name == argument || candidate.Aliases.Contains(argument));
            if (option is not null && option.Arity.MaximumNumberOfValues > 0 && option.ValueType != typeof(bool))
            {
                i++;
            }
        }

        return Math.Min(i, arguments.Length);
    }

    /// <summary>Runs the program. All texts in <paramref name="program"/> are bytes.</summary>
    internal int Run(System.CommandLine.ParseResult parsed, List<string> program)
    {
        if (program.Count == 0)
        {
            return CommandLine.Fail("no program given");
        }

        string? rootfs = parsed.GetValue(_rootfs);
        if (rootfs is not null && !Directory.Exists(rootfs))
        {
            return CommandLine.Fail($"--rootfs: no such directory: {rootfs}");
        }

        long memory = HostMemorySize.Default;
        if (parsed.GetValue(_memory) is { } size && !ByteSize.TryParse(size, out memory))
        {
            return CommandLine.Fail($"--memory: not a size: {size}");
        }

        var spec = new SandboxSpec
        {
            Arguments = program,
            Environment = MergeEnvironment(parsed.GetValue(_environment) ?? []),
            WorkingDirectory = Bytes(parsed.GetValue(_directory) ?? (rootfs is null ? Environment.CurrentDirectory : "/")),
            IsWorkingDirectoryOptional = parsed.GetValue(_directory) is null,
            User = Bytes(parsed.GetValue(_user) ?? ""),
            Uid = HostCredentials.UserId,
            Gid = HostCredentials.GroupId,
            Capabilities = HostCredentials.UserId == 0 ? CapabilitySets.All : CapabilitySets.None,
            HostName = Bytes(parsed.GetValue(_hostName) ?? "carrel"),
            MemoryLimit = memory,
            HasStandardMounts = true,
            HasTerminal = parsed.GetValue(_terminal),
            TracesSyscalls = parsed.GetValue(_strace),
            IsDebug = parsed.GetValue(_debug),
        };
        spec.Trees.Add(new TreeSpec(Bytes(rootfs ?? "/"), rootfs is null ? TreeFlags.HostRoot : TreeFlags.None));
        foreach (string mount in parsed.GetValue(_mounts) ?? [])
        {
            if (!TryAddVolume(spec, mount))
            {
                return CommandLine.Fail($"--mount: not SOURCE:DESTINATION[:ro] with an existing source: {mount}");
            }
        }

        return CarrelRun.Run(spec);
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
    private static List<string> MergeEnvironment(string[] given)
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
