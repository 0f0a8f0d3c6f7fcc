namespace Carrel.Kernel;

/// <summary>The namespaces a task is in (Linux's nsproxy).</summary>
public sealed partial class NamespaceSet
{
}
