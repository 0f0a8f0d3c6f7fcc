using Carrel.Abi;

namespace Carrel.Kernel.Terminals;

/// <summary>termios(3), with the speeds of termios2.</summary>
public sealed record TerminalSettings
{
    private const uint DefaultSpeed = 38400;

    public required Termios2 Value { get; init; }

    public bool IsCanonical => HasLocal(Termio.ICANON);

    public bool IsEcho => HasLocal(Termio.ECHO);

    public bool HasInput(uint flag) => (Value.Iflag & flag) != 0;

    public bool HasOutput(uint flag) => (Value.Oflag & flag) != 0;

    public bool HasLocal(uint flag) => (Value.Lflag & flag) != 0;

    public byte Character(int index) => Value.Cc[index];

    /// <summary>The character is the one configured at <paramref name="index"/>; 0 disables.</summary>
    public bool Is(byte c, int index) => c != 0 && Value.Cc[index] == c;

    /// <summary>tty_std_termios.</summary>
    public static TerminalSettings Default { get; } = MakeDefault();

    /// <summary>What a pseudo terminal begins with: nothing to hang up.</summary>
    public static TerminalSettings ForPty { get; } = new() { Value = Default.Value with { Cflag = Default.Value.Cflag & ~Termio.HUPCL } };

    public Termios ToTermios() => new() { Iflag = Value.Iflag, Oflag = Value.Oflag, Cflag = Value.Cflag, Lflag = Value.Lflag, Line = Value.Line, Cc = Value.Cc };

    public TerminalSettings With(Termios termios)
    {
        Termios2 value = Value;
        (value.Iflag, value.Oflag, value.Cflag, value.Lflag, value.Cc) = (termios.Iflag, termios.Oflag, termios.Cflag, termios.Lflag, termios.Cc);
        return new TerminalSettings { Value = value };
    }

    /// <summary>These, but <paramref name="old"/> where <paramref name="locked"/> says so (unset_locked_termios()).</summary>
    internal TerminalSettings Keeping(TerminalSettings old, Termios locked)
    {
        Termios2 value = Value, before = old.Value;
        value.Iflag = (value.Iflag & ~locked.Iflag) | (before.Iflag & locked.Iflag);
        value.Oflag = (value.Oflag & ~locked.Oflag) | (before.Oflag & locked.Oflag);
        // No driver here has addresses (tty_set_termios()).
        value.Cflag = ((value.Cflag & ~locked.Cflag) | (before.Cflag & locked.Cflag)) & ~Termio.ADDRB;
        value.Lflag = (value.Lflag & ~locked.Lflag) | (before.Lflag & locked.Lflag);
        value.Line = locked.Line != 0 ? before.Line : value.Line;
        for (int i = 0; i < Tty.INIT_NCCS; i++)
        {
            value.Cc[i] = locked.Cc[i] != 0 ? before.Cc[i] : value.Cc[i];
        }

        return new TerminalSettings { Value = value };
    }

    internal TerminalSettings With8Bits()
    {
        Termios2 value = Value;
        value.Cflag = (value.Cflag & ~(Termio.CSIZE | Termio.PARENB)) | Termio.CS8 | Termio.CREAD;
        return new TerminalSettings { Value = value };
    }

    private static TerminalSettings MakeDefault()
    {
        var value = new Termios2
        {
            Iflag = Termio.ICRNL | Termio.IXON,
            Oflag = Termio.OPOST | Termio.ONLCR,
            Cflag = Termio.B38400 | Termio.CS8 | Termio.CREAD | Termio.HUPCL,
            Lflag = Termio.ISIG | Termio.ICANON | Termio.ECHO | Termio.ECHOE | Termio.ECHOK | Termio.ECHOCTL | Termio.ECHOKE | Termio.IEXTEN,
            Ispeed = DefaultSpeed,
            Ospeed = DefaultSpeed,
        };
        byte[] characters = [3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22];
        for (int i = 0; i < characters.Length; i++)
        {
            value.Cc[i] = characters[i];
        }

        return new TerminalSettings { Value = value };
    }
}
