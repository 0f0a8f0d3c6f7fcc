using System.Globalization;
using System.Text;
using Carrel.Abi;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>process.oomScoreAdj, written through the host's proc.</summary>
internal static class OomScore
{
    /// <summary>What is to be written, if anything: to write what is there already takes no privilege, but may be refused all the same.</summary>
    internal static int? Wanted(OciProcess process) =>
        process.OomScoreAdj is { } score && ProcFile.ReadText("/proc/self/oom_score_adj")?.Trim() != score.ToString(CultureInfo.InvariantCulture) ? score : null;

    internal static void Set(StepPlan plan, int proc, OciProcess process)
    {
        if (Wanted(process) is not { } score)
        {
            return;
        }

        byte[] text = Encoding.ASCII.GetBytes(score.ToString(CultureInfo.InvariantCulture));
        int file = plan.Add("process.oomScoreAdj", Nr.openat, proc, plan.Text("self/oom_score_adj"), (long)(OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC), 0);
        plan.Add($"process.oomScoreAdj {score}", Nr.write, StepPlan.ResultOf(file), plan.List.Data(text), text.Length);
    }
}
