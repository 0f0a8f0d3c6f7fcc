using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>What the listener of a filter is told and asked (struct notification of kernel/seccomp.c).</summary>
/// <param name="waitsKillable">SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: once fetched, only SIGKILL ends the wait for an answer.</param>
/// <param name="lastId">Where the ids begin: they cannot be guessed.</param>
internal sealed class SeccompNotifier(bool waitsKillable, ulong lastId)
{
    private readonly List<SeccompNotification> _asked = [];

    /// <summary>Woken for those who read the listener: a new call, a fetched one, the end of the filter's last user.</summary>
    public WaitQueue Queue { get; } = new();

    /// <summary>The listener is closed: calls fail with ENOSYS.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>How many calls to fetch have been announced; one that was interrupted meanwhile still counts.</summary>
    public int Requests { get; set; }

    public bool WaitsKillable => waitsKillable;

    public IReadOnlyList<SeccompNotification> Asked => _asked;

    public SeccompNotification? Find(ulong id) => _asked.Find(n => n.Id == id);

    public SeccompNotification Ask(Task task, in SeccompData data)
    {
        var notification = new SeccompNotification(this, ++lastId, task, data);
        _asked.Add(notification);
        Requests++;
        Queue.Wake(PollEvents.POLLIN | PollEvents.POLLRDNORM);
        return notification;
    }

    internal void Forget(SeccompNotification notification) => _asked.Remove(notification);

    /// <summary>seccomp_notify_detach().</summary>
    public void Close()
    {
        IsClosed = true;
        foreach (SeccompNotification notification in _asked)
        {
            if (notification.State != SeccompNotificationState.Replied)
            {
                notification.Reply(0, -(int)Errno.ENOSYS, continues: false);
            }
        }
    }
}

internal enum SeccompNotificationState
{
    /// <summary>Not fetched yet.</summary>
    Init,
    /// <summary>Fetched, to be answered.</summary>
    Sent,
    Replied,
}

/// <summary>One call that waits for its answer (struct seccomp_knotif).</summary>
internal sealed class SeccompNotification(SeccompNotifier notifier, ulong id, Task task, SeccompData data)
{
    public ulong Id => id;

    public Task Task => task;

    public SeccompData Data => data;

    public SeccompNotificationState State { get; set; }

    /// <summary>What the call returns: the error if there is one, else the value.</summary>
    public long Result { get; private set; }

    /// <summary>SECCOMP_USER_NOTIF_FLAG_CONTINUE: it is made after all.</summary>
    public bool Continues { get; private set; }

    /// <summary>The task waits here.</summary>
    public WaitQueue Answered { get; } = new();

    /// <summary>should_sleep_killable().</summary>
    public bool IsKillable => notifier.WaitsKillable && State == SeccompNotificationState.Sent;

    public void Reply(long value, int error, bool continues)
    {
        State = SeccompNotificationState.Replied;
        Result = error != 0 ? error : value;
        Continues = continues;
        Answered.WakeAll();
    }

    /// <summary>The task waits no longer.</summary>
    public void Withdraw() => notifier.Forget(this);
}
