using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>How a rule compares an argument with its value.</summary>
internal enum SeccompComparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    GreaterOrEqual,
    Greater,

    /// <summary>The bits of the argument under the value are those of the second value.</summary>
    MaskedEqual,
}

/// <summary>A comparison with an argument; for <see cref="SeccompComparison.MaskedEqual"/> <paramref name="Value"/> is the mask, otherwise <paramref name="Second"/> is not used.</summary>
internal readonly record struct SeccompCondition(int Argument, SeccompComparison Comparison, ulong Value, ulong Second);

/// <summary>What happens with a call if all conditions hold.</summary>
/// <param name="Action">SECCOMP_RET_* with its data.</param>
internal sealed record SeccompRule(string Name, uint Action, SeccompCondition[] Conditions);

/// <summary>linux.seccomp of config.json, checked: what is wrong in it is a <see cref="RuntimeException"/> that names the field.</summary>
internal sealed class SeccompRules
{
    private const string Root = "linux.seccomp";
    private const int ArgumentCount = 6;
    private const uint MaxErrno = 4095; // include/linux/err.h; the kernel makes more of it 4095

    private SeccompRules(uint defaultAction) => DefaultAction = defaultAction;

    public uint DefaultAction { get; }

    /// <summary>There are neither rules nor a default action: for runc there is no filter then.</summary>
    public bool AllowsEverything { get; private init; }

    public uint Flags { get; private set; }

    public bool HasNotify { get; private set; }

    /// <summary>Which tables the profile speaks of; that of the machine always.</summary>
    public SortedSet<SyscallAbi> Architectures { get; } = [SyscallAbi.X64];

    /// <summary>The rules that differ from the default action, in their order.</summary>
    public List<SeccompRule> Rules { get; } = [];

    /// <summary>All names, also of rules that say what the default says.</summary>
    public HashSet<string> Names { get; } = [];

    public static SeccompRules Read(OciSeccomp profile)
    {
        List<OciSyscall> syscalls = profile.Syscalls ?? [];
        if (profile.DefaultAction.Length == 0 && syscalls.Count == 0)
        {
            return new SeccompRules(Seccomp.SECCOMP_RET_ALLOW) { AllowsEverything = true };
        }

        uint defaultAction = Action(profile.DefaultAction, profile.DefaultErrnoRet, $"{Root}.defaultAction", $"{Root}.defaultErrnoRet");
        Check(defaultAction != Seccomp.SECCOMP_RET_USER_NOTIF, $"{Root}.defaultAction", "SCMP_ACT_NOTIFY cannot be the default action");
        var rules = new SeccompRules(defaultAction);
        rules.ReadArchitectures(profile.Architectures);
        for (int i = 0; i < syscalls.Count; i++)
        {
            rules.ReadSyscall(syscalls[i], $"{Root}.syscalls[{i}]");
        }

        rules.ReadFlags(profile.Flags);
        bool hasListener = !string.IsNullOrEmpty(profile.ListenerPath);
        Check(hasListener || !rules.HasNotify, $"{Root}.listenerPath", "missing; SCMP_ACT_NOTIFY needs it");
        Check(hasListener || string.IsNullOrEmpty(profile.ListenerMetadata), $"{Root}.listenerMetadata", "given without listenerPath");
        return rules;
    }

    private void ReadArchitectures(List<string>? words)
    {
        for (int i = 0; i < (words?.Count ?? 0); i++)
        {
            string word = words![i] ?? "";
            Check(SeccompVocabulary.TryGetArchitecture(word, out SyscallAbi? abi), $"{Root}.architectures[{i}]", $"unknown architecture \"{word}\"");
            if (abi is { } here)
            {
                Architectures.Add(here);
            }
        }
    }

