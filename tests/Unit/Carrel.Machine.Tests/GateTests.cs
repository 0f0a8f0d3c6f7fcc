using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using Xunit;

namespace Carrel.Tests.Machine;

/// <summary>The gate with real guests; each runs in a process of its own (tests/GateSmoke), which owns its stubs.</summary>
public sealed class GateTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("hello")]
    [InlineData("mmap")]
    [InlineData("fork")]
    [InlineData("threads")]
    [InlineData("faults")]
    [InlineData("kick")]
    [InlineData("avx")]
    [InlineData("int80")]
    [InlineData("suicide")]
    [InlineData("file")]
    [InlineData("fs")]
    [InlineData("fork_threads")]
    [InlineData("stress")]
    [InlineData("limit")]
    [InlineData("killer")]
    [InlineData("exceed")]
    public void Guest_Friendly_Works(string test) => Run(test);

    [Theory]
    [InlineData("forge")]
    [InlineData("forge_child")]
    [InlineData("forge_child_known_tag")]
    [InlineData("forge_failed")]
    [InlineData("forge_confirm")]
    [InlineData("forge_trap")]
    [InlineData("forge_trap_own")]
    [InlineData("block_sigsys")]
    [InlineData("block_kick")]
    [InlineData("move_stack")]
    [InlineData("slot_noise")]
    [InlineData("list_noise")]
    public void Guest_Hostile_HurtsOnlyItself(string test) => Run(test);

    private void Run(string test)
    {
        var start = new ProcessStartInfo(Path.Combine(Metadata("GateSmokeFolder"), "GateSmoke"), [Metadata("GateSmokeGuest"), test])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd();
        bool ended = process.WaitForExit(TimeSpan.FromSeconds(60));
        output.WriteLine(text);
        Assert.True(ended && process.ExitCode == 0, text);
    }

    private static string Metadata(string key) =>
        typeof(GateTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(data => data.Key == key).Value!;
}
