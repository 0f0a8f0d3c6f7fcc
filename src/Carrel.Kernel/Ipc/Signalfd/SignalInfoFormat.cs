using Carrel.Abi;

namespace Carrel.Kernel.Ipc.Signalfd;

/// <summary>struct signalfd_siginfo of a siginfo: which fields mean something follows from signal and code (siginfo_layout() and signalfd_copyinfo()).</summary>
internal static class SignalInfoFormat
{
    private enum Layout { Kill, Timer, Poll, Fault, Child, RealTime, Syscall }

    public static SignalfdSiginfo Convert(in SigInfo info)
    {
        var result = new SignalfdSiginfo { Signo = (uint)info.Signo, Errno = info.Errno, Code = info.Code };
        switch (LayoutOf(info.Signo, info.Code))
        {
            case Layout.Kill:
                result.Pid = (uint)info.Pid;
                result.Uid = info.Uid;
                break;
            case Layout.Timer:
                result.Tid = (uint)info.TimerId;
                result.Overrun = (uint)info.Overrun;
                result.Ptr = info.Value;
                result.Int = (int)info.Value;
                break;
            case Layout.Poll:
                result.Band = (uint)info.Band;
                result.Fd = info.Fd;
                break;
            case Layout.Fault:
                result.Addr = info.Addr;
                result.AddrLsb = (ushort)(info.Signo == Signal.SIGBUS && info.Code > Si.BUS_OBJERR ? info.AddrLsb : 0);
                break;
            case Layout.Child:
                result.Pid = (uint)info.Pid;
                result.Uid = info.Uid;
                result.Status = info.Status;
                result.Utime = (ulong)info.Utime;
                result.Stime = (ulong)info.Stime;
                break;
            case Layout.RealTime:
                result.Pid = (uint)info.Pid;
                result.Uid = info.Uid;
                result.Ptr = info.Value;
                result.Int = (int)info.Value;
                break;
            case Layout.Syscall:
                result.CallAddr = info.CallAddr;
                result.Syscall = info.Syscall;
                result.Arch = info.Arch;
                break;
        }

        return result;
    }

    private static Layout LayoutOf(int signal, int code)
    {
        if (code is > Si.SI_USER and < Si.SI_KERNEL)
        {
            // sig_sicodes[]: the codes that the signal's own senders use.
            return signal switch
            {
                Signal.SIGILL when code <= 11 => Layout.Fault,
                Signal.SIGFPE when code <= 15 => Layout.Fault,
                Signal.SIGSEGV when code <= 10 => Layout.Fault,
                Signal.SIGBUS when code <= 5 => Layout.Fault,
                Signal.SIGTRAP when code <= 6 => Layout.Fault,
                Signal.SIGCHLD when code <= Cld.CLD_CONTINUED => Layout.Child,
                Signal.SIGSYS when code <= 2 => Layout.Syscall,
                _ => code <= Si.POLL_HUP ? Layout.Poll : Layout.Kill,
            };
        }

        return code switch
        {
            Si.SI_TIMER => Layout.Timer,
            Si.SI_SIGIO => Layout.Poll,
            < 0 => Layout.RealTime,
            _ => Layout.Kill,
        };
    }
}
