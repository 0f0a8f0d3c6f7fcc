using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>Exceptions of guest code (arch/x86/mm/fault.c and traps.c).</summary>
internal static class Faults
{
    public static void Handle(Task task, in TrapInfo trap)
    {
        if (trap.IsPageFault)
        {
            FaultOutcome outcome = trap.Signal == Signal.SIGBUS
                ? task.Mm.ResolveBusError(trap.Address, trap.IsWrite)
                : task.Mm.ResolveFault(trap.Address, trap.IsWrite, trap.IsExecute, task.Thread.Registers.Rsp);
            switch (outcome)
            {
                case FaultOutcome.Resolved:
                    task.Group.MinorFaults++;
                    return;
                case FaultOutcome.NotMapped:
                    ForceFault(task, Signal.SIGSEGV, Si.SEGV_MAPERR, trap);
                    return;
                case FaultOutcome.AccessDenied:
                    ForceFault(task, Signal.SIGSEGV, Si.SEGV_ACCERR, trap);
                    return;
                case FaultOutcome.BusError:
                    ForceFault(task, Signal.SIGBUS, Si.BUS_ADRERR, trap);
                    return;
                case FaultOutcome.OutOfMemory:
                    task.Kernel.Host.Log($"{task}: out of memory");
                    task.Signals.Kill();
                    return;
            }
        }

        task.Signals.ForceFault(trap.Signal, trap.Code, trap.Address, trap);
    }

    private static void ForceFault(Task task, int signal, int code, in TrapInfo trap) => task.Signals.ForceFault(signal, code, trap.Address, trap);
}
