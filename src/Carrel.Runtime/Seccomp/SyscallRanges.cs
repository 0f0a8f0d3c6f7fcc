using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>The decisions over the calls of one table, by number.</summary>
internal sealed class SyscallRanges(FilterNodes nodes, SeccompRules rules, SyscallAbi abi)
{
    // What servers and shells do all day. They come first where the kernel runs the filter for every call (before Linux 5.11).
    private static readonly string[] s_frequent =
    [
        "read", "write", "readv", "writev", "pread64", "pwrite64", "recvfrom", "sendto", "recvmsg", "sendmsg", "epoll_wait", "epoll_pwait", "poll", "ppoll",
        "futex", "openat", "close", "fstat", "newfstatat", "lseek", "mmap", "munmap", "mprotect", "madvise", "brk", "rt_sigaction", "rt_sigprocmask",
        "getpid", "clock_gettime", "clock_nanosleep", "sched_yield", "ioctl", "fcntl", "accept4", "wait4", "clone", "socket",
    ];

    private const int FrequentWeight = 8;

    /// <summary>The highest number of a call that the profile speaks of, whatever it says; 0: it speaks of none.</summary>
    public static uint Last(SeccompRules rules, SyscallAbi abi)
    {
        uint last = 0;
        foreach (string name in rules.Names)
        {
            // libseccomp knows multiplexed calls of i386 by negative numbers, which are never the highest.
            if (SyscallNames.TryGetNumber(name, abi, out uint number) && (abi != SyscallAbi.X86 || Multiplexer.Find(name) is null))
            {
                last = Math.Max(last, number);
            }
        }

        return last;
    }

    /// <summary>Ranges from <paramref name="start"/> on: numbers of the table, then those behind the last one of the profile.</summary>
    public List<FilterRange> Make(uint start, FilterNode behindLast)
    {
        FilterNode otherwise = nodes.Return(rules.DefaultAction);
        var tests = new ArgumentTests(nodes, isNarrow: abi != SyscallAbi.X64);
        Dictionary<uint, int> weights = Weights();
        var ranges = new List<FilterRange> { new(start, otherwise) };
        uint last = Last(rules, abi);
        foreach ((uint number, List<(SeccompCondition[] Conditions, uint Action)> calls) in ByNumber())
        {
            if (number > last && behindLast != otherwise)
            {
                continue; // an i386 socket call of its own, in a profile that speaks of nothing newer
            }

            // A rule without conditions beats those with conditions, wherever it stands, and the first of several wins (libseccomp's db_rule_add).
            int always = calls.FindIndex(rule => rule.Conditions.Length == 0);
            FilterNode target = always >= 0 ? nodes.Return(calls[always].Action) : tests.Rules(SpecificFirst(calls), otherwise);
            ranges.Add(new FilterRange(number, target, weights.GetValueOrDefault(number, 1)));
            ranges.Add(new FilterRange(number + 1, otherwise, 0));
        }

        if (behindLast != otherwise)
        {
            ranges.Add(new FilterRange(last + 1, behindLast));
        }

        return Unique(ranges);
    }

    /// <summary>Where rules with different actions overlap, one that asks for equality goes before ranges (libseccomp); otherwise the order of the profile holds.</summary>
    private static List<(SeccompCondition[] Conditions, uint Action)> SpecificFirst(List<(SeccompCondition[] Conditions, uint Action)> calls) =>
        [.. calls.OrderBy(rule => Array.TrueForAll(rule.Conditions, condition => condition.Comparison == SeccompComparison.Equal) ? 0 : 1)];

    /// <summary>Of several ranges with the same start only the last one is not empty.</summary>
    private static List<FilterRange> Unique(List<FilterRange> ranges)
    {
        var unique = new List<FilterRange>(ranges.Count);
        for (int i = 0; i < ranges.Count; i++)
        {
            if (i + 1 == ranges.Count || ranges[i + 1].Start != ranges[i].Start)
            {
                unique.Add(ranges[i]);
            }
        }

        return unique;
    }

    private SortedDictionary<uint, List<(SeccompCondition[] Conditions, uint Action)>> ByNumber()
    {
        var byNumber = new SortedDictionary<uint, List<(SeccompCondition[], uint)>>();
        foreach (SeccompRule rule in rules.Rules)
        {
            if (abi == SyscallAbi.X86 && Multiplexer.Find(rule.Name) is { } way)
            {
                Add(way.Number, Through(way, rule.Conditions), rule.Action);
            }

            if (SyscallNames.TryGetNumber(rule.Name, abi, out uint number))
            {
                Add(number, rule.Conditions, rule.Action);
            }
        }

        return byNumber;

        void Add(uint number, SeccompCondition[] conditions, uint action)
        {
            if (!byNumber.TryGetValue(number, out List<(SeccompCondition[], uint)>? list))
            {
                byNumber.Add(number, list = []);
            }

            list.Add((conditions, action));
        }
    }

    /// <summary>
    /// The first argument of a multiplexer is the call, and the call's own arguments lie in memory, out of a filter's sight. As libseccomp has it, a
    /// condition on the first argument is replaced by one on the call, and the others stay.
    /// </summary>
    private static SeccompCondition[] Through(Multiplexer way, SeccompCondition[] conditions)
    {
        SeccompCondition call = way.Mask == uint.MaxValue
            ? new SeccompCondition(0, SeccompComparison.Equal, way.Call, 0)
            : new SeccompCondition(0, SeccompComparison.MaskedEqual, way.Mask, way.Call);
        return [call, .. Array.FindAll(conditions, condition => condition.Argument != 0)];
    }

    private Dictionary<uint, int> Weights()
    {
        var weights = new Dictionary<uint, int>();
        foreach (string name in s_frequent)
        {
            if (SyscallNames.TryGetNumber(name, abi, out uint number))
            {
                weights[number] = FrequentWeight;
            }
        }

        return weights;
    }
}
