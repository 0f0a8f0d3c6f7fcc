using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>The c_cc of struct termios, indexed by Tty.VINTR and so on.</summary>
[InlineArray(19)]
public struct ControlCharacters
{
    private byte _element;
}

/// <summary>struct termios of the kernel (not glibc's), TCGETS.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Termios
{
    public uint Iflag;
    public uint Oflag;
    public uint Cflag;
    public uint Lflag;
    public byte Line;
    public ControlCharacters Cc;
}

/// <summary>struct termios2, TCGETS2.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Termios2
{
    public uint Iflag;
    public uint Oflag;
    public uint Cflag;
    public uint Lflag;
    public byte Line;
    public ControlCharacters Cc;
    public uint Ispeed;
    public uint Ospeed;
}

/// <summary>struct termio, TCGETA: the old form with eight control characters.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TermioBuf
{
    public ushort Iflag;
    public ushort Oflag;
    public ushort Cflag;
    public ushort Lflag;
    public byte Line;
    public Bytes8 Cc;
    private readonly byte _pad0;
}

/// <summary>struct winsize, TIOCGWINSZ.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct WinSize
{
    public ushort Row;
    public ushort Col;
    public ushort Xpixel;
    public ushort Ypixel;
}
