using System.Linq;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Sandbox;

/// <summary>What carrel-kernel may ask of the host while guest code runs.</summary>
public static class KernelSurface
{
    public static readonly HostSurface Instance = new("carrel-kernel",
    [
        new("ioctl", Nr.ioctl, "the gate: receives and answers what guest threads ask; state of a terminal on stdin, stdout or stderr",
            "only the requests SECCOMP_IOCTL_NOTIF_RECV, _SEND, _ADDFD, _ID_VALID, FIONREAD, TCGETS, TIOCGWINSZ",
            [
                Request(Seccomp.SECCOMP_IOCTL_NOTIF_RECV), Request(Seccomp.SECCOMP_IOCTL_NOTIF_SEND), Request(Seccomp.SECCOMP_IOCTL_NOTIF_ADDFD),
                Request(Seccomp.SECCOMP_IOCTL_NOTIF_ID_VALID), Request(Ioctl.FIONREAD), Request(Tty.TCGETS), Request(Tty.TIOCGWINSZ),
            ]),
        .. RuntimeCalls.Allowed.Select(call => call.Number switch
        {
            Nr.tgkill => call with { Reason = call.Reason + "; kicks guest threads, which are in our pid namespace" },
            Nr.madvise => call with { Reason = call.Reason + "; freed guest memory goes back to the host" },
            _ => call,
        }),
        new("kill", Nr.kill, "ends a guest process; the pid namespace holds only ours"),
        new("wait4", Nr.wait4, "takes note of guest processes that ended"),
        new("clock_gettime", Nr.clock_gettime, "CPU time of a guest process"),
        new("preadv2", Nr.preadv2, "reads files that carrel-files passed, stdin, timer and event descriptors"),
        new("pwritev2", Nr.pwritev2, "writes files of writable volumes that carrel-files passed, stdout and stderr, event descriptors"),
        new("lseek", Nr.lseek, "finds resident guest memory; positions of redirected stdio"),
        new("fstat", Nr.fstat, "memory in use; size of redirected stdio"),
        new("close", Nr.close, "closes files that carrel-files passed, and stdio"),
        new("sendmsg", Nr.sendmsg, "requests to carrel-files; the exit report; replies to the runtime's verbs; stdio that is a socket"),
        new("recvmsg", Nr.recvmsg, "answers of carrel-files, with descriptors; signals from the command; the runtime's verbs, with their descriptors; stdio that is a socket"),
        new("ppoll", Nr.ppoll, "waits for the command, the verbs, signals, the timer and stdio"),
        new("timerfd_settime", Nr.timerfd_settime, "sets the next timer of the guest"),
    ],
    RuntimeCalls.Refused);

    private static ArgumentRule[] Request(uint request) => [new ArgumentRule(1, ulong.MaxValue, request)];
}
