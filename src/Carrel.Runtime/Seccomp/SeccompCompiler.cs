using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// Makes a filter of linux.seccomp: what runc and libseccomp make of the same profile, decided by binary search instead of a chain of comparisons.
/// Calls whose fate does not depend on arguments take paths that look at number and architecture only, which Linux 5.11 and later recognise
/// (seccomp_cache_prepare): allowed ones do not run the filter at all.
/// </summary>
public static class SeccompCompiler
{
    private const uint EnosysAction = Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS;

    // libseccomp's answer to architectures that the filter does not know (SCMP_FLTATR_ACT_BADARCH).
    private const uint BadArchitecture = Seccomp.SECCOMP_RET_KILL_THREAD;

    /// <summary>Compiles a profile; a bad value in it is a <see cref="RuntimeException"/> that names the field.</summary>
    public static CompiledSeccomp Compile(OciSeccomp profile)
    {
        if (profile.Ready is { } name)
        {
            return DefaultSeccompPrograms.Get(name);
        }

        SeccompRules rules = SeccompRules.Read(profile);
        SockFilter[] program = FilterEmitter.Emit(Decision(rules));
        if (program.Length > Bpf.BPF_MAXINSNS)
        {
            throw new RuntimeException($"linux.seccomp: the rules need a filter of {program.Length} instructions, the kernel takes {Bpf.BPF_MAXINSNS}");
        }

        return new CompiledSeccomp
        {
            Program = MemoryMarshal.AsBytes(program.AsSpan()).ToArray(),
            Flags = rules.Flags,
            HasNotify = rules.HasNotify,
            UnknownNames = [.. rules.Names.Where(name => !SyscallNames.IsKnown(name)).Order(StringComparer.Ordinal)],
        };
    }

    private static FilterNode Decision(SeccompRules rules)
    {
        var nodes = new FilterNodes();
        if (rules.AllowsEverything)
        {
            return nodes.Return(rules.DefaultAction);
        }

        FilterNode foreign = nodes.Return(BadArchitecture);
        bool hasX86 = rules.Architectures.Contains(SyscallAbi.X86);
        FilterNode decision = hasX86
            ? nodes.Test(FilterWord.Architecture, Bpf.BPF_JEQ, AuditArch.AUDIT_ARCH_I386, RangeTree.Build(nodes, FilterWord.Number, NarrowNumbers(nodes, rules)), foreign)
            : foreign;
        return nodes.Test(FilterWord.Architecture, Bpf.BPF_JEQ, AuditArch.AUDIT_ARCH_X86_64, RangeTree.Build(nodes, FilterWord.Number, WideNumbers(nodes, rules)), decision);
    }

    private static List<FilterRange> NarrowNumbers(FilterNodes nodes, SeccompRules rules) =>
        new SyscallRanges(nodes, rules, SyscallAbi.X86).Make(0, nodes.Return(BehindLast(rules, SyscallAbi.X86)));

    /// <summary>Numbers under AUDIT_ARCH_X86_64: those of x86-64, and with bit 30 those of x32.</summary>
    private static List<FilterRange> WideNumbers(FilterNodes nodes, SeccompRules rules)
    {
        const uint X32 = AuditArch.__X32_SYSCALL_BIT;
        FilterNode behindLast = nodes.Return(BehindLast(rules, SyscallAbi.X64));
        List<FilterRange> ranges = new SyscallRanges(nodes, rules, SyscallAbi.X64).Make(0, behindLast);
        if (rules.Architectures.Contains(SyscallAbi.X32))
        {
            FilterNode behindLastOfX32 = nodes.Return(BehindLast(rules, SyscallAbi.X32));
            ranges.AddRange(new SyscallRanges(nodes, rules, SyscallAbi.X32).Make(X32, behindLastOfX32));
            ranges.Add(new FilterRange(2 * X32, behindLast));
            ranges.Add(new FilterRange(3 * X32, behindLastOfX32));
            return ranges;
        }

        FilterNode foreign = nodes.Return(BadArchitecture);
        ranges.Add(new FilterRange(X32, foreign));
        // runc's check for new calls comes before libseccomp's for x32 and looks at bit 30 alone.
        ranges.Add(new FilterRange(2 * X32, KnowsNewerCalls(rules, SyscallAbi.X64) ? behindLast : foreign));
        ranges.Add(new FilterRange(3 * X32, foreign));
        // A tracer that skips a call sets the number -1, and the filter runs again (seccomp(2)).
        ranges.Add(new FilterRange(uint.MaxValue, nodes.Return(rules.DefaultAction)));
        return ranges;
    }

    /// <summary>
    /// A call that is newer than all calls of the profile is one that its author did not know: programs shall take it for one that the kernel does not
    /// know (runc's patchbpf), so that they fall back to an older one.
    /// </summary>
    private static uint BehindLast(SeccompRules rules, SyscallAbi abi) => KnowsNewerCalls(rules, abi) ? EnosysAction : rules.DefaultAction;

    private static bool KnowsNewerCalls(SeccompRules rules, SyscallAbi abi) => !IsPermissive(rules.DefaultAction) && SyscallRanges.Last(rules, abi) != 0;

    /// <summary>Actions under which an unknown call is executed, or handled by somebody who may know it.</summary>
    private static bool IsPermissive(uint action) =>
        (action & Seccomp.SECCOMP_RET_ACTION_FULL) is Seccomp.SECCOMP_RET_ALLOW or Seccomp.SECCOMP_RET_LOG or Seccomp.SECCOMP_RET_TRACE;
}
