using System.Collections.Generic;
using System.IO;
using Carrel.Abi;
using Carrel.Files;

namespace Carrel.Sandbox;

/// <summary>A <see cref="SandboxSpec"/> as bytes. Both ends are the same program, so there is no version.</summary>
public static class SpecCodec
{
    public static byte[] Encode(SandboxSpec spec)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
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
        writer.Write(spec.HostName);
        writer.Write(spec.MemoryLimit);
        writer.Write(spec.Umask);
        writer.Write(spec.Trees.Count);
        foreach (TreeSpec tree in spec.Trees)
        {
            writer.Write(tree.Path);
            writer.Write((int)tree.Flags);
        }

        writer.Write(spec.Mounts.Count);
        foreach (MountSpec mount in spec.Mounts)
        {
            writer.Write(mount.Destination);
            writer.Write(mount.Type);
            writer.Write(mount.Source);
            writer.Write(mount.Options);
            writer.Write(mount.Tree);
            writer.Write((ulong)mount.Flags);
        }

        writer.Write(spec.Limits.Count);
        foreach (LimitSpec limit in spec.Limits)
        {
            writer.Write(limit.Resource);
            writer.Write(limit.Soft);
            writer.Write(limit.Hard);
        }

        writer.Write(spec.IsRootWritable);
        writer.Write(spec.HasStandardMounts);
        writer.Write(spec.HasTerminal);
        writer.Write(spec.VdsoMaps);
        writer.Write(spec.TracesSyscalls);
        writer.Write(spec.IsDebug);
        writer.Flush();
        return stream.ToArray();
    }

    public static SandboxSpec Decode(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var spec = new SandboxSpec { Arguments = ReadTexts(reader), Environment = ReadTexts(reader) };
        spec.WorkingDirectory = reader.ReadString();
        spec.IsWorkingDirectoryOptional = reader.ReadBoolean();
        spec.User = reader.ReadString();
        spec.Uid = reader.ReadUInt32();
        spec.Gid = reader.ReadUInt32();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            spec.Groups.Add(reader.ReadUInt32());
        }

        spec.Capabilities = new CapabilitySets(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64());
        spec.HostName = reader.ReadString();
        spec.MemoryLimit = reader.ReadInt64();
        spec.Umask = reader.ReadUInt32();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            spec.Trees.Add(new TreeSpec(reader.ReadString(), (TreeFlags)reader.ReadInt32()));
        }

        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            spec.Mounts.Add(new MountSpec(reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadInt32(), (MountFlags)reader.ReadUInt64()));
        }

        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            spec.Limits.Add(new LimitSpec(reader.ReadInt32(), reader.ReadUInt64(), reader.ReadUInt64()));
        }

        spec.IsRootWritable = reader.ReadBoolean();
        spec.HasStandardMounts = reader.ReadBoolean();
        spec.HasTerminal = reader.ReadBoolean();
        spec.VdsoMaps = reader.ReadString();
        spec.TracesSyscalls = reader.ReadBoolean();
        spec.IsDebug = reader.ReadBoolean();
        return spec;
    }

    private static void WriteTexts(BinaryWriter writer, List<string> texts)
    {
        writer.Write(texts.Count);
        texts.ForEach(writer.Write);
    }

    private static List<string> ReadTexts(BinaryReader reader)
    {
        int count = reader.ReadInt32();
        var texts = new List<string>(count);
        for (int i = 0; i < count; i++)
        {
            texts.Add(reader.ReadString());
        }

        return texts;
    }
}