    private void ReadFlags(List<string>? words)
    {
        if (words is null)
        {
            Flags = Seccomp.SECCOMP_FILTER_FLAG_SPEC_ALLOW; // runc's default if the profile is silent
        }

        for (int i = 0; i < (words?.Count ?? 0); i++)
        {
            string word = words![i] ?? "";
            Check(SeccompVocabulary.TryGetFlag(word, out uint flag), $"{Root}.flags[{i}]", $"unknown flag \"{word}\"");
            Check(flag != Seccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV || HasNotify, $"{Root}.flags[{i}]", $"{word} without a rule of SCMP_ACT_NOTIFY");
            Flags |= flag;
        }

        Flags |= HasNotify ? Seccomp.SECCOMP_FILTER_FLAG_NEW_LISTENER : 0u;
    }

    private void ReadSyscall(OciSyscall? syscall, string field)
    {
        Check(syscall is not null, field, "null");
        uint action = Action(syscall!.Action, syscall.ErrnoRet, $"{field}.action", $"{field}.errnoRet");
        List<string> names = syscall.Names ?? [];
        Check(names.Count > 0, $"{field}.names", "empty");
        List<SeccompCondition[]> alternatives = Conditions(syscall.Args, field);
        bool isNotify = action == Seccomp.SECCOMP_RET_USER_NOTIF;
        HasNotify |= isNotify;
        for (int i = 0; i < names.Count; i++)
        {
            string name = names[i] ?? "";
            Check(name.Length > 0, $"{field}.names[{i}]", "empty");
            // The child under the filter writes down where its listener is: nobody would be there yet to answer for that call. So it is in runc, too.
            Check(!isNotify || name != "write", $"{field}.names[{i}]", "SCMP_ACT_NOTIFY cannot be used for the write system call");
            Names.Add(name);
            for (int k = 0; action != DefaultAction && k < alternatives.Count; k++)
            {
                Rules.Add(new SeccompRule(name, action, alternatives[k]));
            }
        }
    }

    /// <summary>All conditions of a rule must hold; but if two are about the same argument, each is a rule of its own, as runc has it for old profiles.</summary>
    private static List<SeccompCondition[]> Conditions(List<OciSyscallArgument>? arguments, string field)
    {
        var all = new SeccompCondition[arguments?.Count ?? 0];
        int seen = 0;
        bool areAlternatives = false;
        for (int i = 0; i < all.Length; i++)
        {
            OciSyscallArgument? argument = arguments![i];
            Check(argument is not null, $"{field}.args[{i}]", "null");
            Check(argument!.Index < ArgumentCount, $"{field}.args[{i}].index", $"{argument.Index} is not an argument; there are 0 to 5");
            Check(SeccompVocabulary.TryGetOperator(argument.Op, out SeccompComparison comparison), $"{field}.args[{i}].op", $"unknown operator \"{argument.Op}\"");
            all[i] = new SeccompCondition((int)argument.Index, comparison, argument.Value, argument.ValueTwo);
            areAlternatives |= (seen & (1 << (int)argument.Index)) != 0;
            seen |= 1 << (int)argument.Index;
        }

        return areAlternatives ? [.. Array.ConvertAll(all, condition => new[] { condition })] : [all];
    }

    private static uint Action(string? word, uint? data, string field, string dataField)
    {
        Check(!string.IsNullOrEmpty(word), field, "missing");
        Check(SeccompVocabulary.TryGetAction(word!, out uint action), field, $"unknown action \"{word}\"");
        if (action is not (Seccomp.SECCOMP_RET_ERRNO or Seccomp.SECCOMP_RET_TRACE))
        {
            Check(data is null, dataField, $"{word} returns no errno");
            return action;
        }

        uint limit = action == Seccomp.SECCOMP_RET_ERRNO ? MaxErrno : Seccomp.SECCOMP_RET_DATA;
        Check(data is null || data <= limit, dataField, $"{data} is more than {limit}");
        return action | (data ?? (uint)Errno.EPERM);
    }

    private static void Check(bool holds, string field, string problem)
    {
        if (!holds)
        {
            throw new RuntimeException($"{field}: {problem}");
        }
    }
}
