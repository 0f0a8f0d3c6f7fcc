using System;
using Carrel.Abi;

namespace Carrel.Kernel.Vfs;

/// <summary>Moves data between two descriptions through kernel memory: the common part of sendfile(2), splice(2) and copy_file_range(2).</summary>
internal static class Transfers
{
    public const int ChunkSize = 65536;

    /// <summary>The buffer of the transfer in progress: one is enough, it is filled and emptied within one run of a handler.</summary>
    public static byte[] Chunk { get; } = new byte[ChunkSize];

    /// <summary>How far a transfer has come when it blocks.</summary>
    public sealed class Progress
    {
        /// <summary>Bytes that have arrived.</summary>
        public long Total;

        /// <summary>Source and destination offsets.</summary>
        public long In;
        public long Out;
    }

    /// <summary>Writes without waiting, whatever the description's flags: EAGAIN if nothing can be taken now.</summary>
    /// <param name="task">The caller.</param>
    /// <param name="file">Where to.</param>
    /// <param name="data">Kernel memory.</param>
    /// <param name="offset">File offset; null for the description's own position.</param>
    public static SyscallResult WriteNow(Task task, FileDescription file, ReadOnlyMemory<byte> data, long? offset)
    {
        // Nobody else sees the description before this returns. The write's own progress must not mix with the transfer's.
        OpenFlags flags = file.Flags;
        long progress = task.Restart.Progress;
        file.Flags |= OpenFlags.O_NONBLOCK;
        task.Restart.Progress = 0;
        IoIterator source = IoIterator.FromKernel(System.Runtime.InteropServices.MemoryMarshal.AsMemory(data));
        SyscallResult result = offset is { } at ? file.WriteAt(task, source, at) : file.Write(task, source);
        task.Restart.Progress = progress;
        file.Flags = flags;
        return result;
    }

    /// <summary>Waits until the description may be ready; <paramref name="hasRetried"/>: it said so before and was not, so only a wake-up counts.</summary>
    /// <returns>The result of the wait, or null: try again at once.</returns>
    public static SyscallResult? WaitFor(Task task, FileDescription file, PollEvents events, bool hasRetried)
    {
        PollEvents ready = file.Poll(task.Sleep.PollTable);
        if (!hasRetried && (ready & (events | PollEvents.POLLERR | PollEvents.POLLHUP)) != 0)
        {
            task.Sleep.Clear();
            return null;
        }

        return task.Block(long.MaxValue, default, Errno.ERESTARTSYS);
    }
}
