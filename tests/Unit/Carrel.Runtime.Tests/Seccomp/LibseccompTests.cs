using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>Our filters decide as those that libseccomp makes of the same rules, where it is installed (libseccomp-dev).</summary>
public sealed class LibseccompTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] s_operators = ["", "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];

    private readonly CPrograms _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public void DefaultProfile_DecidesAsLibseccomps()
    {
        string library = Build();
        foreach (List<string> capabilities in (List<string>[])[[], ["CAP_SYS_ADMIN"], [.. Enum.GetNames<Capability>()]])
        {
            (int ours, int theirs) = Compare(library, DefaultSeccompProfile.Make(new OciCapabilities { Bounding = capabilities }), new RandomProfiles(5), "default");
            output.WriteLine($"{capabilities.Count} capabilities: {ours} instructions, libseccomp's {theirs}");
            Assert.True(ours < theirs);
        }
    }

    /// <summary>
    /// Rules of one action and one condition each: overlapping ones of different actions libseccomp orders by a plan of its own, and of rules with several
    /// conditions 2.5.4 makes filters that say what no rule says (log if a0 == 0xfffffffe; if a1 &lt; 8; if a1 &gt; 0x500000003; if a0 >= 1 and a3 > 2: it logs the
    /// call 0x1f, 0x7fffffff, 7, 1). So the seeds are not left to chance.
    /// </summary>
    [Fact]
    public void SimpleProfiles_DecideAsLibseccomps()
    {
        string library = Build();
        for (int seed = 1; seed <= 40; seed++)
        {
            var random = new RandomProfiles(seed);
            Compare(library, random.Profile(isSimple: true), random, $"seed {seed}");
        }
    }

    private string Build()
    {
        string? library = _programs.Build("libseccomp", "-lseccomp");
        Assert.SkipWhen(library is null, "libseccomp-dev is not installed");
        return library!;
    }

    private static (int Ours, int Theirs) Compare(string library, OciSeccomp profile, RandomProfiles random, string what)
    {
        // A library older than our tables does not know all names; without them both speak of the same calls.
        foreach (OciSyscall rule in profile.Syscalls!)
        {
            foreach (OciSyscallArgument argument in rule.Args ?? [])
            {
                argument.ValueTwo &= argument.Value;
            }
        }

        (int status, byte[] theirs, string unknown) = CPrograms.Run(library, [], [.. Lines(profile)]);
        HashSet<string> names = [.. unknown.Split('\n')];
        profile.Syscalls = [.. profile.Syscalls.Select(rule => Without(rule, names)).Where(rule => rule.Names!.Count > 0)];
        Assert.True(status == 0, $"{what}: libseccomp failed with {status}");

        CompiledSeccomp compiled = SeccompCompiler.Compile(profile);
        var ours = new BpfMachine(compiled.Program.Span);
        var reference = new BpfMachine(theirs);
        var plain = new ReferenceFilter(profile);
        ulong[][] arguments = [.. Enumerable.Range(0, 8).Select(_ => random.Arguments(profile))];
        foreach ((uint architecture, uint number) in SeccompCompilerTests.Calls())
        {
            foreach (ulong[] values in arguments)
            {
                bool isX86 = architecture == AuditArch.AUDIT_ARCH_I386;
                ulong[] seen = isX86 ? Array.ConvertAll(values, value => value & uint.MaxValue) : (ulong[])values.Clone();
                // Deliberately different: of ipc's first argument we look at the half that the kernel looks at.
                seen[0] &= isX86 && number == 117 ? 0xFFFF : ulong.MaxValue;
                var call = new FilterCall(architecture, number, seen);
                uint actual = ours.Run(call);
                uint expected = reference.Run(call);
                bool isPatched = actual == (Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS) && plain.IsNewer(call);
                if (expected != actual && !isPatched)
                {
                    IEnumerable<string> lines = Lines(profile).Where(line => line.Split(' ') is { Length: > 2 } words && SyscallNames.TryGetNumber(words[2], SyscallAbi.X64, out uint named) && named == number);
                    Assert.Fail($"{what}: {call}: {expected:x} by libseccomp, {actual:x} by us, {plain.Decide(call):x} by the reference\n{string.Join('\n', lines)}");
                }
            }
        }

        return (ours.Length, reference.Length);
    }

    private static OciSyscall Without(OciSyscall rule, HashSet<string> names) =>
        new() { Names = [.. rule.Names!.Where(name => !names.Contains(name))], Action = rule.Action, ErrnoRet = rule.ErrnoRet, Args = rule.Args };

    /// <summary>The profile as runc hands it to the library.</summary>
    private static IEnumerable<string> Lines(OciSeccomp profile)
    {
        uint defaultAction = ForLibrary(profile.DefaultAction, profile.DefaultErrnoRet);
        yield return $"default {defaultAction}";
        foreach (string architecture in profile.Architectures ?? [])
        {
            uint? token = architecture switch
            {
                "SCMP_ARCH_X86_64" => AuditArch.AUDIT_ARCH_X86_64,
                "SCMP_ARCH_X86" => AuditArch.AUDIT_ARCH_I386,
                "SCMP_ARCH_X32" => 0x4000003E,
                _ => null,
            };
            if (token is not null)
            {
                yield return $"arch {token}";
            }
        }

        foreach (OciSyscall rule in profile.Syscalls!)
        {
            uint action = ForLibrary(rule.Action, rule.ErrnoRet);
            List<OciSyscallArgument> arguments = rule.Args ?? [];
            bool areAlternatives = arguments.DistinctBy(argument => argument.Index).Count() < arguments.Count;
            IEnumerable<List<OciSyscallArgument>> alternatives = areAlternatives ? arguments.Select(argument => new List<OciSyscallArgument> { argument }) : [arguments];
            foreach (string name in action == defaultAction ? [] : rule.Names!)
            {
                foreach (List<OciSyscallArgument> alternative in alternatives)
                {
                    IEnumerable<string> conditions = alternative.Select(argument => $" {argument.Index} {Array.IndexOf(s_operators, argument.Op)} {argument.Value} {argument.ValueTwo}");
                    yield return $"rule {action} {name} {alternative.Count}{string.Concat(conditions)}";
                }
            }
        }
    }

    /// <summary>SCMP_ACT_* of seccomp.h: the kernel's values.</summary>
    private static uint ForLibrary(string action, uint? errno) => action switch
    {
        "SCMP_ACT_ALLOW" => Seccomp.SECCOMP_RET_ALLOW,
        "SCMP_ACT_LOG" => Seccomp.SECCOMP_RET_LOG,
        "SCMP_ACT_TRACE" => Seccomp.SECCOMP_RET_TRACE | (errno ?? 1),
        "SCMP_ACT_NOTIFY" => Seccomp.SECCOMP_RET_USER_NOTIF,
        "SCMP_ACT_ERRNO" => Seccomp.SECCOMP_RET_ERRNO | (errno ?? 1),
        "SCMP_ACT_TRAP" => Seccomp.SECCOMP_RET_TRAP,
        "SCMP_ACT_KILL_PROCESS" => Seccomp.SECCOMP_RET_KILL_PROCESS,
        _ => Seccomp.SECCOMP_RET_KILL_THREAD,
    };
}
