namespace Carrel.Kernel;

/// <summary>A cgroup namespace. A carrel shows its guests one cgroup, which is the root of each of these.</summary>
/// <param name="owner">Whose capabilities count here.</param>
internal sealed class CgroupNamespace(UserNamespace owner)
{
    public static CgroupNamespace Initial { get; } = new(UserNamespace.Initial);

    public UserNamespace Owner => owner;
}
