using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Cli;

/// <summary>carrel kill.</summary>
internal sealed class KillVerb : Verb
{
    internal override string Usage => "[--all] ID [SIGNAL]";

    internal override string Description => "Sends a signal, by name or number (default SIGTERM), to the first process of a container.";

    internal override IReadOnlyList<OptionSpec> Options => [new("all", null, "to all processes of the container", 'a')];

    internal override int Run(VerbCall call)
    {
        call.CheckArguments(1, 2);
        string name = call.Options.Arguments.Count > 1 ? call.Options.Arguments[1] : "SIGTERM";
        int signal = SignalNames.Parse(name);
        if (signal is < 0 or > Signal.NSIG)
        {
            throw new UsageException($"unknown signal {name}");
        }

        call.Lifecycle.Kill(call.Options.Arguments[0], signal, call.Options.Has("all"));
        return 0;
    }
}
