using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Carrel.Abi;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>The compiled filter decides every call as the profile says.</summary>
public sealed class SeccompCompilerTests(ITestOutputHelper output)
{
    private const uint Allow = Seccomp.SECCOMP_RET_ALLOW;
    private const uint Kill = Seccomp.SECCOMP_RET_KILL_THREAD;
    private const uint Eperm = Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.EPERM;
    private const uint Enosys = Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS;

    [Fact]
    public void RandomProfiles_DecideAsTheReference()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"first seed {seed}");
        for (int i = 0; i < 100; i++)
        {
            var random = new RandomProfiles(seed + i);
            OciSeccomp profile = random.Profile();
            Compare(profile, random, $"seed {seed + i}");
        }
    }

    /// <summary>Enough rules on arguments that jumps of more than 255 instructions are needed.</summary>
    [Fact]
    public void LongPrograms_DecideAsTheReference()
    {
        string[] names = [.. SyscallNames.All.Order(StringComparer.Ordinal).Where(name => name != "write").Take(300)];
        var profile = new OciSeccomp
        {
            DefaultAction = "SCMP_ACT_ERRNO",
            Architectures = ["SCMP_ARCH_X86"],
            Syscalls = [.. names.Select((name, index) => Rule("SCMP_ACT_TRACE", name, new OciSyscallArgument { Index = (uint)(index % 6), Op = "SCMP_CMP_GT", Value = ((ulong)index << 32) + 7 }))],
        };
        Assert.True(Compile(profile).Length > 1500);
        Compare(profile, new RandomProfiles(1), "long");
    }

    [Fact]
    public void DefaultProfile_DecidesAsTheReference()
    {
        Compare(DefaultSeccompProfile.Make(null), new RandomProfiles(2), "default");
        Compare(DefaultSeccompProfile.Make(new OciCapabilities { Bounding = ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE"] }), new RandomProfiles(3), "default with capabilities");
    }

    [Fact]
    public void DefaultProfile_IsShortAndFlat()
    {
        BpfMachine machine = Compile(DefaultSeccompProfile.Make(null));
        int deepest = 0;
        long sum = 0;
        for (uint number = 0; number < Nr.Count; number++)
        {
            machine.Run(FilterCall.X64(number), out int steps, out _);
            deepest = Math.Max(deepest, steps);
            sum += steps;
        }

        output.WriteLine($"{machine.Length} instructions, longest path {machine.LongestPath()}, over the x86-64 calls {deepest} at most, {(double)sum / Nr.Count:f1} on average");
        Assert.InRange(machine.Length, 1, 400);
        Assert.InRange(machine.LongestPath(), 1, 30);
    }

    /// <summary>Writes profile and filter for benchmarks/seccomp.</summary>
    [Fact]
    public void DefaultFilter_IsWrittenForBenchmarks()
    {
        string? directory = Environment.GetEnvironmentVariable("CARREL_FILTERS");
        Assert.SkipWhen(directory is null, "CARREL_FILTERS is not set");
        OciSeccomp profile = DefaultSeccompProfile.Make(null);
        File.WriteAllBytes(Path.Combine(directory!, "default.bpf"), SeccompCompiler.Compile(profile).Program.ToArray());
        File.WriteAllText(Path.Combine(directory!, "default.json"), JsonSerializer.Serialize(profile, OciJson.Default.OciSeccomp));
    }

    /// <summary>The kernel (5.11) runs no filter for calls that are allowed whatever their arguments: if it can see that (seccomp_is_const_allow).</summary>
    [Fact]
    public void CallsWithoutConditions_NeverReadArguments()
    {
        BpfMachine machine = Compile(DefaultSeccompProfile.Make(null));
        int[] conditional = [Nr.socket, Nr.personality, Nr.clone];
        for (int number = 0; number < Nr.Count; number++)
        {
            machine.Run(FilterCall.X64((uint)number), out _, out bool readsArguments);
            Assert.Equal(conditional.Contains(number), readsArguments);
        }
    }

    [Fact]
    public void ArchitectureThatIsNotListed_Kills()
    {
        BpfMachine machine = Compile(Profile("SCMP_ACT_ALLOW", Rule("SCMP_ACT_ERRNO", "chroot")));
        Assert.Equal(Allow, machine.Run(FilterCall.X64(Nr.getpid)));
        Assert.Equal(Kill, machine.Run(FilterCall.X86(20)));
        Assert.Equal(Kill, machine.Run(FilterCall.X32(Nr.getpid)));
        Assert.Equal(Kill, machine.Run(new FilterCall(0xC00000B7, Nr.getpid, new ulong[6]))); // AUDIT_ARCH_AARCH64
        Assert.Equal(Allow, machine.Run(FilterCall.X64(uint.MaxValue))); // a tracer skips the call
    }

    [Fact]
    public void X32_HasNumbersOfItsOwn()
    {
        OciSeccomp profile = Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "ioctl", "pwritev2", "set_mempolicy_home_node"));
        profile.Architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"];
        BpfMachine machine = Compile(profile);
        Assert.Equal(Allow, machine.Run(FilterCall.X64(16)));
        Assert.Equal(Eperm, machine.Run(FilterCall.X32(16)));
        Assert.Equal(Allow, machine.Run(FilterCall.X32(514)));
        Assert.Equal(Enosys, machine.Run(FilterCall.X64(514)));
    }

    [Fact]
    public void X86_ReachesSocketCallsDirectlyAndThroughTheMultiplexer()
    {
        OciSeccomp profile = Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "connect", "recv", "shmat", "statx"));
        profile.Architectures = ["SCMP_ARCH_X86"];
        BpfMachine machine = Compile(profile);
        Assert.Equal(Allow, machine.Run(FilterCall.X86(362)));
        Assert.Equal(Allow, machine.Run(FilterCall.X86(102, 3)));
        Assert.Equal(Allow, machine.Run(FilterCall.X86(102, 10)));
        Assert.Equal(Eperm, machine.Run(FilterCall.X86(102, 4)));
        Assert.Equal(Eperm, machine.Run(FilterCall.X86(361)));
        Assert.Equal(Allow, machine.Run(FilterCall.X86(117, 21)));
        Assert.Equal(Allow, machine.Run(FilterCall.X86(117, 0x10015))); // the version of the interface is in the upper half
        Assert.Equal(Eperm, machine.Run(FilterCall.X86(117, 22)));
    }

    [Fact]
    public void CallsNewerThanTheProfile_AreUnknown()
    {
        BpfMachine machine = Compile(Profile("SCMP_ACT_KILL_PROCESS", Rule("SCMP_ACT_ALLOW", "openat2")));
        Assert.Equal(Seccomp.SECCOMP_RET_KILL_PROCESS, machine.Run(FilterCall.X64(Nr.openat2 - 1)));
        Assert.Equal(Allow, machine.Run(FilterCall.X64(Nr.openat2)));
        Assert.Equal(Enosys, machine.Run(FilterCall.X64(Nr.openat2 + 1)));
        Assert.Equal(Enosys, machine.Run(FilterCall.X64(1000)));
    }

    [Theory]
    [InlineData("SCMP_ACT_ALLOW")]
    [InlineData("SCMP_ACT_LOG")]
    [InlineData("SCMP_ACT_TRACE")]
    public void CallsNewerThanTheProfile_GetAPermissiveDefault(string action)
    {
        BpfMachine machine = Compile(Profile(action, Rule("SCMP_ACT_KILL", "openat2")));
        Assert.Equal(machine.Run(FilterCall.X64(0)), machine.Run(FilterCall.X64(1000)));
    }

    [Theory]
    [InlineData("SCMP_ACT_KILL", null, 0u)]
    [InlineData("SCMP_ACT_KILL_THREAD", null, 0u)]
    [InlineData("SCMP_ACT_KILL_PROCESS", null, 0x80000000u)]
    [InlineData("SCMP_ACT_TRAP", null, 0x30000u)]
    [InlineData("SCMP_ACT_ERRNO", null, 0x50001u)]
    [InlineData("SCMP_ACT_ERRNO", 0, 0x50000u)]
    [InlineData("SCMP_ACT_ERRNO", 4095, 0x50FFFu)]
    [InlineData("SCMP_ACT_TRACE", null, 0x7FF00001u)]
    [InlineData("SCMP_ACT_TRACE", 65535, 0x7FF0FFFFu)]
    [InlineData("SCMP_ACT_LOG", null, 0x7FFC0000u)]
    [InlineData("SCMP_ACT_NOTIFY", null, 0x7FC00000u)]
    public void Actions_BecomeTheKernels(string action, int? errno, uint expected)
    {
        OciSyscall rule = Rule(action, "chroot");
        rule.ErrnoRet = (uint?)errno;
        OciSeccomp profile = Profile("SCMP_ACT_ALLOW", rule);
        profile.ListenerPath = "/run/agent";
        Assert.Equal(expected, Compile(profile).Run(FilterCall.X64(Nr.chroot)));
    }

    [Fact]
    public void ConditionsOnTheSameArgument_AreAlternatives()
    {
        BpfMachine machine = Compile(Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "socket", Argument(0, "SCMP_CMP_EQ", 1), Argument(0, "SCMP_CMP_EQ", 2))));
        Assert.Equal(Allow, machine.Run(FilterCall.X64(Nr.socket, 1)));
        Assert.Equal(Allow, machine.Run(FilterCall.X64(Nr.socket, 2)));
        Assert.Equal(Eperm, machine.Run(FilterCall.X64(Nr.socket, 3)));
    }

    [Fact]
    public void ConditionsOnSeveralArguments_MustAllHold()
    {
        BpfMachine machine = Compile(Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "socket", Argument(0, "SCMP_CMP_EQ", 1), Argument(1, "SCMP_CMP_LE", 2))));
        Assert.Equal(Allow, machine.Run(FilterCall.X64(Nr.socket, 1, 2)));
        Assert.Equal(Eperm, machine.Run(FilterCall.X64(Nr.socket, 1, 3)));
        Assert.Equal(Eperm, machine.Run(FilterCall.X64(Nr.socket, 2, 2)));
        Assert.Equal(Eperm, machine.Run(FilterCall.X64(Nr.socket, 1, 1ul << 32)));
    }

    [Fact]
    public void UnknownCalls_AreLeftOutAndNamed()
    {
        CompiledSeccomp compiled = SeccompCompiler.Compile(Profile("SCMP_ACT_ERRNO", Rule("SCMP_ACT_ALLOW", "read", "call_of_2031", "recv")));
        Assert.Equal(["call_of_2031"], compiled.UnknownNames);
        Assert.Equal(Allow, new BpfMachine(compiled.Program.Span).Run(FilterCall.X64(Nr.read)));
    }

    [Fact]
    public void EmptyProfile_AllowsEverything() => Assert.Equal(Allow, Compile(new OciSeccomp()).Run(FilterCall.X86(1)));

    [Fact]
    public void Flags_BecomeTheKernels()
    {
        OciSeccomp profile = Profile("SCMP_ACT_ALLOW", Rule("SCMP_ACT_NOTIFY", "chroot"));
        profile.ListenerPath = "/run/agent";
        Assert.Equal(12u, SeccompCompiler.Compile(profile).Flags); // SPEC_ALLOW is runc's default
        profile.Flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"];
        Assert.Equal(0x2Au, SeccompCompiler.Compile(profile).Flags);
        Assert.True(SeccompCompiler.Compile(profile).HasNotify);
        profile.Flags = [];
        profile.Syscalls = null;
        Assert.Equal(0u, SeccompCompiler.Compile(profile).Flags);
    }

    [Fact]
    public void ProfileTooLargeForAFilter_IsRefused()
    {
        var profile = new OciSeccomp { DefaultAction = "SCMP_ACT_ERRNO", Syscalls = [] };
        for (ulong i = 0; i < 30000; i++)
        {
            profile.Syscalls.Add(Rule("SCMP_ACT_ALLOW", "ioctl", Argument(1, "SCMP_CMP_EQ", i * 2), Argument(2, "SCMP_CMP_EQ", i)));
        }

        Assert.StartsWith("linux.seccomp: ", Assert.Throws<RuntimeException>(() => SeccompCompiler.Compile(profile)).Message, StringComparison.Ordinal);
    }

    /// <summary>All numbers of all ways into the kernel, each with several arguments.</summary>
    private static void Compare(OciSeccomp profile, RandomProfiles random, string what)
    {
        BpfMachine machine = Compile(profile);
        var reference = new ReferenceFilter(profile);
        ulong[][] arguments = [.. Enumerable.Range(0, 6).Select(_ => random.Arguments(profile))];
        foreach ((uint architecture, uint number) in Calls())
        {
            foreach (ulong[] values in arguments)
            {
                // On i386 the kernel sees registers of 32 bits.
                ulong[] seen = architecture == AuditArch.AUDIT_ARCH_I386 ? Array.ConvertAll(values, value => value & uint.MaxValue) : values;
                var call = new FilterCall(architecture, number, seen);
                uint expected = reference.Decide(call);
                uint actual = machine.Run(call);
                Assert.True(expected == actual, $"{what}: {call}: {expected:x} expected, {actual:x} found");
            }
        }
    }

    internal static IEnumerable<(uint Architecture, uint Number)> Calls()
    {
        const uint X32 = AuditArch.__X32_SYSCALL_BIT;
        foreach (uint start in (uint[])[0, X32, 2 * X32, 3 * X32])
        {
            for (uint number = 0; number < 600; number++)
            {
                yield return (AuditArch.AUDIT_ARCH_X86_64, start + number);
            }

            yield return (AuditArch.AUDIT_ARCH_X86_64, start + X32 - 2);
            yield return (AuditArch.AUDIT_ARCH_X86_64, start + X32 - 1);
        }

        for (uint number = 0; number < 600; number++)
        {
            yield return (AuditArch.AUDIT_ARCH_I386, number);
        }

        yield return (AuditArch.AUDIT_ARCH_I386, X32 + 3);
        yield return (AuditArch.AUDIT_ARCH_I386, uint.MaxValue);
        yield return (0x40000028, 3); // AUDIT_ARCH_ARM
    }

    private static BpfMachine Compile(OciSeccomp profile) => new(SeccompCompiler.Compile(profile).Program.Span);

    private static OciSeccomp Profile(string defaultAction, params OciSyscall[] rules) => new() { DefaultAction = defaultAction, Syscalls = [.. rules] };

    private static OciSyscall Rule(string action, params string[] names) => new() { Names = [.. names], Action = action };

    private static OciSyscall Rule(string action, string name, params OciSyscallArgument[] arguments) => new() { Names = [name], Action = action, Args = [.. arguments] };

    private static OciSyscallArgument Argument(uint index, string op, ulong value) => new() { Index = index, Op = op, Value = value };
}
