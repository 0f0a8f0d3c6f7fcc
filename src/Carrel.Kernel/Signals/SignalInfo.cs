using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Makes siginfo for the usual senders.</summary>
public static class SignalInfo
{
    /// <summary>From the kernel (SEND_SIG_PRIV).</summary>
    public static SigInfo Kernel(int signal) => new() { Signo = signal, Code = Si.SI_KERNEL };

    /// <summary>From a process, kill(2).</summary>
    public static SigInfo User(int signal, Task sender) => new()
    {
        Signo = signal,
        Code = Si.SI_USER,
        Pid = sender.Pid,
        Uid = sender.Credentials.Uid,
    };

    /// <summary>tkill(2) and tgkill(2).</summary>
    public static SigInfo Thread(int signal, Task sender) => User(signal, sender) with { Code = Si.SI_TKILL };

    /// <summary>A fault at an address.</summary>
    public static SigInfo Fault(int signal, int code, ulong address) => new() { Signo = signal, Code = code, Addr = address };

    /// <summary>The pid in it is a sender's or child's, as the kernel has put it.</summary>
    internal static bool NamesSender(in SigInfo info) => info.Code is Si.SI_USER or Si.SI_TKILL or Si.SI_MESGQ || info.Signo == Signal.SIGCHLD;

    /// <summary>SI_FROMUSER(): the receiver must be asked whether the sender may.</summary>
    public static bool IsFromUser(in SigInfo info) => info.Code <= 0;
}
