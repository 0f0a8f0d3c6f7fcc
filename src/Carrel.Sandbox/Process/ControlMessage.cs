using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Carrel.Abi;

namespace Carrel.Sandbox;

/// <summary>What goes over the control socket, one message each.</summary>
public enum ControlKind : byte
{
    /// <summary>To the kernel process: send this signal to the guest's init.</summary>
    Signal = 1,
    /// <summary>To the kernel process: rows, columns, pixel width and height of the terminal.</summary>
    WindowSize,
    /// <summary>From the kernel process, last: exit status and why, if it is Carrel's own failure.</summary>
    Exit = 16,
}

/// <summary>Encodes and decodes control messages.</summary>
public static class ControlMessage
{
    public const int MaxSize = 4096;

    public static byte[] Signal(int signal)
    {
        var message = new byte[5];
        message[0] = (byte)ControlKind.Signal;
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(1), signal);
        return message;
    }

    public static byte[] WindowSize(WinSize size)
    {
        var message = new byte[9];
        message[0] = (byte)ControlKind.WindowSize;
        MemoryMarshal.Write(message.AsSpan(1), in size);
        return message;
    }

    /// <summary>The size in a WindowSize message; false for any other.</summary>
    public static bool TryReadWindowSize(ReadOnlySpan<byte> message, out WinSize size)
    {
        size = default;
        return message.Length == 9 && (ControlKind)message[0] == ControlKind.WindowSize && MemoryMarshal.TryRead(message[1..], out size);
    }

    public static byte[] Exit(int status, string? reason)
    {
        byte[] text = Encoding.UTF8.GetBytes(reason ?? "");
        text = text.AsSpan(0, Math.Min(text.Length, MaxSize - 5)).ToArray();
        var message = new byte[5 + text.Length];
        message[0] = (byte)ControlKind.Exit;
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(1), status);
        text.CopyTo(message, 5);
        return message;
    }

    /// <summary>The number in a Signal or Exit message; false if it is too short.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> message, out int number) => BinaryPrimitives.TryReadInt32LittleEndian(message[1..], out number);

    /// <summary>The reason in an Exit message, null if none. Control characters are taken out: the sender may be hostile.</summary>
    public static string? ReadReason(ReadOnlySpan<byte> message)
    {
        if (message.Length <= 5)
        {
            return null;
        }

        return string.Create(message.Length - 5, Encoding.UTF8.GetString(message[5..]), static (chars, text) =>
        {
            for (int i = 0; i < chars.Length; i++)
            {
                chars[i] = i >= text.Length ? ' ' : char.IsControl(text[i]) && text[i] != '\n' ? '?' : text[i];
            }
        }).TrimEnd();
    }
}
