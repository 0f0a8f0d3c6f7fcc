using System;
using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>
/// Writes the program of a decision graph, from its end to its start: so every target exists when a jump to it is written and all distances are
/// known. A conditional jump reaches 255 instructions; what is farther is copied (a return) or reached over a BPF_JA.
/// Tests that follow a test of the same word do not load it again.
/// </summary>
internal sealed class FilterEmitter
{
    // While one target of a test is prepared, the other must stay in reach.
    private const int Reach = byte.MaxValue - 2;
    private const int Missing = -1;

    private readonly List<SockFilter> _reversed = [];
    private readonly HashSet<TestNode> _loading = [];

    // Places, counted from the end of the program: 1 is the last instruction.
    private readonly Dictionary<FilterNode, int> _bare = [];
    private readonly Dictionary<FilterNode, int> _withLoad = [];

    /// <summary>The program, of any length.</summary>
    public static SockFilter[] Emit(FilterNode root)
    {
        var emitter = new FilterEmitter();
        emitter.FindLoads(root);
        emitter.Write(root);
        emitter.Place(root, null);
        SockFilter[] program = [.. emitter._reversed];
        Array.Reverse(program);
        return program;
    }

    /// <summary>Which tests are reached with another word in the accumulator.</summary>
    private void FindLoads(FilterNode root)
    {
        var seen = new HashSet<FilterNode> { root };
        var waiting = new Stack<FilterNode>(seen);
        if (root is TestNode first)
        {
            _loading.Add(first);
        }

        while (waiting.TryPop(out FilterNode? node))
        {
            if (node is not TestNode test)
            {
                continue;
            }

            foreach (FilterNode next in (ReadOnlySpan<FilterNode>)[test.Then, test.Otherwise])
            {
                if (next is TestNode successor && successor.Word != test.Word)
                {
                    _loading.Add(successor);
                }

                if (seen.Add(next))
                {
                    waiting.Push(next);
                }
            }
        }
    }

    private void Write(FilterNode node)
    {
        if (node is not TestNode test || _bare.ContainsKey(test))
        {
            return;
        }

        Write(test.Then);
        Write(test.Otherwise);
        int then = Place(test.Then, test.Word);
        int otherwise = Place(test.Otherwise, test.Word);
        int end = _reversed.Count;
        _bare[test] = Add((ushort)(Bpf.BPF_JMP | test.Jump | Bpf.BPF_K), test.Value, (byte)(end - then), (byte)(end - otherwise));
        if (!_loading.Contains(test))
        {
            return;
        }

        if (test.Word.Mask != uint.MaxValue)
        {
            Add((ushort)(Bpf.BPF_ALU | Bpf.BPF_AND | Bpf.BPF_K), test.Word.Mask);
        }

        _withLoad[test] = Add((ushort)(Bpf.BPF_LD | Bpf.BPF_W | Bpf.BPF_ABS), (uint)test.Word.Offset);
    }

    /// <summary>Where to jump to so that the node is executed, given the word in the accumulator: near enough for the next instruction.</summary>
    private int Place(FilterNode node, FilterWord? loaded)
    {
        Dictionary<FilterNode, int> places = node is TestNode test && test.Word != loaded ? _withLoad : _bare;
        int place = places.GetValueOrDefault(node, Missing);
        if (place != Missing && _reversed.Count - place <= Reach)
        {
            return place;
        }

        place = node is ReturnNode end
            ? Add((ushort)(Bpf.BPF_RET | Bpf.BPF_K), end.Action)
            : Add((ushort)(Bpf.BPF_JMP | Bpf.BPF_JA), (uint)(_reversed.Count - place));
        places[node] = place;
        return place;
    }

    private int Add(ushort code, uint value, byte then = 0, byte otherwise = 0)
    {
        _reversed.Add(new SockFilter { Code = code, K = value, Jt = then, Jf = otherwise });
        return _reversed.Count;
    }
}
