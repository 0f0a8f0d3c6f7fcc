using System;

namespace Carrel.Runtime;

/// <summary>The user namespace of this process. Root of one that is not the host's cannot make device nodes, nor write to /run.</summary>
internal static class UserNamespace
{
    private static readonly Lazy<string[]> s_map = new(() => (ProcFile.ReadText("/proc/self/uid_map") ?? "").Split((char[])[' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Whether it is the host's.</summary>
    internal static bool IsInitial => s_map.Value is ["0", "0", "4294967295"];
}
