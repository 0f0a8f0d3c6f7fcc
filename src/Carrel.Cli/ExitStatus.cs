namespace Carrel.Cli;

/// <summary>Exit statuses of the command itself, as docker and podman have them.</summary>
internal static class ExitStatus
{
    /// <summary>Carrel, not the program, has failed.</summary>
    internal const int Failure = 125;
}
