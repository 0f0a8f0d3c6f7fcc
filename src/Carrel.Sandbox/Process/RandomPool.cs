using System;
using System.Buffers.Binary;
using System.Numerics;

namespace Carrel.Sandbox;

/// <summary>Random bytes without a host call each: ChaCha20 (RFC 8439) keyed once by the host's getrandom(2), with a new key of its own output after each request.</summary>
internal sealed class RandomPool
{
    internal const int KeySize = 32;

    private readonly uint[] _key = new uint[8];
    private readonly byte[] _block = new byte[64];

    internal RandomPool(ReadOnlySpan<byte> seed) => SetKey(seed);

    internal void Fill(Span<byte> destination)
    {
        uint counter = 0;
        while (!destination.IsEmpty)
        {
            Generate(++counter);
            int n = Math.Min(destination.Length, _block.Length);
            _block.AsSpan(0, n).CopyTo(destination);
            destination = destination[n..];
        }

        // What was given out cannot be computed back from the state that stays.
        Generate(0);
        SetKey(_block.AsSpan(0, KeySize));
        _block.AsSpan().Clear();
    }

    private void SetKey(ReadOnlySpan<byte> key)
    {
        for (int i = 0; i < _key.Length; i++)
        {
            _key[i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * i)..]);
        }
    }

    private void Generate(uint counter)
    {
        Span<uint> start = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, 0, 0, 0, 0, 0, 0, 0, 0, counter, 0, 0, 0];
        _key.CopyTo(start[4..]);
        Span<uint> x = stackalloc uint[16];
        start.CopyTo(x);
        for (int round = 0; round < 10; round++)
        {
            Quarter(x, 0, 4, 8, 12);
            Quarter(x, 1, 5, 9, 13);
            Quarter(x, 2, 6, 10, 14);
            Quarter(x, 3, 7, 11, 15);
            Quarter(x, 0, 5, 10, 15);
            Quarter(x, 1, 6, 11, 12);
            Quarter(x, 2, 7, 8, 13);
            Quarter(x, 3, 4, 9, 14);
        }

        for (int i = 0; i < 16; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_block.AsSpan(4 * i), x[i] + start[i]);
        }
    }

    private static void Quarter(Span<uint> x, int a, int b, int c, int d)
    {
        x[a] += x[b];
        x[d] = BitOperations.RotateLeft(x[d] ^ x[a], 16);
        x[c] += x[d];
        x[b] = BitOperations.RotateLeft(x[b] ^ x[c], 12);
        x[a] += x[b];
        x[d] = BitOperations.RotateLeft(x[d] ^ x[a], 8);
        x[c] += x[d];
        x[b] = BitOperations.RotateLeft(x[b] ^ x[c], 7);
    }
}
