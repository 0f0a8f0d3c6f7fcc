using System;
using System.Buffers.Binary;
using Carrel.Abi;
using Carrel.Machine;
using Xunit;

namespace Carrel.Tests.Machine;

public sealed class FpImageTests
{
    private const int Size = 836;

    [Fact]
    public void TryCopy_GoodImage_TakesTheStateAndKeepsTheSoftwareBytes()
    {
        byte[] target = Image(0x7);
        byte[] image = Image(0x7);
        image[160] = 0x55; // xmm0
        image[600] = 0x66; // ymm0
        image[Ucontext.FPX_SW_OFFSET + 8] = 0xff;
        Assert.True(FpImage.TryCopy(image, target));
        Assert.Equal(0x55, target[160]);
        Assert.Equal(0x66, target[600]);
        Assert.Equal(0x7, target[Ucontext.FPX_SW_OFFSET + 8]);
    }

    [Fact]
    public void TryCopy_ComponentsTheMachineDoesNotSave_IsRefused() => Assert.False(FpImage.TryCopy(Image(0x207), Image(0x7)));

    [Fact]
    public void TryCopy_CompactedFormat_IsRefused()
    {
        byte[] image = Image(0x7);
        image[527] = 0x80;
        Assert.False(FpImage.TryCopy(image, Image(0x7)));
    }

    [Fact]
    public void TryCopy_ReservedMxcsrBits_IsRefused()
    {
        byte[] image = Image(0x7);
        image[26] = 1;
        Assert.False(FpImage.TryCopy(image, Image(0x7)));
    }

    [Fact]
    public void TryCopy_WithoutMagic_TakesSseAndResetsTheRest()
    {
        byte[] image = Image(0x7);
        image[Ucontext.FPX_SW_OFFSET] = 0;
        image[160] = 0x55;
        byte[] target = Image(0x7);
        Assert.True(FpImage.TryCopy(image.AsSpan(0, 512), target));
        Assert.Equal(0x55, target[160]);
        Assert.Equal(3, target[512]);
    }

    private static byte[] Image(ulong features)
    {
        var image = new byte[Size];
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(Ucontext.FPX_SW_OFFSET), Ucontext.FP_XSTATE_MAGIC1);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(Ucontext.FPX_SW_OFFSET + 4), Size);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(Ucontext.FPX_SW_OFFSET + 8), features);
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(512), features);
        return image;
    }
}
