using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>A value or an errno. Guest-visible failure travels by value; an exception is a bug in Carrel.</summary>
public readonly struct Result<T>
{
    private readonly T _value;

    private Result(T value, Errno error)
    {
        _value = value;
        Error = error;
    }

    public Errno Error { get; }

    public bool Failed => Error != Errno.OK;

    public bool Succeeded => Error == Errno.OK;

    /// <summary>The value; default if <see cref="Failed"/>.</summary>
    public T Value => _value;

    public static implicit operator Result<T>(T value) => new(value, Errno.OK);

    public static implicit operator Result<T>(Errno error) => new(default!, error);

    /// <summary>Wraps a value whose type is an interface or <see cref="Errno"/>, where the implicit conversion does not apply.</summary>
    public static Result<T> Of(T value) => new(value, Errno.OK);
}
