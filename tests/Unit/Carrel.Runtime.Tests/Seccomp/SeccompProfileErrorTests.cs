using System.Collections.Generic;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>A bad value in a profile is refused with the name of its field.</summary>
public sealed class SeccompProfileErrorTests
{
    [Theory]
    [InlineData("", "linux.seccomp.defaultAction: missing")]
    [InlineData("SCMP_ACT_DENY", "linux.seccomp.defaultAction: unknown action \"SCMP_ACT_DENY\"")]
    [InlineData("SCMP_ACT_NOTIFY", "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default action")]
    public void DefaultAction(string action, string message) => Refused(message, profile => profile.DefaultAction = action);

    [Fact]
    public void DefaultErrnoRet_OfAnActionWithout() => Refused("linux.seccomp.defaultErrnoRet: SCMP_ACT_ALLOW returns no errno", profile => profile.DefaultErrnoRet = 1);

    [Fact]
    public void DefaultErrnoRet_TooLarge() => Refused("linux.seccomp.defaultErrnoRet: 4096 is more than 4095", profile =>
    {
        profile.DefaultAction = "SCMP_ACT_ERRNO";
        profile.DefaultErrnoRet = 4096;
    });

    [Fact]
    public void Architecture() => Refused("linux.seccomp.architectures[1]: unknown architecture \"SCMP_ARCH_VAX\"", profile => profile.Architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_VAX"]);

    [Fact]
    public void Flag() => Refused("linux.seccomp.flags[0]: unknown flag \"SECCOMP_FILTER_FLAG_NEW\"", profile => profile.Flags = ["SECCOMP_FILTER_FLAG_NEW"]);

    [Fact]
    public void KillableFlag_WithoutNotify() => Refused(
        "linux.seccomp.flags[0]: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV without a rule of SCMP_ACT_NOTIFY",
        profile => profile.Flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]);

    [Fact]
    public void ListenerMetadata_WithoutPath() => Refused("linux.seccomp.listenerMetadata: given without listenerPath", profile => profile.ListenerMetadata = "x");

    [Fact]
    public void Notify_WithoutListener() => Refused("linux.seccomp.listenerPath: missing; SCMP_ACT_NOTIFY needs it", profile => profile.Syscalls![3].Action = "SCMP_ACT_NOTIFY");

    [Fact]
    public void Notify_OfWrite() => Refused("linux.seccomp.syscalls[3].names[1]: SCMP_ACT_NOTIFY cannot be used for the write system call", profile =>
    {
        profile.ListenerPath = "/run/agent";
        profile.Syscalls![3].Action = "SCMP_ACT_NOTIFY";
        profile.Syscalls[3].Names = ["read", "write"];
    });

    [Fact]
    public void Action() => Refused("linux.seccomp.syscalls[3].action: unknown action \"ALLOW\"", profile => profile.Syscalls![3].Action = "ALLOW");

    [Fact]
    public void Action_Missing() => Refused("linux.seccomp.syscalls[3].action: missing", profile => profile.Syscalls![3].Action = "");

    [Fact]
    public void ErrnoRet() => Refused("linux.seccomp.syscalls[3].errnoRet: SCMP_ACT_KILL returns no errno", profile => profile.Syscalls![3].ErrnoRet = 1);

    [Fact]
    public void Names_Missing() => Refused("linux.seccomp.syscalls[3].names: empty", profile => profile.Syscalls![3].Names = null);

    [Fact]
    public void Name_Empty() => Refused("linux.seccomp.syscalls[3].names[0]: empty", profile => profile.Syscalls![3].Names = [""]);

    [Fact]
    public void ArgumentIndex() => Refused("linux.seccomp.syscalls[3].args[0].index: 6 is not an argument; there are 0 to 5", profile => profile.Syscalls![3].Args![0].Index = 6);

    [Fact]
    public void Operator() => Refused("linux.seccomp.syscalls[3].args[0].op: unknown operator \"==\"", profile => profile.Syscalls![3].Args![0].Op = "==");

    [Fact]
    public void Nulls() => Refused("linux.seccomp.syscalls[2]: null", profile => profile.Syscalls![2] = null!);

    private static void Refused(string message, System.Action<OciSeccomp> spoil)
    {
        var profile = new OciSeccomp { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [] };
        for (int i = 0; i < 4; i++)
        {
            profile.Syscalls.Add(new OciSyscall
            {
                Names = ["chroot"], Action = "SCMP_ACT_KILL", Args = [new OciSyscallArgument { Op = "SCMP_CMP_EQ" }],
            });
        }

        SeccompCompiler.Compile(profile);
        spoil(profile);
        Assert.Equal(message, Assert.Throws<RuntimeException>(() => SeccompCompiler.Compile(profile)).Message);
    }
}
