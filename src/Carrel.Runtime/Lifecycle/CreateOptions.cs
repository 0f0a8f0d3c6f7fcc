namespace Carrel.Runtime;

/// <summary>What the verbs `create` and `run` are told.</summary>
public sealed class CreateOptions
{
    public required string Id { get; init; }

    /// <summary>Absolute path.</summary>
    public required string Bundle { get; init; }

    /// <summary>The wall the user asked for; null: the annotation of config.json or <see cref="DefaultIsolation"/>.</summary>
    public Isolation? Isolation { get; init; }

    public Isolation DefaultIsolation { get; init; }

    public string? ConsoleSocket { get; init; }

    public string? PidFile { get; init; }

    public bool AvoidsPivotRoot { get; init; }

    public bool KeepsKeyring { get; init; }

    public bool UsesSystemd { get; init; }

    public int PreservedDescriptors { get; init; }

    /// <summary>How many of these are sockets of systemd's ($LISTEN_FDS): the program is told.</summary>
    public int SocketCount { get; init; }

    /// <summary>Whether the command goes away while the container is there: then a terminal needs somebody who takes its master side.</summary>
    public bool IsDetached { get; init; }

    /// <summary>A configuration without a seccomp profile gets the built-in one: `run` has no client in front of it that would have put one there.</summary>
    public bool WantsDefaultSeccomp { get; init; }

    /// <summary>--strace, of the kernel wall.</summary>
    public bool TracesSyscalls { get; init; }
}
