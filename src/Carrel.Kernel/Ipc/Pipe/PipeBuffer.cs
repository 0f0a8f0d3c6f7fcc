using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel.Ipc.Pipe;

/// <summary>
/// The data between the two ends of a pipe or FIFO (Linux's pipe_inode_info): a byte ring, and packet lengths where O_DIRECT writes made packets.
/// Guarded by the kernel lock.
/// </summary>
public sealed class PipeBuffer(LinuxKernel kernel)
{
    /// <summary>Writes up to this size are atomic.</summary>
    public const int AtomicSize = 4096;
    private const int DefaultCapacity = 65536;
    private const int MaxCapacity = 1 << 20;
    // Linux's pipe-user-pages-soft: beyond it new data areas stay at one page, so pipes cannot eat the kernel's heap.
    private const long SoftLimit = 64 << 20;

    private readonly Queue<int> _packets = new();
    private byte[] _ring = [];
    private int _head;

    /// <summary>Woken when data arrives or the last writer goes.</summary>
    public WaitQueue ReadQueue { get; } = new();

    /// <summary>Woken when room appears or the last reader goes.</summary>
    public WaitQueue WriteQueue { get; } = new();

    /// <summary>Woken when an end is opened (FIFO open).</summary>
    public WaitQueue OpenQueue { get; } = new();

    public int Capacity { get; private set; } = DefaultCapacity;

    /// <summary>Bytes in the pipe.</summary>
    public int Count { get; private set; }

    public int Room => Capacity - Count;

    public int Readers { get; private set; }

    public int Writers { get; private set; }

    /// <summary>How often a reader / writer was added: a FIFO open waits for a change.</summary>
    public int ReaderGeneration { get; private set; }

    public int WriterGeneration { get; private set; }

    public void AddReader()
    {
        Readers++;
        ReaderGeneration++;
        OpenQueue.WakeAll();
    }

    public void AddWriter()
    {
        Writers++;
        WriterGeneration++;
        OpenQueue.WakeAll();
    }

    public void DropReader()
    {
        if (--Readers == 0)
        {
            WriteQueue.WakeAll(PollEvents.POLLOUT | PollEvents.POLLERR);
        }

        FreeIfUnused();
    }

    public void DropWriter()
    {
        if (--Writers == 0)
        {
            ReadQueue.WakeAll(PollEvents.POLLIN | PollEvents.POLLHUP);
        }

        FreeIfUnused();
    }

    /// <summary>Moves data out. With packets, at most one and its rest is discarded. Returns bytes moved.</summary>
    public int Read(IoIterator destination)
    {
        int moved = 0;
        if (_packets.TryPeek(out int packet))
        {
            moved = Take(destination, Math.Min(packet, Count));
            if (moved == 0 && destination.Faulted)
            {
                return 0;
            }

            Drop(packet - moved);
            _packets.Dequeue();
        }
        else
        {
            moved = Take(destination, Count);
        }

        if (moved > 0)
        {
            WriteQueue.Wake(PollEvents.POLLOUT | PollEvents.POLLWRNORM);
        }

        return moved;
    }

    /// <summary>Moves as much in as there is room for. Returns bytes moved.</summary>
    /// <param name="source">The writer's memory.</param>
    /// <param name="isPacket">Keep a boundary (O_DIRECT); the caller has limited the packet to <see cref="AtomicSize"/>.</param>
    public int Write(IoIterator source, bool isPacket)
    {
        int wanted = (int)Math.Min(source.Remaining, Room);
        EnsureRing(Count + wanted);
        wanted = Math.Min(wanted, _ring.Length - Count);
        int moved = 0;
        while (moved < wanted)
        {
            int tail = (_head + Count) % _ring.Length;
            int chunk = Math.Min(wanted - moved, _ring.Length - tail);
            int n = source.CopyIn(_ring.AsSpan(tail, chunk));
            Count += n;
            moved += n;
            if (n < chunk)
            {
                // pipe_write() fills page by page: a page that cannot be read whole does not count.
                int lost = moved % FrameStore.PageSize;
                Count -= lost;
                moved -= lost;
                source.Revert(lost);
                break;
            }
        }

        if (moved > 0)
        {
            if (isPacket || _packets.Count > 0)
            {
                _packets.Enqueue(moved);
            }

            ReadQueue.Wake(PollEvents.POLLIN | PollEvents.POLLRDNORM);
        }

        return moved;
    }

    /// <summary>Copies data without taking it (tee).</summary>
    public int Peek(Span<byte> destination)
    {
        int n = Math.Min(destination.Length, Count);
        int first = Math.Min(n, _ring.Length - _head);
        _ring.AsSpan(_head, first).CopyTo(destination);
        _ring.AsSpan(0, n - first).CopyTo(destination[first..]);
        return n;
    }

    /// <summary>F_SETPIPE_SZ: rounds up to a power of two of pages. EINVAL, EPERM above pipe-max-size, EBUSY if the data would not fit.</summary>
    public Result<int> SetCapacity(Task task, ulong size)
    {
        if (size > 1UL << 31)
        {
            return Errno.EINVAL;
        }

        ulong rounded = Math.Max(4096, System.Numerics.BitOperations.RoundUpToPowerOf2(Math.Max(1, size)));
        if (rounded > (ulong)Capacity && rounded > MaxCapacity && !task.Credentials.HasCapability(Capability.CAP_SYS_RESOURCE))
        {
            return Errno.EPERM;
        }

        if (rounded > 16 << 20)
        {
            return Errno.ENOMEM;
        }

        if ((ulong)Count > rounded)
        {
            return Errno.EBUSY;
        }

        Capacity = (int)rounded;
        if (_ring.Length > Capacity)
        {
            Resize(Capacity);
        }

        return Capacity;
    }

    private int Take(IoIterator destination, int limit)
    {
        int moved = 0;
        while (moved < limit && destination.Remaining > 0)
        {
            int chunk = (int)Math.Min(Math.Min(limit - moved, _ring.Length - _head), destination.Remaining);
            int n = destination.CopyOut(_ring.AsSpan(_head, chunk));
            Drop(n);
            moved += n;
            if (n < chunk)
            {
                break;
            }
        }

        return moved;
    }

    private void Drop(int count)
    {
        Count -= count;
        _head = Count == 0 ? 0 : (_head + count) % _ring.Length;
    }

    private void EnsureRing(int needed)
    {
        if (needed <= _ring.Length)
        {
            return;
        }

        int size = Math.Max(4096, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)needed));
        if (kernel.PipeBytes + size - _ring.Length > SoftLimit)
        {
            size = Math.Max(4096, _ring.Length);
            Capacity = Math.Max(size, Math.Max(4096, Count));
        }

        Resize(Math.Min(size, Math.Max(Capacity, 4096)));
    }

    private void Resize(int size)
    {
        kernel.PipeBytes += size - _ring.Length;
        var ring = new byte[size];
        Peek(ring.AsSpan(0, Math.Min(Count, size)));
        _ring = ring;
        _head = 0;
    }

    private void FreeIfUnused()
    {
        if (Readers == 0 && Writers == 0)
        {
            kernel.PipeBytes -= _ring.Length;
            _ring = [];
            _head = 0;
            Count = 0;
            _packets.Clear();
        }
    }
}
