using System;

namespace Carrel.Abi;

/// <summary>Signal numbers, signal(7).</summary>
public static class Signal
{
    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGQUIT = 3;
    public const int SIGILL = 4;
    public const int SIGTRAP = 5;
    public const int SIGABRT = 6;
    public const int SIGIOT = 6;
    public const int SIGBUS = 7;
    public const int SIGFPE = 8;
    public const int SIGKILL = 9;
    public const int SIGUSR1 = 10;
    public const int SIGSEGV = 11;
    public const int SIGUSR2 = 12;
    public const int SIGPIPE = 13;
    public const int SIGALRM = 14;
    public const int SIGTERM = 15;
    public const int SIGSTKFLT = 16;
    public const int SIGCHLD = 17;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;
    public const int SIGTSTP = 20;
    public const int SIGTTIN = 21;
    public const int SIGTTOU = 22;
    public const int SIGURG = 23;
    public const int SIGXCPU = 24;
    public const int SIGXFSZ = 25;
    public const int SIGVTALRM = 26;
    public const int SIGPROF = 27;
    public const int SIGWINCH = 28;
    public const int SIGIO = 29;
    public const int SIGPOLL = 29;
    public const int SIGPWR = 30;
    public const int SIGSYS = 31;

    public const int SIGRTMIN = 32;
    public const int SIGRTMAX = 64;
    public const int NSIG = 64;

    // sa_handler
    public const ulong SIG_DFL = 0;
    public const ulong SIG_IGN = 1;
    public const ulong SIG_ERR = ulong.MaxValue;
}

/// <summary>The sa_flags of sigaction(2).</summary>
[Flags]
public enum SigAction : ulong
{
    SA_NOCLDSTOP = 1,
    SA_NOCLDWAIT = 2,
    SA_SIGINFO = 4,
    SA_UNSUPPORTED = 0x400,
    SA_EXPOSE_TAGBITS = 0x800,
    SA_RESTORER = 0x4000000,
    SA_ONSTACK = 0x8000000,
    SA_RESTART = 0x10000000,
    SA_NODEFER = 0x40000000,
    SA_RESETHAND = 0x80000000,

    SA_NOMASK = SA_NODEFER,
    SA_ONESHOT = SA_RESETHAND,
}

/// <summary>How sigprocmask(2) changes the mask.</summary>
public static class SigmaskHow
{
    public const int SIG_BLOCK = 0;
    public const int SIG_UNBLOCK = 1;
    public const int SIG_SETMASK = 2;
}

/// <summary>Flags and sizes of sigaltstack(2).</summary>
public static class SignalStack
{
    public const int SS_ONSTACK = 1;
    public const int SS_DISABLE = 2;
    public const int MINSIGSTKSZ = 2048;
    public const int SIGSTKSZ = 8192;

    public const uint SS_AUTODISARM = 0x80000000;
    public const uint SS_FLAG_BITS = 0x80000000;
}

/// <summary>The sigev_notify of sigevent(7).</summary>
public static class SigEvent
{
    public const int SIGEV_SIGNAL = 0;
    public const int SIGEV_NONE = 1;
    public const int SIGEV_THREAD = 2;
    public const int SIGEV_THREAD_ID = 4;
    public const int SIGEV_MAX_SIZE = 64;
}

/// <summary>The si_code of siginfo, sigaction(2).</summary>
public static class Si
{
    public const int SI_USER = 0;
    public const int SI_KERNEL = 128;
    public const int SI_QUEUE = -1;
    public const int SI_TIMER = -2;
    public const int SI_MESGQ = -3;
    public const int SI_ASYNCIO = -4;
    public const int SI_SIGIO = -5;
    public const int SI_TKILL = -6;
    public const int SI_DETHREAD = -7;
    public const int SI_ASYNCNL = -60;

    public const int ILL_ILLOPC = 1;
    public const int ILL_ILLOPN = 2;
    public const int ILL_ILLADR = 3;
    public const int ILL_ILLTRP = 4;
    public const int ILL_PRVOPC = 5;
    public const int ILL_PRVREG = 6;
    public const int ILL_COPROC = 7;
    public const int ILL_BADSTK = 8;
    public const int ILL_BADIADDR = 9;
    public const int FPE_INTDIV = 1;
    public const int FPE_INTOVF = 2;
    public const int FPE_FLTDIV = 3;
    public const int FPE_FLTOVF = 4;
    public const int FPE_FLTUND = 5;
    public const int FPE_FLTRES = 6;
    public const int FPE_FLTINV = 7;
    public const int FPE_FLTSUB = 8;
    public const int FPE_FLTUNK = 14;
    public const int FPE_CONDTRAP = 15;
    public const int SEGV_MAPERR = 1;
    public const int SEGV_ACCERR = 2;
    public const int SEGV_BNDERR = 3;
    public const int SEGV_PKUERR = 4;
    public const int SEGV_ACCADI = 5;
    public const int SEGV_ADIDERR = 6;
    public const int SEGV_ADIPERR = 7;
    public const int SEGV_MTEAERR = 8;
    public const int SEGV_MTESERR = 9;
    public const int BUS_ADRALN = 1;
    public const int BUS_ADRERR = 2;
    public const int BUS_OBJERR = 3;
    public const int TRAP_BRKPT = 1;
    public const int TRAP_TRACE = 2;
    public const int TRAP_BRANCH = 3;
    public const int TRAP_HWBKPT = 4;
    public const int TRAP_UNK = 5;
    public const int TRAP_PERF = 6;
    public const int POLL_IN = 1;
    public const int POLL_OUT = 2;
    public const int POLL_MSG = 3;
    public const int POLL_ERR = 4;
    public const int POLL_PRI = 5;
    public const int POLL_HUP = 6;
    public const int SYS_SECCOMP = 1;
    public const int SYS_USER_DISPATCH = 2;

    // SIGTRAP and SIGSEGV, Linux 6.2 and later
    public const int SEGV_CPERR = 10;
}
