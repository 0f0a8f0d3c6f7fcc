using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using Carrel.Abi;

namespace Carrel.Sandbox;

/// <summary>What goes over the control descriptor and the channels of control requests, one message each.</summary>
public enum ControlKind : byte
{
    /// <summary>To the kernel process: send this signal to the guest's init, or to the process of the channel.</summary>
    Signal = 1,
    /// <summary>To the kernel process: rows, columns, pixel width and height of the terminal.</summary>
    WindowSize,
    /// <summary>From the kernel process, last: exit status and why, if it is Carrel's own failure. On a channel: wait status of its process.</summary>
    Exit = 16,
    /// <summary>From the kernel process: it is set up; or a request is done, with a number.</summary>
    Done,
    /// <summary>From the kernel process: a request has failed, with an exit status and the reason.</summary>
    Failed,
    /// <summary>From the kernel process: pids, four bytes each.</summary>
    Pids,
}

/// <summary>Encodes and decodes control messages.</summary>
public static class ControlMessage
{
    public const int MaxSize = 65536;

    private const int MaxReason = 4096;

    public static byte[] Signal(int signal) => Number(ControlKind.Signal, signal);

    public static byte[] Done(int number = 0) => Number(ControlKind.Done, number);

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

    public static byte[] Exit(int status, string? reason) => WithReason(ControlKind.Exit, status, reason);

    public static byte[] Failed(int status, string? reason) => WithReason(ControlKind.Failed, status, reason);

    /// <summary>As many as fit into one message.</summary>
    public static byte[] Pids(IReadOnlyList<int> pids)
    {
        int count = Math.Min(pids.Count, (MaxSize - 1) / sizeof(int));
        var message = new byte[1 + (count * sizeof(int))];
        message[0] = (byte)ControlKind.Pids;
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(1 + (i * sizeof(int))), pids[i]);
        }

        return message;
    }

    public static List<int> ReadPids(ReadOnlySpan<byte> message)
    {
        var pids = new List<int>();
        for (int at = 1; at + sizeof(int) <= message.Length; at += sizeof(int))
        {
            pids.Add(BinaryPrimitives.ReadInt32LittleEndian(message[at..]));
        }

        return pids;
    }

    /// <summary>The number in a message; false if it is too short.</summary>
    public static bool TryReadNumber(ReadOnlySpan<byte> message, out int number)
    {
        number = 0;
        return message.Length >= 5 && BinaryPrimitives.TryReadInt32LittleEndian(message[1..], out number);
    }

    /// <summary>The reason in an Exit or Failed message, null if none. Control characters are taken out: the sender may be hostile.</summary>
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

    private static byte[] WithReason(ControlKind kind, int status, string? reason)
    {
        byte[] text = Encoding.UTF8.GetBytes(reason ?? "");
        text = text.AsSpan(0, Math.Min(text.Length, MaxReason)).ToArray();
        var message = new byte[5 + text.Length];
        Number(kind, status).CopyTo(message, 0);
        text.CopyTo(message, 5);
        return message;
    }

    private static byte[] Number(ControlKind kind, int number)
    {
        var message = new byte[5];
        message[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(1), number);
        return message;
    }
}
