using System;
using System.Buffers.Binary;
using System.Text;

namespace Carrel.Runtime.Cgroups;

/// <summary>A message of D-Bus ("Message Protocol"), as far as a caller of methods and a listener to signals needs it.</summary>
internal sealed class DBusMessage
{
    public const byte MethodCall = 1, MethodReturn = 2, Error = 3, Signal = 4;

    /// <summary>Fixed part of the header: byte order, type, flags, version, body length, serial, length of the header fields.</summary>
    public const int FixedSize = 16;

    private const byte PathField = 1, InterfaceField = 2, MemberField = 3, ErrorNameField = 4, ReplySerialField = 5, DestinationField = 6, SignatureField = 8;

    private int _position;

    private DBusMessage(byte[] body) => Body = body;

    public byte Type { get; private init; }

    public uint ReplySerial { get; private set; }

    public string Member { get; private set; } = "";

    public string ErrorName { get; private set; } = "";

    private byte[] Body { get; }

    /// <summary>A method call. The private socket of systemd takes any destination.</summary>
    public static byte[] Call(uint serial, string destination, string path, string interfaceName, string member, string signature, ReadOnlySpan<byte> body)
    {
        var header = new DBusWriter();
        header.Raw([(byte)'l', MethodCall, 0, 1]);
        header.UInt32((uint)body.Length);
        header.UInt32(serial);
        (byte Code, string Type, string Value)[] fields =
        [
            (PathField, "o", path), (InterfaceField, "s", interfaceName), (MemberField, "s", member), (DestinationField, "s", destination), (SignatureField, "g", signature),
        ];
        header.Array(signature.Length == 0 ? fields[..^1] : fields, 8, field =>
        {
            header.Byte(field.Code);
            header.Signature(field.Type);
            if (field.Type == "g")
            {
                header.Signature(field.Value);
            }
            else
            {
                header.String(field.Value);
            }
        });
        header.Align(8);
        header.Raw(body);
        return header.Bytes.ToArray();
    }

    /// <summary>Bytes of a message after its fixed part; -1: not a message that we understand.</summary>
    public static long RestOf(ReadOnlySpan<byte> head)
    {
        if (head[0] != 'l' || head[3] != 1)
        {
            return -1;
        }

        long fields = BinaryPrimitives.ReadUInt32LittleEndian(head[12..]);
        return ((fields + 7) & ~7L) + BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
    }

    public static DBusMessage Parse(ReadOnlySpan<byte> message)
    {
        int fieldsEnd = FixedSize + (int)BinaryPrimitives.ReadUInt32LittleEndian(message[12..]);
        var parsed = new DBusMessage(message[((fieldsEnd + 7) & ~7)..].ToArray()) { Type = message[1] };
        var fields = new DBusMessage(message[..fieldsEnd].ToArray()) { _position = FixedSize };
        while (fields._position < fieldsEnd)
        {
            fields.Align(8);
            byte code = fields.Byte();
            string type = fields.Signature();
            string text = type switch
            {
                "s" or "o" => fields.String(),
                "g" => fields.Signature(),
                "u" => "",
                _ => throw new FormatException($"header field of type {type}"),
            };
            uint number = type == "u" ? fields.UInt32() : 0;
            switch (code)
            {
                case MemberField: parsed.Member = text; break;
                case ErrorNameField: parsed.ErrorName = text; break;
                case ReplySerialField: parsed.ReplySerial = number; break;
            }
        }

        return parsed;
    }

    /// <summary>The next value of the body: a string or an object path.</summary>
    public string String()
    {
        int length = checked((int)UInt32());
        string text = Encoding.UTF8.GetString(Take(length));
        Take(1);
        return text;
    }

    public uint UInt32()
    {
        Align(4);
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
    }

    private string Signature()
    {
        string text = Encoding.ASCII.GetString(Take(Byte()));
        Take(1);
        return text;
    }

    private byte Byte() => Take(1)[0];

    private void Align(int boundary) => _position = (_position + boundary - 1) / boundary * boundary;

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || _position > Body.Length - count)
        {
            throw new FormatException("message too short");
        }

        _position += count;
        return Body.AsSpan(_position - count, count);
    }
}
