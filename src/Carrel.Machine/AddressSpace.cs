namespace Carrel.Machine;

/// <summary>
/// The host side of a guest address space: a stub process. Mapping calls queue a change; queued changes are applied, in order, by the
/// next thread of this space that passes through the platform, before that thread runs guest code again.
/// </summary>
public abstract class AddressSpace
{
    /// <summary>The kernel's MemoryManager.</summary>
    public object? Owner { get; set; }

    /// <summary>Threads that are not dead.</summary>
    public abstract int ThreadCount { get; }

    /// <summary>The process of the host that stands for it, by our pid namespace; 0 if there is none (yet).</summary>
    public virtual int HostPid => 0;

    /// <summary>What the host's tools are to show for its process: at most 15 bytes.</summary>
    public virtual void SetName(string name)
    {
    }

    /// <summary>Maps frames (shared with every other mapping of them) at a fixed address, over what was there. All values page-aligned.</summary>
    /// <param name="address">Guest address.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="protection">Access.</param>
    /// <param name="frame">Number of the first frame; the range is contiguous.</param>
    public abstract void MapFrames(ulong address, ulong length, MemoryProtection protection, long frame);

    /// <summary>Maps a host file's pages without write access, over what was there.</summary>
    public abstract void MapFile(ulong address, ulong length, MemoryProtection protection, HostFile file, long offset);

    public abstract void Unmap(ulong address, ulong length);

    public abstract void Protect(ulong address, ulong length, MemoryProtection protection);

    /// <summary>Drops one reference of these frames when everything queued so far has been applied (or the space is dead).</summary>
    public abstract void ReleaseFramesWhenApplied(long frame, long count);

    /// <summary>True while changes wait to be applied.</summary>
    public abstract bool HasPendingChanges { get; }

    /// <summary>Number of changes queued so far, for <see cref="HasExecuted"/>.</summary>
    public virtual long QueuePosition => 0;

    /// <summary>The first <paramref name="position"/> changes have been executed, not only handed to a thread.</summary>
    public virtual bool HasExecuted(long position) => !HasPendingChanges;

    /// <summary>
    /// A new thread of this space. <paramref name="caller"/> is Trapped and the child starts when the caller resumes, with the given
    /// registers, the caller's FPU state and, if <paramref name="fsBase"/> is given, that FS base (else the caller's).
    /// </summary>
    /// <returns>The new thread, state Running.</returns>
    public abstract GuestThread SpawnThread(GuestThread caller, in Registers registers, ulong? fsBase);

    /// <summary>
    /// A new space with the same mappings (after those queued on this space so far) and one thread that starts when
    /// <paramref name="caller"/> (Trapped, of this space) resumes. Changes queued on the new space are applied before its thread runs.
    /// </summary>
    public abstract GuestThread Fork(GuestThread caller, in Registers registers, ulong? fsBase);

    /// <summary>Ends the space and all its threads at once, whatever they do. OnAddressSpaceDied follows when the host has confirmed it.</summary>
    public abstract void Kill();

    /// <summary>The end was asked for or has come: none of its threads runs guest code again.</summary>
    public virtual bool IsOver => false;

    /// <summary>User and total CPU time used by all threads of this space since it was made, nanoseconds.</summary>
    public abstract (long User, long System) CpuTime { get; }
}
