using System;
using System.Collections.Generic;
using Carrel.Oci;

namespace Carrel.Cli;

/// <summary>carrel update.</summary>
internal sealed class UpdateVerb : Verb
{
    internal override string Usage => "[options] ID";

    internal override string Description => "Changes the limits of a container; what is not given stays. With --resources, from a document (config.json's \"linux.resources\").";

    internal override IReadOnlyList<OptionSpec> Options =>
    [
        new("resources", "FILE", "take the limits from this file, or from stdin for -; other options do not count then", 'r'),
        new("blkio-weight", "N", "weight of block input and output, 10 to 1000"),
        new("cpu-period", "US", "length of a period of the CPU bandwidth limit"),
        new("cpu-quota", "US", "CPU time in a period; -1: no limit"),
        new("cpu-burst", "US", "CPU time that may be saved up"),
        new("cpu-share", "N", "CPU shares"),
        new("cpu-rt-period", "US", "length of a period for real-time scheduling"),
        new("cpu-rt-runtime", "US", "real-time scheduling in a period"),
        new("cpu-idle", "N", "1: SCHED_IDLE for the group; 0: not"),
        new("cpuset-cpus", "LIST", "processors to use"),
        new("cpuset-mems", "LIST", "memory nodes to use"),
        new("kernel-memory", "SIZE", "refused: the kernel has given it up") { IsHidden = true },
        new("kernel-memory-tcp", "SIZE", "memory for TCP buffers"),
        new("memory", "SIZE", "memory limit, such as 512m; -1: none"),
        new("memory-reservation", "SIZE", "soft limit of memory"),
        new("memory-swap", "SIZE", "memory and swap together; -1: no limit"),
        new("pids-limit", "N", "most processes and threads; -1: no limit"),
        new("l3-cache-schema", "TEXT", "not supported") { IsHidden = true },
        new("mem-bw-schema", "TEXT", "not supported") { IsHidden = true },
    ];

    internal override int Run(VerbCall call)
    {
        string id = call.OnlyId;
        call.Lifecycle.Update(id, call.Options.Value("resources") is { } source ? Read(call, source) : FromOptions(call.Options));
        return 0;
    }

    private static OciResources Read(VerbCall call, string source)
    {
        List<string> warnings = [];
        byte[] document = source == "-" ? ConfigFile.ReadAll(0, "stdin") : ConfigFile.ReadFile(source);
        OciResources resources = ConfigFile.ParseResources(document, source == "-" ? "stdin" : source, warnings);
        warnings.ForEach(call.Log.Warn);
        return resources;
    }

    private static OciResources FromOptions(ParsedOptions given)
    {
        foreach (string refused in (ReadOnlySpan<string>)["l3-cache-schema", "mem-bw-schema", "kernel-memory"])
        {
            if (given.Value(refused) is { Length: > 0 })
            {
                throw new UsageException($"--{refused}: not supported");
            }
        }

        var resources = new OciResources
        {
            Memory = new OciMemory
            {
                Limit = Size(given, "memory"),
                Reservation = Size(given, "memory-reservation"),
                Swap = Size(given, "memory-swap"),
                KernelTCP = Size(given, "kernel-memory-tcp"),
            },
            Cpu = new OciCpu
            {
                Period = Unsigned(given, "cpu-period"),
                Quota = given.Number("cpu-quota"),
                Burst = Unsigned(given, "cpu-burst"),
                Shares = Unsigned(given, "cpu-share"),
                RealtimePeriod = Unsigned(given, "cpu-rt-period"),
                RealtimeRuntime = given.Number("cpu-rt-runtime"),
                Idle = given.Number("cpu-idle"),
                Cpus = given.Value("cpuset-cpus"),
                Mems = given.Value("cpuset-mems"),
            },
        };
        if (given.Number("pids-limit") is { } pids)
        {
            resources.Pids = new OciPids { Limit = pids };
        }

        if (Unsigned(given, "blkio-weight") is { } weight and not 0)
        {
            resources.BlockIO = new OciBlockIo { Weight = (ushort)Math.Min(weight, ushort.MaxValue) };
        }

        return resources;
    }

    private static ulong? Unsigned(ParsedOptions given, string name) => given.Number(name) switch
    {
        null => null,
        >= 0 and var number => (ulong)number,
        var number => throw new UsageException($"--{name}: out of range: {number}"),
    };

    private static long? Size(ParsedOptions given, string name) => given.Value(name) switch
    {
        null or "" => null,
        "-1" => -1,
        "0" => 0,
        var text => ByteSize.TryParse(text, out long bytes) ? bytes : throw new UsageException($"--{name}: not a size: {text}"),
    };
}
