using System;

namespace Carrel.Cli;

internal static class Program
{
    // What docker and podman return when the runtime itself, not the guest, has failed.
    private const int RuntimeError = 125;

    private static int Main()
    {
        Console.Error.WriteLine("usage: carrel COMMAND [ARGUMENT]...");
        return RuntimeError;
    }
}
