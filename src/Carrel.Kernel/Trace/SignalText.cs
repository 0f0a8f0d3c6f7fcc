using System.Globalization;
using System.Text;
using Carrel.Abi;

namespace Carrel.Kernel.Trace;

/// <summary>Signals, sets of them and siginfo in words.</summary>
internal static class SignalText
{
    public static string Name(int signal) =>
        signal is >= Signal.SIGRTMIN and <= Signal.SIGRTMAX
            ? signal == Signal.SIGRTMIN ? "SIGRTMIN" : string.Create(CultureInfo.InvariantCulture, $"SIGRT_{signal - Signal.SIGRTMIN}")
            : ConstantNames.Signals.Format((uint)signal);

    /// <summary>[INT CHLD]; a set that is nearly full by what it lacks: ~[KILL STOP].</summary>
    public static string Set(ulong mask)
    {
        bool isInverse = System.Numerics.BitOperations.PopCount(mask) > 40;
        var text = new StringBuilder(isInverse ? "~[" : "[");
        mask = isInverse ? ~mask : mask;
        for (int signal = 1; signal <= Signal.NSIG; signal++)
        {
            if (SignalMask.Has(mask, signal))
            {
                text.Append(text[^1] == '[' ? "" : " ").Append(Name(signal)[3..]);
            }
        }

        return text.Append(']').ToString();
    }

    /// <summary>A wait status by the macros of wait(2).</summary>
    public static string WaitStatus(int status)
    {
        int signal = status & 0x7f;
        int high = (status >> 8) & 0xff;
        if (status == 0xffff)
        {
            return "{WIFCONTINUED(s)}";
        }

        return signal switch
        {
            0 => string.Create(CultureInfo.InvariantCulture, $"{{WIFEXITED(s) && WEXITSTATUS(s) == {high}}}"),
            0x7f => $"{{WIFSTOPPED(s) && WSTOPSIG(s) == {Name(high)}}}",
            _ => $"{{WIFSIGNALED(s) && WTERMSIG(s) == {Name(signal)}{((status & 0x80) != 0 ? " && WCOREDUMP(s)" : "")}}}",
        };
    }

    public static string Info(in SigInfo info)
    {
        var text = new StringBuilder();
        bool isChild = info.Signo == Signal.SIGCHLD && info.Code is >= Cld.CLD_EXITED and <= Cld.CLD_CONTINUED;
        string code = isChild ? ConstantNames.ChildCodes.Format((uint)info.Code) : ConstantNames.SignalCodes.Format((uint)info.Code);
        text.Append(CultureInfo.InvariantCulture, $"{{si_signo={Name(info.Signo)}, si_code={code}");
        if (isChild)
        {
            string status = info.Code == Cld.CLD_EXITED ? info.Status.ToString(CultureInfo.InvariantCulture) : Name(info.Status);
            text.Append(CultureInfo.InvariantCulture, $", si_pid={info.Pid}, si_uid={info.Uid}, si_status={status}");
        }
        else if (info.Signo is Signal.SIGSEGV or Signal.SIGBUS or Signal.SIGILL or Signal.SIGFPE or Signal.SIGTRAP && info.Code is > 0 and < Si.SI_KERNEL)
        {
            text.Append(CultureInfo.InvariantCulture, $", si_addr={Quoting.Address(info.Addr)}");
        }
        else if (info.Signo == Signal.SIGSYS && info.Code == Si.SYS_SECCOMP)
        {
            text.Append(CultureInfo.InvariantCulture, $", si_syscall={Syscalls.SyscallTable.Name(info.Syscall) ?? "?"}");
        }
        else if (info.Code <= 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", si_pid={info.Pid}, si_uid={info.Uid}");
            if (info.Code is Si.SI_QUEUE or Si.SI_TIMER or Si.SI_MESGQ)
            {
                text.Append(CultureInfo.InvariantCulture, $", si_value=0x{info.Value:x}");
            }
        }

        return text.Append('}').ToString();
    }
}
