namespace Carrel.Runtime;

/// <summary>
/// i386 reaches sockets and System V IPC through one number each, whose first argument says which call is meant (socketcall(2), ipc(2)). A rule for
/// such a call means both the call's own number, where the kernel has given it one since, and the way through the multiplexer.
/// </summary>
/// <param name="Number">Number of socketcall or ipc.</param>
/// <param name="Call">Its first argument.</param>
/// <param name="Mask">The bits of the first argument that the kernel looks at: ipc keeps a version in the upper half.</param>
internal sealed record Multiplexer(uint Number, uint Call, uint Mask)
{
    private const uint SocketCall = 102;
    private const uint Ipc = 117;

    /// <summary>include/uapi/linux/net.h SYS_* and include/uapi/linux/ipc.h; null: the call is not multiplexed.</summary>
    public static Multiplexer? Find(string name) => name switch
    {
        "socket" => Socket(1),
        "bind" => Socket(2),
        "connect" => Socket(3),
        "listen" => Socket(4),
        "accept" => Socket(5),
        "getsockname" => Socket(6),
        "getpeername" => Socket(7),
        "socketpair" => Socket(8),
        "send" => Socket(9),
        "recv" => Socket(10),
        "sendto" => Socket(11),
        "recvfrom" => Socket(12),
        "shutdown" => Socket(13),
        "setsockopt" => Socket(14),
        "getsockopt" => Socket(15),
        "sendmsg" => Socket(16),
        "recvmsg" => Socket(17),
        "accept4" => Socket(18),
        "recvmmsg" => Socket(19),
        "sendmmsg" => Socket(20),
        "semop" => InterProcess(1),
        "semget" => InterProcess(2),
        "semctl" => InterProcess(3),
        "semtimedop" => InterProcess(4),
        "msgsnd" => InterProcess(11),
        "msgrcv" => InterProcess(12),
        "msgget" => InterProcess(13),
        "msgctl" => InterProcess(14),
        "shmat" => InterProcess(21),
        "shmdt" => InterProcess(22),
        "shmget" => InterProcess(23),
        "shmctl" => InterProcess(24),
        _ => null,
    };

    private static Multiplexer Socket(uint call) => new(SocketCall, call, uint.MaxValue);

    private static Multiplexer InterProcess(uint call) => new(Ipc, call, 0xFFFF);
}
