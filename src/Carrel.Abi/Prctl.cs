namespace Carrel.Abi;

/// <summary>Operations of prctl(2) and their arguments.</summary>
public static class PrctlOption
{
    // operations
    public const int PR_SET_PDEATHSIG = 1;
    public const int PR_GET_PDEATHSIG = 2;
    public const int PR_GET_DUMPABLE = 3;
    public const int PR_SET_DUMPABLE = 4;
    public const int PR_GET_UNALIGN = 5;
    public const int PR_SET_UNALIGN = 6;
    public const int PR_GET_KEEPCAPS = 7;
    public const int PR_SET_KEEPCAPS = 8;
    public const int PR_GET_FPEMU = 9;
    public const int PR_SET_FPEMU = 10;
    public const int PR_GET_FPEXC = 11;
    public const int PR_SET_FPEXC = 12;
    public const int PR_GET_TIMING = 13;
    public const int PR_SET_TIMING = 14;
    public const int PR_SET_NAME = 15;
    public const int PR_GET_NAME = 16;
    public const int PR_GET_ENDIAN = 19;
    public const int PR_SET_ENDIAN = 20;
    public const int PR_GET_SECCOMP = 21;
    public const int PR_SET_SECCOMP = 22;
    public const int PR_CAPBSET_READ = 23;
    public const int PR_CAPBSET_DROP = 24;
    public const int PR_GET_TSC = 25;
    public const int PR_SET_TSC = 26;
    public const int PR_GET_SECUREBITS = 27;
    public const int PR_SET_SECUREBITS = 28;
    public const int PR_SET_TIMERSLACK = 29;
    public const int PR_GET_TIMERSLACK = 30;
    public const int PR_TASK_PERF_EVENTS_DISABLE = 31;
    public const int PR_TASK_PERF_EVENTS_ENABLE = 32;
    public const int PR_MCE_KILL = 33;
    public const int PR_MCE_KILL_GET = 34;
    public const int PR_SET_MM = 35;
    public const int PR_SET_PTRACER = 0x59616D61;
    public const int PR_SET_CHILD_SUBREAPER = 36;
    public const int PR_GET_CHILD_SUBREAPER = 37;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int PR_GET_NO_NEW_PRIVS = 39;
    public const int PR_GET_TID_ADDRESS = 40;
    public const int PR_SET_THP_DISABLE = 41;
    public const int PR_GET_THP_DISABLE = 42;
    public const int PR_MPX_ENABLE_MANAGEMENT = 43;
    public const int PR_MPX_DISABLE_MANAGEMENT = 44;
    public const int PR_SET_FP_MODE = 45;
    public const int PR_GET_FP_MODE = 46;
    public const int PR_CAP_AMBIENT = 47;
    public const int PR_SVE_SET_VL = 50;
    public const int PR_SVE_GET_VL = 51;
    public const int PR_GET_SPECULATION_CTRL = 52;
    public const int PR_SET_SPECULATION_CTRL = 53;
    public const int PR_PAC_RESET_KEYS = 54;
    public const int PR_SET_TAGGED_ADDR_CTRL = 55;
    public const int PR_GET_TAGGED_ADDR_CTRL = 56;
    public const int PR_SET_IO_FLUSHER = 57;
    public const int PR_GET_IO_FLUSHER = 58;
    public const int PR_SET_SYSCALL_USER_DISPATCH = 59;
    public const int PR_PAC_SET_ENABLED_KEYS = 60;
    public const int PR_PAC_GET_ENABLED_KEYS = 61;
    public const int PR_SCHED_CORE = 62;
    public const int PR_SME_SET_VL = 63;
    public const int PR_SME_GET_VL = 64;
    public const int PR_SET_MDWE = 65;
    public const int PR_GET_MDWE = 66;
    public const int PR_SET_MEMORY_MERGE = 67;
    public const int PR_GET_MEMORY_MERGE = 68;
    public const int PR_SET_VMA = 0x53564D41;
    public const int PR_GET_AUXV = 0x41555856;
    public const int PR_FUTEX_HASH = 78;

