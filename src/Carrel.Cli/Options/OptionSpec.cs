namespace Carrel.Cli;

/// <summary>An option of a verb. One declaration serves the parser, the help and the shell completion.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="Value">What stands for the value in the help; null: a switch.</param>
/// <param name="Description">One line.</param>
/// <param name="Letter">Short form, or NUL.</param>
internal sealed record OptionSpec(string Name, string? Value, string Description, char Letter = '\0')
{
    /// <summary>Words to complete the value with; null: anything.</summary>
    public string[]? Choices { get; init; }

    /// <summary>Whether the value is a path, for completion.</summary>
    public bool IsPath => Value is "FILE" or "DIR" or "SOCKET";

    public bool IsHidden { get; init; }
}
