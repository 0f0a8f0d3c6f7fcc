using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>process.oomScoreAdj, written through the host's proc.</summary>
internal static class OomScore
{
    internal static void Set(StepPlan plan, int proc, OciProcess process)
    {
        if (process.OomScoreAdj is not { } score)
        {
            return;
        }

        // To write what is there already takes no privilege, but may be refused all the same.
        if (ProcFile.ReadText("/proc/self/oom_score_adj")?.Trim() == score.ToString(CultureInfo.InvariantCulture))
        {
            return;
        }

        byte[] text = Encoding.ASCII.GetBytes(score.ToString(CultureInfo.InvariantCulture));
        int file = plan.Add("process.oomScoreAdj", Nr.openat, proc, plan.Text("self/oom_score_adj"), (long)(OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC), 0);
        plan.Add($"process.oomScoreAdj {score}", Nr.write, StepPlan.ResultOf(file), plan.List.Data(text), text.Length);
    }
}
