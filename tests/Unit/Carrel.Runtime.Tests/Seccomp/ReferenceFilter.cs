using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Tests.Runtime;

/// <summary>What a profile means, said as plainly as possible: rule by rule, name by name, without tables, ranges or graphs.</summary>
internal sealed class ReferenceFilter(OciSeccomp profile)
{
    private const uint X32 = AuditArch.__X32_SYSCALL_BIT;

    private readonly List<OciSyscall> _rules = profile.Syscalls ?? [];
    private readonly Dictionary<SyscallAbi, uint> _last = [];
    private readonly Dictionary<(SyscallAbi, uint), List<(uint Action, List<OciSyscallArgument> Arguments)>> _rulesOfCalls = [];

    private uint DefaultAction => Action(profile.DefaultAction, profile.DefaultErrnoRet);

    public uint Decide(FilterCall call)
    {
        bool isX32 = (call.Number & X32) != 0;
        SyscallAbi abi;
        if (call.Architecture == AuditArch.AUDIT_ARCH_I386 && Lists("SCMP_ARCH_X86"))
        {
            abi = SyscallAbi.X86;
        }
        else if (call.Architecture == AuditArch.AUDIT_ARCH_X86_64 && (!isX32 || Lists("SCMP_ARCH_X32")))
        {
            abi = isX32 ? SyscallAbi.X32 : SyscallAbi.X64;
        }
        else
        {
            return call.Architecture == AuditArch.AUDIT_ARCH_X86_64 && call.Number == uint.MaxValue ? DefaultAction : Seccomp.SECCOMP_RET_KILL_THREAD;
        }

        bool isPermissive = profile.DefaultAction is "SCMP_ACT_ALLOW" or "SCMP_ACT_LOG" or "SCMP_ACT_TRACE";
        uint last = Last(abi);
        if (abi == SyscallAbi.X64 && (isPermissive || last == 0) && !Lists("SCMP_ARCH_X32") && call.Number >= X32)
        {
            return Seccomp.SECCOMP_RET_KILL_THREAD;
        }

        if (!isPermissive && last != 0 && call.Number > last)
        {
            return Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS;
        }

        if (!_rulesOfCalls.TryGetValue((abi, call.Number), out List<(uint Action, List<OciSyscallArgument> Arguments)>? rules))
        {
            _rulesOfCalls[(abi, call.Number)] = rules = RulesFor(abi, call);
        }

        foreach ((uint action, List<OciSyscallArgument> arguments) in rules)
        {
            if (arguments.Count == 0)
            {
                return action;
            }
        }

        foreach ((uint action, List<OciSyscallArgument> arguments) in rules.OrderBy(rule => rule.Arguments.All(argument => argument.Op == "SCMP_CMP_EQ") ? 0 : 1))
        {
            if (arguments.All(argument => Holds(argument, call.Arguments[argument.Index], abi)))
            {
                return action;
            }
        }

        return DefaultAction;
    }

    /// <summary>The call's number is higher than all of the profile: runc, not libseccomp, decides.</summary>
    public bool IsNewer(FilterCall call)
    {
        bool isX32 = (call.Number & X32) != 0;
        SyscallAbi abi = call.Architecture == AuditArch.AUDIT_ARCH_I386 ? SyscallAbi.X86 : isX32 ? SyscallAbi.X32 : SyscallAbi.X64;
        return call.Number > Last(abi);
    }

    private bool Lists(string architecture) => profile.Architectures?.Contains(architecture) == true;

    private uint Last(SyscallAbi abi)
    {
        if (!_last.TryGetValue(abi, out uint last))
        {
            foreach (string name in _rules.SelectMany(rule => rule.Names!))
            {
                if (SyscallNames.TryGetNumber(name, abi, out uint number) && number > last && (abi != SyscallAbi.X86 || Multiplexer.Find(name) is null))
                {
                    last = number;
                }
            }

            _last[abi] = last;
        }

        return last;
    }

    private List<(uint Action, List<OciSyscallArgument> Arguments)> RulesFor(SyscallAbi abi, FilterCall call)
    {
        var found = new List<(uint, List<OciSyscallArgument>)>();
        foreach (OciSyscall rule in _rules)
        {
            uint action = Action(rule.Action, rule.ErrnoRet);
            if (action == DefaultAction)
            {
                continue;
            }

            foreach (string name in rule.Names!)
            {
                foreach (List<OciSyscallArgument> arguments in Alternatives(rule.Args ?? []))
                {
                    if (abi == SyscallAbi.X86 && Multiplexer.Find(name) is { } way && way.Number == call.Number)
                    {
                        var through = way.Mask == uint.MaxValue
                            ? new OciSyscallArgument { Index = 0, Op = "SCMP_CMP_EQ", Value = way.Call }
                            : new OciSyscallArgument { Index = 0, Op = "SCMP_CMP_MASKED_EQ", Value = way.Mask, ValueTwo = way.Call };
                        found.Add((action, [through, .. arguments.Where(argument => argument.Index != 0)]));
                    }

                    if (SyscallNames.TryGetNumber(name, abi, out uint number) && number == call.Number)
                    {
                        found.Add((action, arguments));
                    }
                }
            }
        }

        return found;
    }

    private static IEnumerable<List<OciSyscallArgument>> Alternatives(List<OciSyscallArgument> arguments) =>
        arguments.DistinctBy(argument => argument.Index).Count() == arguments.Count ? [arguments] : arguments.Select(argument => new List<OciSyscallArgument> { argument });

    private static bool Holds(OciSyscallArgument condition, ulong argument, SyscallAbi abi)
    {
        ulong bits = abi == SyscallAbi.X64 ? ulong.MaxValue : uint.MaxValue;
        ulong value = condition.Value & bits;
        argument &= bits;
        return condition.Op switch
        {
            "SCMP_CMP_EQ" => argument == value,
            "SCMP_CMP_NE" => argument != value,
            "SCMP_CMP_LT" => argument < value,
            "SCMP_CMP_LE" => argument <= value,
            "SCMP_CMP_GE" => argument >= value,
            "SCMP_CMP_GT" => argument > value,
            _ => (argument & value) == (condition.ValueTwo & value),
        };
    }

    private static uint Action(string word, uint? errno) => word switch
    {
        "SCMP_ACT_ALLOW" => 0x7FFF0000,
        "SCMP_ACT_LOG" => 0x7FFC0000,
        "SCMP_ACT_TRACE" => 0x7FF00000 | (errno ?? 1),
        "SCMP_ACT_NOTIFY" => 0x7FC00000,
        "SCMP_ACT_ERRNO" => 0x00050000 | (errno ?? 1),
        "SCMP_ACT_TRAP" => 0x00030000,
        "SCMP_ACT_KILL_PROCESS" => 0x80000000,
        "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => 0,
        _ => throw new ArgumentException(word),
    };
}
