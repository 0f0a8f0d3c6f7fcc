using System.Collections.Generic;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Oci;
using Carrel.Runtime;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>`run` of a bundle by the kernel wall, in the foreground and without state.</summary>
internal static class KernelRun
{
    internal static int Run(VerbCall call, CreateOptions options)
    {
        List<string> warnings = [];
        OciSpec config = ConfigFile.Load(options.Bundle, warnings, out _);
        SpecValidator.Check(config, options.Bundle);
        warnings.ForEach(call.Log.Warn);
        SandboxSpec spec = ToSpec(config, options.Bundle, options.Id);
        spec.TracesSyscalls = options.TracesSyscalls;
        spec.IsDebug = call.Global.IsDebug || call.Options.Has("debug");
        return CarrelRun.Run(spec);
    }

    private static SandboxSpec ToSpec(OciSpec config, string bundle, string id)
    {
        OciProcess process = config.Process!;
        var spec = new SandboxSpec
        {
            Arguments = Bytes(process.Args),
            Environment = Bytes(process.Env),
            Groups = process.User?.AdditionalGids ?? [],
            WorkingDirectory = RawProcessText.Bytes(process.Cwd!),
            Uid = process.User?.Uid ?? 0,
            Gid = process.User?.Gid ?? 0,
            Umask = process.User?.Umask ?? 0x12,
            Capabilities = ToCapabilities(process.Capabilities),
            HostName = RawProcessText.Bytes(config.Hostname ?? id),
            MemoryLimit = config.Linux?.Resources?.Memory?.Limit is > 0 and var limit ? limit : HostMemorySize.Default,
            IsRootWritable = !config.Root!.Readonly,
            HasTerminal = process.Terminal,
        };
        spec.Trees.Add(new TreeSpec(RawProcessText.Bytes(SpecValidator.RootPath(config, bundle)), TreeFlags.None));
        foreach (OciRlimit each in process.Rlimits ?? [])
        {
            int resource = OciNames.Limit(each.Type);
            if (resource < 0 || each.Soft > each.Hard)
            {
                throw new OciException($"process.rlimits: {each.Type} is not a limit, or its soft value is above the hard one");
            }

            spec.Limits.Add(new LimitSpec(resource, each.Soft, each.Hard));
        }

        foreach (OciMount mount in config.Mounts ?? [])
        {
            AddMount(spec, mount);
        }

        return spec;
    }

    private static void AddMount(SandboxSpec spec, OciMount mount)
    {
        (MountFlags flags, string data) = OciNames.MountOptions(mount.Options);
        int tree = -1;
        if ((flags & MountFlags.MS_BIND) != 0 || mount.Type == "bind")
        {
            if (!Directory.Exists(mount.Source))
            {
                throw new OciException($"mounts: {mount.Destination}: the source is not a directory: {mount.Source}");
            }

            tree = spec.Trees.Count;
            spec.Trees.Add(new TreeSpec(RawProcessText.Bytes(Path.GetFullPath(mount.Source!)), (flags & MountFlags.MS_RDONLY) != 0 ? TreeFlags.None : TreeFlags.Writable));
        }

        string type = mount.Type ?? "";
        spec.Mounts.Add(new MountSpec(RawProcessText.Bytes(mount.Destination ?? ""), type, RawProcessText.Bytes(mount.Source ?? type), data, tree,
            flags & ~(MountFlags.MS_BIND | MountFlags.MS_REC)));
    }

    private static CapabilitySets ToCapabilities(OciCapabilities? capabilities) => new(
        OciNames.Capabilities(capabilities?.Effective), OciNames.Capabilities(capabilities?.Permitted), OciNames.Capabilities(capabilities?.Inheritable),
        OciNames.Capabilities(capabilities?.Bounding), OciNames.Capabilities(capabilities?.Ambient));

    private static List<string> Bytes(List<string>? texts) => [.. (texts ?? []).Select(RawProcessText.Bytes)];
}
