using System;
using System.Collections.Generic;
using System.IO;

namespace Carrel.Sandbox;

/// <summary>
/// A <see cref="ProcessSpec"/> as bytes. Both ends are the same program, so there is no version; but those of a control message are checked as if a
/// stranger had written them. Malformed bytes are an <see cref="InvalidDataException"/> or <see cref="EndOfStreamException"/>.
/// </summary>
public static class ProcessCodec
{
    /// <summary>More is refused: execve(2) takes less.</summary>
    public const int MaxSize = 8 << 20;

    /// <summary>Descriptors from 3 on that a program may be given.</summary>
    public const int MaxPreserved = 100;

    private const int MaxTexts = 1 << 17;

    public static byte[] Encode(ProcessSpec spec)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        Write(writer, spec);
        writer.Flush();
        return stream.ToArray();
    }

    public static ProcessSpec Decode(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var spec = new ProcessSpec();
        Read(reader, spec);
        return reader.BaseStream.Position == bytes.Length ? spec : throw new InvalidDataException("too long");
    }

    internal static void Write(BinaryWriter writer, ProcessSpec spec)
    {
        WriteTexts(writer, spec.Arguments);
        WriteTexts(writer, spec.Environment);
        writer.Write(spec.WorkingDirectory);
        writer.Write(spec.IsWorkingDirectoryOptional);
        writer.Write(spec.User);
        writer.Write(spec.Uid);
        writer.Write(spec.Gid);
        writer.Write(spec.Groups.Count);
        spec.Groups.ForEach(writer.Write);
        writer.Write(spec.Capabilities.Effective);
        writer.Write(spec.Capabilities.Permitted);
        writer.Write(spec.Capabilities.Inheritable);
        writer.Write(spec.Capabilities.Bounding);
        writer.Write(spec.Capabilities.Ambient);
        writer.Write(spec.Umask);
        writer.Write(spec.Limits.Count);
        foreach (LimitSpec limit in spec.Limits)
        {
            writer.Write(limit.Resource);
            writer.Write(limit.Soft);
            writer.Write(limit.Hard);
        }

        writer.Write(spec.HasNoNewPrivileges);
        writer.Write(spec.OomScoreAdjustment);
        writer.Write(spec.Seccomp.Length);
        writer.Write(spec.Seccomp);
        writer.Write(spec.HasTerminal);
        writer.Write(spec.PreservedFlags.Count);
        spec.PreservedFlags.ForEach(writer.Write);
    }

    internal static void Read(BinaryReader reader, ProcessSpec spec)
    {
        ReadTexts(reader, spec.Arguments);
        ReadTexts(reader, spec.Environment);
        spec.WorkingDirectory = reader.ReadString();
        spec.IsWorkingDirectoryOptional = reader.ReadBoolean();
        spec.User = reader.ReadString();
        spec.Uid = reader.ReadUInt32();
        spec.Gid = reader.ReadUInt32();
        for (int left = ReadCount(reader, 65536); left > 0; left--)
        {
            spec.Groups.Add(reader.ReadUInt32());
        }

        spec.Capabilities = new CapabilitySets(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        spec.Umask = reader.ReadUInt32();
        for (int left = ReadCount(reader, 64); left > 0; left--)
        {
            var limit = new LimitSpec(reader.ReadInt32(), reader.ReadUInt64(), reader.ReadUInt64());
            spec.Limits.Add(limit.Resource is >= 0 and < 16 && limit.Soft <= limit.Hard ? limit : throw new InvalidDataException("not a limit"));
        }

        spec.HasNoNewPrivileges = reader.ReadBoolean();
        spec.OomScoreAdjustment = Math.Clamp(reader.ReadInt32(), -1000, 1000);
        int length = ReadCount(reader, 1 << 16);
        spec.Seccomp = reader.ReadBytes(length);
        spec.HasTerminal = reader.ReadBoolean();
        for (int left = ReadCount(reader, MaxPreserved); left > 0; left--)
        {
            spec.PreservedFlags.Add(reader.ReadInt32());
        }

        if (spec.Seccomp.Length != length || spec.Arguments.Count == 0)
        {
            throw new InvalidDataException("nothing to run");
        }
    }

    internal static void WriteTexts(BinaryWriter writer, List<string> texts)
    {
        writer.Write(texts.Count);
        texts.ForEach(writer.Write);
    }

    internal static void ReadTexts(BinaryReader reader, List<string> texts)
    {
        for (int left = ReadCount(reader, MaxTexts); left > 0; left--)
        {
            texts.Add(reader.ReadString());
        }
    }

    internal static int ReadCount(BinaryReader reader, int most)
    {
        int count = reader.ReadInt32();
        return count >= 0 && count <= most ? count : throw new InvalidDataException("not a count");
    }
}
