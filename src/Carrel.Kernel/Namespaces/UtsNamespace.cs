namespace Carrel.Kernel;

/// <summary>Host name and domain name (Linux's uts_namespace).</summary>
public sealed class UtsNamespace
{
    /// <summary>One char per byte, at most 64.</summary>
    public string HostName { get; set; } = "carrel";

    public string DomainName { get; set; } = "(none)";

    /// <summary>Whose capabilities count here.</summary>
    internal UserNamespace Owner { get; init; } = UserNamespace.Initial;

    internal UtsNamespace Copy(UserNamespace owner) => new() { Owner = owner, HostName = HostName, DomainName = DomainName };
}
