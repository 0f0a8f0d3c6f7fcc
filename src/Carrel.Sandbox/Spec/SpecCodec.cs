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
        ProcessCodec.Write(writer, spec);
        writer.Write(spec.HostName);
        writer.Write(spec.DomainName);
        writer.Write(spec.MemoryLimit);
        writer.Write(spec.PidsLimit);
        writer.Write(spec.Cgroup.Memory);
        writer.Write(spec.Cgroup.OomSize);
        writer.Write(spec.Cgroup.CpuQuota);
        writer.Write(spec.Cgroup.CpuPeriod);
        writer.Write(spec.Cgroup.CpuWeight);
        writer.Write(spec.AwaitsCommand);
        WriteHooks(writer, spec);
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

        writer.Write(spec.IsRootWritable);
        writer.Write(spec.HasStandardMounts);
        ProcessCodec.WriteTexts(writer, spec.MaskedPaths);
        ProcessCodec.WriteTexts(writer, spec.ReadonlyPaths);
        writer.Write(spec.VdsoMaps);
        writer.Write(spec.IsDetached);
        writer.Write(spec.IsHeld);
        writer.Write(spec.Owner);
        writer.Write(spec.TracesSyscalls);
        writer.Write(spec.IsDebug);
        writer.Flush();
        return stream.ToArray();
    }

    private static void WriteHooks(BinaryWriter writer, SandboxSpec spec)
    {
        writer.Write(spec.HookState.Length);
        writer.Write(spec.HookState);
        writer.Write(spec.StartHooks.Count);
        foreach (HookSpec hook in spec.StartHooks)
        {
            writer.Write(hook.Path);
            ProcessCodec.WriteTexts(writer, hook.Arguments);
            writer.Write(hook.Environment is not null);
            ProcessCodec.WriteTexts(writer, hook.Environment ?? []);
            writer.Write(hook.Timeout);
        }
    }

    private static void ReadHooks(BinaryReader reader, SandboxSpec spec)
    {
        spec.HookState = reader.ReadBytes(ProcessCodec.ReadCount(reader, ProcessCodec.MaxSize));
        for (int left = ProcessCodec.ReadCount(reader, 1024); left > 0; left--)
        {
            string path = reader.ReadString();
            List<string> arguments = [], environment = [];
            ProcessCodec.ReadTexts(reader, arguments);
            bool hasEnvironment = reader.ReadBoolean();
            ProcessCodec.ReadTexts(reader, environment);
            spec.StartHooks.Add(new HookSpec(path, arguments, hasEnvironment ? environment : null, reader.ReadInt32()));
        }
    }

    public static SandboxSpec Decode(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var spec = new SandboxSpec();
        ProcessCodec.Read(reader, spec);
        spec.HostName = reader.ReadString();
        spec.DomainName = reader.ReadString();
        spec.MemoryLimit = reader.ReadInt64();
        spec.PidsLimit = reader.ReadInt32();
        spec.Cgroup = new CgroupSpec(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
        spec.AwaitsCommand = reader.ReadBoolean();
        ReadHooks(reader, spec);
        for (int left = ProcessCodec.ReadCount(reader, FilesLimits.Trees); left > 0; left--)
        {
            spec.Trees.Add(new TreeSpec(reader.ReadString(), (TreeFlags)reader.ReadInt32()));
        }

        for (int left = ProcessCodec.ReadCount(reader, Kernel.Vfs.MountNamespace.MaxMounts); left > 0; left--)
        {
            spec.Mounts.Add(new MountSpec(reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadString(), reader.ReadInt32(), (MountFlags)reader.ReadUInt64()));
        }

        spec.IsRootWritable = reader.ReadBoolean();
        spec.HasStandardMounts = reader.ReadBoolean();
        ProcessCodec.ReadTexts(reader, spec.MaskedPaths);
        ProcessCodec.ReadTexts(reader, spec.ReadonlyPaths);
        spec.VdsoMaps = reader.ReadString();
        spec.IsDetached = reader.ReadBoolean();
        spec.IsHeld = reader.ReadBoolean();
        spec.Owner = reader.ReadUInt32();
        spec.TracesSyscalls = reader.ReadBoolean();
        spec.IsDebug = reader.ReadBoolean();
        return spec;
    }
}
