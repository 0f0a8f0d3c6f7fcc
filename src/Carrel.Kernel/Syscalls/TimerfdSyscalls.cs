using Carrel.Abi;
using Carrel.Kernel.Ipc.Timerfd;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Syscalls;

/// <summary>timerfd_create(2).</summary>
public static class TimerfdSyscalls
{
    private const int AbsoluteTime = 1;
    private const int CancelOnSet = 2;

    [Syscall(Nr.timerfd_create)]
    public static SyscallResult Create(Task task, int clock, OpenFlags flags)
    {
        if ((flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK)) != 0
            || clock is not (ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_REALTIME or ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_BOOTTIME or ClockId.CLOCK_BOOTTIME_ALARM))
        {
            return Errno.EINVAL;
        }

        if (clock is ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_BOOTTIME_ALARM && !task.Credentials.HasCapability(Capability.CAP_WAKE_ALARM))
        {
            return Errno.EPERM;
        }

        var file = new TimerFile(task.Kernel, OpenFlags.O_RDWR | (flags & OpenFlags.O_NONBLOCK), clock);
        return task.Files.InstallOrRelease(task, file, (flags & OpenFlags.O_CLOEXEC) != 0);
    }

    [Syscall(Nr.timerfd_settime, Missing = "TFD_TIMER_CANCEL_ON_SET never cancels: the clock cannot be set")]
    public static SyscallResult SetTime(Task task, Fd fd, int flags, UserPtr<ITimerSpec> newValue, UserPtr<ITimerSpec> oldValue)
    {
        if (!newValue.TryRead(task, out ITimerSpec value))
        {
            return Errno.EFAULT;
        }

        if ((flags & ~(AbsoluteTime | CancelOnSet)) != 0 || !TimeConversion.TryNanoseconds(value.Value, out long first)
            || !TimeConversion.TryNanoseconds(value.Interval, out long interval))
        {
            return Errno.EINVAL;
        }

        Result<TimerFile> file = Get(task, fd);
        if (file.Failed)
        {
            return file.Error;
        }

        ITimerSpec old = Describe(file.Value);
        file.Value.Set(first, interval, (flags & AbsoluteTime) != 0);
        return !oldValue.IsNull && !oldValue.TryWrite(task, old) ? Errno.EFAULT : 0;
    }

    [Syscall(Nr.timerfd_gettime)]
    public static SyscallResult GetTime(Task task, Fd fd, UserPtr<ITimerSpec> current)
    {
        Result<TimerFile> file = Get(task, fd);
        if (file.Failed)
        {
            return file.Error;
        }

        return current.TryWrite(task, Describe(file.Value)) ? 0 : Errno.EFAULT;
    }

    private static ITimerSpec Describe(TimerFile file)
    {
        (long left, long interval) = file.Remaining;
        return new ITimerSpec { Value = TimeConversion.ToTimeSpec(left), Interval = TimeConversion.ToTimeSpec(interval) };
    }

    private static Result<TimerFile> Get(Task task, Fd fd)
    {
        Result<FileDescription> file = task.Files.Get(fd);
        if (file.Failed)
        {
            return file.Error;
        }

        return file.Value is TimerFile timer ? timer : Errno.EINVAL;
    }
}
