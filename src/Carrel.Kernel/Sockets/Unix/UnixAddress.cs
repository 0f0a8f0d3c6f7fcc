using System;
using System.Text;
using Carrel.Abi;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>A sockaddr_un taken apart, unix(7): a path, an abstract name, or nothing (autobind).</summary>
internal readonly record struct UnixAddress(string? Path, string? AbstractName)
{
    private const int MaxLength = 110;

    public bool IsUnnamed => Path is null && AbstractName is null;

    /// <summary>EINVAL for a wrong family or length (unix_validate_addr()).</summary>
    public static Result<UnixAddress> Parse(byte[] address)
    {
        if (address.Length is < 2 or > MaxLength || BitConverter.ToUInt16(address) != Sock.AF_UNIX)
        {
            return Errno.EINVAL;
        }

        if (address.Length == 2)
        {
            return new UnixAddress(null, null);
        }

        ReadOnlySpan<byte> name = address.AsSpan(2);
        if (name[0] == 0)
        {
            return new UnixAddress(null, Encoding.Latin1.GetString(name[1..]));
        }

        int end = name.IndexOf((byte)0);
        return new UnixAddress(Encoding.Latin1.GetString(end < 0 ? name : name[..end]), null);
    }

    public byte[] ToBytes()
    {
        string text = Path is not null ? Path + "\0" : AbstractName is not null ? "\0" + AbstractName : "";
        var bytes = new byte[2 + text.Length];
        BitConverter.TryWriteBytes(bytes, (ushort)Sock.AF_UNIX);
        Encoding.Latin1.GetBytes(text, bytes.AsSpan(2));
        return bytes;
    }
}
