using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>poll(2) and select(2).</summary>
public static class PollSyscalls
{
    private const PollEvents Always = PollEvents.POLLERR | PollEvents.POLLHUP;
    private const PollEvents SelectIn = PollEvents.POLLRDNORM | PollEvents.POLLRDBAND | PollEvents.POLLIN | PollEvents.POLLHUP | PollEvents.POLLERR;
    private const PollEvents SelectOut = PollEvents.POLLWRBAND | PollEvents.POLLWRNORM | PollEvents.POLLOUT | PollEvents.POLLERR;
    // Linux looks at all bits its descriptor table has room for; tables start at 64 and soon have 256.
    private const int SmallestTable = 256;
    private const PollEvents SelectExcept = PollEvents.POLLPRI;

    [Syscall(Nr.poll)]
    public static SyscallResult Poll(Task task, UserPtr<PollFd> fds, uint count, int timeoutMs)
    {
        // A restart after a signal keeps the deadline (ERESTART_RESTARTBLOCK); ppoll starts anew after a handler.
        return PollCore(task, fds, count, DeadlineFromMilliseconds(task, timeoutMs), Errno.ERESTART_RESTARTBLOCK);
    }

    [Syscall(Nr.ppoll)]
    public static SyscallResult Ppoll(Task task, UserPtr<PollFd> fds, uint count, UserPtr<TimeSpec> timeout, UserPtr<ulong> mask, ulong maskSize)
    {
        Result<long> deadline = DeadlineFromTimeSpec(task, timeout);
        if (deadline.Failed)
        {
            return deadline.Error;
        }

        Errno error = ApplyMask(task, mask, maskSize);
        if (error != Errno.OK)
        {
            return error;
        }

        SyscallResult result = PollCore(task, fds, count, deadline.Value, Errno.ERESTARTNOHAND);
        WriteRemaining(task, timeout, deadline.Value, result);
        return result;
    }

    [Syscall(Nr.select)]
    public static SyscallResult Select(Task task, int count, UserPtr<ulong> read, UserPtr<ulong> write, UserPtr<ulong> except, UserPtr<TimeVal> timeout)
    {
        long deadline = long.MaxValue;
        if (!timeout.IsNull)
        {
            if (!timeout.TryRead(task, out TimeVal value))
            {
                return Errno.EFAULT;
            }

            if (value.Sec < 0 || value.Usec < 0)
            {
                return Errno.EINVAL;
            }

            // Microseconds beyond a second are carried over, not refused (poll_select_set_timeout()).
            long seconds = value.Sec + (value.Usec / 1_000_000);
            TimeConversion.TryNanoseconds(new TimeSpec(seconds, value.Usec % 1_000_000 * 1000), out long nanoseconds);
            deadline = TakeDeadline(task, nanoseconds);
        }

        SyscallResult result = SelectCore(task, count, read, write, except, deadline);
        if (!timeout.IsNull && !result.IsBlocked && result.Error != Errno.EINVAL)
        {
            timeout.TryWrite(task, TimeConversion.ToTimeVal(Left(task, deadline)));
        }

        return result;
    }

    [Syscall(Nr.pselect6)]
    public static SyscallResult Pselect6(Task task, int count, UserPtr<ulong> read, UserPtr<ulong> write, UserPtr<ulong> except, UserPtr<TimeSpec> timeout, UserPtr<ulong> sigset)
    {
        ulong maskAddress = 0;
        ulong maskSize = 0;
        if (!sigset.IsNull && (!sigset.TryRead(task, out maskAddress) || !sigset.Element(1).TryRead(task, out maskSize)))
        {
            return Errno.EFAULT;
        }

        Result<long> deadline = DeadlineFromTimeSpec(task, timeout);
        if (deadline.Failed)
        {
            return deadline.Error;
        }

        Errno error = ApplyMask(task, new UserPtr<ulong>(maskAddress), maskSize);
        if (error != Errno.OK)
        {
            return error;
        }

        SyscallResult result = SelectCore(task, count, read, write, except, deadline.Value);
        WriteRemaining(task, timeout, deadline.Value, result);
        return result;
    }

    /// <summary>The absolute deadline of a relative timeout in milliseconds: 0 for "do not wait", MaxValue for "for ever". Taken once per call.</summary>
    internal static long DeadlineFromMilliseconds(Task task, int milliseconds) =>
        milliseconds < 0 ? long.MaxValue : TakeDeadline(task, milliseconds * 1_000_000L);

    /// <summary>The same for an optional timespec. EFAULT, EINVAL.</summary>
    internal static Result<long> DeadlineFromTimeSpec(Task task, UserPtr<TimeSpec> timeout)
    {
        if (timeout.IsNull)
        {
            return long.MaxValue;
        }

        if (task.Restart.Deadline != 0)
        {
            return task.Restart.Deadline;
        }

        if (!timeout.TryRead(task, out TimeSpec value))
        {
            return Errno.EFAULT;
        }

        return TimeConversion.TryNanoseconds(value, out long nanoseconds) ? TakeDeadline(task, nanoseconds) : Errno.EINVAL;
    }

