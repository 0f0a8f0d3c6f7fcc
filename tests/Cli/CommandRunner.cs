using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text;

namespace Carrel.Tests.Cli;

/// <summary>What a command printed and how it ended.</summary>
internal sealed record CommandResult(int Status, string Output, string Error);

/// <summary>Runs commands natively and in a carrel.</summary>
internal static class CommandRunner
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    public static readonly string Root =
        typeof(CommandRunner).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    public static string Carrel { get; } = Path.Combine(Root, "carrel");

    public static CommandResult Run(string program, IEnumerable<string> arguments, string? input = null, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Root,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
        };
        using Process process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input ?? "");
        process.StandardInput.Close();
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            return new CommandResult(-1, "", $"no end after {Limit}");
        }

        return new CommandResult(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>carrel do -- program arguments...</summary>
    public static CommandResult Do(params string[] command) => Run(Carrel, ["do", "--", .. command]);

    /// <summary>carrel do with options before the command.</summary>
    public static CommandResult DoWith(string[] options, params string[] command) => Run(Carrel, ["do", .. options, "--", .. command]);
}
