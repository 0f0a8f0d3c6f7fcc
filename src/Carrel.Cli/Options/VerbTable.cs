using System;

namespace Carrel.Cli;

/// <summary>All verbs; only the one that is called is made.</summary>
internal static class VerbTable
{
    internal readonly record struct Entry(string Name, string Summary, bool IsHidden, Func<Verb> Make);

    internal static readonly Entry[] Entries =
    [
        new("do", "run a program in a fresh carrel over the host's root directory", false, () => new DoVerb()),
        new("run", "create and run a container", false, () => new RunVerb()),
        new("create", "create a container", false, () => new CreateVerb()),
        new("start", "start the program of a created container", false, () => new StartVerb()),
        new("exec", "run another process in a container", false, () => new ExecVerb()),
        new("kill", "send a signal to a container", false, () => new KillVerb()),
        new("delete", "delete a container and all that belongs to it", false, () => new DeleteVerb()),
        new("state", "print the state of a container", false, () => new StateVerb()),
        new("pause", "suspend all processes of a container", false, () => new PauseVerb()),
        new("resume", "let a paused container run on", false, () => new ResumeVerb()),
        new("list", "list containers", false, () => new ListVerb()),
        new("ps", "show the processes of a container", false, () => new PsVerb()),
        new("update", "change the limits of a container", false, () => new UpdateVerb()),
        new("events", "print what a container uses", false, () => new EventsVerb()),
        new("spec", "write a config.json to start from", false, () => new SpecVerb()),
        new("features", "print what this runtime can do, for OCI clients", false, () => new FeaturesVerb()),
        new("doctor", "tell what this host offers and lacks for each wall", false, () => new DoctorVerb()),
        new("completion", "print a completion script for your shell", false, () => new CompletionVerb()),
        new("checkpoint", "not supported", true, () => new CheckpointVerb("save the state of a container")),
        new("restore", "not supported", true, () => new CheckpointVerb("restore a saved container")),
        new("docs", "print a generated document", true, () => new DocsVerb()),
    ];

    internal static Verb? Find(string name)
    {
        foreach (Entry entry in Entries)
        {
            if (entry.Name == name)
            {
                return entry.Make();
            }
        }

        return null;
    }
}
