using System;
using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel.Loader;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The second half of execve, past the point of no return (begin_new_exec() of fs/exec.c and load_elf_binary()).</summary>
public sealed partial class LinuxKernel
{
    private const int NameLength = 15;
    private const ulong InitialFlags = 0x202;

    private const PersonalityFlags ClearedOnSetId = PersonalityFlags.READ_IMPLIES_EXEC | PersonalityFlags.ADDR_NO_RANDOMIZE
        | PersonalityFlags.ADDR_COMPAT_LAYOUT | PersonalityFlags.MMAP_PAGE_ZERO;

    /// <summary>
    /// de_thread(): ends the other threads of the group. Blocked until they are gone; EAGAIN if another thread does the same or the group is exiting.
    /// </summary>
    internal SyscallResult EndOtherThreads(Task task)
    {
        ThreadGroup group = task.Group;
        if (group.IsExiting || (group.ExecTask is { } other && other != task))
        {
            return Errno.EAGAIN;
        }

        if (group.IsAlone(task))
        {
            group.ExecTask = null;
            return 0;
        }

        if (group.ExecTask is null)
        {
            group.ExecTask = task;
            group.StopCount = 0;
            foreach (Task member in group.Tasks)
            {
                member.Signals.ClearStop();
                if (member != task && !member.IsExiting)
                {
                    member.Signals.Pending.AddBare(Signal.SIGKILL);
                    WakeForSignal(member, isFatal: true);
                }
            }

            ArmExitWatch(group);
        }

        foreach (Task member in group.Tasks)
        {
            if (member != task && !member.IsExiting)
            {
                SyscallResult result = task.BlockKillable(group.ThreadGone);
                if (!result.IsBlocked)
                {
                    group.ExecTask = null;
                }

                return result;
            }
        }

        group.ExitWatch?.Cancel();
        foreach (Task member in group.Tasks.ToArray())
        {
            // Threads that ended while traced stay for their tracer; not over an execve.
            if (member != task && member != group.Leader)
            {
                RemoveTask(member);
            }
        }

        TakeLeadership(task);
        group.ExecTask = null;
        return 0;
    }

    /// <summary>A thread that executes a program becomes the process: it takes the dead leader's pid.</summary>
    private void TakeLeadership(Task task)
    {
        ThreadGroup group = task.Group;
        Task leader = group.Leader;
        if (leader == task)
        {
            return;
        }

        (task.PidEntry, leader.PidEntry) = (leader.PidEntry, task.PidEntry);
        (task.Tid, leader.Tid) = (leader.Tid, task.Tid);
        task.PidEntry.Task = task;
        leader.PidEntry.Task = leader;
        task.StartTime = leader.StartTime;
        group.Leader = task;
        RemoveTask(leader);
    }

    /// <summary>Replaces the caller's program. It always succeeds: what fails now ends the process (SIGSEGV, as on Linux).</summary>
    internal void CommitExec(Task task, ExecProgram program)
    {
        ThreadGroup group = task.Group;
        group.ExitSignal = Signal.SIGCHLD;
        UnshareFiles(task);
        ReleaseMemory(task);
        ReplaceMemory(task);
        if (group.Actions.UserCount > 1)
        {
            group.Actions.UserCount--;
            group.Actions = group.Actions.Copy();
        }

        MemoryManager mm = task.Mm;
        mm.Layout.Executable = program.Image.File;
        ExecCredentials credentials = program.Credentials;
        Credentials old = task.Credentials;
        if (credentials.ClearsPersonality)
        {
            task.Personality &= ~ClearedOnSetId;
        }

        if (credentials.IsSecure)
        {
            task.ParentDeathSignal = 0;
            ref RlimitBuf stack = ref group.Limits[Rlimit.RLIMIT_STACK];
            stack.Cur = Math.Min(stack.Cur, 8 << 20);
        }

        bool isChanged = credentials.Value.Euid != credentials.Value.Uid || credentials.Value.Egid != credentials.Value.Gid;
        mm.Dumpable = isChanged || program.IsUnreadable ? 0 : 1;
        task.IsOverProcessLimit = false;
        if (credentials.Value.Euid != old.Euid || credentials.Value.Egid != old.Egid || (credentials.Value.Permitted & ~old.Permitted) != 0)
        {
            task.ParentDeathSignal = 0;
        }

        task.Credentials = credentials.Value;
        SetName(task, program.FileName);
        group.HasExecuted = true;
        group.Actions.ResetHandlers();
        OnExec(task);
        task.Files.CloseOnExec(task);
        if (!Load(task, program))
        {
            program.Release();
            BeginGroupExit(group, Signal.SIGSEGV, except: task);
            ExitTask(task, group.ExitCode);
            return;
        }

        program.Release();
        task.HasResult = false;
        task.FsBase = task.GsBase = 0;
    }

    /// <summary>comm: the base name, cut to 15 bytes (__set_task_comm()).</summary>
    private static void SetName(Task task, string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        task.Name = name.Length > NameLength ? name[..NameLength] : name;
    }

    private static void UnshareFiles(Task task)
    {
        if (task.Files.References > 1)
        {
            FdTable own = task.Files.Clone();
            task.Files.Release(task);
            task.Files = own;
        }
    }

