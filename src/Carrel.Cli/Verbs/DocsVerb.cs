using Carrel.Kernel.Syscalls;
using Carrel.Runtime;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>carrel docs: prints the parts of the documentation that are made from the program. For maintainers, so not in the help.</summary>
internal sealed class DocsVerb : Verb
{
    internal override string Usage => "host-surface | syscalls | default-seccomp";

    internal override string Description => "Prints a generated document.";

    internal override int Run(VerbCall call)
    {
        call.CheckArguments(1, 1);
        return CommandLine.Print(call.Options.Arguments[0] switch
        {
            "default-seccomp" => DefaultSeccompPrograms.Print(),
            "host-surface" => HostSurfaceDocument.Print(),
            "syscalls" => SyscallDocument.Print(),
            var other => throw new UsageException($"no such document: {other}"),
        });
    }
}
