namespace Carrel.Runtime;

/// <summary>runtime.md, "State".</summary>
public enum ContainerStatus
{
    /// <summary>`create` is at work; or it died half-way, and the container can only be deleted.</summary>
    Creating,

    /// <summary>Waits for `start`.</summary>
    Created,

    Running,

    /// <summary>runc's addition: frozen by `pause`.</summary>
    Paused,

    Stopped,
}

/// <summary>Words of the specification.</summary>
public static class ContainerStatusNames
{
    public static string ToText(this ContainerStatus status) => status switch
    {
        ContainerStatus.Creating => "creating",
        ContainerStatus.Created => "created",
        ContainerStatus.Running => "running",
        ContainerStatus.Paused => "paused",
        _ => "stopped",
    };
}
