using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Machine;
using Xunit;

namespace Carrel.Tests.Machine;

/// <summary>The numbers that machine code and C# both know.</summary>
public sealed class LayoutTests
{
    [Theory]
    [InlineData("STUB_CODE", StubLayout.StubCode)]
    [InlineData("SLOT_BASE", StubLayout.SlotBase)]
    [InlineData("BOOT_WINDOW", StubLayout.BootWindow)]
    [InlineData("BOOT_LIST", StubLayout.BootList)]
    [InlineData("BELL_TRAP", StubLayout.BellTrap)]
    [InlineData("BELL_CONFIRM", StubLayout.BellConfirm)]
    [InlineData("BELL_CHILD", StubLayout.BellChild)]
    [InlineData("BELL_FAILED", StubLayout.BellFailed)]
    [InlineData("ANSWER_CONFIRM", StubLayout.AnswerConfirm)]
    [InlineData("CALL_SIZE", StubCall.Size)]
    [InlineData("DONE_WORD", StubLayout.DoneWord)]
    public void Number_InAssemblyAndHere_IsTheSame(string name, ulong here) => Assert.Equal(here, Assembly()[name]);

    [Fact]
    public void Structs_HaveTheSizesOfTheHost()
    {
        Assert.Equal(StubCall.Size, Marshal.SizeOf<StubCall>());
        Assert.Equal(SlotGeometry.FrameSize, Marshal.SizeOf<RtSigFrame>());
        Assert.Equal(SlotGeometry.ContextInFrame, (int)Marshal.OffsetOf<RtSigFrame>(nameof(RtSigFrame.Uc)));
        Assert.Equal(SlotGeometry.InfoInFrame, (int)Marshal.OffsetOf<RtSigFrame>(nameof(RtSigFrame.Info)));
        Assert.True(StubLayout.MaxCalls + 6 <= StubLayout.DoneWord / StubCall.Size + 1);
    }

    private static Dictionary<string, ulong> Assembly()
    {
        string root = typeof(LayoutTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == "RepositoryRoot").Value!;
        var numbers = new Dictionary<string, ulong>();
        foreach (string line in File.ReadLines(Path.Combine(root, "src/Carrel.Machine/Native/layout.inc")))
        {
            string[] words = line.Replace(",", " ", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 3 && words[0] == ".set")
            {
                numbers[words[1]] = words[2].StartsWith("0x", StringComparison.Ordinal)
                    ? ulong.Parse(words[2].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                    : ulong.Parse(words[2], CultureInfo.InvariantCulture);
            }
        }

        return numbers;
    }
}
