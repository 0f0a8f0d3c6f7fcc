using Carrel.Abi;

namespace Carrel.Kernel;

/// <summary>Who may send what to whom (check_kill_permission()).</summary>
internal static class SignalPermission
{
    /// <summary>EINVAL for a bad number, EPERM; signal 0 is a mere question.</summary>
    public static Errno Check(Task sender, Task target, in SigInfo info)
    {
        int signal = info.Signo;
        if (signal is < 0 or > Signal.NSIG)
        {
            return Errno.EINVAL;
        }

        if (!SignalInfo.IsFromUser(info) || sender.Group == target.Group || MayByCredentials(sender.Credentials, target.Credentials))
        {
            return Errno.OK;
        }

        // SIGCONT within the session: how a shell wakes a set-user-ID job.
        return signal == Signal.SIGCONT && sender.Group.Session == target.Group.Session ? Errno.OK : Errno.EPERM;
    }

    /// <summary>kill_ok_by_cred().</summary>
    private static bool MayByCredentials(Credentials sender, Credentials target) =>
        sender.Euid == target.Suid || sender.Euid == target.Uid || sender.Uid == target.Suid || sender.Uid == target.Uid
        || sender.HasCapabilityIn(target.User, Capability.CAP_KILL);

    /// <summary>group_send_sig_info(): to a process, with the check.</summary>
    public static Errno SendToGroup(Task sender, Task target, in SigInfo info)
    {
        Errno error = Check(sender, target, info);
        return error != Errno.OK || info.Signo == 0 ? error : sender.Kernel.Signals.Send(target.Group, info, IsFromOutside(sender, target));
    }

    /// <summary>To one thread, with the check.</summary>
    public static Errno SendToTask(Task sender, Task target, in SigInfo info)
    {
        Errno error = Check(sender, target, info);
        return error != Errno.OK || info.Signo == 0 ? error : sender.Kernel.Signals.Send(target, info, IsFromOutside(sender, target));
    }

    // From an ancestor's pid namespace even init can be killed and stopped.
    private static bool IsFromOutside(Task sender, Task target) => sender.TidFor(target) == 0;

    /// <summary>__kill_pgrp_info(): one success is success.</summary>
    public static Errno SendToProcessGroup(Task sender, ProcessGroup? group, in SigInfo info)
    {
        Errno result = Errno.ESRCH;
        bool hasSucceeded = false;
        if (group is not null)
        {
            foreach (ThreadGroup member in group.Members.ToArray())
            {
                result = SendToGroup(sender, member.Leader, info);
                hasSucceeded |= result == Errno.OK;
            }
        }

        return hasSucceeded ? Errno.OK : result;
    }

    /// <summary>kill(-1): everybody but init and the sender.</summary>
    public static Errno SendToAll(Task sender, in SigInfo info)
    {
        Errno result = Errno.OK;
        bool isAny = false;
        foreach (ThreadGroup group in sender.Pids.Groups)
        {
            if (group == sender.Pids.Init || group == sender.Group)
            {
                continue;
            }

            isAny = true;
            Errno error = SendToGroup(sender, group.Leader, info);
            if (error != Errno.EPERM)
            {
                result = error;
            }
        }

        return isAny ? result : Errno.ESRCH;
    }
}
