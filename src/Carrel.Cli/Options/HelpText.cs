using System.Collections.Generic;
using System.Text;

namespace Carrel.Cli;

/// <summary>--help.</summary>
internal static class HelpText
{
    internal static string Program()
    {
        var text = new StringBuilder("""
            carrel: runs programs, each with a Linux kernel of its own, or behind the wall you choose

            Usage: carrel [global options] VERB [options] [arguments]

            Verbs:

            """);
        List<(string, string)> verbs = [];
        foreach (VerbTable.Entry entry in VerbTable.Entries)
        {
            if (!entry.IsHidden)
            {
                verbs.Add((entry.Name, entry.Summary));
            }
        }

        AppendTable(text, verbs);
        text.Append("\nGlobal options:\n");
        AppendOptions(text, GlobalOptions.Specs);
        return text.Append("\n`carrel VERB --help` tells more of a verb.\n").ToString();
    }

    internal static string Of(string name, Verb verb)
    {
        var text = new StringBuilder($"Usage: carrel {name} {verb.Usage}\n\n{verb.Description}\n");
        if (verb.Options.Count > 0)
        {
            text.Append("\nOptions:\n");
            AppendOptions(text, verb.Options);
        }

        return text.ToString();
    }

    private static void AppendOptions(StringBuilder text, IReadOnlyList<OptionSpec> options)
    {
        List<(string, string)> lines = [];
        foreach (OptionSpec option in options)
        {
            if (!option.IsHidden)
            {
                string name = (option.Letter == '\0' ? "    --" : $"-{option.Letter}, --") + option.Name + (option.Value is { } value ? " " + value : "");
                lines.Add((name, option.Description));
            }
        }

        AppendTable(text, lines);
    }

    private static void AppendTable(StringBuilder text, List<(string Left, string Right)> lines)
    {
        int width = 0;
        foreach ((string left, _) in lines)
        {
            width = int.Max(width, left.Length);
        }

        foreach ((string left, string right) in lines)
        {
            text.Append("  ").Append(left.PadRight(width + 2)).Append(right).Append('\n');
        }
    }
}
