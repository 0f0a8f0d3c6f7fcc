using System.Runtime.InteropServices;

namespace Carrel.Host;

/// <summary>struct step of Native/steps.inc.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SpawnStep
{
    internal const int Size = 96;
    internal const int ArgumentCount = 6;
    internal const uint IgnoreFailure = 1, Forks = 2;

    internal long Number;
    internal fixed long Arguments[ArgumentCount];
    internal long Result;
    internal fixed ushort References[ArgumentCount];
    internal ushort Tolerated0;
    internal ushort Tolerated1;
    internal ushort OnSuccess;
    internal ushort OnFailure;
    internal uint Flags;
    internal uint Name;
    internal uint NameSize;
}

/// <summary>struct blob of Native/steps.inc up to its steps.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SpawnHeader
{
    internal const int Size = 64;
    internal const int ChildTidOffset = 32, ForkedTidOffset = 40;

    internal ulong Count;
    internal long FailedStep;
    internal long FailedError;
    internal long ReportFd;
    internal int ChildTid;
    private readonly int _pad0;
    internal int ForkedTid;
    private readonly int _pad1;
    private readonly ulong _spare0, _spare1;
}

/// <summary>struct spawn of Native/spawn.S.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SpawnRequest
{
    internal void* CloneArgs;
    internal ulong CloneArgsSize;
    internal void* List;
}
