using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>First of all steps: the descriptors that the program gets, and that it gets no others (CVE-2024-21626).</summary>
internal static class StandardDescriptors
{
    internal static void Place(StepPlan plan, OciProcess process, int[] stdio, int preserved)
    {
        TerminalPlan.PlaceStreams(plan, process.Terminal ? [-1, -1, -1] : stdio, process);
        plan.Add("close_range", Nr.close_range, 3 + preserved, uint.MaxValue, (long)CloseRangeFlags.CLOSE_RANGE_CLOEXEC);
        for (int i = 0; i < preserved; i++)
        {
            plan.List.TolerateAll(plan.Add("preserved descriptors", Nr.fcntl, 3 + i, Fcntl.F_SETFD, 0));
        }
    }
}
