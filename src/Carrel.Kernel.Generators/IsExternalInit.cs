namespace System.Runtime.CompilerServices;

/// <summary>Lets records compile for netstandard2.0, which analyzers must target.</summary>
internal static class IsExternalInit;
