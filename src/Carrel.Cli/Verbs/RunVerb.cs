using System.Collections.Generic;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel run.</summary>
internal sealed class RunVerb : Verb
{
    internal override string Usage => "[options] ID";

    internal override string Description => "Makes a container of a bundle, runs its program and deletes it when the program has ended. The exit status is the program's.";

    internal override IReadOnlyList<OptionSpec> Options =>
    [
        .. CreateVerb.Common,
        new("detach", null, "return as soon as the program runs; the container stays", 'd'),
        new("keep", null, "do not delete the container at its end"),
        new("no-subreaper", null, "do not adopt orphans of the container"),
        new("no-seccomp", null, "a config.json without a seccomp profile gets none; otherwise Docker's default (container, chroot)"),
        new("debug", null, "log what is done") { IsHidden = true },
    ];

    // Status 1 could be the program's; that of create stays 1, as clients expect.
    internal override int FailureStatus => ExitStatus.Failure;

    internal override int PreservedDescriptors(ParsedOptions parsed) => SocketActivation.CountWith(parsed.Count("preserve-fds"));

    internal override int Run(VerbCall call)
    {
        bool isDetached = call.Options.Has("detach");
        CreateOptions options = CreateVerb.OptionsOf(call, isDetached, !call.Options.Has("no-seccomp"));
        ContainerLifecycle lifecycle = call.Lifecycle;
        if (isDetached)
        {
            lifecycle.Run(options, terminal: null);
            return 0;
        }

        return InForeground(lifecycle, options, !call.Options.Has("no-subreaper"), call.Options.Has("keep"));
    }

    /// <summary>Runs it with the caller's streams or terminal, and removes it afterwards.</summary>
    internal static int InForeground(ContainerLifecycle lifecycle, CreateOptions options, bool adoptsOrphans, bool keeps) => Foreground.Run(
        adoptsOrphans,
        terminal =>
        {
            Container container = lifecycle.Run(options, terminal);
            Wall wall = Walls.For(container.Isolation);
            return new ForegroundProgram(container.Pid, signal => wall.Signal(container, signal, all: false), () =>
            {
                if (!keeps)
                {
                    lifecycle.DeleteEnded(container);
                }
            });
        });
}
