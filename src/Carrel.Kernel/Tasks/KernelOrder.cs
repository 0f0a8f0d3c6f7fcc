using System.Runtime.CompilerServices;

namespace Carrel.Kernel;

/// <summary>An order among kernel objects that says nothing about where they lie (kcmp's obfuscated pointers).</summary>
public sealed class KernelOrder
{
    private readonly ConditionalWeakTable<object, object> _numbers = [];
    private long _last;

    /// <summary>0: the same; 1: the first comes before; 2: after.</summary>
    public int Compare(object first, object second) => ReferenceEquals(first, second) ? 0 : Number(first) < Number(second) ? 1 : 2;

    private long Number(object value) => (long)_numbers.GetValue(value, _ => ++_last);
}
