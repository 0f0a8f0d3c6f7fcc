using System;
using System.Text;
using Carrel.Abi;

namespace Carrel.Kernel.Loader;

/// <summary>The first line of a script: "#!" interpreter [argument] (load_script() of fs/binfmt_script.c).</summary>
internal readonly record struct ScriptLine(string Interpreter, string? Argument)
{
    /// <summary>BINPRM_BUF_SIZE.</summary>
    public const int MaxLength = 256;

    public static bool IsScript(ReadOnlySpan<byte> head) => head[0] == '#' && head[1] == '!';

    /// <summary>ENOEXEC if there is no interpreter, or its name does not fit.</summary>
    public static Result<ScriptLine> Parse(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> line = head[2..];
        // A NUL ends the text too: the buffer is zero-filled.
        int end = line.IndexOfAny((byte)'\n', (byte)0);
        if (end < 0)
        {
            // Cut off: fine if at least the interpreter's name ends within the buffer.
            ReadOnlySpan<byte> name = line.TrimStart(" \t"u8);
            if (name.IndexOfAny((byte)' ', (byte)'\t') < 0)
            {
                return Errno.ENOEXEC;
            }

            end = line.Length;
        }

        line = line[..end].Trim(" \t"u8);
        if (line.IsEmpty)
        {
            return Errno.ENOEXEC;
        }

        int space = line.IndexOfAny((byte)' ', (byte)'\t');
        if (space < 0)
        {
            return new ScriptLine(Encoding.Latin1.GetString(line), null);
        }

        ReadOnlySpan<byte> argument = line[space..].TrimStart(" \t"u8);
        return new ScriptLine(Encoding.Latin1.GetString(line[..space]), argument.IsEmpty ? null : Encoding.Latin1.GetString(argument));
    }
}
