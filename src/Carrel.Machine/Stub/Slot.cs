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
}
