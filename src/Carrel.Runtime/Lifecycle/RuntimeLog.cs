using System;

namespace Carrel.Runtime;

/// <summary>Where the verbs say what they do: the file of --log, or stderr.</summary>
public abstract class RuntimeLog
{
    public abstract void Warn(string message);

    /// <summary>Only with --debug. The text is made only if it is wanted.</summary>
    public abstract void Debug(Func<string> message);
}
