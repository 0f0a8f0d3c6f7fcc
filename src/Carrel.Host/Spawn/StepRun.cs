using System;
using System.Runtime.InteropServices;
using System.Threading;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>
/// A <see cref="StepList"/> on its way: the blob in memory that the child shares, clone3, and what became of it. It must stay until the child has executed
/// a program or ended: with CLONE_VFORK that is when <see cref="Start"/> returns.
/// </summary>
public sealed unsafe class StepRun : IDisposable
{
    private readonly byte* _blob;
    private readonly ulong _size;
    private readonly StepList _list;

    /// <exception cref="OutOfMemoryException">No memory for the blob.</exception>
    public StepRun(StepList list)
    {
        _list = list;
        _size = (ulong)list.Size + 4095 & ~4095UL;
        long address = HostMemory.Map(0, _size, Prot.PROT_READ | Prot.PROT_WRITE, MapFlags.MAP_SHARED | MapFlags.MAP_ANONYMOUS, -1, 0);
        if (HostCall.ErrnoOf(address) != 0)
        {
            throw new OutOfMemoryException();
        }

        _blob = (byte*)address;
        list.LayOut((ulong)address, -1, withNames: false).CopyTo(new Span<byte>(_blob, (int)_size));
    }

    /// <summary>Descriptor of a cgroup directory, for CLONE_INTO_CGROUP.</summary>
    public int Cgroup { get; init; } = -1;

    /// <summary>With CLONE_PIDFD: the descriptor of the child.</summary>
    public int Pidfd { get; private set; } = -1;

    /// <summary>Pid of the child, from the moment it exists.</summary>
    public int ChildPid => Volatile.Read(ref Header->ChildTid);

    /// <summary>Pid of the child that a fork step made, 0 before. Written where the child can write, too.</summary>
    public int ForkedPid => Volatile.Read(ref Header->ForkedTid);

    /// <summary>Clones and has the child run the list. CLONE_CLEAR_SIGHAND is added; without CLONE_VM the child gets a copy of this process's memory.</summary>
    /// <returns>Its pid, or a negative errno of clone3.</returns>
    /// <remarks>The thread that calls this is the one whose end PR_SET_PDEATHSIG of the child watches.</remarks>
    public int Start(CloneFlags flags)
    {
        int pidfd = -1;
        var clone = new CloneArgs
        {
            Flags = (ulong)(flags | CloneFlags.CLONE_CLEAR_SIGHAND | CloneFlags.CLONE_PARENT_SETTID),
            ExitSignal = Signal.SIGCHLD,
            Pidfd = (ulong)(&pidfd),
            ParentTid = (ulong)_blob + SpawnHeader.ChildTidOffset,
        };
        if (Cgroup >= 0)
        {
            clone.Flags |= (ulong)CloneFlags.CLONE_INTO_CGROUP;
            clone.Cgroup = (ulong)Cgroup;
        }

        var request = new SpawnRequest { CloneArgs = &clone, CloneArgsSize = CloneArgs.CLONE_ARGS_SIZE_VER2, List = _blob };
        long pid = HostCall.Spawn(&request);
        Pidfd = pidfd;
        return (int)pid;
    }

    /// <summary>What became of it, when the child has executed a program or ended.</summary>
    public SpawnOutcome OutcomeOf(int pid)
    {
        long failed = Volatile.Read(ref Header->FailedStep);
        long error = Volatile.Read(ref Header->FailedError);
        return new SpawnOutcome(pid, failed < 0 ? -1 : (int)Math.Min(failed, int.MaxValue), (Errno)(int)Math.Clamp(-error, 0, HostCall.MaxErrno));
    }

    /// <summary>A copy of data of the list as it is now.</summary>
    public byte[] Read(StepArgument data, int size) => new Span<byte>(_blob + _list.OffsetOf(data), size).ToArray();

    public void Dispose() => HostMemory.Unmap((ulong)_blob, _size);

    private SpawnHeader* Header => (SpawnHeader*)_blob;
}
