using Carrel.Abi;

namespace Carrel.Kernel.Terminals;

/// <summary>Canonical editing, echo and output processing: the character-level half of N_TTY.</summary>
internal sealed class LineEditor(Terminal terminal)
{
    private const byte Bell = 7;
    private const byte Backspace = 8;
    private int _column;
    private int _lineStartColumn;

    private TerminalSettings Settings => terminal.Settings;

    private InputBuffer Input => terminal.Input;

    /// <summary>^V was typed: the next character is taken as it is.</summary>
    public bool IsLiteralNext { get; private set; }

    public void AddLiteral(byte c)
    {
        IsLiteralNext = false;
        if (Settings.IsEcho)
        {
            Echo(c);
        }

        Store(c);
    }

    /// <summary>EXTPROC: no processing but storing.</summary>
    public void AddPlain(byte c)
    {
        Store(c);
        Input.CommitAll();
    }

    /// <summary>Non-canonical input: echoed and readable at once.</summary>
    public void AddRaw(byte c)
    {
        if (Settings.IsEcho)
        {
            if (c == '\n')
            {
                Output((byte)'\n');
            }
            else
            {
                Echo(c);
            }
        }

        Input.Add(c);
        Input.CommitAll();
    }

    /// <summary>One character of canonical input (n_tty_receive_char_special()).</summary>
    public void Edit(byte c)
    {
        bool isExtended = Settings.HasLocal(Termio.IEXTEN);
        if (Settings.Is(c, Tty.VERASE) || Settings.Is(c, Tty.VKILL) || (isExtended && Settings.Is(c, Tty.VWERASE)))
        {
            Erase(c);
        }
        else if (isExtended && Settings.Is(c, Tty.VLNEXT))
        {
            IsLiteralNext = true;
            if (Settings.IsEcho && Settings.HasLocal(Termio.ECHOCTL))
            {
                Raw((byte)'^');
                Raw(Backspace);
            }
        }
        else if (isExtended && Settings.IsEcho && Settings.Is(c, Tty.VREPRINT))
        {
            Echo(c);
            Output((byte)'\n');
            for (int i = Input.Committed; i < Input.Count; i++)
            {
                Echo(Input[i]);
            }
        }
        else if (c == '\n')
        {
            if (IsFull(lineEnd: true))
            {
                return;
            }

            if (Settings.IsEcho || Settings.HasLocal(Termio.ECHONL))
            {
                Output((byte)'\n');
            }

            Input.AddLineEnd(c);
            _lineStartColumn = _column;
        }
        else if (Settings.Is(c, Tty.VEOF))
        {
            if (!IsFull(lineEnd: true))
            {
                Input.AddEndOfFile();
                _lineStartColumn = _column;
            }
        }
        else if (Settings.Is(c, Tty.VEOL) || (isExtended && Settings.Is(c, Tty.VEOL2)))
        {
            if (IsFull(lineEnd: true))
            {
                return;
            }

            if (Settings.IsEcho)
            {
                Echo(c);
            }

            Input.AddLineEnd(c);
            _lineStartColumn = _column;
        }
        else
        {
            if (Settings.IsEcho)
            {
                if (Input.LineLength == 0)
                {
                    _lineStartColumn = _column;
                }

                if (!IsFull(lineEnd: false))
                {
                    Echo(c);
                }
            }

            Store(c);
        }
    }

    private void Store(byte c)
    {
        if (!IsFull(lineEnd: false))
        {
            Input.Add(c);
        }
        else if (Settings.HasInput(Termio.IMAXBEL))
        {
            Raw(Bell);
        }
    }

    // One place is kept for the character that ends the line.
    private bool IsFull(bool lineEnd) => Input.Room <= (lineEnd ? 0 : 1);

    // eraser()
    private void Erase(byte c)
    {
        if (Input.LineLength == 0)
        {
            return;
        }

        bool isKill = Settings.Is(c, Tty.VKILL);
        bool isWord = !isKill && Settings.Is(c, Tty.VWERASE) && !Settings.Is(c, Tty.VERASE);
        bool isVisual = Settings.HasLocal(Termio.ECHOE) && !Settings.HasLocal(Termio.ECHOPRT);
        if (isKill && (!Settings.IsEcho || !(Settings.HasLocal(Termio.ECHOK) && Settings.HasLocal(Termio.ECHOKE) && Settings.HasLocal(Termio.ECHOE))))
        {
            while (Input.LineLength > 0)
            {
                Input.RemoveLast();
            }

            if (Settings.IsEcho)
            {
                Echo(c);
                if (Settings.HasLocal(Termio.ECHOK))
                {
                    Output((byte)'\n');
                }
            }

            return;
        }

        bool seenWord = false;
        while (Input.LineLength > 0)
        {
            byte last = Input[Input.Count - 1];
            if (isWord)
            {
                bool isPartOfWord = IsWordCharacter(last);
                if (!isPartOfWord && seenWord)
                {
                    break;
                }

                seenWord |= isPartOfWord;
            }

            EraseOne(c, isVisual);
            if (!isKill && !isWord)
            {
                break;
            }
        }
    }

