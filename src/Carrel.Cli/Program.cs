using System;
using Carrel.Files;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>The entry point of all roles. The hidden ones come first and touch nothing of the command line: they start often and stay.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        string first = arguments.Length > 0 ? arguments[0] : "";
        return first switch
        {
            CarrelProcesses.KernelRole => KernelProcess.Run(),
            CarrelProcesses.FilesRole => FilesProcess.Run(arguments.AsSpan(1)),
            _ => CommandLine.Run(arguments),
        };
    }
}
