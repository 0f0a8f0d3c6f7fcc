namespace Carrel.Abi;

/// <summary>Entries of the auxiliary vector, getauxval(3).</summary>
public static class AuxType
{
    public const int AT_NULL = 0;
    public const int AT_IGNORE = 1;
    public const int AT_EXECFD = 2;
    public const int AT_PHDR = 3;
    public const int AT_PHENT = 4;
    public const int AT_PHNUM = 5;
    public const int AT_PAGESZ = 6;
    public const int AT_BASE = 7;
    public const int AT_FLAGS = 8;
    public const int AT_ENTRY = 9;
    public const int AT_NOTELF = 10;
    public const int AT_UID = 11;
    public const int AT_EUID = 12;
    public const int AT_GID = 13;
    public const int AT_EGID = 14;
    public const int AT_PLATFORM = 15;
    public const int AT_HWCAP = 16;
    public const int AT_CLKTCK = 17;
    public const int AT_SECURE = 23;
    public const int AT_BASE_PLATFORM = 24;
    public const int AT_RANDOM = 25;
    public const int AT_HWCAP2 = 26;
    public const int AT_RSEQ_FEATURE_SIZE = 27;
    public const int AT_RSEQ_ALIGN = 28;
    public const int AT_HWCAP3 = 29;
    public const int AT_HWCAP4 = 30;
    public const int AT_EXECFN = 31;
    public const int AT_SYSINFO_EHDR = 33;
    public const int AT_MINSIGSTKSZ = 51;
}
