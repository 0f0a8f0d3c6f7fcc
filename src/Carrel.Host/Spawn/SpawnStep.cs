using System.Runtime.InteropServices;

namespace Carrel.Host;

/// <summary>struct step of Native/spawn.S.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SpawnStep
{
    internal const ulong IgnoreFailure = 1;

    internal long Number;
    internal long A0;
    internal long A1;
    internal long A2;
    internal long A3;
    internal long A4;
    internal long A5;
    internal ulong Flags;
    internal long Result;
}

/// <summary>struct spawn of Native/spawn.S.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SpawnRequest
{
    internal void* CloneArgs;
    internal ulong CloneArgsSize;
    internal SpawnStep* Steps;
    internal ulong Count;
    internal long FailedStep;
    internal long FailedError;
}
