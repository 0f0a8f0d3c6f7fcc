using System;

namespace Carrel.Cli;

/// <summary>A program whose end the command waits for.</summary>
/// <param name="Pid">The process whose wait status is the program's.</param>
/// <param name="Signal">Passes a signal on to it.</param>
/// <param name="Ended">What is to be done when it is gone.</param>
internal sealed record ForegroundProgram(int Pid, Action<int> Signal, Action Ended);
