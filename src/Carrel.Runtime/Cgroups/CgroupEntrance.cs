using System.Collections.Generic;
using System.Linq;

namespace Carrel.Runtime.Cgroups;

/// <summary>
/// How a process that is being made comes into its cgroups. Moving a whole process (cgroup.procs) waits until all processors have been through the scheduler, which
/// is milliseconds (cgroup_threadgroup_rwsem is a percpu_rw_semaphore); neither of these ways does.
/// </summary>
/// <param name="Tasks">v1: files into which the process, as long as it has one thread, writes "0" (cgroup_procs_write_start takes no lock then).</param>
/// <param name="Unified">v2: the directory to be cloned into (CLONE_INTO_CGROUP); v2 moves no single thread to another domain.</param>
public sealed record CgroupEntrance(IReadOnlyList<string> Tasks, string? Unified)
{
    /// <summary>All as files to write "0" into.</summary>
    public IEnumerable<string> Files => Unified is null ? Tasks : Tasks.Append(Unified + "/cgroup.procs");
}
