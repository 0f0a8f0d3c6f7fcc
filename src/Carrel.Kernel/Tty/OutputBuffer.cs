using System;

namespace Carrel.Kernel.Terminals;

/// <summary>What the terminal's screen side has not yet taken: bytes for the pty master or the console.</summary>
internal sealed class OutputBuffer
{
    // Writers wait at the soft limit; echo, which cannot wait, may go up to the hard one and is dropped beyond.
    public const int SoftLimit = 8192;
    private const int HardLimit = 65536;
    private byte[] _ring = new byte[1024];
    private int _head;

    public int Count { get; private set; }

    public int Room => Math.Max(0, SoftLimit - Count);

    public void Add(byte value)
    {
        if (Count == _ring.Length)
        {
            if (Count >= HardLimit)
            {
                return;
            }

            Grow();
        }

        _ring[(_head + Count++) % _ring.Length] = value;
    }

    public int Take(Span<byte> destination)
    {
        int n = Math.Min(destination.Length, Count);
        for (int i = 0; i < n; i++)
        {
            destination[i] = _ring[_head];
            _head = (_head + 1) % _ring.Length;
        }

        Count -= n;
        return n;
    }

    public void Clear() => Count = 0;

    private void Grow()
    {
        var ring = new byte[_ring.Length * 2];
        int n = Take(ring);
        _ring = ring;
        _head = 0;
        Count = n;
    }
}
