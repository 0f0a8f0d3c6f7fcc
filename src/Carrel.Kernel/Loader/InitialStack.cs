using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;
using Carrel.Abi;
using Carrel.Kernel.Mm;

namespace Carrel.Kernel.Loader;

/// <summary>The stack of a new program: strings, argument and environment vectors, auxiliary vector (setup_arg_pages(), create_elf_tables()).</summary>
internal static class InitialStack
{
    // stack_expand: mapped from the start beyond what the strings take.
    private const ulong Headroom = 128 << 10;
    private const int RandomBits = 22;
    private const ulong ClockTicks = 100;

    /// <summary>Bytes of a signal frame beside the FPU state, with their padding, as get_sigframe_size() counts them.</summary>
    private const ulong SignalFrameOverhead = 936;

    /// <summary>What the auxiliary vector says about the program.</summary>
    public readonly record struct Auxiliary(ulong ProgramHeaders, ulong ProgramHeaderCount, ulong InterpreterBase, ulong Entry, Credentials Credentials, bool IsSecure);

    /// <summary>randomize_stack_top().</summary>
    public static ulong ChooseTop(MemoryManager mm, bool isRandomized) =>
        (mm.AddressLimit & ~Vma.PageMask) - (isRandomized ? AddressPicker.RandomPages(mm, RandomBits) : 0);

    /// <summary>mmap_base(): below the stack, with room for it to grow.</summary>
    public static ulong ChooseMmapBase(MemoryManager mm, ulong stackLimit, bool isRandomized)
    {
        const ulong MinimumGap = 128 << 20;
        ulong pad = StackGrowth.GuardGap + (isRandomized ? Vma.PageSize << RandomBits : 0);
        ulong gap = Math.Min(stackLimit, mm.AddressLimit) + pad;
        gap = Math.Clamp(gap, MinimumGap, mm.AddressLimit / 6 * 5);
        return mm.AddressLimit - gap - (isRandomized ? AddressPicker.RandomPages(mm, 28) : 0);
    }

    /// <summary>Maps and fills the stack. The result is the stack pointer; ENOMEM or EFAULT after which the program cannot run.</summary>
    public static Result<ulong> Create(Task task, MemoryManager mm, ulong top, ProgramArguments arguments, in Auxiliary auxiliary, bool isExecutable, bool isRandomized)
    {
        var strings = new StringArea(top);
        ulong fileName = strings.Push(arguments.FileName);
        var environment = new ulong[arguments.Environment.Count];
        for (int i = environment.Length - 1; i >= 0; i--)
        {
            environment[i] = strings.Push(arguments.Environment[i]);
        }

        ulong argumentsEnd = strings.Address;
        var argv = new ulong[arguments.Arguments.Count];
        for (int i = argv.Length - 1; i >= 0; i--)
        {
            argv[i] = strings.Push(arguments.Arguments[i]);
        }

        MemoryLayout layout = mm.Layout;
        layout.ArgStart = strings.Address;
        layout.ArgEnd = layout.EnvStart = argumentsEnd;
        layout.EnvEnd = fileName;
        Span<byte> random = stackalloc byte[24];
        task.Kernel.Host.GetRandom(random);
        // arch_align_stack()
        ulong skew = isRandomized && (task.Personality & PersonalityFlags.ADDR_NO_RANDOMIZE) == 0 ? BitConverter.ToUInt64(random[16..]) % 8192 : 0;
        strings.AlignDown(skew);
        ulong platform = strings.Push("x86_64");
        ulong randomBytes = strings.PushBytes(random[..16]);

        byte[] auxv = BuildAuxv(task, auxiliary, fileName, platform, randomBytes);
        byte[] vectors = BuildVectors(argv, environment, auxv);
        ulong sp = (strings.Address - (ulong)vectors.Length) & ~15UL;
        layout.Auxv = auxv;
        layout.StackStart = sp;

        // The gap between vectors and strings (alignment) stays zero.
        ulong bottom = (sp - Headroom) & ~Vma.PageMask;
        ulong limit = Math.Max(task.Limit(Rlimit.RLIMIT_STACK) & ~Vma.PageMask, Vma.PageSize);
        if (top - bottom > limit)
        {
            bottom = Math.Min(top - Math.Min(limit, top), sp & ~Vma.PageMask);
        }

        Prot protection = Prot.PROT_READ | Prot.PROT_WRITE | (isExecutable ? Prot.PROT_EXEC : 0);
        Result<ulong> mapped = mm.MapImage(
            bottom, top - bottom, protection, MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_GROWSDOWN | MapFlags.MAP_FIXED, null, 0);
        if (mapped.Failed)
        {
            return mapped;
        }

        return mm.Write(sp, vectors) && strings.WriteTo(mm) ? sp : Errno.EFAULT;
    }

