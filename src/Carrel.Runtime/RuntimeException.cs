using System;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>A verb cannot be carried out. The message is one plain line: what, and why.</summary>
/// <param name="message">For the user and the log.</param>
/// <param name="status">Exit status of the command: 1 as runc's unless there is a reason.</param>
public sealed class RuntimeException(string message, int status = 1) : Exception(message)
{
    public int Status { get; } = status;

    /// <summary>The host's execve(2) of the user's program failed with this; 0 for every other failure.</summary>
    public Errno ExecError { get; init; }
}
