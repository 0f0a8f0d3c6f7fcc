using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Host;

/// <summary>The code of the program that this process runs.</summary>
public sealed unsafe class HostProgram
{
    private const int MostAuxiliary = 64;
    private const ulong Page = 4096;

    private readonly List<(ulong Start, ulong Length)> _segments = [];

    /// <summary>Finds them, by the auxiliary vector (prctl PR_GET_AUXV, Linux 6.4; without it there are none).</summary>
    public HostProgram()
    {
        Span<ulong> auxiliary = stackalloc ulong[2 * MostAuxiliary];
        fixed (ulong* p = auxiliary)
        {
            HostProcess.Prctl(PrctlOption.PR_GET_AUXV, (nint)p, auxiliary.Length * sizeof(ulong));
        }

        ulong headers = 0;
        int count = 0;
        for (int i = 0; i + 1 < auxiliary.Length && auxiliary[i] != AuxType.AT_NULL; i += 2)
        {
            headers = auxiliary[i] == AuxType.AT_PHDR ? auxiliary[i + 1] : headers;
            count = auxiliary[i] == AuxType.AT_PHNUM ? (int)auxiliary[i + 1] : count;
        }

        if (headers != 0)
        {
            Find(new ReadOnlySpan<Elf64_Phdr>((void*)headers, count), headers - (ulong)sizeof(Elf64_Ehdr));
        }
    }

    /// <summary>
    /// Gives the pages of code back to the host's page cache: what the process uses from now on comes back by itself, what only its start needed does not.
    /// Constants stay: the runtime has written to some of them before it protected them, and those would be lost.
    /// </summary>
    public void DropUnusedCode()
    {
        foreach ((ulong start, ulong length) in _segments)
        {
            HostMemory.Advise(start, length, Madvise.MADV_DONTNEED);
        }
    }

    /// <param name="headers">The program headers.</param>
    /// <param name="image">Address of the ELF header, with which the first segment begins.</param>
    private void Find(ReadOnlySpan<Elf64_Phdr> headers, ulong image)
    {
        ulong? bias = null;
        foreach (Elf64_Phdr header in headers)
        {
            bias = header.Type == Elf.PT_LOAD && header.Offset == 0 ? image - header.Vaddr : bias;
        }

        foreach (Elf64_Phdr header in headers)
        {
            if (bias is { } moved && header.Type == Elf.PT_LOAD && (header.Flags & (Elf.PF_W | Elf.PF_X)) == Elf.PF_X)
            {
                ulong first = (moved + header.Vaddr) & ~(Page - 1);
                _segments.Add((first, moved + header.Vaddr + header.Filesz - first));
            }
        }
    }
}
