using System;
using Carrel.Abi;
using Carrel.Kernel.Mm;

namespace Carrel.Kernel.Loader;

/// <summary>Maps an ELF image into an empty address space (elf_load(), load_elf_binary(), load_elf_interp()).</summary>
internal static class ElfLoader
{
    /// <summary>ELF_ET_DYN_BASE: where position-independent programs go, before randomization.</summary>
    private const ulong DynamicBase = 0x555555554000;

    private const int RandomBits = 28;

    /// <summary>Where an image lies.</summary>
    public readonly record struct Placement(ulong Bias, ulong Entry, ulong ProgramHeaders, ulong End);

    /// <summary>Maps the program and records its layout.</summary>
    /// <param name="hasInterpreter">Without one a position-independent image is itself a loader and goes where mmap would put it.</param>
    public static Result<Placement> LoadProgram(MemoryManager mm, ElfImage image, bool hasInterpreter, bool isRandomized)
    {
        ulong bias = 0;
        if (image.IsPositionIndependent)
        {
            ulong alignment = MaximumAlignment(image);
            if (hasInterpreter)
            {
                bias = DynamicBase + (isRandomized ? AddressPicker.RandomPages(mm, RandomBits) : 0);
                bias = (bias & ~(alignment - 1)) - (FirstAddress(image) & ~Vma.PageMask);
            }
            else
            {
                Result<ulong> free = FreeBias(mm, image, alignment);
                if (free.Failed)
                {
                    return free.Error;
                }

                bias = free.Value;
            }
        }

        Result<Placement> placed = Map(mm, image, bias);
        if (placed.Failed)
        {
            return placed;
        }

        RecordLayout(mm.Layout, image, bias);
        SetBreak(mm, image, placed.Value, hasInterpreter, isRandomized);
        return placed;
    }

    /// <summary>Maps the interpreter where mmap puts things.</summary>
    public static Result<Placement> LoadInterpreter(MemoryManager mm, ElfImage image)
    {
        ulong bias = 0;
        if (image.IsPositionIndependent)
        {
            Result<ulong> free = FreeBias(mm, image, MaximumAlignment(image));
            if (free.Failed)
            {
                return free.Error;
            }

            bias = free.Value;
        }

        return Map(mm, image, bias);
    }

    private static Result<ulong> FreeBias(MemoryManager mm, ElfImage image, ulong alignment)
    {
        ulong first = FirstAddress(image) & ~Vma.PageMask;
        ulong total = TotalSize(image);
        if (total == 0)
        {
            return Errno.EINVAL;
        }

        ulong slack = alignment > Vma.PageSize ? alignment : 0;
        Result<ulong> free = total > mm.AddressLimit - slack ? Errno.ENOMEM : AddressPicker.Pick(mm, 0, total + slack, MapFlags.MAP_PRIVATE, null);
        return free.Failed ? free : ((free.Value + alignment - 1) & ~(alignment - 1)) - first;
    }

    private static Result<Placement> Map(MemoryManager mm, ElfImage image, ulong bias)
    {
        ulong end = 0, headers = 0;
        foreach (Elf64_Phdr segment in image.Segments)
        {
            if (segment.Type != Elf.PT_LOAD)
            {
                continue;
            }

            ulong start = bias + segment.Vaddr;
            // Sizes that wrap or leave user space were refused with EINVAL in load_elf_binary().
            if (segment.Filesz > segment.Memsz || segment.Memsz > mm.AddressLimit || start > mm.AddressLimit - segment.Memsz || segment.Offset > long.MaxValue)
            {
                return Errno.EINVAL;
            }

            Errno error = MapSegment(mm, image, segment, start);
            if (error != Errno.OK)
            {
                return error;
            }

            if (image.Header.Phoff >= segment.Offset && image.Header.Phoff < segment.Offset + segment.Filesz)
            {
                headers = image.Header.Phoff - segment.Offset + start;
            }

            end = Math.Max(end, start + segment.Memsz);
        }

        // The entry point is checked by the first fetch, as on Linux (BAD_ADDR() only).
        ulong entry = bias + image.Header.Entry;
        return end == 0 || entry >= mm.AddressLimit ? Errno.EINVAL : new Placement(bias, entry, headers, end);
    }

