using System;
using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace Carrel.Machine;

/// <summary>
/// The shape of a thread's control slot: one page for the call list, then the alternate stack, at whose top the host puts a
/// signal frame, always at the same place.
/// </summary>
internal sealed class SlotGeometry
{
    /// <summary>sizeof(struct rt_sigframe).</summary>
    internal const int FrameSize = 440;

    /// <summary>Offset of struct ucontext in it; siginfo follows at <see cref="InfoInFrame"/>.</summary>
    internal const int ContextInFrame = 8;

    internal const int InfoInFrame = 312;

    internal const int ListSize = FrameStore.PageSize;

    internal SlotGeometry()
    {
        // CPUID leaf 0xD: bytes of the XSAVE area for what the host has enabled. The host's frame is that plus the rest, aligned.
        int extended = Math.Max(X86Base.CpuId(0xD, 0).Ebx, 832);
        Size = (int)BitOperations.RoundUpToPowerOf2((uint)(ListSize + extended + 1024));
    }

    internal int Size { get; }

    internal int Pages => Size / FrameStore.PageSize;

    /// <summary>Offset of the signal frame, known after the first trap.</summary>
    internal int Frame { get; private set; }

    /// <summary>Offset of the FPU state.</summary>
    internal int Fp { get; private set; }

    /// <summary>Its size with the trailing magic word.</summary>
    internal int FpSize { get; private set; }

    /// <summary>The bytes of the first trap's slot from <see cref="Frame"/> to the end: a frame made by the host, FPU in initial state.</summary>
    internal byte[] Template { get; private set; } = [];

    /// <summary>The frame's bytes up to the end of the slot.</summary>
    internal int TailSize => Size - Frame;

    internal void Learn(int frame, int fp, int fpSize, byte[] template)
    {
        Frame = frame;
        Fp = fp;
        FpSize = fpSize;
        Template = template;
    }
}
