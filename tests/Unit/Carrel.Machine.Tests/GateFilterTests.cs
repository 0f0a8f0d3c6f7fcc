using System;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Machine;
using Xunit;

namespace Carrel.Tests.Machine;

public sealed class GateFilterTests
{
    private const ulong Guest = 0x401234;
    private const ulong Stub = StubLayout.StubCode + 0x100;

    private static readonly SockFilter[] s_filter = GateFilter.Build();

    [Theory]
    [InlineData(Nr.read, Guest, Seccomp.SECCOMP_RET_USER_NOTIF)]
    [InlineData(Nr.exit_group, Guest, Seccomp.SECCOMP_RET_USER_NOTIF)]
    [InlineData(Nr.munmap, Guest, Seccomp.SECCOMP_RET_USER_NOTIF)]
    [InlineData(Nr.seccomp, Guest, Seccomp.SECCOMP_RET_USER_NOTIF)]
    [InlineData(0x3fffffff, Guest, Seccomp.SECCOMP_RET_USER_NOTIF)]
    [InlineData(Nr.mmap, Guest, Seccomp.SECCOMP_RET_TRAP)]
    [InlineData(Nr.clone3, Guest, Seccomp.SECCOMP_RET_TRAP)]
    [InlineData(Nr.rt_sigreturn, Guest, Seccomp.SECCOMP_RET_TRAP)]
    [InlineData(Nr.rt_sigreturn, Stub, Seccomp.SECCOMP_RET_ALLOW)]
    [InlineData(Nr.rt_sigreturn, Stub + 0x1000, Seccomp.SECCOMP_RET_TRAP)]
    [InlineData(Nr.rt_sigreturn, Stub - 0x1000, Seccomp.SECCOMP_RET_TRAP)]
    [InlineData(Nr.rt_sigreturn, 0x000100, Seccomp.SECCOMP_RET_TRAP)]
    [InlineData(Nr.mmap, Stub, Seccomp.SECCOMP_RET_USER_NOTIF)]
    [InlineData(StubLayout.BellTrap, Stub, Seccomp.SECCOMP_RET_USER_NOTIF)]
    [InlineData(Nr.mmap | 0x40000000, Guest, Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS)]
    [InlineData(-1, Guest, Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS)]
    public void Filter_OfACall_Answers(int number, ulong instruction, uint expected) =>
        Assert.Equal(expected, BpfMachine.Run(s_filter, number, AuditArch.AUDIT_ARCH_X86_64, instruction, new ulong[6]));

    [Theory]
    [InlineData(Guest)]
    [InlineData(Stub)]
    public void Filter_OfAnotherArchitecture_Traps(ulong instruction) =>
        Assert.Equal(Seccomp.SECCOMP_RET_TRAP, BpfMachine.Run(s_filter, 20, AuditArch.AUDIT_ARCH_I386, instruction, new ulong[6]));

    [Fact]
    public void AllowList_PinnedArgument_ComparesAll64Bits()
    {
        SockFilter[] filter = new AllowList()
            .Allow(Nr.read, Nr.write)
            .AllowIf(Nr.clone, 0, 0x3d0f00)
            .AllowIf(Nr.clone, 0, 0x1_0000_0001)
            .Refuse(Errno.ENOSYS, Nr.openat)
            .Build();
        Assert.Equal(Seccomp.SECCOMP_RET_ALLOW, Run(Nr.write, 9));
        Assert.Equal(Seccomp.SECCOMP_RET_ALLOW, Run(Nr.clone, 0x3d0f00));
        Assert.Equal(Seccomp.SECCOMP_RET_ALLOW, Run(Nr.clone, 0x1_0000_0001));
        Assert.Equal(Seccomp.SECCOMP_RET_KILL_PROCESS, Run(Nr.clone, 0x1_003d_0f00));
        Assert.Equal(Seccomp.SECCOMP_RET_KILL_PROCESS, Run(Nr.clone, 1));
        Assert.Equal(Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS, Run(Nr.openat, 0));
        Assert.Equal(Seccomp.SECCOMP_RET_KILL_PROCESS, Run(Nr.execve, 0));
        Assert.Equal(Seccomp.SECCOMP_RET_KILL_PROCESS, BpfMachine.Run(filter, Nr.read, AuditArch.AUDIT_ARCH_I386, 0, new ulong[6]));

        uint Run(int number, ulong argument) => BpfMachine.Run(filter, number, AuditArch.AUDIT_ARCH_X86_64, 0, [argument, 0, 0, 0, 0, 0]);
    }

    [Fact]
    public void Build_WithAnUnplacedLabel_Throws()
    {
        var program = new BpfProgram();
        program.Jump(program.NewLabel());
        Assert.Throws<InvalidOperationException>(() => program.Build());
    }
}
