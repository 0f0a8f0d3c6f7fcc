using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Machine;

/// <summary>
/// The filter of every stub. No system call of guest code is executed by the host: it is answered by a notification or, where all
/// registers are needed, by SIGSYS. From the stub's own page only rt_sigreturn passes; the rest is a notification that we check.
/// </summary>
internal static class GateFilter
{
    /// <summary>Calls that take the trap path.</summary>
    private static readonly int[] s_trapped =
    [
        Nr.mmap, Nr.mremap, Nr.brk, Nr.clone, Nr.clone3, Nr.fork, Nr.vfork, Nr.execve, Nr.execveat, Nr.rt_sigreturn,
    ];

    internal static SockFilter[] Build()
    {
        var program = new BpfProgram();
        BpfLabel trap = program.NewLabel();
        BpfLabel notify = program.NewLabel();
        BpfLabel guest = program.NewLabel();
        BpfLabel x32 = program.NewLabel();

        program.LoadArchitecture();
        program.JumpUnlessEqual(AuditArch.AUDIT_ARCH_X86_64, trap); // int 0x80
        program.LoadInstructionPointerHigh();
        program.JumpUnlessEqual((uint)(StubLayout.StubCode >> 32), guest);
        program.LoadInstructionPointerLow();
        program.And(~(uint)StubLayout.PageMask);
        program.JumpUnlessEqual(unchecked((uint)StubLayout.StubCode), guest);
        program.LoadNumber();
        program.JumpUnlessEqual(Nr.rt_sigreturn, notify);
        program.Return(Seccomp.SECCOMP_RET_ALLOW);

        program.Place(guest);
        program.LoadNumber();
        program.JumpIfAtLeast(AuditArch.__X32_SYSCALL_BIT, x32); // also -1
        foreach (int number in s_trapped)
        {
            program.JumpIfEqual((uint)number, trap);
        }

        program.Place(notify);
        program.Return(Seccomp.SECCOMP_RET_USER_NOTIF);
        program.Place(trap);
        program.Return(Seccomp.SECCOMP_RET_TRAP);
        program.Place(x32);
        program.Return(Seccomp.SECCOMP_RET_ERRNO | (uint)Errno.ENOSYS);
        return program.Build();
    }
}
