using System;
using System.Collections.Generic;

namespace Carrel.Kernel;

/// <summary>
/// The tasks whose handlers shall run again, and work put off until the handler in progress is done: what runs next in the monitor.
/// </summary>
internal sealed class Scheduler(LinuxKernel kernel)
{
    private readonly Queue<Task> _ready = new();
    private readonly List<Action> _deferred = [];
    private bool _draining;

    /// <summary>A blocked task's handler shall run again. Wake-ups of others have no effect.</summary>
    /// <returns>true if the task was waiting and is now on its way.</returns>
    public bool MakeReady(Task task)
    {
        if (task.State != TaskState.Blocked || task.IsReady)
        {
            return false;
        }

        task.IsReady = true;
        _ready.Enqueue(task);
        return true;
    }

    /// <summary>A stopped task, or one held for its tracer, is to go on. It may be called from another task's handler.</summary>
    public void Resume(Task task)
    {
        if (!task.IsReady)
        {
            task.IsReady = true;
            _ready.Enqueue(task);
        }
    }

    /// <summary>Runs when the handler in progress is done and answered.</summary>
    public void Defer(Action action) => _deferred.Add(action);

    /// <summary>Runs ready tasks and deferred work until there is none.</summary>
    public void Drain()
    {
        if (_draining)
        {
            return;
        }

        _draining = true;
        while (true)
        {
            if (_ready.TryDequeue(out Task? task))
            {
                task.IsReady = false;
                if (task.State == TaskState.Blocked)
                {
                    kernel.SyscallEntry.RunHandler(task);
                }
                else if (task.State == TaskState.Stopped)
                {
                    kernel.ReturnPath.ReturnToGuest(task);
                }
                else if (task.State == TaskState.Traced)
                {
                    kernel.TraceStops.Continue(task);
                }
            }
            else if (_deferred.Count > 0)
            {
                Action[] actions = [.. _deferred];
                _deferred.Clear();
                foreach (Action action in actions)
                {
                    action();
                }
            }
            else
            {
                break;
            }
        }

        _draining = false;
    }
}
