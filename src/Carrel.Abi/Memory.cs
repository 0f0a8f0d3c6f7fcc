using System;

namespace Carrel.Abi;

/// <summary>Page protection of mmap(2) and mprotect(2).</summary>
[Flags]
public enum Prot
{
    PROT_NONE = 0,
    PROT_READ = 1,
    PROT_WRITE = 2,
    PROT_EXEC = 4,
    PROT_SEM = 8,
    PROT_GROWSDOWN = 0x1000000,
    PROT_GROWSUP = 0x2000000,
}

/// <summary>Flags of mmap(2).</summary>
[Flags]
public enum MapFlags
{
    MAP_FILE = 0,
    MAP_SHARED = 1,
    MAP_PRIVATE = 2,
    MAP_SHARED_VALIDATE = 3,
    MAP_TYPE = 0xF,
    MAP_FIXED = 0x10,
    MAP_ANONYMOUS = 0x20,
    MAP_32BIT = 0x40,
    MAP_GROWSDOWN = 0x100,
    MAP_DENYWRITE = 0x800,
    MAP_EXECUTABLE = 0x1000,
    MAP_LOCKED = 0x2000,
    MAP_NORESERVE = 0x4000,
    MAP_POPULATE = 0x8000,
    MAP_NONBLOCK = 0x10000,
    MAP_STACK = 0x20000,
    MAP_HUGETLB = 0x40000,
    MAP_SYNC = 0x80000,
    MAP_FIXED_NOREPLACE = 0x100000,
    MAP_DROPPABLE = 8,
}

/// <summary>Flags of mremap(2).</summary>
[Flags]
public enum MremapFlags
{
    MREMAP_MAYMOVE = 1,
    MREMAP_FIXED = 2,
    MREMAP_DONTUNMAP = 4,
}

/// <summary>Advice of madvise(2).</summary>
public static class Madvise
{
    public const int MADV_NORMAL = 0;
    public const int MADV_RANDOM = 1;
    public const int MADV_SEQUENTIAL = 2;
    public const int MADV_WILLNEED = 3;
    public const int MADV_DONTNEED = 4;
    public const int MADV_FREE = 8;
    public const int MADV_REMOVE = 9;
    public const int MADV_DONTFORK = 10;
    public const int MADV_DOFORK = 11;
    public const int MADV_HWPOISON = 100;
    public const int MADV_SOFT_OFFLINE = 101;
    public const int MADV_MERGEABLE = 12;
    public const int MADV_UNMERGEABLE = 13;
    public const int MADV_HUGEPAGE = 14;
    public const int MADV_NOHUGEPAGE = 15;
    public const int MADV_DONTDUMP = 16;
    public const int MADV_DODUMP = 17;
    public const int MADV_WIPEONFORK = 18;
    public const int MADV_KEEPONFORK = 19;
    public const int MADV_COLD = 20;
    public const int MADV_PAGEOUT = 21;
    public const int MADV_POPULATE_READ = 22;
    public const int MADV_POPULATE_WRITE = 23;
    public const int MADV_DONTNEED_LOCKED = 24;
    public const int MADV_COLLAPSE = 25;
    public const int MADV_GUARD_INSTALL = 102;
    public const int MADV_GUARD_REMOVE = 103;
}

/// <summary>Flags of msync(2).</summary>
[Flags]
public enum MsyncFlags
{
    MS_ASYNC = 1,
    MS_INVALIDATE = 2,
    MS_SYNC = 4,
}

/// <summary>Flags of mlock2(2).</summary>
[Flags]
public enum Mlock
{
    MLOCK_ONFAULT = 1,
}

/// <summary>Flags of mlockall(2).</summary>
[Flags]
public enum Mcl
{
    MCL_CURRENT = 1,
    MCL_FUTURE = 2,
    MCL_ONFAULT = 4,
}

/// <summary>Flags of memfd_create(2).</summary>
[Flags]
public enum MemfdFlags : uint
{
    MFD_CLOEXEC = 1,
    MFD_ALLOW_SEALING = 2,
    MFD_HUGETLB = 4,
    MFD_NOEXEC_SEAL = 8,
    MFD_EXEC = 0x10,
}

/// <summary>Coding of a huge page size in the flags of mmap(2), memfd_create(2) and shmget(2).</summary>
public static class HugePage
{
    public const int MAP_HUGE_SHIFT = 26;
    public const int MAP_HUGE_MASK = 63;
}

/// <summary>Policies and flags of set_mempolicy(2), mbind(2), move_pages(2).</summary>
public static class Mempolicy
{
    public const int MPOL_DEFAULT = 0;
    public const int MPOL_PREFERRED = 1;
    public const int MPOL_BIND = 2;
    public const int MPOL_INTERLEAVE = 3;
    public const int MPOL_LOCAL = 4;
    public const int MPOL_PREFERRED_MANY = 5;
    public const int MPOL_WEIGHTED_INTERLEAVE = 6;

    public const int MPOL_F_STATIC_NODES = 0x8000;
    public const int MPOL_F_RELATIVE_NODES = 0x4000;
    public const int MPOL_F_NUMA_BALANCING = 0x2000;
    public const int MPOL_F_NODE = 1;
    public const int MPOL_F_ADDR = 2;
    public const int MPOL_F_MEMS_ALLOWED = 4;
    public const int MPOL_MF_STRICT = 1;
    public const int MPOL_MF_MOVE = 2;
    public const int MPOL_MF_MOVE_ALL = 4;
}

/// <summary>Access rights of pkey_alloc(2).</summary>
[Flags]
public enum PkeyAccess : uint
{
    PKEY_DISABLE_ACCESS = 1,
    PKEY_DISABLE_WRITE = 2,
}
