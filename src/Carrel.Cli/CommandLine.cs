using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>The verbs of the command line.</summary>
internal static class CommandLine
{
    internal static int Run(string[] arguments)
    {
        var doCommand = new DoCommand();
        var root = new RootCommand("Runs programs, each with a Linux kernel of its own.") { doCommand, new RunCommand(), new DocsCommand() };
        // What follows the program's name belongs to the program, whatever it looks like.
        int own = doCommand.CountOwnArguments(arguments);
        ParseResult parsed = root.Parse(arguments[..own]);
        if (parsed.Errors.Count > 0)
        {
            return Fail(parsed.Errors[0].Message);
        }

        try
        {
            if (parsed.CommandResult.Command == doCommand && parsed.Action is null)
            {
                return doCommand.Run(parsed, RawProcessText.Arguments(arguments).Skip(own).ToList());
            }

            return parsed.Invoke();
        }
        catch (LaunchException e)
        {
            return Fail(e.Message);
        }
    }

    internal static int Fail(string message)
    {
        Console.Error.WriteLine("carrel: " + message);
        return ExitStatus.Failure;
    }
}
