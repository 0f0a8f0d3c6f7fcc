using System.Collections.Generic;

namespace Carrel.Kernel;

/// <summary>A process: tasks that share a pid, signal actions and limits (Linux's signal_struct).</summary>
public sealed partial class ThreadGroup
{
    public int Pid { get; internal set; }

    public List<Task> Tasks { get; } = [];
}
