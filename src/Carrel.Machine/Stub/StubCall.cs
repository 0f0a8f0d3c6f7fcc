using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>One entry of a call list, as the stub reads it from its slot.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StubCall
{
    internal const int Size = 64;

    internal ulong Number;
    internal ulong A0;
    internal ulong A1;
    internal ulong A2;
    internal ulong A3;
    internal ulong A4;
    internal ulong A5;

    /// <summary>Used by the bootstrap list only.</summary>
    internal ulong Flags;

    internal StubCall(int number, ulong a0 = 0, ulong a1 = 0, ulong a2 = 0, ulong a3 = 0, ulong a4 = 0, ulong a5 = 0)
    {
        Number = (ulong)number;
        A0 = a0;
        A1 = a1;
        A2 = a2;
        A3 = a3;
        A4 = a4;
        A5 = a5;
    }

    /// <summary>True if the notification asks for exactly this call: the number and all six registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly bool Matches(in SeccompData data) =>
        Number == (uint)data.Nr && A0 == data.Args[0] && A1 == data.Args[1] && A2 == data.Args[2]
        && A3 == data.Args[3] && A4 == data.Args[4] && A5 == data.Args[5];

    internal static StubCall MapShared(ulong address, ulong length, MemoryProtection protection, int fd, long offset) => new(
        Nr.mmap, address, length, (ulong)protection, (ulong)(MapFlags.MAP_SHARED | MapFlags.MAP_FIXED), (ulong)fd, (ulong)offset);

    /// <summary>Maps a thread's control slot.</summary>
    internal static StubCall MapSlot(Slot slot, SlotGeometry geometry) =>
        MapShared(slot.Address, (ulong)geometry.Size, MemoryProtection.Read | MemoryProtection.Write, 0, slot.Frame * FrameStore.PageSize);

    /// <summary>A thread that begins with the signal frame at <paramref name="frame"/>.</summary>
    internal static StubCall CloneThread(ulong frame, ulong tag, ulong? fsBase)
    {
        const CloneFlags flags = CloneFlags.CLONE_VM | CloneFlags.CLONE_FS | CloneFlags.CLONE_FILES | CloneFlags.CLONE_SIGHAND | CloneFlags.CLONE_THREAD | CloneFlags.CLONE_SYSVSEM;
        return new StubCall(Nr.clone, (ulong)(fsBase is null ? flags : flags | CloneFlags.CLONE_SETTLS), frame, tag, 0, fsBase ?? 0);
    }

    /// <summary>A process; it is a child of the stubs' common parent, and unmaps the slot of the thread that forked it.</summary>
    internal static StubCall Fork(ulong tag, Slot forker, SlotGeometry geometry) =>
        new(Nr.clone, Signal.SIGCHLD | (ulong)CloneFlags.CLONE_PARENT, 0, tag, 0, (ulong)geometry.Size, forker.Address);

    /// <summary>
    /// The name of the thread. PR_SET_NAME looks at no argument behind the pointer, so the bytes lie in two of them, and the pointer leads there:
    /// see <see cref="CallList.PlaceNames"/>.
    /// </summary>
    internal static StubCall SetName(ReadOnlySpan<byte> name)
    {
        Span<byte> padded = stackalloc byte[2 * sizeof(ulong)];
        name[..Math.Min(name.Length, padded.Length - 1)].CopyTo(padded);
        return new StubCall(Nr.prctl, PrctlOption.PR_SET_NAME, 0, 0, BitConverter.ToUInt64(padded), BitConverter.ToUInt64(padded[sizeof(ulong)..]));
    }

    internal readonly bool IsSetName => Number == Nr.prctl && A0 == PrctlOption.PR_SET_NAME;

    /// <summary>Offset of the bytes of a name.</summary>
    internal const int NameOffset = 4 * sizeof(ulong);

    internal static StubCall Unmap(ulong address, ulong length) => new(Nr.munmap, address, length);
}
