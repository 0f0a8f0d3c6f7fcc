using System;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// <see cref="DefaultSeccompProfile"/> compiled beforehand for the usual capabilities, since compiling is a large part of a short container's time. Named by those
/// capabilities that the profile asks for. A test holds them to what the compiler makes.
/// </summary>
public static class DefaultSeccompPrograms
{
    /// <summary>Those there are: of a process without capabilities or with those of `carrel spec`, and with Docker's.</summary>
    public static readonly string[] Names = ["", "CAP_SYS_CHROOT"];

    internal static ReadOnlySpan<ulong> Find(string name) => name switch
    {
        "" => DefaultSeccompData.Plain,
        "CAP_SYS_CHROOT" => DefaultSeccompData.SysChroot,
        _ => default,
    };

    internal static CompiledSeccomp Get(string name) => new()
    {
        Program = MemoryMarshal.AsBytes(Find(name)).ToArray(),
        Flags = Carrel.Abi.Seccomp.SECCOMP_FILTER_FLAG_SPEC_ALLOW,
        HasNotify = false,
        UnknownNames = [],
    };

    /// <summary>The text of DefaultSeccompData.cs (carrel docs default-seccomp).</summary>
    public static string Print()
    {
        var text = new StringBuilder("""
            using System;

            namespace Carrel.Runtime;

            /// <summary>Printed by `carrel docs default-seccomp`.</summary>
            internal static class DefaultSeccompData
            {

            """);
        for (int i = 0; i < Names.Length; i++)
        {
            var capabilities = new OciCapabilities { Bounding = [.. Names[i].Split(' ', StringSplitOptions.RemoveEmptyEntries)] };
            ReadOnlySpan<ulong> program = MemoryMarshal.Cast<byte, ulong>(SeccompCompiler.Compile(DefaultSeccompProfile.Make(capabilities)).Program.Span);
            text.Append(i == 0 ? "" : "\n").Append("    internal static ReadOnlySpan<ulong> ").Append(PropertyOf(Names[i])).Append(" =>\n    [");
            for (int k = 0; k < program.Length; k++)
            {
                text.Append(k % 8 == 0 ? "\n        " : " ").Append(CultureInfo.InvariantCulture, $"0x{program[k]:x},");
            }

            text.Append("\n    ];\n");
        }

        return text.Append("}\n").ToString();
    }

    private static string PropertyOf(string name) =>
        name.Length == 0 ? "Plain" : string.Concat(name["CAP_".Length..].Split('_').Select(word => word[0] + word[1..].ToLowerInvariant()));
}
