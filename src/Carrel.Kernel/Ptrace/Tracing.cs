using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Machine;

namespace Carrel.Kernel
{
    public sealed partial class Task
    {
        /// <summary>Who traces this task and how; null if nobody does.</summary>
        internal Ptrace.Tracing? Tracing { get; set; }

        /// <summary>Where it is held for its tracer, while <see cref="State"/> is Traced; what goes on from there.</summary>
        internal Ptrace.TraceStage TraceStage { get; set; }

        /// <summary>The thread comes back by a trap so that this stop can be made with registers at hand.</summary>
        internal Ptrace.TraceStage PendingStage { get; set; }

        /// <summary>Tasks that this one traces.</summary>
        internal List<Task> Tracees { get; } = [];

        /// <summary>The process that traces this task.</summary>
        public ThreadGroup? TracerGroup => Tracing?.Tracer.Group;

        /// <summary>FS base as last set through the kernel; the machine cannot read it.</summary>
        internal ulong FsBase { get; set; }

        internal ulong GsBase { get; set; }
    }
}

namespace Carrel.Kernel.Ptrace
{
    /// <summary>Why a traced task is held.</summary>
    internal enum TraceStage
    {
        None,
        /// <summary>Before a system call.</summary>
        SyscallEntry,
        /// <summary>After it.</summary>
        SyscallExit,
        /// <summary>A guest's own filter handed the call to the tracer.</summary>
        Seccomp,
        /// <summary>A signal is about to be delivered.</summary>
        Signal,
        /// <summary>Group stop, PTRACE_INTERRUPT.</summary>
        Group,
        /// <summary>Fork, clone, vfork: the call's handler goes on.</summary>
        Event,
        /// <summary>A new program is in place.</summary>
        Exec,
        /// <summary>About to exit.</summary>
        Exit,
    }

    /// <summary>The tie between a tracee and its tracer (the ptrace words of Linux's task_struct).</summary>
    internal sealed class Tracing(Task tracer, bool isSeized, int options)
    {
        public Task Tracer { get; } = tracer;

        /// <summary>PTRACE_SEIZE: no SIGSTOP, PTRACE_EVENT_STOP for stops.</summary>
        public bool IsSeized { get; } = isSeized;

        /// <summary>PTRACE_O_*.</summary>
        public int Options { get; set; } = options;

        public bool StopsAtSyscalls { get; set; }

        public bool IsStepping { get; set; }

        /// <summary>PTRACE_LISTEN: held, but a change of the group's stop is reported.</summary>
        public bool IsListening { get; set; }

        /// <summary>What wait shows above the 0x7f; 0 once it has been waited for.</summary>
        public int Code { get; set; }

        /// <summary>PTRACE_GETEVENTMSG.</summary>
        public ulong Message { get; set; }

        /// <summary>PTRACE_GETSIGINFO.</summary>
        public SigInfo? Info { get; set; }

        /// <summary>The signal that the tracer wants delivered on continuing.</summary>
        public int Injected { get; set; }

        /// <summary>The exit has been announced.</summary>
        public bool HasAnnouncedExit { get; set; }

        public bool Has(int option) => (Options & option) != 0;
    }
}
