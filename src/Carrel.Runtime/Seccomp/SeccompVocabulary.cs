using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>The words of config-linux.md, "Seccomp", that we understand; `features` lists them.</summary>
public static class SeccompVocabulary
{
    private static readonly Dictionary<string, uint> s_actions = new()
    {
        ["SCMP_ACT_ALLOW"] = Seccomp.SECCOMP_RET_ALLOW,
        ["SCMP_ACT_ERRNO"] = Seccomp.SECCOMP_RET_ERRNO,
        ["SCMP_ACT_KILL"] = Seccomp.SECCOMP_RET_KILL_THREAD,
        ["SCMP_ACT_KILL_PROCESS"] = Seccomp.SECCOMP_RET_KILL_PROCESS,
        ["SCMP_ACT_KILL_THREAD"] = Seccomp.SECCOMP_RET_KILL_THREAD,
        ["SCMP_ACT_LOG"] = Seccomp.SECCOMP_RET_LOG,
        ["SCMP_ACT_NOTIFY"] = Seccomp.SECCOMP_RET_USER_NOTIF,
        ["SCMP_ACT_TRACE"] = Seccomp.SECCOMP_RET_TRACE,
        ["SCMP_ACT_TRAP"] = Seccomp.SECCOMP_RET_TRAP,
    };

    private static readonly Dictionary<string, SeccompComparison> s_operators = new()
    {
        ["SCMP_CMP_EQ"] = SeccompComparison.Equal,
        ["SCMP_CMP_GE"] = SeccompComparison.GreaterOrEqual,
        ["SCMP_CMP_GT"] = SeccompComparison.Greater,
        ["SCMP_CMP_LE"] = SeccompComparison.LessOrEqual,
        ["SCMP_CMP_LT"] = SeccompComparison.Less,
        ["SCMP_CMP_MASKED_EQ"] = SeccompComparison.MaskedEqual,
        ["SCMP_CMP_NE"] = SeccompComparison.NotEqual,
    };

    private static readonly Dictionary<string, uint> s_flags = new()
    {
        ["SECCOMP_FILTER_FLAG_LOG"] = Seccomp.SECCOMP_FILTER_FLAG_LOG,
        ["SECCOMP_FILTER_FLAG_SPEC_ALLOW"] = Seccomp.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
        // Nothing to do: the filter is loaded in a process of one thread. The kernel refuses it beside a listener.
        ["SECCOMP_FILTER_FLAG_TSYNC"] = 0,
        ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] = Seccomp.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
    };

    // Calls of the others never reach a kernel of x86-64: what a profile says of them changes nothing here.
    private static readonly Dictionary<string, SyscallAbi?> s_architectures = new()
    {
        ["SCMP_ARCH_AARCH64"] = null,
        ["SCMP_ARCH_ARM"] = null,
        ["SCMP_ARCH_LOONGARCH64"] = null,
        ["SCMP_ARCH_M68K"] = null,
        ["SCMP_ARCH_MIPS"] = null,
        ["SCMP_ARCH_MIPS64"] = null,
        ["SCMP_ARCH_MIPS64N32"] = null,
        ["SCMP_ARCH_MIPSEL"] = null,
        ["SCMP_ARCH_MIPSEL64"] = null,
        ["SCMP_ARCH_MIPSEL64N32"] = null,
        ["SCMP_ARCH_PARISC"] = null,
        ["SCMP_ARCH_PARISC64"] = null,
        ["SCMP_ARCH_PPC"] = null,
        ["SCMP_ARCH_PPC64"] = null,
        ["SCMP_ARCH_PPC64LE"] = null,
        ["SCMP_ARCH_RISCV64"] = null,
        ["SCMP_ARCH_S390"] = null,
        ["SCMP_ARCH_S390X"] = null,
        ["SCMP_ARCH_SH"] = null,
        ["SCMP_ARCH_SHEB"] = null,
        ["SCMP_ARCH_X32"] = SyscallAbi.X32,
        ["SCMP_ARCH_X86"] = SyscallAbi.X86,
        ["SCMP_ARCH_X86_64"] = SyscallAbi.X64,
    };

    public static IReadOnlyList<string> Actions => s_actions.Keys.ToArray();

    public static IReadOnlyList<string> Operators => s_operators.Keys.ToArray();

    public static IReadOnlyList<string> Flags => s_flags.Keys.ToArray();

    public static IReadOnlyList<string> Architectures => s_architectures.Keys.ToArray();

    internal static bool TryGetAction(string word, out uint action) => s_actions.TryGetValue(word, out action);

    internal static bool TryGetOperator(string word, out SeccompComparison comparison) => s_operators.TryGetValue(word, out comparison);

    internal static bool TryGetFlag(string word, out uint flag) => s_flags.TryGetValue(word, out flag);

    internal static bool TryGetArchitecture(string word, out SyscallAbi? abi) => s_architectures.TryGetValue(word, out abi);
}
