using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>Loads the seccomp filter of config.json. With SCMP_ACT_NOTIFY its listener goes to an agent before the program runs.</summary>
internal sealed class SeccompPlan(StepPlan plan, CompiledSeccomp filter)
{
    /// <summary>Called with the listener's step after the filter is loaded, to give it to somebody.</summary>
    internal System.Action<StepArgument>? GiveListener { get; init; }

    internal void Load()
    {
        StepList list = plan.List;
        StepArgument header = list.Struct(new SockFprog { Len = checked((ushort)filter.Length) });
        list.SetPointer(header.Plus(8), list.Data(filter.Program.Span));
        int load = plan.Add("loading the seccomp filter", Nr.seccomp, Carrel.Abi.Seccomp.SECCOMP_SET_MODE_FILTER, filter.Flags, header);
        if (filter.HasNotify)
        {
            GiveListener?.Invoke(StepPlan.ResultOf(load));
        }
    }
}