    // arguments
    public const int PR_MCE_KILL_CLEAR = 0;
    public const int PR_MCE_KILL_SET = 1;
    public const int PR_MCE_KILL_LATE = 0;
    public const int PR_MCE_KILL_EARLY = 1;
    public const int PR_MCE_KILL_DEFAULT = 2;
    public const int PR_SET_MM_START_CODE = 1;
    public const int PR_SET_MM_END_CODE = 2;
    public const int PR_SET_MM_START_DATA = 3;
    public const int PR_SET_MM_END_DATA = 4;
    public const int PR_SET_MM_START_STACK = 5;
    public const int PR_SET_MM_START_BRK = 6;
    public const int PR_SET_MM_BRK = 7;
    public const int PR_SET_MM_ARG_START = 8;
    public const int PR_SET_MM_ARG_END = 9;
    public const int PR_SET_MM_ENV_START = 10;
    public const int PR_SET_MM_ENV_END = 11;
    public const int PR_SET_MM_AUXV = 12;
    public const int PR_SET_MM_EXE_FILE = 13;
    public const int PR_SET_MM_MAP = 14;
    public const int PR_SET_MM_MAP_SIZE = 15;
    public const int PR_CAP_AMBIENT_IS_SET = 1;
    public const int PR_CAP_AMBIENT_RAISE = 2;
    public const int PR_CAP_AMBIENT_LOWER = 3;
    public const int PR_CAP_AMBIENT_CLEAR_ALL = 4;
    public const int PR_TSC_ENABLE = 1;
    public const int PR_TSC_SIGSEGV = 2;
    public const int PR_SPEC_STORE_BYPASS = 0;
    public const int PR_SPEC_INDIRECT_BRANCH = 1;
    public const int PR_SPEC_L1D_FLUSH = 2;
    public const int PR_SPEC_NOT_AFFECTED = 0;
    public const int PR_SPEC_PRCTL = 1;
    public const int PR_SPEC_ENABLE = 2;
    public const int PR_SPEC_DISABLE = 4;
    public const int PR_SPEC_FORCE_DISABLE = 8;
    public const int PR_SPEC_DISABLE_NOEXEC = 16;
    public const int PR_SYS_DISPATCH_OFF = 0;
    public const int PR_SYS_DISPATCH_ON = 1;
    public const int SYSCALL_DISPATCH_FILTER_ALLOW = 0;
    public const int SYSCALL_DISPATCH_FILTER_BLOCK = 1;
    public const int PR_SCHED_CORE_GET = 0;
    public const int PR_SCHED_CORE_CREATE = 1;
    public const int PR_SCHED_CORE_SHARE_TO = 2;
    public const int PR_SCHED_CORE_SHARE_FROM = 3;
    public const int PR_SCHED_CORE_MAX = 4;
    public const int PR_SCHED_CORE_SCOPE_THREAD = 0;
    public const int PR_SCHED_CORE_SCOPE_THREAD_GROUP = 1;
    public const int PR_SCHED_CORE_SCOPE_PROCESS_GROUP = 2;
    public const int PR_SET_VMA_ANON_NAME = 0;
    public const int PR_MDWE_REFUSE_EXEC_GAIN = 1;
    public const int PR_MDWE_NO_INHERIT = 2;

    public const long PR_SET_PTRACER_ANY = -1;
}

/// <summary>Operations of arch_prctl(2).</summary>
public static class ArchPrctl
{
    public const int ARCH_SET_GS = 0x1001;
    public const int ARCH_SET_FS = 0x1002;
    public const int ARCH_GET_FS = 0x1003;
    public const int ARCH_GET_GS = 0x1004;
    public const int ARCH_GET_CPUID = 0x1011;
    public const int ARCH_SET_CPUID = 0x1012;
    public const int ARCH_GET_XCOMP_SUPP = 0x1021;
    public const int ARCH_GET_XCOMP_PERM = 0x1022;
    public const int ARCH_REQ_XCOMP_PERM = 0x1023;
    public const int ARCH_GET_XCOMP_GUEST_PERM = 0x1024;
    public const int ARCH_REQ_XCOMP_GUEST_PERM = 0x1025;
    public const int ARCH_MAP_VDSO_X32 = 0x2001;
    public const int ARCH_MAP_VDSO_32 = 0x2002;
    public const int ARCH_MAP_VDSO_64 = 0x2003;
}
