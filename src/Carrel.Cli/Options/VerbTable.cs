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