    private static Errno MapSegment(MemoryManager mm, ElfImage image, in Elf64_Phdr segment, ulong start)
    {
        Prot protection = ((segment.Flags & Elf.PF_R) != 0 ? Prot.PROT_READ : 0)
            | ((segment.Flags & Elf.PF_W) != 0 ? Prot.PROT_WRITE : 0)
            | ((segment.Flags & Elf.PF_X) != 0 ? Prot.PROT_EXEC : 0);
        ulong inPage = segment.Vaddr & Vma.PageMask;
        ulong page = start - inPage;
        ulong fileEnd = start + segment.Filesz;
        ulong mappedEnd = page;
        if (segment.Filesz != 0)
        {
            if ((segment.Offset & Vma.PageMask) != inPage)
            {
                return Errno.EINVAL;
            }

            mappedEnd = MemoryManager.PageAlignUp(fileEnd);
            Result<ulong> mapped = mm.MapImage(
                page, mappedEnd - page, protection, MapFlags.MAP_PRIVATE | MapFlags.MAP_FIXED, image.File, (long)(segment.Offset - inPage));
            if (mapped.Failed)
            {
                return mapped.Error;
            }
        }

        if (segment.Memsz == segment.Filesz)
        {
            return Errno.OK;
        }

        // padzero(): what follows the file's bytes in their last page is part of .bss. It matters only where it can be written.
        if (fileEnd < mappedEnd && segment.Filesz != 0 && (protection & Prot.PROT_WRITE) != 0 && !mm.Write(fileEnd, new byte[mappedEnd - fileEnd]))
        {
            return Errno.EFAULT;
        }

        ulong end = MemoryManager.PageAlignUp(start + segment.Memsz);
        return end <= mappedEnd
            ? Errno.OK
            : mm.MapImage(mappedEnd, end - mappedEnd, protection, MapFlags.MAP_PRIVATE | MapFlags.MAP_FIXED | MapFlags.MAP_ANONYMOUS, null, 0).Error;
    }

    private static void RecordLayout(MemoryLayout layout, ElfImage image, ulong bias)
    {
        layout.CodeStart = ulong.MaxValue;
        foreach (Elf64_Phdr segment in image.Segments)
        {
            if (segment.Type != Elf.PT_LOAD)
            {
                continue;
            }

            ulong start = bias + segment.Vaddr;
            ulong end = start + segment.Filesz;
            if ((segment.Flags & Elf.PF_X) != 0)
            {
                layout.CodeStart = Math.Min(layout.CodeStart, start);
                layout.CodeEnd = Math.Max(layout.CodeEnd, end);
            }

            if (start > layout.DataStart)
            {
                layout.DataStart = start;
            }

            layout.DataEnd = Math.Max(layout.DataEnd, end);
        }
    }

    private static void SetBreak(MemoryManager mm, ElfImage image, in Placement placed, bool hasInterpreter, bool isRandomized)
    {
        ulong start = MemoryManager.PageAlignUp(placed.End);
        if (isRandomized)
        {
            // A loader run by itself gets its heap away from the mmap area it lies in.
            if (image.IsPositionIndependent && !hasInterpreter)
            {
                start = DynamicBase;
            }

            // arch_randomize_brk(): within 1 GiB.
            start += AddressPicker.RandomPages(mm, 18);
        }

        mm.SetBreak(start);
    }

    private static ulong FirstAddress(ElfImage image)
    {
        foreach (Elf64_Phdr segment in image.Segments)
        {
            if (segment.Type == Elf.PT_LOAD)
            {
                return segment.Vaddr;
            }
        }

        return 0;
    }

    /// <summary>total_mapping_size(); 0 if the segments make no sense.</summary>
    private static ulong TotalSize(ElfImage image)
    {
        ulong low = ulong.MaxValue, high = 0;
        foreach (Elf64_Phdr segment in image.Segments)
        {
            if (segment.Type == Elf.PT_LOAD)
            {
                low = Math.Min(low, segment.Vaddr & ~Vma.PageMask);
                high = Math.Max(high, segment.Vaddr + segment.Memsz);
            }
        }

        return high > low ? MemoryManager.PageAlignUp(high - low) : 0;
    }

    /// <summary>maximum_alignment(): the largest p_align that is a power of two.</summary>
    private static ulong MaximumAlignment(ElfImage image)
    {
        ulong alignment = Vma.PageSize;
        foreach (Elf64_Phdr segment in image.Segments)
        {
            if (segment.Type == Elf.PT_LOAD && System.Numerics.BitOperations.IsPow2(segment.Align) && segment.Align <= 1UL << 40)
            {
                alignment = Math.Max(alignment, segment.Align);
            }
        }

        return alignment;
    }
}
