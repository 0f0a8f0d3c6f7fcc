using Carrel.Abi;

namespace Carrel.Kernel.Ipc.PosixQueue;

/// <summary>A socket that mq_notify's SIGEV_THREAD writes its cookie to: AF_NETLINK on Linux (netlink_sendskb()).</summary>
public interface INotificationSocket
{
    /// <summary>Queues a datagram without a sender.</summary>
    void Deliver(byte[] datagram);
}

/// <summary>A registration of mq_notify(2): good for one message.</summary>
internal sealed class PosixQueueNotification(ThreadGroup owner, SigEventBuf request)
{
    /// <summary>The process.</summary>
    public ThreadGroup Owner => owner;

    /// <summary>SIGEV_*.</summary>
    public int Kind => request.Notify;

    public int Signal => request.Signo;

    /// <summary>SIGEV_THREAD: where the cookie goes; its last byte says why.</summary>
    public INotificationSocket? Socket { get; init; }

    public byte[] Cookie { get; init; } = [];

    /// <summary>A message has come into the empty queue (__do_notify()).</summary>
    public void Deliver(Task sender)
    {
        switch (Kind)
        {
            case SigEvent.SIGEV_SIGNAL when Signal != 0:
                var info = new SigInfo { Signo = Signal, Code = Si.SI_MESGQ, Pid = sender.Pid, Uid = sender.Credentials.Uid, Value = request.Value };
                owner.Kernel.Signals.Send(owner, info);
                break;
            case SigEvent.SIGEV_THREAD:
                Tell(Abi.Ipc.NOTIFY_WOKENUP);
                break;
        }
    }

    /// <summary>The registration ends without a message.</summary>
    public void OnRemoved()
    {
        if (Kind == SigEvent.SIGEV_THREAD)
        {
            Tell(Abi.Ipc.NOTIFY_REMOVED);
        }
    }

    private void Tell(int what)
    {
        Cookie[^1] = (byte)what;
        Socket?.Deliver(Cookie);
    }
}
