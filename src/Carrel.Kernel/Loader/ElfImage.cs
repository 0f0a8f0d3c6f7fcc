using System;
using System.Runtime.InteropServices;
using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Loader;

/// <summary>The parts of an ELF file that say how to load it (load_elf_phdrs() of fs/binfmt_elf.c). Checked: offsets and sizes are plausible, nothing is mapped yet.</summary>
internal sealed class ElfImage
{
    private const int MaxProgramHeaders = 65536;
    private const int MaxPath = 4096;

    private ElfImage(FileDescription file, Elf64_Ehdr header, Elf64_Phdr[] segments)
    {
        File = file;
        Header = header;
        Segments = segments;
    }

    public FileDescription File { get; }

    public Elf64_Ehdr Header { get; }

    public Elf64_Phdr[] Segments { get; }

    public bool IsPositionIndependent => Header.Type == Elf.ET_DYN;

    /// <summary>Reads header and program headers. Anything wrong is <paramref name="bad"/>: ENOEXEC for a program, ELIBBAD for an interpreter.</summary>
    public static Result<ElfImage> Read(Task task, FileDescription file, Errno bad)
    {
        var head = new byte[Marshalled.Size<Elf64_Ehdr>()];
        if (ReadExactly(task, file, 0, head) != Errno.OK)
        {
            return bad == Errno.ENOEXEC ? bad : Errno.EIO;
        }

        Elf64_Ehdr header = Marshalled.FromBytes<Elf64_Ehdr>(head);
        ReadOnlySpan<byte> magic = [0x7f, (byte)'E', (byte)'L', (byte)'F'];
        if (!head.AsSpan(0, 4).SequenceEqual(magic) || header.Type is not (Elf.ET_EXEC or Elf.ET_DYN) || header.Machine != Elf.EM_X86_64
            || header.Ident[Elf.EI_CLASS] != Elf.ELFCLASS64 || header.Phentsize != Marshalled.Size<Elf64_Phdr>())
        {
            return bad;
        }

        int size = header.Phnum * header.Phentsize;
        if (size == 0 || size > MaxProgramHeaders || header.Phoff > long.MaxValue)
        {
            return bad;
        }

        var table = new byte[size];
        if (ReadExactly(task, file, (long)header.Phoff, table) != Errno.OK)
        {
            return bad;
        }

        return new ElfImage(file, header, MemoryMarshal.Cast<byte, Elf64_Phdr>(table).ToArray());
    }

    /// <summary>The path in PT_INTERP; null if there is none.</summary>
    public Result<string?> ReadInterpreter(Task task)
    {
        foreach (Elf64_Phdr segment in Segments)
        {
            if (segment.Type != Elf.PT_INTERP)
            {
                continue;
            }

            if (segment.Filesz is > MaxPath or < 2 || segment.Offset > long.MaxValue - MaxPath)
            {
                return Errno.ENOEXEC;
            }

            var text = new byte[segment.Filesz];
            Errno error = ReadExactly(task, File, (long)segment.Offset, text);
            if (error != Errno.OK)
            {
                return error;
            }

            int end = Array.IndexOf(text, (byte)0);
            return text[^1] != 0 ? Errno.ENOEXEC : Result<string?>.Of(System.Text.Encoding.Latin1.GetString(text, 0, end));
        }

        return Result<string?>.Of(null);
    }

    /// <summary>PT_GNU_STACK asks for an executable stack.</summary>
    public bool WantsExecutableStack
    {
        get
        {
            foreach (Elf64_Phdr segment in Segments)
            {
                if (segment.Type == Elf.PT_GNU_STACK)
                {
                    return (segment.Flags & Elf.PF_X) != 0;
                }
            }

            return false;
        }
    }

    /// <summary>elf_read(): all bytes, or EIO.</summary>
    private static Errno ReadExactly(Task task, FileDescription file, long offset, byte[] destination)
    {
        SyscallResult result = file.ReadAt(task, IoIterator.FromKernel(destination), offset);
        return result.Failed ? result.Error : result.IsBlocked || result.Value != destination.Length ? Errno.EIO : Errno.OK;
    }

    /// <summary>The first bytes of a file, zero-filled (prepare_binprm()).</summary>
    public static Result<byte[]> ReadHead(Task task, FileDescription file, int length)
    {
        var head = new byte[length];
        SyscallResult result = file.ReadAt(task, IoIterator.FromKernel(head), 0);
        return result.Failed ? result.Error : result.IsBlocked ? Errno.EIO : head;
    }
}
