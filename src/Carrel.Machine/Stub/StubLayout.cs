namespace Carrel.Machine;

/// <summary>Where things lie at the top of a stub's address space, and what its machine code and we say to each other. Twin of Native/layout.inc.</summary>
internal static class StubLayout
{
    /// <summary>The code page; everything from here upwards is ours.</summary>
    internal const ulong StubCode = 0x7fff00000000;

    internal const ulong VdsoBase = StubCode + 0x10000;

    /// <summary>Slot k of a space lies at SlotBase + k * slot size.</summary>
    internal const ulong SlotBase = 0x7fff10000000;

    /// <summary>End of user addresses with four-level page tables (TASK_SIZE_MAX).</summary>
    internal const ulong UserEnd = 0x7ffffffff000;

    internal const int BootWindow = 0x10000;
    internal const int BootList = 0x8000;

    /// <summary>Place of {handler, restorer} in the stub's image.</summary>
    internal const int EntryTable = 176;

    internal const int BellTrap = 0x5ca1000;
    internal const int BellConfirm = 0x5ca1001;
    internal const int BellChild = 0x5ca1002;
    internal const int BellFailed = 0x5ca1003;

    internal const ulong AnswerConfirm = 0x800;
    internal const int MaxCalls = 56;
    internal const int DoneWord = 4092;
    internal const ulong PageMask = 0xfff;

    /// <summary>The kick. A standard signal: two at once become one, and none can fail for lack of a queue entry.</summary>
    internal const int KickSignal = 23; // SIGURG

    /// <summary>True for calls made from the stub's page (the pointer is the address behind the instruction).</summary>
    internal static bool IsStub(ulong instructionPointer) => (instructionPointer & ~PageMask) == StubCode;
}
