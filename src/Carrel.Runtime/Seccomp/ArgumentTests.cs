using System.Collections.Generic;
using Carrel.Abi;

namespace Carrel.Runtime;

/// <summary>
/// Makes tests of arguments. The first rule whose conditions hold decides. Rules that look at the same argument and nothing else
/// become a map of its values, searched binarily; others are tried in order.
/// </summary>
/// <param name="nodes">Takes the nodes.</param>
/// <param name="isNarrow">Only the lower halves of arguments and values are compared, as libseccomp does for i386 and x32.</param>
internal sealed class ArgumentTests(FilterNodes nodes, bool isNarrow)
{
    /// <summary>The decision over a call with these rules.</summary>
    public FilterNode Rules(List<(SeccompCondition[] Conditions, uint Action)> rules, FilterNode otherwise)
    {
        FilterNode result = otherwise;
        for (int last = rules.Count - 1; last >= 0; last--)
        {
            if (!IsMappable(rules[last].Conditions))
            {
                result = Conjunction(rules[last].Conditions, nodes.Return(rules[last].Action), result);
                continue;
            }

            int first = last;
            while (first > 0 && IsMappable(rules[first - 1].Conditions) && rules[first - 1].Conditions[0].Argument == rules[last].Conditions[0].Argument)
            {
                first--;
            }

            result = Map(rules.GetRange(first, last - first + 1), result);
            last = first;
        }

        return result;
    }

    private static bool IsMappable(SeccompCondition[] conditions) => conditions.Length == 1 && conditions[0].Comparison != SeccompComparison.MaskedEqual;

    private FilterNode Conjunction(SeccompCondition[] conditions, FilterNode then, FilterNode otherwise)
    {
        FilterNode result = then;
        for (int i = conditions.Length - 1; i >= 0; i--)
        {
            SeccompCondition condition = conditions[i];
            result = condition.Comparison == SeccompComparison.MaskedEqual ? Masked(condition, result, otherwise) : Map([condition], [result], otherwise);
        }

        return result;
    }

    private FilterNode Map(List<(SeccompCondition[] Conditions, uint Action)> rules, FilterNode otherwise) =>
        Map(rules.ConvertAll(rule => rule.Conditions[0]), rules.ConvertAll(rule => nodes.Return(rule.Action)), otherwise);

    /// <summary>The target of the first condition that holds; all are about one argument.</summary>
    private FilterNode Map(List<SeccompCondition> conditions, List<FilterNode> targets, FilterNode otherwise)
    {
        var starts = new SortedSet<ulong> { 0 };
        foreach (SeccompCondition condition in conditions)
        {
            ulong value = Narrow(condition.Value);
            if (condition.Comparison is not (SeccompComparison.LessOrEqual or SeccompComparison.Greater))
            {
                starts.Add(value);
            }

            if (condition.Comparison is not (SeccompComparison.Less or SeccompComparison.GreaterOrEqual) && value != Narrow(ulong.MaxValue))
            {
                starts.Add(value + 1);
            }
        }

        var segments = new List<(ulong Start, FilterNode Target)>(starts.Count);
        foreach (ulong start in starts)
        {
            int decided = conditions.FindIndex(condition => Holds(condition, start));
            segments.Add((start, decided < 0 ? otherwise : targets[decided]));
        }

        return Search(conditions[0].Argument, segments);
    }

    private bool Holds(SeccompCondition condition, ulong argument)
    {
        ulong value = Narrow(condition.Value);
        return condition.Comparison switch
        {
            SeccompComparison.Equal => argument == value,
            SeccompComparison.NotEqual => argument != value,
            SeccompComparison.Less => argument < value,
            SeccompComparison.LessOrEqual => argument <= value,
            SeccompComparison.GreaterOrEqual => argument >= value,
            _ => argument > value,
        };
    }

    /// <summary>Searches the upper half of the argument first, then, where it does not decide, the lower one.</summary>
    private FilterNode Search(int argument, List<(ulong Start, FilterNode Target)> segments)
    {
        var upper = new List<FilterRange>();
        for (int i = 0; i < segments.Count;)
        {
            // All segments that start with this upper half; the lower halves below the first of them still belong to the segment before.
            uint high = (uint)(segments[i].Start >> 32);
            var lower = new List<FilterRange>();
            if ((uint)segments[i].Start != 0)
            {
                lower.Add(new FilterRange(0, segments[i - 1].Target));
            }

            for (; i < segments.Count && segments[i].Start >> 32 == high; i++)
            {
                lower.Add(new FilterRange((uint)segments[i].Start, segments[i].Target));
            }

            upper.Add(new FilterRange(high, RangeTree.Build(nodes, FilterWord.Low(argument), lower)));
            if (high != uint.MaxValue && (i == segments.Count || segments[i].Start >> 32 != high + 1))
            {
                upper.Add(new FilterRange(high + 1, segments[i - 1].Target));
            }
        }

        return isNarrow ? upper[0].Target : RangeTree.Build(nodes, FilterWord.High(argument), upper);
    }

    private FilterNode Masked(SeccompCondition condition, FilterNode then, FilterNode otherwise)
    {
        ulong mask = Narrow(condition.Value);
        FilterNode low = Masked(FilterWord.Low(condition.Argument), (uint)mask, (uint)condition.Second, then, otherwise);
        return Masked(FilterWord.High(condition.Argument), (uint)(mask >> 32), (uint)(condition.Second >> 32), low, otherwise);
    }

    /// <summary>Bits of the value outside the mask do not count.</summary>
    private FilterNode Masked(FilterWord word, uint mask, uint value, FilterNode then, FilterNode otherwise) => (mask, mask & value) switch
    {
        (0, _) => then,
        (_, 0) => nodes.Test(word, Bpf.BPF_JSET, mask, otherwise, then),
        _ => nodes.Test(word with { Mask = mask }, Bpf.BPF_JEQ, mask & value, then, otherwise),
    };

    private ulong Narrow(ulong value) => isNarrow ? (uint)value : value;
}
