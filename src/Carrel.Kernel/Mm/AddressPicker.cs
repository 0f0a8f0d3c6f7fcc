using System;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Kernel.Mm;

/// <summary>Where a new mapping goes (Linux's get_unmapped_area() of x86-64, top down).</summary>
internal static class AddressPicker
{
    private const ulong Low32Start = 0x40000000;
    private const ulong Low32End = 0x80000000;

    /// <summary>The address for a mapping of a page-aligned length.</summary>
    public static Result<ulong> Pick(MemoryManager mm, ulong hint, ulong length, MapFlags flags, Task? task)
    {
        if (length > mm.AddressLimit)
        {
            return Errno.ENOMEM;
        }

        if ((flags & (MapFlags.MAP_FIXED | MapFlags.MAP_FIXED_NOREPLACE)) != 0)
        {
            return CheckFixed(mm, hint, length, flags, task);
        }

        // round_hint_to_min()
        hint &= ~Vma.PageMask;
        if (hint != 0 && hint < mm.AddressMinimum)
        {
            hint = mm.AddressMinimum;
        }

        bool isLow = (flags & MapFlags.MAP_32BIT) != 0;
        if (hint != 0 && IsFree(mm, hint, length, isLow ? Low32End : mm.AddressLimit))
        {
            return hint;
        }

        ulong found = isLow
            ? mm.Vmas.FindFreeBottomUp(length, Low32Start, Low32End)
            : mm.Vmas.FindFreeTopDown(length, mm.AddressMinimum, mm.MmapBase);
        if (found == 0 && !isLow)
        {
            // A huge stack limit or a nearly full space: Linux then searches above the base too.
            found = mm.Vmas.FindFreeBottomUp(length, Math.Max(mm.AddressMinimum, mm.AddressLimit / 3), mm.AddressLimit);
        }

        return found == 0 ? Errno.ENOMEM : found;
    }

    private static Result<ulong> CheckFixed(MemoryManager mm, ulong address, ulong length, MapFlags flags, Task? task)
    {
        if (address > mm.AddressLimit - length)
        {
            return Errno.ENOMEM;
        }

        if ((address & Vma.PageMask) != 0)
        {
            return Errno.EINVAL;
        }

        // security_mmap_addr(); below the host's own minimum nothing can be mapped, whatever the capability.
        if (address < mm.AddressMinimum)
        {
            return Errno.EPERM;
        }

        bool isTaken = mm.Vmas.FirstEndingAbove(address) is { } vma && vma.Start < address + length;
        return isTaken && (flags & MapFlags.MAP_FIXED_NOREPLACE) != 0 ? Errno.EEXIST : address;
    }

    private static bool IsFree(MemoryManager mm, ulong address, ulong length, ulong limit)
    {
        if (length > limit || address > limit - length)
        {
            return false;
        }

        Vma? next = mm.Vmas.FirstEndingAbove(address);
        ulong gap = next is { GrowsDown: true } ? StackGrowth.GuardGap : 0;
        return next is null || (next.Start >= gap && address + length <= next.Start - gap);
    }

    /// <summary>A random multiple of the page size below 2^<paramref name="bits"/> pages.</summary>
    public static ulong RandomPages(MemoryManager mm, int bits)
    {
        Span<ulong> value = stackalloc ulong[1];
        mm.Kernel.Host.GetRandom(MemoryMarshal.AsBytes(value));
        return (value[0] & ((1UL << bits) - 1)) * Vma.PageSize;
    }
}
