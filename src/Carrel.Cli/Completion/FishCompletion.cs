using System;
using System.Linq;
using System.Text;

namespace Carrel.Cli;

/// <summary>A completion script for fish.</summary>
internal static class FishCompletion
{
    private const string TakesId = "start exec kill delete state pause resume ps update events";

    internal static string Print()
    {
        VerbTable.Entry[] verbs = [.. VerbTable.Entries.Where(entry => !entry.IsHidden)];
        string names = string.Join(' ', verbs.Select(entry => entry.Name));
        var text = new StringBuilder($"set -l verbs {names}\ncomplete -c carrel -f\n");
        foreach (OptionSpec option in GlobalOptions.Specs.Where(option => !option.IsHidden))
        {
            Append(text, "not __fish_seen_subcommand_from $verbs", option);
        }

        foreach (VerbTable.Entry verb in verbs)
        {
            text.Append($"complete -c carrel -n 'not __fish_seen_subcommand_from {names}' -a {verb.Name} -d '{Quote(verb.Summary)}'\n");
            foreach (OptionSpec option in verb.Make().Options.Where(option => !option.IsHidden))
            {
                Append(text, $"__fish_seen_subcommand_from {verb.Name}", option);
            }
        }

        text.Replace("$verbs'", names + "'");
        return text.Append($"complete -c carrel -n '__fish_seen_subcommand_from {TakesId}' -a '(carrel list --quiet 2>/dev/null)'\n")
            .Append("complete -c carrel -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n").ToString();
    }

    private static void Append(StringBuilder text, string condition, OptionSpec option)
    {
        text.Append($"complete -c carrel -n '{condition}' -l {option.Name}");
        if (option.Letter != '\0')
        {
            text.Append($" -s {option.Letter}");
        }

        text.Append(option.Choices is { } choices ? $" -x -a '{string.Join(' ', choices)}'" : option.IsPath ? " -r -F" : option.Value is not null ? " -x" : "");
        text.Append($" -d '{Quote(option.Description)}'\n");
    }

    private static string Quote(string text) => text.Replace("'", "\\'", StringComparison.Ordinal);
}
