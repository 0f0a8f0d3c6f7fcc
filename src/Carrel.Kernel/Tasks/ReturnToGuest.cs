using Carrel.Machine;

namespace Carrel.Kernel;

public sealed partial class LinuxKernel
{
    private void FinishSyscall(Task task, SyscallResult result)
    {
    }

    private void ReturnToGuest(Task task)
    {
    }

    private void HandleFault(Task task, in TrapInfo trap)
    {
    }

    private void OnAddressSpaceDied(AddressSpace space, bool expected)
    {
    }
}

public sealed partial class Task
{
    internal bool IsReady { get; set; }
}
