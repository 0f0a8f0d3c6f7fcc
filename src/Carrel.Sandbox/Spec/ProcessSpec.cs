using System.Collections.Generic;

namespace Carrel.Sandbox;

/// <summary>A program to run in a carrel: its first, or another one (exec). Texts that go to the guest have one char per byte.</summary>
public class ProcessSpec
{
    /// <summary>argv; the program is looked up with the guest's PATH if its name has no slash.</summary>
    public List<string> Arguments { get; init; } = [];

    public List<string> Environment { get; init; } = [];

    public string WorkingDirectory { get; set; } = "/";

    /// <summary>A working directory that the guest does not have is replaced by "/".</summary>
    public bool IsWorkingDirectoryOptional { get; set; }

    /// <summary>USER[:GROUP] by name or number, looked up in the guest's /etc/passwd and /etc/group; empty: <see cref="Uid"/> and <see cref="Gid"/>.</summary>
    public string User { get; set; } = "";

    public uint Uid { get; set; }

    public uint Gid { get; set; }

    public List<uint> Groups { get; init; } = [];

    /// <summary>Capability sets; effective, permitted and so on as in the OCI specification.</summary>
    public CapabilitySets Capabilities { get; set; } = CapabilitySets.All;

    public uint Umask { get; set; } = 0x12;

    public List<LimitSpec> Limits { get; init; } = [];

    /// <summary>PR_SET_NO_NEW_PRIVS.</summary>
    public bool HasNoNewPrivileges { get; set; }

    public int OomScoreAdjustment { get; set; }

    /// <summary>struct sock_filter[]: a filter on its system calls; empty: none.</summary>
    public byte[] Seccomp { get; set; } = [];

    /// <summary>F_GETFL of each host descriptor that becomes the program's from 3 on.</summary>
    public List<int> PreservedFlags { get; init; } = [];

    /// <summary>The guest gets a terminal of our kernel on its descriptors 0 to 2, fed from the caller's.</summary>
    public bool HasTerminal { get; set; }
}