    private void EraseOne(byte eraseCharacter, bool isVisual)
    {
        byte last = Input.RemoveLast();
        bool isUtf8 = Settings.HasInput(Termio.IUTF8);
        while (isUtf8 && (last & 0xc0) == 0x80 && Input.LineLength > 0)
        {
            last = Input.RemoveLast();
        }

        if (!Settings.IsEcho)
        {
            return;
        }

        if (!isVisual)
        {
            Echo(eraseCharacter);
            return;
        }

        int width = last == '\t' ? TabWidth() : IsEchoedAsControl(last) ? 2 : last < 32 ? 0 : 1;
        for (int i = 0; i < width; i++)
        {
            Raw(Backspace);
            if (last != '\t')
            {
                Raw((byte)' ');
                Raw(Backspace);
            }

            _column = System.Math.Max(0, _column - 1);
        }
    }

    // Columns the erased tab took: from where the rest of the line ends to the next multiple of eight.
    private int TabWidth()
    {
        int column = _lineStartColumn;
        for (int i = Input.Committed; i < Input.Count; i++)
        {
            byte c = Input[i];
            column += c == '\t' ? 8 - (column & 7) : IsEchoedAsControl(c) ? 2 : c < 32 || (Settings.HasInput(Termio.IUTF8) && (c & 0xc0) == 0x80) ? 0 : 1;
        }

        return 8 - (column & 7);
    }

    private static bool IsWordCharacter(byte c) => c == '_' || c >= 0x80 || char.IsAsciiLetterOrDigit((char)c);

    private bool IsEchoedAsControl(byte c) => Settings.HasLocal(Termio.ECHOCTL) && (c < 32 || c == 127) && c is not ((byte)'\t' or (byte)'\n');

    /// <summary>Echoes as typed: control characters as ^X with ECHOCTL.</summary>
    public void Echo(byte c)
    {
        if (IsEchoedAsControl(c))
        {
            Raw((byte)'^');
            Raw((byte)(c ^ 0x40));
            _column += 2;
        }
        else
        {
            Output(c);
        }
    }

    /// <summary>do_output_char(): OPOST processing.</summary>
    public void Output(byte c)
    {
        if (!Settings.HasOutput(Termio.OPOST))
        {
            Raw(c);
            return;
        }

        switch (c)
        {
            case (byte)'\n':
                if (Settings.HasOutput(Termio.ONLRET))
                {
                    _column = 0;
                }

                if (Settings.HasOutput(Termio.ONLCR))
                {
                    _column = 0;
                    Raw((byte)'\r');
                }

                Raw(c);
                break;
            case (byte)'\r':
                if (Settings.HasOutput(Termio.ONOCR) && _column == 0)
                {
                    break;
                }

                if (Settings.HasOutput(Termio.OCRNL))
                {
                    c = (byte)'\n';
                }

                _column = 0;
                Raw(c);
                break;
            case (byte)'\t':
                int spaces = 8 - (_column & 7);
                _column += spaces;
                if ((Settings.Value.Oflag & Termio.TABDLY) == Termio.XTABS)
                {
                    for (int i = 0; i < spaces; i++)
                    {
                        Raw((byte)' ');
                    }
                }
                else
                {
                    Raw(c);
                }

                break;
            case Backspace:
                _column = System.Math.Max(0, _column - 1);
                Raw(c);
                break;
            default:
                if (Settings.HasOutput(Termio.OLCUC) && c is >= (byte)'a' and <= (byte)'z')
                {
                    c -= 32;
                }

                if (c >= 32 && c != 127 && !(Settings.HasInput(Termio.IUTF8) && (c & 0xc0) == 0x80))
                {
                    _column++;
                }

                Raw(c);
                break;
        }
    }

    private void Raw(byte c) => terminal.Output.Add(c);
}
