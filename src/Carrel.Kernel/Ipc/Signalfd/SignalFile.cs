using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Fs.Pseudo;

namespace Carrel.Kernel.Ipc.Signalfd;

/// <summary>Signals to read, signalfd(2). Whose signals: always those of the task that reads or polls, never those of who made it.</summary>
public sealed class SignalFile(LinuxKernel kernel, OpenFlags flags, ulong mask) : AnonymousFile(kernel, flags, "[signalfd]")
{
    private static readonly int InfoSize = Marshalled.Size<SignalfdSiginfo>();

    /// <summary>The signals it accepts; never SIGKILL and SIGSTOP.</summary>
    public ulong Mask { get; private set; } = mask & ~SignalMask.KernelOnly;

    /// <summary>signalfd(2) on an existing descriptor.</summary>
    public void SetMask(Task task, ulong mask)
    {
        Mask = mask & ~SignalMask.KernelOnly;
        task.Group.SignalArrived.WakeAll();
    }

    public override void AppendInfo(StringBuilder text) => text.Append(CultureInfo.InvariantCulture, $"sigmask:\t{Mask:x16}\n");

    public override bool CanWrite => false;

    protected override SyscallResult ReadCore(Task task, IoIterator destination, long offset)
    {
        long count = destination.Remaining / InfoSize;
        if (count == 0)
        {
            return Errno.EINVAL;
        }

        long total = 0;
        while (total / InfoSize < count && task.Signals.TryDequeue(Mask, out SigInfo info))
        {
            // A signal whose copy fails is lost, as on Linux.
            if (destination.CopyOut(Marshalled.ToBytes(SignalInfoFormat.Convert(info))) < InfoSize)
            {
                return total > 0 ? total : Errno.EFAULT;
            }

            total += InfoSize;
        }

        if (total > 0)
        {
            return total;
        }

        return IsNonBlocking || (destination.Flags & RwFlags.RWF_NOWAIT) != 0 ? Errno.EAGAIN : task.Block(task.Group.SignalArrived);
    }

    public override PollEvents Poll(PollTable? table)
    {
        // signalfd_poll() looks at current, also below an epoll that another process set up.
        if (Kernel.Current is not { } task)
        {
            return 0;
        }

        table?.Add(task.Group.SignalArrived);
        return (task.Signals.AllPending & Mask) != 0 ? PollEvents.POLLIN : 0;
    }
}
