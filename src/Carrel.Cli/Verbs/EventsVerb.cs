using System;
using System.Collections.Generic;
using System.Globalization;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel events.</summary>
internal sealed class EventsVerb : Verb
{
    private const long LongestWait = 250_000_000;

    internal override string Usage => "[--stats | --interval TIME] ID";

    internal override string Description => "Prints what a container uses, as JSON, one line each interval, until it ends; and a line for each time it runs out of memory.";

    internal override IReadOnlyList<OptionSpec> Options =>
    [
        new("interval", "TIME", "time between two lines, such as 5s (default), 500ms or 1m"),
        new("stats", null, "print one line and exit"),
    ];

    internal override int Run(VerbCall call)
    {
        string id = call.OnlyId;
        long interval = Duration.Parse(call.Options.Value("interval") ?? "5s");
        if (interval <= 0)
        {
            throw new UsageException("--interval: must be more than 0");
        }

        (Container container, ContainerStatus status) = call.Lifecycle.Get(id);
        if (status == ContainerStatus.Stopped)
        {
            throw new RuntimeException($"container with id {id} is not running");
        }

        CgroupRecord cgroup = container.Cgroup ?? throw new RuntimeException($"container {id} has no cgroup: there is nothing to report");
        if (call.Options.Has("stats"))
        {
            return CommandLine.Print(Line("stats", id, CgroupManager.ReadStats(cgroup)));
        }

        using OomWatch watch = CgroupManager.WatchOom(cgroup);
        while (ContainerLifecycle.IsAlive(container))
        {
            CommandLine.Print(Line("stats", id, CgroupManager.ReadStats(cgroup)));
            PrintEvents(watch, container, HostClock.Get(ClockId.CLOCK_MONOTONIC) + interval);
        }

        return 0;
    }

    /// <summary>Until the time of the next figures or the end of the container.</summary>
    private static void PrintEvents(OomWatch watch, Container container, long end)
    {
        long left;
        while ((left = end - HostClock.Get(ClockId.CLOCK_MONOTONIC)) > 0 && ContainerLifecycle.IsAlive(container))
        {
            long wait = Math.Min(left, LongestWait);
            if (watch.IsGone)
            {
                HostClock.Sleep(wait);
            }
            else if (watch.Wait(TimeSpan.FromTicks(wait / 100)) > 0)
            {
                CommandLine.Print(Line("oom", container.Id, data: null));
            }
        }
    }

    private static string Line(string type, string id, CgroupStats? data) => new CgroupEvent { Type = type, Id = id, Data = data }.ToJson() + "\n";
}

/// <summary>Times as Go programs write them: 1h2m3.5s, 500ms.</summary>
internal static class Duration
{
    /// <summary>Nanoseconds.</summary>
    internal static long Parse(string text)
    {
        ReadOnlySpan<char> rest = text;
        double total = 0;
        while (!rest.IsEmpty)
        {
            int digits = rest.IndexOfAnyExcept("0123456789.");
            int unit = digits <= 0 ? -1 : rest[digits..].IndexOfAny("0123456789.") is var next and >= 0 ? next : rest.Length - digits;
            if (unit <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                throw new UsageException($"not a time such as 5s: {text}");
            }

            total += number * rest[digits..(digits + unit)] switch
            {
                "ns" => 1,
                "us" or "µs" => 1e3,
                "ms" => 1e6,
                "s" => 1e9,
                "m" => 60e9,
                "h" => 3600e9,
                _ => throw new UsageException($"not a time such as 5s: {text}"),
            };
            rest = rest[(digits + unit)..];
        }

        return total < long.MaxValue ? (long)total : throw new UsageException($"too long: {text}");
    }
}
