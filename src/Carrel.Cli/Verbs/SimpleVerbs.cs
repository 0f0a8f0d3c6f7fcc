using System.Collections.Generic;

namespace Carrel.Cli;

/// <summary>carrel start.</summary>
internal sealed class StartVerb : Verb
{
    internal override string Usage => "ID";

    internal override string Description => "Starts the program of a container that `create` made.";

    internal override int Run(VerbCall call)
    {
        call.Lifecycle.Start(call.OnlyId);
        return 0;
    }
}

/// <summary>carrel delete.</summary>
internal sealed class DeleteVerb : Verb
{
    internal override string Usage => "[--force] ID";

    internal override string Description => "Deletes a container that has stopped, and all that belongs to it.";

    internal override IReadOnlyList<OptionSpec> Options => [new("force", null, "kill it first if it runs; no error if there is none", 'f')];

    internal override int Run(VerbCall call)
    {
        call.Lifecycle.Delete(call.OnlyId, call.Options.Has("force"));
        return 0;
    }
}

/// <summary>carrel pause.</summary>
internal sealed class PauseVerb : Verb
{
    internal override string Usage => "ID";

    internal override string Description => "Suspends all processes of a container.";

    internal override int Run(VerbCall call)
    {
        call.Lifecycle.Pause(call.OnlyId);
        return 0;
    }
}

/// <summary>carrel resume.</summary>
internal sealed class ResumeVerb : Verb
{
    internal override string Usage => "ID";

    internal override string Description => "Lets the processes of a paused container run on.";

    internal override int Run(VerbCall call)
    {
        call.Lifecycle.Resume(call.OnlyId);
        return 0;
    }
}