    private static byte[] BuildAuxv(Task task, in Auxiliary auxiliary, ulong fileName, ulong platform, ulong randomBytes)
    {
        Machine.Platform machine = task.Kernel.Platform;
        Credentials credentials = auxiliary.Credentials;
        var entries = new List<ulong>(48);
        void Add(int type, ulong value)
        {
            entries.Add((ulong)type);
            entries.Add(value);
        }

        if (machine.VdsoAddress != 0)
        {
            Add(AuxType.AT_SYSINFO_EHDR, machine.VdsoAddress);
        }

        Add(AuxType.AT_MINSIGSTKSZ, ((ulong)machine.FpStateSize + SignalFrameOverhead + 15) & ~15UL);
        Add(AuxType.AT_HWCAP, X86Base.IsSupported ? (uint)X86Base.CpuId(1, 0).Edx : 0);
        Add(AuxType.AT_PAGESZ, Vma.PageSize);
        Add(AuxType.AT_CLKTCK, ClockTicks);
        Add(AuxType.AT_PHDR, auxiliary.ProgramHeaders);
        Add(AuxType.AT_PHENT, (ulong)Marshalled.Size<Elf64_Phdr>());
        Add(AuxType.AT_PHNUM, auxiliary.ProgramHeaderCount);
        Add(AuxType.AT_BASE, auxiliary.InterpreterBase);
        Add(AuxType.AT_FLAGS, 0);
        Add(AuxType.AT_ENTRY, auxiliary.Entry);
        Add(AuxType.AT_UID, credentials.User.Uids.Show(credentials.Uid));
        Add(AuxType.AT_EUID, credentials.User.Uids.Show(credentials.Euid));
        Add(AuxType.AT_GID, credentials.User.Gids.Show(credentials.Gid));
        Add(AuxType.AT_EGID, credentials.User.Gids.Show(credentials.Egid));
        Add(AuxType.AT_SECURE, auxiliary.IsSecure ? 1UL : 0);
        Add(AuxType.AT_RANDOM, randomBytes);
        Add(AuxType.AT_HWCAP2, 0);
        Add(AuxType.AT_EXECFN, fileName);
        Add(AuxType.AT_PLATFORM, platform);
        Add(AuxType.AT_NULL, 0);
        return MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(entries)).ToArray();
    }

    private static byte[] BuildVectors(ulong[] argv, ulong[] environment, byte[] auxv)
    {
        var words = new List<ulong>(argv.Length + environment.Length + 3) { (ulong)argv.Length };
        words.AddRange(argv);
        words.Add(0);
        words.AddRange(environment);
        words.Add(0);
        byte[] head = MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(words)).ToArray();
        return [.. head, .. auxv];
    }

    /// <summary>Strings pushed downwards from the top of the stack, written in one go.</summary>
    private sealed class StringArea
    {
        private readonly List<(ulong Address, byte[] Bytes)> _pieces = [];

        public StringArea(ulong top)
        {
            // The last word of the stack stays zero.
            Address = top - sizeof(ulong);
        }

        public ulong Address { get; private set; }

        public ulong Push(string text)
        {
            var bytes = new byte[text.Length + 1];
            Encoding.Latin1.GetBytes(text, bytes);
            return PushBytes(bytes);
        }

        public ulong PushBytes(ReadOnlySpan<byte> bytes)
        {
            Address -= (ulong)bytes.Length;
            _pieces.Add((Address, bytes.ToArray()));
            return Address;
        }

        public void AlignDown(ulong skew) => Address = (Address - skew) & ~15UL;

        public bool WriteTo(MemoryManager mm)
        {
            ulong low = Address;
            (ulong highStart, byte[] highBytes) = _pieces[0];
            var all = new byte[highStart + (ulong)highBytes.Length - low];
            foreach ((ulong address, byte[] bytes) in _pieces)
            {
                bytes.CopyTo(all, (int)(address - low));
            }

            return mm.Write(low, all);
        }
    }
}
