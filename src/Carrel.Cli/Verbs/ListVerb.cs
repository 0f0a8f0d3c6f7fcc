using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using Carrel.Oci;

namespace Carrel.Cli;

/// <summary>carrel list.</summary>
internal sealed class ListVerb : Verb
{
    internal override string Usage => "[options]";

    internal override string Description => "Lists the containers below --root.";

    internal override IReadOnlyList<OptionSpec> Options =>
    [
        new("format", "FORMAT", "table (default) or json", 'f') { Choices = ["table", "json"] },
        new("quiet", null, "only the ids", 'q'),
    ];

    internal override int Run(VerbCall call)
    {
        call.CheckArguments(0, 0);
        List<OciState> states = [.. call.Lifecycle.List().Select(each => StateDocument.Of(each.Container, each.Status))];
        if (call.Options.Has("quiet"))
        {
            return CommandLine.Print(string.Concat(states.Select(state => state.Id + "\n")));
        }

        return (call.Options.Value("format") ?? "table") switch
        {
            "json" => CommandLine.Print(JsonSerializer.Serialize(states, StateListJson.Default.ListOciState) + "\n"),
            "table" => CommandLine.Print(Table(states)),
            var other => throw new UsageException($"--format: not table or json: {other}"),
        };
    }

    private static string Table(List<OciState> states)
    {
        List<string[]> rows = [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]];
        rows.AddRange(states.Select(state => (string[])
            [state.Id, state.Pid.ToString(CultureInfo.InvariantCulture), state.Status, state.Bundle, state.Created ?? "", state.Owner ?? ""]));
        return TextTable.Format(rows);
    }
}

/// <summary>Columns as Go's tabwriter lays them out for runc: at least 12 wide, 3 apart.</summary>
internal static class TextTable
{
    private const int LeastWidth = 12, Gap = 3;

    internal static string Format(List<string[]> rows)
    {
        var widths = new int[rows[0].Length];
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], Math.Max(row[i].Length + Gap, LeastWidth));
            }
        }

        var text = new StringBuilder();
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length - 1; i++)
            {
                text.Append(row[i].PadRight(widths[i]));
            }

            text.Append(row[^1]).Append('\n');
        }

        return text.ToString();
    }
}
