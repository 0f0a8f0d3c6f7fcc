using System.Collections.Generic;

namespace Carrel.Cli;

/// <summary>A command of the command line.</summary>
internal abstract class Verb
{
    /// <summary>What follows the verb, for the help.</summary>
    internal abstract string Usage { get; }

    /// <summary>What it does, in a sentence or two.</summary>
    internal abstract string Description { get; }

    internal virtual IReadOnlyList<OptionSpec> Options => [];

    /// <summary>The first argument ends the options: what follows is a program with options of its own.</summary>
    internal virtual bool StopsAtArgument => false;

    /// <summary>What the caller has closed of 0, 1 and 2 is closed for the program, too.</summary>
    internal virtual bool KeepsClosedStreams => false;

    /// <summary>Exit status of a failure of ours.</summary>
    internal virtual int FailureStatus => 1;

    /// <summary>Descriptors from 3 on that the program inherits.</summary>
    internal virtual int PreservedDescriptors(ParsedOptions parsed) => 0;

    internal abstract int Run(VerbCall call);
}

/// <summary>A verb with its arguments.</summary>
/// <param name="RawArguments">The arguments behind the verb, one char per byte.</param>
internal sealed record VerbCall(ParsedOptions Options, GlobalOptions Global, CommandLog Log, System.Func<IReadOnlyList<string>> RawArguments)
{
    internal Runtime.ContainerLifecycle Lifecycle => field ??= new(new Runtime.ContainerStore(Global.Root), Log);

    /// <summary>The container's id and nothing else.</summary>
    internal string OnlyId
    {
        get
        {
            CheckArguments(1, 1);
            return Options.Arguments[0];
        }
    }

    internal void CheckArguments(int least, int most)
    {
        int count = Options.Arguments.Count;
        if (count < least)
        {
            throw new UsageException(least == 1 ? "the container's id is missing" : $"{least} arguments are needed");
        }

        if (count > most)
        {
            throw new UsageException($"too many arguments: {Options.Arguments[most]}");
        }
    }
}
