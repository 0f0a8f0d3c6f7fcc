using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using Carrel.Abi;
using Carrel.Files;
using Carrel.Oci;
using Carrel.Sandbox;

namespace Carrel.Cli;

/// <summary>carrel run: runs the program of an OCI bundle in the foreground.</summary>
internal sealed class RunCommand : Command
{
    private readonly Option<string> _bundle = new("--bundle", "-b") { Description = "The bundle's directory.", HelpName = "DIR", DefaultValueFactory = _ => "." };
    private readonly Option<bool> _strace = new("--strace") { Description = "Print each system call to stderr." };
    private readonly Option<bool> _debug = new("--debug") { Description = "Print what Carrel does to stderr." };
    private readonly Argument<string> _id = new("id") { Description = "A name for the carrel." };

    internal RunCommand()
        : base("run", "Run the program of an OCI bundle.")
    {
        Options.Add(_bundle);
        Options.Add(_strace);
        Options.Add(_debug);
        Arguments.Add(_id);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        try
        {
            Bundle bundle = Bundle.Load(parsed.GetValue(_bundle)!);
            SandboxSpec spec = ToSpec(bundle, parsed.GetValue(_id)!);
            spec.TracesSyscalls = parsed.GetValue(_strace);
            spec.IsDebug = parsed.GetValue(_debug);
            return CarrelRun.Run(spec);
        }
        catch (BundleException e)
        {
            return CommandLine.Fail(e.Message);
        }
    }

    private static SandboxSpec ToSpec(Bundle bundle, string id)
    {
        BundleProcess process = bundle.Process;
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
            HostName = RawProcessText.Bytes(bundle.Config.Hostname ?? id),
            MemoryLimit = bundle.Config.Linux?.Resources?.Memory?.Limit is > 0 and var limit ? limit : HostMemorySize.Default,
            IsRootWritable = !bundle.Config.Root!.Readonly,
            HasTerminal = process.Terminal,
        };
        spec.Trees.Add(new TreeSpec(RawProcessText.Bytes(bundle.RootPath), TreeFlags.None));
        foreach (BundleLimit each in process.Rlimits ?? [])
        {
            int resource = OciNames.Limit(each.Type);
            if (resource < 0 || each.Soft > each.Hard)
            {
                throw new BundleException($"process.rlimits: {each.Type} is not a limit, or its soft value is above the hard one");
            }

            spec.Limits.Add(new LimitSpec(resource, each.Soft, each.Hard));
        }

        foreach (BundleMount mount in bundle.Config.Mounts ?? [])
        {
            AddMount(spec, mount);
        }

        return spec;
    }

    private static void AddMount(SandboxSpec spec, BundleMount mount)
    {
        (MountFlags flags, string data) = OciNames.MountOptions(mount.Options);
        int tree = -1;
        if ((flags & MountFlags.MS_BIND) != 0 || mount.Type == "bind")
        {
            if (!Directory.Exists(mount.Source))
            {
                throw new BundleException($"mounts: {mount.Destination}: the source is not a directory: {mount.Source}");
            }

            tree = spec.Trees.Count;
            spec.Trees.Add(new TreeSpec(RawProcessText.Bytes(Path.GetFullPath(mount.Source)), (flags & MountFlags.MS_RDONLY) != 0 ? TreeFlags.None : TreeFlags.Writable));
        }

        string type = mount.Type ?? "";
        spec.Mounts.Add(new MountSpec(RawProcessText.Bytes(mount.Destination), type, RawProcessText.Bytes(mount.Source ?? type), data, tree,
            flags & ~(MountFlags.MS_BIND | MountFlags.MS_REC)));
    }

    private static CapabilitySets ToCapabilities(BundleCapabilities? capabilities) => new(
        OciNames.Capabilities(capabilities?.Effective), OciNames.Capabilities(capabilities?.Permitted), OciNames.Capabilities(capabilities?.Inheritable),
        OciNames.Capabilities(capabilities?.Bounding), OciNames.Capabilities(capabilities?.Ambient));

    private static List<string> Bytes(List<string>? texts) => [.. (texts ?? []).Select(RawProcessText.Bytes)];
}
