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
        // The last byte is never part of the line; what the file does not fill is NUL.
        ReadOnlySpan<byte> line = head[2..^1];
        int nul = head.IndexOf((byte)0);
        int end = head[..(nul < 0 ? head.Length : nul)].IndexOf((byte)'\n') - 2;
        if (end < 0)
        {
            // Cut off: fine if at least the interpreter's name ends within the buffer, be it at its last byte.
            ReadOnlySpan<byte> name = head[2..].TrimStart(" \t"u8);
            if (name.IndexOfAny(" \t\0"u8) < 0)
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

        int separator = line.IndexOfAny(" \t\0"u8);
        if (separator < 0 || line[separator] == 0)
        {
            return new ScriptLine(Text(line), null);
        }

        return new ScriptLine(Text(line[..separator]), Text(line[separator..].TrimStart(" \t"u8)));
    }

    // A C string: up to its NUL.
    private static string Text(ReadOnlySpan<byte> bytes)
    {
        int nul = bytes.IndexOf((byte)0);
        return Encoding.Latin1.GetString(nul < 0 ? bytes : bytes[..nul]);
    }
}
