using System;
using Carrel.Abi;

namespace Carrel.Files;

/// <summary>A request in the receive buffer, taken apart and checked. The kernel process that sent it may be hostile. Texts include their NUL.</summary>
internal ref struct RequestView
{
    internal FilesRequest Header;
    internal ReadOnlySpan<byte> Path, Name, SecondPath, SecondName, Data;

    /// <summary>False if the message is malformed: its sender broke the protocol.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> message, out RequestView view)
    {
        view = default;
        int head = Wire.Size<FilesRequest>();
        if (message.Length < head)
        {
            return false;
        }

        view.Header = Wire.Read<FilesRequest>(message);
        FilesRequest h = view.Header;
        if (h.DataLength is < 0 or > FilesLimits.Data
            || message.Length - head != h.PathLength + h.NameLength + h.SecondPathLength + h.SecondNameLength + 4 + h.DataLength)
        {
            return false;
        }

        view.Path = Take(message, head, h.PathLength);
        view.Name = Take(message, head + view.Path.Length, h.NameLength);
        view.SecondPath = Take(message, head + view.Path.Length + view.Name.Length, h.SecondPathLength);
        view.SecondName = Take(message, message.Length - h.DataLength - h.SecondNameLength - 1, h.SecondNameLength);
        view.Data = message[^h.DataLength..];
        return IsText(view.Path, FilesLimits.Path) && IsText(view.Name, FilesLimits.Name)
            && IsText(view.SecondPath, FilesLimits.Path) && IsText(view.SecondName, FilesLimits.Name);
    }

    /// <summary>An entry's name, or empty: no slash, not a dot name.</summary>
    internal static Errno CheckName(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<byte> text = name[..^1];
        return text.Contains((byte)'/') || text.SequenceEqual("."u8) || text.SequenceEqual(".."u8) ? Errno.EINVAL : Errno.OK;
    }

    /// <summary>A relative path of plain names.</summary>
    internal static Errno CheckPath(ReadOnlySpan<byte> path)
    {
        ReadOnlySpan<byte> rest = path[..^1];
        if (rest.IsEmpty)
        {
            return Errno.OK;
        }

        while (true)
        {
            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> name = slash < 0 ? rest : rest[..slash];
            if (name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
            {
                return Errno.EINVAL;
            }

            if (name.Length >= FilesLimits.Name)
            {
                return Errno.ENAMETOOLONG;
            }

            if (slash < 0)
            {
                return Errno.OK;
            }

            rest = rest[(slash + 1)..];
        }
    }

    // The lengths are known to add up to the message's.
    private static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> message, int at, int length) => message.Slice(at, length + 1);

    /// <summary>Bytes with one NUL, at the end.</summary>
    private static bool IsText(ReadOnlySpan<byte> text, int limit) => text.Length <= limit && text.IndexOf((byte)0) == text.Length - 1;
}
