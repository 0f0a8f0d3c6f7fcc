using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json.Serialization;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel doctor.</summary>
internal sealed class DoctorVerb : Verb
{
    internal override string Usage => "[--json]";

    internal override string Description => "Tells what this host offers and lacks for each wall. The exit status is 0 if the default wall works, 1 if not.";

    internal override IReadOnlyList<OptionSpec> Options => [new("json", null, "print it as JSON")];

    internal override int Run(VerbCall call)
    {
        call.CheckArguments(0, 0);
        HostReport report = HostReport.Make(call.Global.Root);
        Isolation standard = call.Global.Isolation ?? call.Global.DefaultIsolation;
        CommandLine.Print(call.Options.Has("json") ? Json(report, standard) : Text(report, standard));
        return report.Works(standard) ? 0 : 1;
    }

    private static string Text(HostReport report, Isolation standard)
    {
        var text = new StringBuilder("Host\n");
        report.Host.ToList().ForEach(finding => Append(text, finding));
        foreach (WallReport wall in report.Walls)
        {
            string verdict = !report.Works(wall.Isolation) ? "does not work here"
                : wall.Findings.Any(finding => finding.Level == FindingLevel.Limited) ? "works, with limits"
                : "works";
            text.Append($"\n--isolation={Walls.NameOf(wall.Isolation)}{(wall.Isolation == standard ? " (default)" : "")}: {verdict}\n");
            wall.Findings.ToList().ForEach(finding => Append(text, finding));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Finding finding)
    {
        string mark = finding.Level switch { FindingLevel.Fine => "ok     ", FindingLevel.Limited => "limited", _ => "MISSING" };
        text.Append($"  {mark}  {finding.Topic}: {finding.Text}\n");
        if (finding.Advice is { } advice)
        {
            text.Append($"           -> {advice}\n");
        }
    }

    private static string Json(HostReport report, Isolation standard)
    {
        var document = new DoctorDocument
        {
            DefaultIsolation = Walls.NameOf(standard),
            Works = report.Works(standard),
            Host = report.Host,
            Walls = report.Walls.ToDictionary(wall => Walls.NameOf(wall.Isolation), wall => new DoctorWall { Works = report.Works(wall.Isolation), Findings = wall.Findings }),
        };
        return System.Text.Json.JsonSerializer.Serialize(document, DoctorJson.Default.DoctorDocument) + "\n";
    }
}

internal sealed class DoctorDocument
{
    public string DefaultIsolation { get; init; } = "";

    public bool Works { get; init; }

    public IReadOnlyList<Finding> Host { get; init; } = [];

    public Dictionary<string, DoctorWall> Walls { get; init; } = [];
}

internal sealed class DoctorWall
{
    public bool Works { get; init; }

    public IReadOnlyList<Finding> Findings { get; init; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DoctorDocument))]
internal sealed partial class DoctorJson : JsonSerializerContext;
