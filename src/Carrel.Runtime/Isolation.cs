namespace Carrel.Runtime;

/// <summary>Which wall stands around a container.</summary>
public enum Isolation
{
    /// <summary>A kernel of its own in user space.</summary>
    Kernel,

    /// <summary>Namespaces, cgroups, capabilities and seccomp of the host's kernel.</summary>
    Container,

    /// <summary>A jailed process: another root directory, few capabilities, no new privileges.</summary>
    Chroot,
}
