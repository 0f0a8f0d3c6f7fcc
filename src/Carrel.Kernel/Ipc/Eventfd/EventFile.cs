using System;
using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;

namespace Carrel.Kernel.Ipc.Eventfd;

/// <summary>A counter to wait on, eventfd(2).</summary>
public sealed class EventFile(LinuxKernel kernel, OpenFlags flags, ulong initial, bool isSemaphore) : AnonymousFile(kernel, flags, "[eventfd]")
{
    private const ulong Max = ulong.MaxValue - 1;
    private readonly WaitQueue _queue = new();
    private readonly int _id = kernel.NextEventfdId();

    /// <summary>The counter, for /proc/PID/fdinfo.</summary>
    public ulong Count { get; private set; } = initial;

    public override bool WritesBySegment => true;

    /// <summary>eventfd_show_fdinfo()</summary>
    public override void AppendInfo(StringBuilder text) => text.Append(CultureInfo.InvariantCulture,
        $"eventfd-count: {Count,16:x}\neventfd-id: {_id}\neventfd-semaphore: {(isSemaphore ? 1 : 0)}\n");

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        if (destination.Remaining < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        if (Count == 0)
        {
            return IsNonBlocking ? Errno.EAGAIN : task.Block(_queue);
        }

        ulong value = isSemaphore ? 1 : Count;
        Count -= value;
        _queue.Wake(PollEvents.POLLOUT);
        return destination.CopyOut(BitConverter.GetBytes(value)) < sizeof(ulong) ? Errno.EFAULT : sizeof(ulong);
    }

    protected override SyscallResult WriteCore(Task task, IoIterator source, long offset)
    {
        if (source.Remaining < sizeof(ulong))
        {
            return Errno.EINVAL;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        if (source.CopyIn(bytes) < sizeof(ulong))
        {
            return Errno.EFAULT;
        }

        ulong value = BitConverter.ToUInt64(bytes);
        if (value == ulong.MaxValue)
        {
            return Errno.EINVAL;
        }

        if (value > Max - Count)
        {
            return IsNonBlocking ? Errno.EAGAIN : task.Block(_queue);
        }

        Count += value;
        _queue.Wake(PollEvents.POLLIN);
        return sizeof(ulong);
    }

    public override PollEvents Poll(PollTable? table)
    {
        table?.Add(_queue);
        PollEvents events = 0;
        if (Count > 0)
        {
            events |= PollEvents.POLLIN;
        }

        if (Count < Max)
        {
            events |= PollEvents.POLLOUT;
        }

        return events;
    }
}
