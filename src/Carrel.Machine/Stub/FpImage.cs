using System;
using System.Buffers.Binary;
using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>Makes a guest's XSAVE image one that the host's rt_sigreturn accepts: a bad one would fault inside the stub.</summary>
internal static class FpImage
{
    private const int MxcsrOffset = 24;
    private const int HeaderOffset = 512;
    private const int HeaderSize = 64;
    private const uint MxcsrMask = 0xffff;

    /// <summary>Copies into <paramref name="target"/>, a valid image of the same size, what may be taken over.</summary>
    /// <returns>False if the image is not one.</returns>
    internal static bool TryCopy(ReadOnlySpan<byte> image, Span<byte> target)
    {
        if (image.Length < HeaderOffset || target.Length < HeaderOffset + HeaderSize)
        {
            return false;
        }

        uint mxcsr = BinaryPrimitives.ReadUInt32LittleEndian(image[MxcsrOffset..]);
        if ((mxcsr & ~MxcsrMask) != 0)
        {
            return false;
        }

        ulong supported = BinaryPrimitives.ReadUInt64LittleEndian(target[(Ucontext.FPX_SW_OFFSET + 8)..]);
        bool extended = BinaryPrimitives.ReadUInt32LittleEndian(image[Ucontext.FPX_SW_OFFSET..]) == Ucontext.FP_XSTATE_MAGIC1
            && image.Length >= target.Length;
        if (extended)
        {
            ulong present = BinaryPrimitives.ReadUInt64LittleEndian(image[HeaderOffset..]);
            if ((present & ~supported) != 0 || image[(HeaderOffset + 8)..(HeaderOffset + HeaderSize)].ContainsAnyExcept((byte)0))
            {
                return false; // XRSTOR would raise #GP
            }

            image[HeaderOffset..(target.Length - Ucontext.FP_XSTATE_MAGIC2_SIZE)].CopyTo(target[HeaderOffset..]);
        }
        else
        {
            // Only x87 and SSE, as fpu__restore_sig does for a frame without the magic: the rest goes to its initial state.
            target[HeaderOffset..(HeaderOffset + HeaderSize)].Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(target[HeaderOffset..], 3);
        }

        image[..Ucontext.FPX_SW_OFFSET].CopyTo(target); // the software bytes and the trailing magic stay ours
        return true;
    }
}