    /// <summary>exec_mmap(): an empty address space. The old host space stays if nobody else uses it and it is as the platform made it.</summary>
    private void ReplaceMemory(Task task)
    {
        MemoryManager old = task.Mm;
        if (old.CanReuseSpace)
        {
            old.Clear();
            old.LimitsOf = task.Group;
            return;
        }

        GuestThread thread = Platform.CreateAddressSpace();
        thread.Owner = task;
        task.Mm = MemoryManager.Create(this, thread.Space);
        task.Mm.LimitsOf = task.Group;
        GuestThread gone = task.Thread;
        task.Thread = thread;
        task.Group.CountTimeOf(thread.Space);
        old.DropUser();
        gone.Exit();
    }

    /// <summary>Maps the images and the stack, and sets the first registers.</summary>
    private static bool Load(Task task, ExecProgram program)
    {
        MemoryManager mm = task.Mm;
        bool isRandomized = (task.Personality & PersonalityFlags.ADDR_NO_RANDOMIZE) == 0;
        ulong top = InitialStack.ChooseTop(mm, isRandomized);
        mm.SetLayout(InitialStack.ChooseMmapBase(mm, task.Limit(Rlimit.RLIMIT_STACK), isRandomized));
        Result<ElfLoader.Placement> image = ElfLoader.LoadProgram(mm, program.Image, program.Interpreter is not null, isRandomized);
        if (image.Failed)
        {
            return false;
        }

        ulong entry = image.Value.Entry, interpreterBase = 0;
        if (program.Interpreter is { } interpreter)
        {
            Result<ElfLoader.Placement> linker = ElfLoader.LoadInterpreter(mm, interpreter);
            if (linker.Failed)
            {
                return false;
            }

            entry = linker.Value.Entry;
            interpreterBase = linker.Value.Bias;
        }

        var auxiliary = new InitialStack.Auxiliary(
            image.Value.ProgramHeaders, program.Image.Header.Phnum, interpreterBase, image.Value.Entry, task.Credentials, program.Credentials.IsSecure);
        Result<ulong> sp = InitialStack.Create(task, mm, top, program.Arguments, auxiliary, program.Image.WantsExecutableStack, isRandomized);
        if (sp.Failed)
        {
            return false;
        }

        GuestThread thread = task.Thread;
        thread.Registers = new Registers { Rip = entry, Rsp = sp.Value, Rflags = InitialFlags };
        thread.WriteFpState([]);
        thread.SetFsBase(0);
        return true;
    }

    /// <summary>Starts the carrel's first process. The file system, descriptors and limits are set up by the caller; on failure nothing runs.</summary>
    public Errno StartInit(InitSpec spec)
    {
        PidEntry pid = Pids.Allocate()!;
        GuestThread thread = Platform.CreateAddressSpace();
        var session = new Session(this, pid, null);
        var processGroup = new ProcessGroup(pid, session);
        var group = new ThreadGroup(this, pid, processGroup) { Limits = spec.Limits.Copy(), IsUnkillable = true, OomScoreAdjustment = spec.OomScoreAdjustment };
        MemoryManager mm = MemoryManager.Create(this, thread.Space);
        mm.LimitsOf = group;
        var task = new Task(this, group, pid.Number, thread, mm, spec.Files, spec.Fs, spec.Credentials)
        {
            PidEntry = pid,
            Namespaces = spec.Namespaces.WithIpc(Ipc),
            NoNewPrivileges = spec.NoNewPrivileges,
            Personality = spec.Personality,
            StartTime = Clock.Boottime,
            State = TaskState.Running,
        };
        thread.Owner = task;
        pid.Task = task;
        pid.Group = group;
        session.Leader = group;
        processGroup.Add(group);
        group.Leader = task;
        group.Tasks.Add(task);
        group.CountTimeOf(thread.Space);
        Pids.TaskCount++;
        Users.ChargeTask(task.Credentials.Uid);
        Init = group;

        Result<ProgramArguments> arguments = ProgramArguments.Of(task, spec.Path, spec.Arguments, spec.Environment);
        Result<ExecProgram> program = arguments.Failed
            ? arguments.Error
            : ExecProgram.Prepare(task, new Fd(At.AT_FDCWD), spec.Path, Vfs.LookupFlags.Follow, arguments.Value, isPathInaccessible: false);
        if (program.Failed)
        {
            task.State = TaskState.Dead;
            thread.Exit();
            return program.Error;
        }

        CommitExec(task, program.Value);
        if (task.State == TaskState.Running)
        {
            ReturnToGuest(task);
        }

        return Errno.OK;
    }
}

/// <summary>What the first process is to be.</summary>
public sealed class InitSpec
{
    /// <summary>Path inside the carrel, absolute or relative to the working directory; one char per byte.</summary>
    public required string Path { get; init; }

    /// <summary>argv, the program's name first.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public required IReadOnlyList<string> Environment { get; init; }

    public required Credentials Credentials { get; init; }

    /// <summary>Descriptors 0, 1, 2 and what else is inherited.</summary>
    public required FdTable Files { get; init; }

    /// <summary>Root and working directory.</summary>
    public required FsContext Fs { get; init; }

    public required NamespaceSet Namespaces { get; init; }

    public ResourceLimits Limits { get; init; } = new();

    public bool NoNewPrivileges { get; init; }

    public PersonalityFlags Personality { get; init; }

    public int OomScoreAdjustment { get; init; }
}
