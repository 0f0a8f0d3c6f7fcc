using System;
using System.CommandLine;
using Carrel.Kernel.Syscalls;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>carrel docs: prints the parts of the documentation that are made from the program. For maintainers, so not in the help.</summary>
internal sealed class DocsCommand : Command
{
    internal DocsCommand()
        : base("docs", "Print a generated document.")
    {
        Hidden = true;
        var surface = new Command("host-surface", "docs/host-surface.md");
        surface.SetAction(_ => Console.Out.Write(HostSurfaceDocument.Print()));
        Subcommands.Add(surface);
        var calls = new Command("syscalls", "docs/syscalls.md");
        calls.SetAction(_ => Console.Out.Write(SyscallDocument.Print()));
        Subcommands.Add(calls);
    }
}
