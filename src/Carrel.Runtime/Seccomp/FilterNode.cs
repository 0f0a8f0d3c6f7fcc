using System.Collections.Generic;

namespace Carrel.Runtime;

/// <summary>A step of a filter's decision: a graph without cycles that ends in actions. <see cref="FilterEmitter"/> makes a program of it.</summary>
internal abstract class FilterNode(int id)
{
    public int Id { get; } = id;
}

/// <summary>The decision: SECCOMP_RET_* with its data.</summary>
internal sealed class ReturnNode(int id, uint action) : FilterNode(id)
{
    public uint Action { get; } = action;
}

/// <summary>Compares a word of struct seccomp_data.</summary>
/// <param name="jump">BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET.</param>
internal sealed class TestNode(int id, FilterWord word, ushort jump, uint value, FilterNode then, FilterNode otherwise) : FilterNode(id)
{
    public FilterWord Word { get; } = word;

    public ushort Jump { get; } = jump;

    public uint Value { get; } = value;

    public FilterNode Then { get; } = then;

    public FilterNode Otherwise { get; } = otherwise;
}

/// <summary>A word of struct seccomp_data under a mask.</summary>
internal readonly record struct FilterWord(int Offset, uint Mask = uint.MaxValue)
{
    public static FilterWord Number => new(0);

    public static FilterWord Architecture => new(4);

    public static FilterWord Low(int argument) => new(16 + (8 * argument));

    public static FilterWord High(int argument) => new(20 + (8 * argument));
}

/// <summary>Makes nodes; equal ones only once, so that calls with the same rules share their instructions.</summary>
internal sealed class FilterNodes
{
    // Every test is an instruction: a graph of more than that cannot become a program of 4096. The rest is room for tests that turn out unneeded.
    private const int Limit = 16384;

    private readonly Dictionary<uint, ReturnNode> _returns = [];
    private readonly Dictionary<(FilterWord Word, ushort Jump, uint Value, int Then, int Otherwise), TestNode> _tests = [];

    public FilterNode Return(uint action)
    {
        if (!_returns.TryGetValue(action, out ReturnNode? node))
        {
            node = new ReturnNode(_returns.Count + _tests.Count, action);
            _returns.Add(action, node);
        }

        return node;
    }

    public FilterNode Test(FilterWord word, ushort jump, uint value, FilterNode then, FilterNode otherwise)
    {
        if (then == otherwise)
        {
            return then;
        }

        var key = (word, jump, value, then.Id, otherwise.Id);
        if (!_tests.TryGetValue(key, out TestNode? node))
        {
            if (_tests.Count == Limit)
            {
                throw new RuntimeException("linux.seccomp: the rules are too many for a filter");
            }

            node = new TestNode(_returns.Count + _tests.Count, word, jump, value, then, otherwise);
            _tests.Add(key, node);
        }

        return node;
    }
}
