using System;
using Carrel.Abi;
using Carrel.Kernel.Loader;
using Carrel.Machine;

namespace Carrel.Kernel;

/// <summary>The second half of execve, past the point of no return (begin_new_exec() of fs/exec.c and load_elf_binary()).</summary>
internal sealed class Execve(LinuxKernel kernel)
{
    private const int NameLength = 15;
    private const ulong InitialFlags = 0x202;

    private const PersonalityFlags ClearedOnSetId = PersonalityFlags.READ_IMPLIES_EXEC | PersonalityFlags.ADDR_NO_RANDOMIZE
        | PersonalityFlags.ADDR_COMPAT_LAYOUT | PersonalityFlags.MMAP_PAGE_ZERO;

    /// <summary>
    /// de_thread(): ends the other threads of the group. Blocked until they are gone; EAGAIN if another thread does the same or the group is exiting.
    /// </summary>
    public SyscallResult EndOtherThreads(Task task)
    {
        ThreadGroup group = task.Group;
        if (group.IsExiting || (group.ExecTask is { } other && other != task))
        {
            return Errno.EAGAIN;
        }

        if (group.IsAlone(task))
        {
            // The others are gone in time, or there were none.
            group.ExitWatch?.Cancel();
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
                    kernel.Signals.Wake(member, isFatal: true);
                }
            }

            kernel.TaskExit.ArmWatch(group);
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
                kernel.Reaper.RemoveTask(member);
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
        kernel.Reaper.RemoveTask(leader);
    }

    /// <summary>Replaces the caller's program. It always succeeds: what fails now ends the process (SIGSEGV, as on Linux).</summary>
    public void Commit(Task task, ExecProgram program)
    {
        ThreadGroup group = task.Group;
        group.ExitSignal = Signal.SIGCHLD;
        UnshareFiles(task);
        kernel.TaskExit.ReleaseMemory(task);
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
        task.UserDispatch = null;
        if (credentials.Value.Euid != old.Euid || credentials.Value.Egid != old.Egid || (credentials.Value.Permitted & ~old.Permitted) != 0)
        {
            task.ParentDeathSignal = 0;
        }

        task.Credentials = credentials.Value;
        SetName(task, program.IsByDescriptor ? program.Image.File.Path.Dentry?.Name ?? program.FileName : program.FileName);
        group.HasExecuted = true;
        group.Actions.ResetHandlers();
        group.DeletePosixTimers();
        task.Files.CloseOnExec(task);
        if (!Load(task, program))
        {
            program.Release();
            kernel.TaskExit.BeginGroupExit(group, Signal.SIGSEGV, except: task);
            kernel.TaskExit.ExitTask(task, group.ExitCode);
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
        task.Mm.Space.SetName(task.Name);
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

        GuestThread thread = kernel.Platform.CreateAddressSpace();
        thread.Owner = task;
        task.Mm = MemoryManager.Create(kernel, thread.Space);
        task.Mm.LimitsOf = task.Group;
        task.Mm.DenyWriteExec = old.InheritedDenyWriteExec;
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
}
