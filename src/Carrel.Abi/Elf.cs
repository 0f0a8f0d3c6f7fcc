using System.Runtime.InteropServices;

namespace Carrel.Abi;

/// <summary>Constants of elf(5) that a program loader needs.</summary>
public static class Elf
{
    // e_ident
    public const int EI_MAG0 = 0;
    public const int EI_CLASS = 4;
    public const int EI_DATA = 5;
    public const int EI_VERSION = 6;
    public const int EI_OSABI = 7;
    public const int EI_PAD = 8;
    public const int EI_NIDENT = 16;
    public const int ELFMAG0 = 127;
    public const int SELFMAG = 4;
    public const int ELFCLASS32 = 1;
    public const int ELFCLASS64 = 2;
    public const int ELFDATA2LSB = 1;
    public const int EV_CURRENT = 1;
    public const int ELFOSABI_NONE = 0;
    public const int ELFOSABI_LINUX = 3;

    // e_type and e_machine
    public const int ET_NONE = 0;
    public const int ET_REL = 1;
    public const int ET_EXEC = 2;
    public const int ET_DYN = 3;
    public const int ET_CORE = 4;
    public const int EM_386 = 3;
    public const int EM_X86_64 = 62;
    public const int PN_XNUM = 65535;

    // p_type
    public const uint PT_NULL = 0;
    public const uint PT_LOAD = 1;
    public const uint PT_DYNAMIC = 2;
    public const uint PT_INTERP = 3;
    public const uint PT_NOTE = 4;
    public const uint PT_SHLIB = 5;
    public const uint PT_PHDR = 6;
    public const uint PT_TLS = 7;
    public const uint PT_GNU_EH_FRAME = 0x6474E550;
    public const uint PT_GNU_STACK = 0x6474E551;
    public const uint PT_GNU_RELRO = 0x6474E552;
    public const uint PT_GNU_PROPERTY = 0x6474E553;

    // p_flags
    public const uint PF_X = 1;
    public const uint PF_W = 2;
    public const uint PF_R = 4;

    // note types of core files and register sets
    public const uint NT_PRSTATUS = 1;
    public const uint NT_PRFPREG = 2;
    public const uint NT_PRPSINFO = 3;
    public const uint NT_AUXV = 6;
    public const uint NT_SIGINFO = 0x53494749;
    public const uint NT_FILE = 0x46494C45;
    public const uint NT_X86_XSTATE = 0x202;
    public const uint NT_GNU_PROPERTY_TYPE_0 = 5;
    public const uint GNU_PROPERTY_X86_FEATURE_1_AND = 0xC0000002;
}

/// <summary>Elf64_Ehdr: the head of an ELF file.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Elf64_Ehdr
{
    public Bytes16 Ident;
    public ushort Type;
    public ushort Machine;
    public uint Version;
    public ulong Entry;
    public ulong Phoff;
    public ulong Shoff;
    public uint Flags;
    public ushort Ehsize;
    public ushort Phentsize;
    public ushort Phnum;
    public ushort Shentsize;
    public ushort Shnum;
    public ushort Shstrndx;
}

/// <summary>Elf64_Phdr: one segment.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Elf64_Phdr
{
    public uint Type;
    public uint Flags;
    public ulong Offset;
    public ulong Vaddr;
    public ulong Paddr;
    public ulong Filesz;
    public ulong Memsz;
    public ulong Align;
}

/// <summary>Elf64_Shdr: one section.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Elf64_Shdr
{
    public uint Name;
    public uint Type;
    public ulong Flags;
    public ulong Addr;
    public ulong Offset;
    public ulong Size;
    public uint Link;
    public uint Info;
    public ulong Addralign;
    public ulong Entsize;
}

/// <summary>Elf64_Sym: one symbol.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Elf64_Sym
{
    public uint Name;
    public byte Info;
    public byte Other;
    public ushort Shndx;
    public ulong Value;
    public ulong Size;
}

/// <summary>Elf64_Nhdr: the head of a note.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Elf64_Nhdr
{
    public uint Namesz;
    public uint Descsz;
    public uint Type;
}
