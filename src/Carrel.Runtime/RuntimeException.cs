using System;

namespace Carrel.Runtime;

/// <summary>A verb cannot be carried out. The message is one plain line: what, and why.</summary>
/// <param name="message">For the user and the log.</param>
/// <param name="status">Exit status of the command: 1 as runc's unless there is a reason.</param>
public sealed class RuntimeException(string message, int status = 1) : Exception(message)
{
    public int Status { get; } = status;

    /// <summary>If it is the user's program that cannot be started, the status that a shell would give: 127 for what is not there, 126 for what is no program; else 0.</summary>
    public int ProgramStatus { get; init; }
}
