using System;
using System.Runtime.InteropServices;

namespace Carrel.Machine;

/// <summary>A thread's control slot: frames of ours that the stub has mapped at a fixed place of its address space.</summary>
internal sealed unsafe class Slot
{
    internal Slot(int index, long frame, ulong address, byte* memory)
    {
        Index = index;
        Frame = frame;
        Address = address;
        Memory = memory;
    }

    /// <summary>Stands for the slot that there was no memory for.</summary>
    internal static Slot None { get; } = new(-1, -1, 0, null);

    internal int Index { get; }

    internal long Frame { get; }

    /// <summary>In the stub.</summary>
    internal ulong Address { get; }

    /// <summary>Here. Only for the fault-tolerant routines.</summary>
    internal byte* Memory { get; }

    /// <summary>The stub has it mapped.</summary>
    internal bool IsMapped { get; set; }

    /// <summary>The last host thread that used it, until that is known to be gone.</summary>
    internal int LastTid { get; set; }

    /// <summary>By the stub's own word, which guest code can write, too.</summary>
    internal bool IsListDone => FaultTolerant.Load(Memory + StubLayout.DoneWord, out int done) && done == 1;

    /// <summary>Writes a call list, not done yet.</summary>
    internal bool TryWriteList(ReadOnlySpan<StubCall> calls)
    {
        int done = 0;
        return TryWrite(0, MemoryMarshal.AsBytes(calls)) && TryWrite(StubLayout.DoneWord, new ReadOnlySpan<byte>(&done, sizeof(int)));
    }

    /// <summary>False if the stub's end of it is gone.</summary>
    internal bool TryWrite(int offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            return FaultTolerant.Copy(Memory + offset, p, bytes.Length);
        }
    }
}
