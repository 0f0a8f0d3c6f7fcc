namespace Carrel.Kernel;

/// <summary>What became of a page fault (Linux's vm_fault_t and the bad_area paths of arch/x86/mm/fault.c).</summary>
public enum FaultOutcome
{
    /// <summary>The access may be tried again.</summary>
    Resolved,
    /// <summary>No mapping there: SIGSEGV, SEGV_MAPERR.</summary>
    NotMapped,
    /// <summary>The mapping does not allow it: SIGSEGV, SEGV_ACCERR.</summary>
    AccessDenied,
    /// <summary>Beyond the end of the file: SIGBUS, BUS_ADRERR.</summary>
    BusError,
    /// <summary>The carrel's memory is used up: the process is killed as by the OOM killer.</summary>
    OutOfMemory,
}
