using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Tests.Runtime;

/// <summary>Profiles and calls by chance.</summary>
internal sealed class RandomProfiles(int seed)
{
    private static readonly string[] s_actions =
        ["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP"];

    private static readonly string[] s_operators = ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];
    private static readonly string[] s_names = [.. SyscallNames.All.Where(name => name != "write"), "recv", "send", "no_such_call"];

    // Around the edges of the halves.
    private static readonly ulong[] s_values =
        [0, 1, 2, 3, 8, 0x1F, 0x7E020000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0x1_00000000, 0x1_00000001, 0x5_00000003, 0x7FFFFFFF_FFFFFFFF, 0xFFFFFFFF_00000000, 0xFFFFFFFF_FFFFFFFE, ulong.MaxValue];

    private readonly Random _random = new(seed);

    /// <param name="isSimple">All rules have the same action, so that their order cannot matter, and at most one condition.</param>
    public OciSeccomp Profile(bool isSimple = false)
    {
        string defaultAction = Pick(s_actions.Where(action => action != "SCMP_ACT_NOTIFY").ToArray());
        string uniform = Pick(s_actions);
        // Some profiles speak of a few calls often, some of many once.
        string[] names = [.. Enumerable.Range(0, 1 + _random.Next(_random.Next(2) == 0 ? 6 : 120)).Select(_ => Pick(s_names))];
        return new OciSeccomp
        {
            DefaultAction = defaultAction,
            DefaultErrnoRet = defaultAction is "SCMP_ACT_ERRNO" && _random.Next(2) == 0 ? (uint)_random.Next(1, 100) : null,
            Architectures = _random.Next(6) == 0 ? null : [.. new[] { "SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_ARM" }.Where(_ => _random.Next(3) > 0)],
            ListenerPath = "/run/agent",
            Syscalls = [.. Enumerable.Range(0, _random.Next(60)).Select(_ => Rule(names, isSimple ? uniform : Pick(s_actions), isSimple))],
        };
    }

    /// <summary>Argument values: those of the profile and their neighbours, and chance.</summary>
    public ulong[] Arguments(OciSeccomp profile)
    {
        ulong[] values = [.. profile.Syscalls!.SelectMany(rule => rule.Args ?? []).SelectMany(argument => new[] { argument.Value, argument.ValueTwo })];
        return [.. Enumerable.Range(0, 6).Select(_ => Value(values))];
    }

    private ulong Value(ulong[] values) => _random.Next(4) switch
    {
        0 => Pick(s_values),
        1 => (ulong)_random.NextInt64(),
        _ when values.Length == 0 => Pick(s_values),
        _ => unchecked(Pick(values) + (ulong)_random.Next(-1, 2)),
    };

    private OciSyscall Rule(string[] names, string action, bool isSimple) => new()
    {
        Names = [.. Enumerable.Range(0, 1 + _random.Next(8)).Select(_ => Pick(names))],
        Action = action,
        ErrnoRet = action is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE" && !isSimple && _random.Next(2) == 0 ? (uint)_random.Next(0, 200) : null,
        Args = _random.Next(2) == 0 ? null : [.. Enumerable.Range(0, isSimple ? 1 : 1 + _random.Next(3)).Select(_ => Argument())],
    };

    private OciSyscallArgument Argument() => new()
    {
        Index = (uint)_random.Next(_random.Next(2) == 0 ? 6 : 2),
        Op = Pick(s_operators),
        Value = Pick(s_values),
        ValueTwo = Pick(s_values),
    };

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}
