using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Carrel.Abi;

namespace Carrel.Machine;

/// <summary>
/// System calls that a thread executes in its address space before it runs guest code. Each is let through only if it is exactly the next one
/// granted here.
/// </summary>
internal sealed class CallList
{
    private int _next;

    internal List<StubCall> Calls { get; } = [];

    internal int Count => Calls.Count;

    /// <summary>The first call is not in the list page: a forked child mapping its slot.</summary>
    internal bool IsFirstImplicit { get; set; }

    /// <summary>The list ends with a confirming doorbell.</summary>
    internal bool IsConfirmed { get; set; }

    /// <summary>All calls have been granted.</summary>
    internal bool IsAtEnd => _next == Calls.Count;

    /// <summary>What the stub is to read from its slot.</summary>
    internal ReadOnlySpan<StubCall> InPage => CollectionsMarshal.AsSpan(Calls)[(IsFirstImplicit ? 1 : 0)..];

    /// <summary>Calls that set a name point to where they will lie in the list page at this address.</summary>
    internal void PlaceNames(ulong page)
    {
        Span<StubCall> calls = CollectionsMarshal.AsSpan(Calls)[(IsFirstImplicit ? 1 : 0)..];
        for (int i = 0; i < calls.Length; i++)
        {
            if (calls[i].IsSetName)
            {
                calls[i].A1 = page + (ulong)((i * StubCall.Size) + StubCall.NameOffset);
            }
        }
    }

    internal void Clear()
    {
        Calls.Clear();
        IsFirstImplicit = false;
        IsConfirmed = false;
    }

    internal void Add(in StubCall call) => Calls.Add(call);

    /// <summary>The list goes to the stub: the first call is the next to be granted.</summary>
    internal void Rewind() => _next = 0;

    /// <summary>False if this is not the call whose turn it is.</summary>
    internal bool TryGrant(in SeccompData data)
    {
        if (_next >= Calls.Count || !Calls[_next].Matches(data))
        {
            return false;
        }

        _next++;
        return true;
    }

    /// <summary>The call that the stub reports as failed: the last one granted, with <paramref name="left"/> calls to go, itself included. False: it lies.</summary>
    internal bool TryGetFailed(long left, out StubCall failed)
    {
        long index = Calls.Count - left;
        bool isTrue = index == _next - 1 && index >= (IsFirstImplicit ? 1 : 0);
        failed = isTrue ? Calls[(int)index] : default;
        return isTrue;
    }
}
