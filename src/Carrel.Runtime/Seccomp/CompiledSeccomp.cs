using System;
using System.Collections.Generic;

namespace Carrel.Runtime;

/// <summary>A seccomp profile as seccomp(2) takes it.</summary>
public sealed class CompiledSeccomp
{
    /// <summary>The instructions, struct sock_filter[], in host byte order: 8 bytes each.</summary>
    public required ReadOnlyMemory<byte> Program { get; init; }

    /// <summary>Flags for SECCOMP_SET_MODE_FILTER; with <see cref="HasNotify"/> SECCOMP_FILTER_FLAG_NEW_LISTENER is among them.</summary>
    public required uint Flags { get; init; }

    /// <summary>Loading the filter returns a listener, which <see cref="SeccompNotifySender"/> sends to linux.seccomp.listenerPath.</summary>
    public required bool HasNotify { get; init; }

    /// <summary>Calls of the profile that are in no table of ours: their rules are left out, as by runc. For a debug message.</summary>
    public required IReadOnlyList<string> UnknownNames { get; init; }

    /// <summary>Instructions of the program.</summary>
    public int Length => Program.Length / 8;
}
