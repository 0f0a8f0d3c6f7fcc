namespace Carrel.Cli;

/// <summary>carrel completion.</summary>
internal sealed class CompletionVerb : Verb
{
    internal override string Usage => "bash | zsh | fish";

    internal override string Description => """
        Prints a script that completes verbs, options and ids of containers. To use it:
          bash:  source <(carrel completion bash)
          zsh:   source <(carrel completion zsh)
          fish:  carrel completion fish | source
        """;

    internal override int Run(VerbCall call)
    {
        if (call.Options.Arguments.Count != 1)
        {
            throw new UsageException("one of bash, zsh and fish is needed");
        }

        return CommandLine.Print(call.Options.Arguments[0] switch
        {
            "bash" => BashCompletion.Print(),
            "zsh" => ZshCompletion.Print(),
            "fish" => FishCompletion.Print(),
            var other => throw new UsageException($"not one of bash, zsh and fish: {other}"),
        });
    }
}
