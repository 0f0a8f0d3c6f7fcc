namespace Carrel.Runtime;

/// <summary>How bad a finding is.</summary>
public enum FindingLevel
{
    Fine,

    /// <summary>Something is slower or less than it could be.</summary>
    Limited,

    /// <summary>The wall does not work without it.</summary>
    Missing,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Topic">Short name, such as "user namespaces".</param>
/// <param name="Text">What there is, in words.</param>
/// <param name="Advice">What to do about it; null: nothing.</param>
public sealed record Finding(string Topic, FindingLevel Level, string Text, string? Advice = null)
{
    public static Finding Fine(string topic, string text) => new(topic, FindingLevel.Fine, text);

    /// <summary>Fine or missing.</summary>
    public static Finding Need(string topic, bool isThere, string text, string missing, string advice) =>
        isThere ? Fine(topic, text) : new Finding(topic, FindingLevel.Missing, missing, advice);

    /// <summary>Fine or limited.</summary>
    public static Finding Want(string topic, bool isThere, string text, string missing, string advice) =>
        isThere ? Fine(topic, text) : new Finding(topic, FindingLevel.Limited, missing, advice);
}
