using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>The default profile refuses what Docker's refuses, and opens with the capabilities.</summary>
public sealed class DefaultSeccompProfileTests
{
    private const uint Allow = Seccomp.SECCOMP_RET_ALLOW;
    private const uint Eperm = Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.EPERM;
    private const uint Enosys = Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS;

    [Fact]
    public void Names_AreAllKnown() => Assert.Empty(SeccompCompiler.Compile(DefaultSeccompProfile.Make(All())).UnknownNames);

    [Theory]
    [InlineData(Nr.open_by_handle_at, "CAP_DAC_READ_SEARCH")]
    [InlineData(Nr.mount, "CAP_SYS_ADMIN")]
    [InlineData(Nr.unshare, "CAP_SYS_ADMIN")]
    [InlineData(Nr.bpf, "CAP_SYS_ADMIN")]
    [InlineData(Nr.bpf, "CAP_BPF")]
    [InlineData(Nr.perf_event_open, "CAP_PERFMON")]
    [InlineData(Nr.reboot, "CAP_SYS_BOOT")]
    [InlineData(Nr.chroot, "CAP_SYS_CHROOT")]
    [InlineData(Nr.finit_module, "CAP_SYS_MODULE")]
    [InlineData(Nr.acct, "CAP_SYS_PACCT")]
    [InlineData(Nr.pidfd_getfd, "CAP_SYS_PTRACE")]
    [InlineData(Nr.iopl, "CAP_SYS_RAWIO")]
    [InlineData(Nr.clock_settime, "CAP_SYS_TIME")]
    [InlineData(Nr.vhangup, "CAP_SYS_TTY_CONFIG")]
    [InlineData(Nr.mbind, "CAP_SYS_NICE")]
    [InlineData(Nr.syslog, "CAP_SYSLOG")]
    public void PrivilegedCall_NeedsItsCapability(int number, string capability)
    {
        Assert.Equal(Eperm, Machine().Run(FilterCall.X64((uint)number)));
        Assert.Equal(Allow, Machine(capability).Run(FilterCall.X64((uint)number)));
    }

    [Theory]
    [InlineData(Nr.keyctl)]
    [InlineData(Nr.add_key)]
    [InlineData(Nr.userfaultfd)]
    [InlineData(Nr.io_uring_setup)]
    [InlineData(Nr.kexec_load)]
    [InlineData(Nr.swapon)]
    [InlineData(Nr.pivot_root)]
    public void Call_IsRefusedToAll(int number) => Assert.Equal(Eperm, new BpfMachine(SeccompCompiler.Compile(DefaultSeccompProfile.Make(All())).Program.Span).Run(FilterCall.X64((uint)number)));

    [Fact]
    public void NewNamespaces_NeedSysAdmin()
    {
        ulong thread = (ulong)(CloneFlags.CLONE_VM | CloneFlags.CLONE_FS | CloneFlags.CLONE_FILES | CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_THREAD);
        Assert.Equal(Allow, Machine().Run(FilterCall.X64(Nr.clone, thread)));
        Assert.Equal(Eperm, Machine().Run(FilterCall.X64(Nr.clone, (ulong)CloneFlags.CLONE_NEWUSER)));
        Assert.Equal(Eperm, Machine().Run(FilterCall.X86(120, (ulong)CloneFlags.CLONE_NEWUSER)));
        Assert.Equal(Enosys, Machine().Run(FilterCall.X64(Nr.clone3)));
        Assert.Equal(Allow, Machine("CAP_SYS_ADMIN").Run(FilterCall.X64(Nr.clone, (ulong)CloneFlags.CLONE_NEWUSER)));
        Assert.Equal(Allow, Machine("CAP_SYS_ADMIN").Run(FilterCall.X64(Nr.clone3)));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(10, true)]
    [InlineData(12, false)]
    [InlineData(16, true)]
    [InlineData(17, true)]
    [InlineData(37, false)]
    [InlineData(38, false)]
    [InlineData(39, true)]
    [InlineData(40, false)]
    [InlineData(45, true)]
    [InlineData(46, false)]
    [InlineData(0x1_00000001, false)]
    public void SocketFamilies(long family, bool isAllowed) => Assert.Equal(isAllowed ? Allow : Eperm, Machine().Run(FilterCall.X64(Nr.socket, (ulong)family)));

    [Theory]
    [InlineData(0, true)]
    [InlineData(8, true)]
    [InlineData(0x20008, true)]
    [InlineData(0xFFFFFFFF, true)]
    [InlineData(0x40000, false)]
    public void Personalities(long personality, bool isAllowed) => Assert.Equal(isAllowed ? Allow : Eperm, Machine().Run(FilterCall.X64(Nr.personality, (ulong)personality)));

    [Fact]
    public void Tracing_NeedsLinux48()
    {
        var old = new BpfMachine(SeccompCompiler.Compile(DefaultSeccompProfile.Make(null, new Version(4, 7))).Program.Span);
        Assert.Equal(Eperm, old.Run(FilterCall.X64(Nr.ptrace)));
        Assert.Equal(Allow, Machine().Run(FilterCall.X64(Nr.ptrace)));
    }

    [Fact]
    public void CallNewerThanTheProfile_IsUnknown() => Assert.Equal(Enosys, Machine().Run(FilterCall.X64(Nr.file_getattr)));

    public static TheoryData<string> ReadyNames() => [.. DefaultSeccompPrograms.Names];

    [Theory]
    [MemberData(nameof(ReadyNames))]
    public void ReadyProgram_IsWhatTheCompilerMakes(string name)
    {
        // CAP_KILL is not asked for: it changes nothing.
        var capabilities = new OciCapabilities { Bounding = [.. name.Split(' ', StringSplitOptions.RemoveEmptyEntries), "CAP_KILL"] };
        OciSeccomp ready = DefaultSeccompProfile.For(capabilities);
        Assert.Equal(name, ready.Ready);
        CompiledSeccomp found = SeccompCompiler.Compile(ready), made = SeccompCompiler.Compile(DefaultSeccompProfile.Make(capabilities));
        Assert.True(made.Program.Span.SequenceEqual(found.Program.Span), "stale: carrel docs default-seccomp >src/Carrel.Runtime/Seccomp/DefaultSeccompData.cs");
        Assert.Equal((made.Flags, made.HasNotify, made.UnknownNames.Count), (found.Flags, found.HasNotify, found.UnknownNames.Count));
    }

    [Fact]
    public void For_UnusualCapabilities_HasTheRules()
    {
        OciSeccomp profile = DefaultSeccompProfile.For(new OciCapabilities { Bounding = ["CAP_SYS_CHROOT", "CAP_BPF"] });
        Assert.Null(profile.Ready);
        Assert.Equal(Allow, new BpfMachine(SeccompCompiler.Compile(profile).Program.Span).Run(FilterCall.X64(Nr.bpf)));
    }

    private static BpfMachine Machine(params List<string> capabilities) =>
        new(SeccompCompiler.Compile(DefaultSeccompProfile.Make(new OciCapabilities { Bounding = capabilities })).Program.Span);

    private static OciCapabilities All() => new() { Bounding = [.. Enum.GetNames<Capability>()] };
}