    /// <summary>Installs the caller's temporary signal mask, if given. EINVAL for a wrong size, EFAULT.</summary>
    internal static Errno ApplyMask(Task task, UserPtr<ulong> mask, ulong maskSize)
    {
        if (mask.IsNull)
        {
            return Errno.OK;
        }

        if (maskSize != sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (!mask.TryRead(task, out ulong value))
        {
            return Errno.EFAULT;
        }

        task.Signals.SetTemporaryMask(value);
        return Errno.OK;
    }

    private static long TakeDeadline(Task task, long nanoseconds)
    {
        if (nanoseconds == 0)
        {
            return 0;
        }

        if (task.Restart.Deadline == 0)
        {
            task.Restart.Deadline = TimeConversion.Deadline(task.Kernel.Clock.Monotonic, nanoseconds);
        }

        return task.Restart.Deadline;
    }

    private static long Left(Task task, long deadline) =>
        deadline is 0 or long.MaxValue ? 0 : Math.Max(0, deadline - task.Kernel.Clock.Monotonic);

    // Linux tells the time left, and forgives a bad address there.
    private static void WriteRemaining(Task task, UserPtr<TimeSpec> timeout, long deadline, SyscallResult result)
    {
        if (!timeout.IsNull && !result.IsBlocked)
        {
            timeout.TryWrite(task, TimeConversion.ToTimeSpec(Left(task, deadline)));
        }
    }

    private static SyscallResult PollCore(Task task, UserPtr<PollFd> fds, uint count, long deadline, Errno onSignal)
    {
        if (count > task.Files.Limit(task))
        {
            return Errno.EINVAL;
        }

        var list = new PollFd[count];
        if (!fds.TryReadArray(task, list))
        {
            return Errno.EFAULT;
        }

        PollTable? table = deadline == 0 ? null : task.Sleep.PollTable;
        int ready = 0;
        for (int i = 0; i < list.Length; i++)
        {
            PollEvents events = 0;
            if (list[i].Fd >= 0)
            {
                Result<FileDescription> file = task.Files.Get(new Fd(list[i].Fd));
                PollEvents wanted = (PollEvents)(ushort)list[i].Events | Always;
                events = file.Failed ? PollEvents.POLLNVAL : file.Value.Poll(ready == 0 ? table : null) & wanted;
            }

            list[i].Revents = (short)events;
            ready += events != 0 ? 1 : 0;
        }

        if (ready == 0 && deadline != 0)
        {
            SyscallResult result = task.Block(deadline, 0, onSignal);
            if (result.IsBlocked || result.Failed)
            {
                return result;
            }
        }

        for (int i = 0; i < list.Length; i++)
        {
            if (!new UserPtr<short>(fds.Element(i).Address + 6).TryWrite(task, list[i].Revents))
            {
                return Errno.EFAULT;
            }
        }

        return ready;
    }

    private static SyscallResult SelectCore(Task task, int count, UserPtr<ulong> read, UserPtr<ulong> write, UserPtr<ulong> except, long deadline)
    {
        if (count < 0)
        {
            return Errno.EINVAL;
        }

        // Bits beyond the table cannot be open: Linux caps n silently.
        count = Math.Min(count, Math.Max(task.Files.Capacity, SmallestTable));
        int words = (count + 63) / 64;
        UserPtr<ulong>[] pointers = [read, write, except];
        PollEvents[] masks = [SelectIn, SelectOut, SelectExcept];
        var wanted = new ulong[3][];
        var ready = new ulong[3][];
        for (int set = 0; set < 3; set++)
        {
            wanted[set] = new ulong[words];
            ready[set] = new ulong[words];
            if (!pointers[set].IsNull && !pointers[set].TryReadArray(task, wanted[set]))
            {
                return Errno.EFAULT;
            }
        }

        PollTable? table = deadline == 0 ? null : task.Sleep.PollTable;
        int total = 0;
        for (int fd = 0; fd < count; fd++)
        {
            ulong bit = 1UL << (fd & 63);
            int word = fd >> 6;
            if (((wanted[0][word] | wanted[1][word] | wanted[2][word]) & bit) == 0)
            {
                continue;
            }

            Result<FileDescription> file = task.Files.Get(new Fd(fd));
            if (file.Failed && task.Files.Find(fd) is null)
            {
                task.Sleep.Clear();
                return Errno.EBADF;
            }

            // An O_PATH descriptor is open but no file: ready for everything.
            PollEvents events = file.Failed ? (PollEvents)uint.MaxValue : file.Value.Poll(total == 0 ? table : null);
            for (int set = 0; set < 3; set++)
            {
                if ((wanted[set][word] & bit) != 0 && (events & masks[set]) != 0)
                {
                    ready[set][word] |= bit;
                    total++;
                }
            }
        }

        if (total == 0 && deadline != 0)
        {
            SyscallResult result = task.Block(deadline, 0, Errno.ERESTARTNOHAND);
            if (result.IsBlocked || result.Failed)
            {
                return result;
            }
        }

        for (int set = 0; set < 3; set++)
        {
            if (!pointers[set].IsNull && !pointers[set].TryWriteArray(task, ready[set]))
            {
                return Errno.EFAULT;
            }
        }

        return total;
    }
}
