using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel ps.</summary>
internal sealed class PsVerb : Verb
{
    internal override string Usage => "[--format FORMAT] ID [PS-OPTION]...";

    internal override string Description => "Shows the processes of a container, by their pids on the host. Options for ps(1) follow the id; the default is -ef.";

    internal override IReadOnlyList<OptionSpec> Options => [new("format", "FORMAT", "table (default) or json", 'f') { Choices = ["table", "json"] }];

    internal override bool StopsAtArgument => true;

    internal override int Run(VerbCall call)
    {
        call.CheckArguments(1, int.MaxValue);
        List<string> arguments = call.Options.Arguments;
        IReadOnlyList<int> pids = call.Lifecycle.Processes(arguments[0]);
        return (call.Options.Value("format") ?? "table") switch
        {
            "json" => CommandLine.Print($"[{string.Join(',', pids)}]\n"),
            "table" => CommandLine.Print(Table(pids, arguments.Count > 1 ? arguments[1..] : ["-ef"])),
            var other => throw new UsageException($"--format: not table or json: {other}"),
        };
    }

    /// <summary>The host's ps, less the lines of other processes.</summary>
    private static string Table(IReadOnlyList<int> pids, List<string> options)
    {
        string[] lines = HostProgram.Run("ps", options).TrimEnd('\n').Split('\n');
        int column = Array.IndexOf(Fields(lines[0]), "PID");
        if (column < 0)
        {
            throw new RuntimeException("ps: couldn't find PID field in its output");
        }

        var table = new StringBuilder(lines[0]).Append('\n');
        foreach (string line in lines.Skip(1))
        {
            string[] fields = Fields(line);
            if (column < fields.Length && int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pids.Contains(pid))
            {
                table.Append(line).Append('\n');
            }
        }

        return table.ToString();
    }

    private static string[] Fields(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
