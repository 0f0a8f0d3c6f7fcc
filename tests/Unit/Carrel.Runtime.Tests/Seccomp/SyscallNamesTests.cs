using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.RegularExpressions;
using Carrel.Abi;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>The numbers by name are those of the C headers, and for x86-64 those of the kernel's own list in Carrel.Abi.</summary>
public sealed partial class SyscallNamesTests
{
    private const string Headers = "/usr/include/x86_64-linux-gnu/asm/";

    [Theory]
    [InlineData(SyscallAbi.X64, "unistd_64.h")]
    [InlineData(SyscallAbi.X86, "unistd_32.h")]
    [InlineData(SyscallAbi.X32, "unistd_x32.h")]
    internal void Numbers_AreThoseOfTheHeaders(SyscallAbi abi, string header)
    {
        Assert.SkipUnless(File.Exists(Headers + header), $"no {header}");
        Dictionary<string, uint> expected = Definition().Matches(File.ReadAllText(Headers + header)).ToDictionary(
            match => match.Groups[1].Value,
            match => uint.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture) | (match.Groups[2].Success ? AuditArch.__X32_SYSCALL_BIT : 0));
        Assert.InRange(expected.Count, 300, 600);
        uint newest = expected.Values.Where(number => (number & ~AuditArch.__X32_SYSCALL_BIT) is < 512).Max();
        foreach (string name in SyscallNames.All.Concat(expected.Keys).Distinct())
        {
            bool isKnown = SyscallNames.TryGetNumber(name, abi, out uint number);
            // The headers may be older than the table; x86-64 has filled a gap since (uretprobe, uprobe).
            if (isKnown && !expected.ContainsKey(name) && (number > newest || number is 335 or 336))
            {
                continue;
            }

            Assert.True(isKnown == expected.ContainsKey(name) && (!isKnown || number == expected[name]), $"{name}: {number}");
        }
    }

    [Fact]
    public void NumbersOfX64_AreThoseOfTheAbi()
    {
        Dictionary<string, int> expected = typeof(Nr).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.Name != nameof(Nr.Count)).ToDictionary(field => field.Name, field => (int)field.GetRawConstantValue()!);
        foreach (string name in SyscallNames.All.Concat(expected.Keys).Distinct())
        {
            bool isKnown = SyscallNames.TryGetNumber(name, SyscallAbi.X64, out uint number);
            Assert.True(isKnown == expected.ContainsKey(name) && (!isKnown || number == (uint)expected[name]), $"{name}: {number}");
        }
    }

    [GeneratedRegex(@"^#define __NR_(\w+) (?:(\(__X32_SYSCALL_BIT \+) )?(\d+)\)?$", RegexOptions.Multiline)]
    private static partial Regex Definition();
}
