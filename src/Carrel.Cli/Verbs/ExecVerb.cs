using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel exec.</summary>
internal sealed class ExecVerb : Verb
{
    internal override string Usage => "[options] ID PROGRAM [ARGUMENT]...  |  --process FILE [options] ID";

    internal override string Description => "Runs another process in a running container. The exit status is the program's; 255 if it could not be run.";

    internal override IReadOnlyList<OptionSpec> Options =>
    [
        new("console-socket", "SOCKET", "unix socket that gets the master side of the program's terminal"),
        new("cwd", "DIR", "working directory in the container"),
        new("env", "NAME=VALUE", "set a variable of the environment", 'e'),
        new("tty", null, "give the program a terminal", 't'),
        new("user", "UID[:GID]", "user and group, by number", 'u'),
        new("additional-gids", "GID", "another group", 'g'),
        new("process", "FILE", "take the process from this file (config.json's \"process\")", 'p'),
        new("detach", null, "return as soon as the program runs", 'd'),
        new("pid-file", "FILE", "write the process id to this file"),
        new("process-label", "LABEL", "SELinux label"),
        new("apparmor", "PROFILE", "AppArmor profile"),
        new("no-new-privs", null, "the program cannot gain privileges by execve"),
        new("cap", "CAPABILITY", "give it a capability", 'c'),
        new("preserve-fds", "N", "pass on N descriptors from 3 on"),
        new("cgroup", "PATH", "cgroup below the container's, as [CONTROLLER:]PATH"),
        new("ignore-paused", null, "also in a paused container"),
        new("no-subreaper", null, "do not adopt orphans") { IsHidden = true },
    ];

    internal override bool StopsAtArgument => true;

    internal override int FailureStatus => 255;

    internal override int PreservedDescriptors(ParsedOptions parsed) => SocketActivation.CountWith(parsed.Count("preserve-fds"));

    internal override int Run(VerbCall call)
    {
        bool isDetached = call.Options.Has("detach");
        ExecuteOptions options = OptionsOf(call, isDetached);
        if (isDetached)
        {
            call.Lifecycle.Execute(options, terminal: null);
            return 0;
        }

        return Foreground.Run(
            adoptsOrphans: false,
            terminal =>
            {
                int pid = call.Lifecycle.Execute(options, terminal).Pid;
                return new ForegroundProgram(pid, signal => HostProcess.Kill(pid, signal), () => { });
            });
    }

    private static ExecuteOptions OptionsOf(VerbCall call, bool isDetached)
    {
        ParsedOptions given = call.Options;
        List<string> warnings = [];
        OciProcess? process = given.Value("process") is { } file ? ConfigFile.LoadProcess(file, warnings) : null;
        warnings.ForEach(call.Log.Warn);
        call.CheckArguments(process is null ? 2 : 1, int.MaxValue);
        return new ExecuteOptions
        {
            Id = given.Arguments[0],
            Process = process,
            Arguments = given.Arguments[1..],
            Directory = given.Value("cwd"),
            Environment = given.Values("env"),
            HasTerminal = given.Has("tty"),
            User = given.Value("user") is { } user ? ParseUser(user) : null,
            AdditionalGroups = [.. given.Values("additional-gids").SelectMany(each => each.Split(',')).Select(each => ParseId(each, "--additional-gids"))],
            Capabilities = [.. given.Values("cap").SelectMany(each => each.Split(',')).Select(Capability)],
            NoNewPrivileges = given.Value("no-new-privs") is null ? null : given.Has("no-new-privs"),
            ApparmorProfile = given.Value("apparmor"),
            SelinuxLabel = given.Value("process-label"),
            ConsoleSocket = given.Value("console-socket"),
            PidFile = given.Value("pid-file"),
            Cgroup = given.Value("cgroup"),
            PreservedDescriptors = SocketActivation.CountWith(given.Count("preserve-fds")),
            IsDetached = isDetached,
            IgnoresPause = given.Has("ignore-paused"),
        };
    }

    private static string Capability(string name) => name.StartsWith("CAP_", StringComparison.OrdinalIgnoreCase) ? name.ToUpperInvariant() : "CAP_" + name.ToUpperInvariant();

    private static OciUser ParseUser(string text)
    {
        string[] parts = text.Split(':');
        return parts.Length > 2
            ? throw new UsageException($"--user: not UID[:GID]: {text}")
            : new OciUser { Uid = ParseId(parts[0], "--user"), Gid = parts.Length > 1 ? ParseId(parts[1], "--user") : 0 };
    }

    private static uint ParseId(string text, string option) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id : throw new UsageException($"{option}: not a number: {text}");
}
