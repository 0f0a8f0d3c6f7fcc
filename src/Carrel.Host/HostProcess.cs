using System;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>Processes and threads of the host: identity, signals, waiting, limits, scheduling. Failures are a negative errno.</summary>
public static unsafe class HostProcess
{
    public static int Pid => (int)HostCall.InvokeQuick(Nr.getpid);

    public static int ParentPid => (int)HostCall.InvokeQuick(Nr.getppid);

    public static int Tid => (int)HostCall.InvokeQuick(Nr.gettid);

    public static int Kill(int pid, int signal) => (int)HostCall.Invoke(Nr.kill, pid, signal);

    /// <summary>tgkill(2); with signal 0 it tells whether the thread is there.</summary>
    public static int KillThread(int pid, int tid, int signal) => (int)HostCall.Invoke(Nr.tgkill, pid, tid, signal);

    /// <summary>The program behind a descriptor takes the place of this process, with no other argument than a name and an empty environment. Returns a negative errno.</summary>
    public static int Execute(int fd, string name)
    {
        fixed (byte* path = CString.Of(""))
        fixed (byte* first = CString.Of(name))
        {
            nint* arguments = stackalloc nint[2] { (nint)first, 0 };
            return (int)HostCall.Invoke(Nr.execveat, fd, (nint)path, (nint)arguments, (nint)(arguments + 1), At.AT_EMPTY_PATH);
        }
    }

    /// <summary>wait4(2).</summary>
    public static int Wait(int pid, int options, out int status, out long userTime, out long systemTime)
    {
        RusageBuf usage = default;
        int code = 0;
        int result = (int)HostCall.Invoke(Nr.wait4, pid, (nint)(&code), options, (nint)(&usage));
        status = code;
        userTime = Nanoseconds(usage.Utime);
        systemTime = Nanoseconds(usage.Stime);
        return result;
    }

    public static int Wait(int pid, int options, out int status) => Wait(pid, options, out status, out _, out _);

    /// <summary>Waits for the end of a child, whatever signals come meanwhile. The pid, or a negative errno.</summary>
    public static int WaitFor(int pid, out int status)
    {
        int result;
        do
        {
            result = Wait(pid, 0, out status);
        }
        while (result == -(int)Errno.EINTR);
        return result;
    }

    /// <summary>Whether it is a child of this process that was not waited for.</summary>
    public static bool IsChild(int pid) =>
        pid > 0 && HostCall.Invoke(Nr.waitid, IdType.P_PID, pid, 0, (int)(WaitOptions.WEXITED | WaitOptions.WNOHANG | WaitOptions.WNOWAIT), 0) == 0;

    public static int SetSession() => (int)HostCall.Invoke(Nr.setsid);

    public static long Prctl(int option, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0) => HostCall.Invoke(Nr.prctl, option, a1, a2, a3, a4);

    /// <summary>Where this process has the vDSO's ELF image; 0 if it has none.</summary>
    public static byte* VdsoImage => (byte*)GetAuxiliaryValue(AuxType.AT_SYSINFO_EHDR);

    [DllImport("libc", EntryPoint = "getauxval")]
    private static extern nuint GetAuxiliaryValue(nuint type);

    /// <summary>The calling thread's name; for the main thread, the name that ps(1) shows.</summary>
    public static void SetName(string name)
    {
        fixed (byte* p = CString.Of(name))
        {
            HostCall.Invoke(Nr.prctl, PrctlOption.PR_SET_NAME, (nint)p);
        }
    }

    public static int SetUmask(uint mask) => (int)HostCall.InvokeQuick(Nr.umask, mask);

    public static int GetLimit(int pid, int resource, out RlimitBuf limit)
    {
        RlimitBuf value = default;
        int result = (int)HostCall.Invoke(Nr.prlimit64, pid, resource, 0, (nint)(&value));
        limit = value;
        return result;
    }

    public static int SetLimit(int pid, int resource, RlimitBuf limit) => (int)HostCall.Invoke(Nr.prlimit64, pid, resource, (nint)(&limit));

    /// <summary>Bit n of the mask: may run on processor n. Thread 0 is the caller.</summary>
    public static int SetAffinity(int tid, ReadOnlySpan<ulong> mask)
    {
        fixed (ulong* p = mask)
        {
            return (int)HostCall.Invoke(Nr.sched_setaffinity, tid, mask.Length * sizeof(ulong), (nint)p);
        }
    }

    /// <summary>Bytes of the mask written.</summary>
    public static int GetAffinity(int tid, Span<ulong> mask)
    {
        fixed (ulong* p = mask)
        {
            return (int)HostCall.Invoke(Nr.sched_getaffinity, tid, mask.Length * sizeof(ulong), (nint)p);
        }
    }

    /// <summary>Ends the whole process.</summary>
    public static void Exit(int status) => HostCall.Invoke(Nr.exit_group, status);

    private static long Nanoseconds(in TimeVal time) => (time.Sec * 1_000_000_000) + (time.Usec * 1000);
}
