using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Carrel.Abi;

namespace Carrel.Kernel.Trace;

/// <summary>A struct sockaddr in words.</summary>
internal static class SocketAddressText
{
    private const int Largest = 128;

    public static string Describe(Task task, ulong address, int length)
    {
        if (address == 0)
        {
            return "NULL";
        }

        var bytes = new byte[Math.Clamp(length, 0, Largest)];
        if (bytes.Length < 2 || !task.Mm.Read(address, bytes))
        {
            return Quoting.Address(address);
        }

        int family = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        string name = ConstantNames.AddressFamilies.Format((uint)family);
        ReadOnlySpan<byte> rest = bytes.AsSpan(2);
        return family switch
        {
            Sock.AF_UNIX => $"{{sa_family={name}{UnixPath(rest)}}}",
            Sock.AF_INET when rest.Length >= 6 =>
                string.Create(CultureInfo.InvariantCulture, $"{{sa_family={name}, sin_port=htons({BinaryPrimitives.ReadUInt16BigEndian(rest)}), sin_addr=inet_addr(\"{rest[2]}.{rest[3]}.{rest[4]}.{rest[5]}\")}}"),
            Sock.AF_INET6 when rest.Length >= 22 =>
                string.Create(CultureInfo.InvariantCulture, $"{{sa_family={name}, sin6_port=htons({BinaryPrimitives.ReadUInt16BigEndian(rest)}), sin6_addr={new IPAddress(rest.Slice(6, 16))}}}"),
            Sock.AF_NETLINK when rest.Length >= 10 =>
                string.Create(CultureInfo.InvariantCulture, $"{{sa_family={name}, nl_pid={BinaryPrimitives.ReadUInt32LittleEndian(rest[2..])}, nl_groups=0x{BinaryPrimitives.ReadUInt32LittleEndian(rest[6..]):x}}}"),
            _ => $"{{sa_family={name}, sa_data={Quoting.Quote(rest, false)}}}",
        };
    }

    private static string UnixPath(ReadOnlySpan<byte> path)
    {
        if (path.IsEmpty)
        {
            return "";
        }

        // The abstract name space: all bytes count, the first is 0.
        if (path[0] == 0)
        {
            return ", sun_path=@" + Quoting.Quote(path[1..], false);
        }

        int end = path.IndexOf((byte)0);
        return ", sun_path=" + Quoting.Quote(end < 0 ? path : path[..end], false);
    }
}
