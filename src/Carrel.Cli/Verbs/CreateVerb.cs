using System;
using System.Collections.Generic;
using System.IO;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel create.</summary>
internal sealed class CreateVerb : Verb
{
    internal static readonly OptionSpec[] Common =
    [
        new("bundle", "DIR", "directory with config.json (default: the current one)", 'b'),
        new("isolation", "WALL", "kernel (default), container or chroot") { Choices = ["kernel", "container", "chroot"] },
        new("console-socket", "SOCKET", "unix socket that gets the master side of the program's terminal"),
        new("pid-file", "FILE", "write the process id to this file"),
        new("no-pivot", null, "move the root and chroot instead of pivot_root, for an initramfs"),
        new("no-new-keyring", null, "keep the caller's session keyring"),
        new("preserve-fds", "N", "pass on N descriptors from 3 on, besides those of $LISTEN_FDS"),
        new("strace", null, "print each system call to stderr (kernel)"),
    ];

    internal override string Usage => "[options] ID";

    internal override string Description => "Makes a container of a bundle, ready for `start`.";

    internal override IReadOnlyList<OptionSpec> Options => Common;

    internal override int PreservedDescriptors(ParsedOptions parsed) => SocketActivation.CountWith(parsed.Count("preserve-fds"));

    internal override int Run(VerbCall call)
    {
        call.Lifecycle.Create(OptionsOf(call, isDetached: true, wantsSeccomp: false), terminal: null);
        return 0;
    }

    internal static CreateOptions OptionsOf(VerbCall call, bool isDetached, bool wantsSeccomp)
    {
        ParsedOptions given = call.Options;
        return new CreateOptions
        {
            Id = call.OnlyId,
            Bundle = Path.GetFullPath(given.Value("bundle") is { Length: > 0 } bundle ? bundle : RawProcessText.CurrentDirectory()),
            Isolation = given.Value("isolation") is { } wall ? Walls.Parse(wall, "--isolation") : call.Global.Isolation,
            DefaultIsolation = call.Global.DefaultIsolation,
            ConsoleSocket = given.Value("console-socket"),
            PidFile = given.Value("pid-file"),
            AvoidsPivotRoot = given.Has("no-pivot"),
            KeepsKeyring = given.Has("no-new-keyring"),
            UsesSystemd = call.Global.UsesSystemd,
            PreservedDescriptors = SocketActivation.CountWith(given.Count("preserve-fds")),
            SocketCount = SocketActivation.Count,
            IsDetached = isDetached,
            WantsDefaultSeccomp = wantsSeccomp,
            TracesSyscalls = given.Has("strace"),
        };
    }
}
