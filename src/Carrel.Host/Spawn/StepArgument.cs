namespace Carrel.Host;

/// <summary>An argument of a step: a number, the address of data in the list, the address of something in the blob's head, or the result of another step.</summary>
public readonly struct StepArgument
{
    internal enum ArgumentKind : byte
    {
        Number,
        Data,
        Head,
        Result,
    }

    internal readonly long Value;
    internal readonly ArgumentKind Kind;

    internal StepArgument(long value, ArgumentKind kind)
    {
        Value = value;
        Kind = kind;
    }

    public static implicit operator StepArgument(long value) => new(value, ArgumentKind.Number);

    public static implicit operator StepArgument(int value) => new(value, ArgumentKind.Number);

    public static implicit operator StepArgument(uint value) => new(value, ArgumentKind.Number);

    /// <summary>What step <paramref name="step"/> returned.</summary>
    public static StepArgument ResultOf(int step) => new(step, ArgumentKind.Result);

    /// <summary>The address this many bytes further on.</summary>
    public StepArgument Plus(int bytes) => new(Value + bytes, Kind);
}
