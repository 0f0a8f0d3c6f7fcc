using System;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Fs.Tmpfs;
using Carrel.Kernel.Vfs;
using Carrel.Machine;

namespace Carrel.Tests.Kernel.Fakes;

/// <summary>A kernel on fakes, with tasks that tests make and whose system calls they issue.</summary>
internal sealed class TestKernel
{
    public TestKernel()
    {
        Platform = new FakePlatform();
        Host = new FakeHost();
        Kernel = new LinuxKernel(Platform, Host, new KernelOptions());
    }

    public FakePlatform Platform { get; }

    public FakeHost Host { get; }

    public LinuxKernel Kernel { get; }

    public FakeFrameStore Frames => Platform.FakeFrames;

    /// <summary>A process with one task and empty memory.</summary>
    public Task NewProcess()
    {
        PidEntry pid = Kernel.Pids.Allocate().Value;
        var session = new Session(Kernel, pid, null);
        var group = new ThreadGroup(Kernel, pid, new ProcessGroup(pid, session));
        GuestThread thread = Platform.CreateAddressSpace();
        MemoryManager mm = MemoryManager.Create(Kernel, thread.Space);
        Task task = Add(group, pid, thread, mm, new FdTable(), new FsContext());
        group.Leader = task;
        pid.Group = group;
        session.Leader = group;
        group.CountTimeOf(thread.Space);
        Kernel.Init ??= group;
        return task;
    }

    /// <summary>Another thread of a process.</summary>
    public Task NewThread(Task task)
    {
        PidEntry pid = Kernel.Pids.Allocate().Value;
        return Add(task.Group, pid, new FakeThread((FakeSpace)task.Mm.Space), task.Mm, task.Files, task.Fs);
    }

    /// <summary>Issues a system call; its answer will be the only one in the thread's Answers.</summary>
    public FakeThread Call(Task task, int number, params ReadOnlySpan<ulong> arguments)
    {
        var thread = (FakeThread)task.Thread;
        thread.FakeState = GuestThreadState.InSyscall;
        thread.Answers.Clear();
        Span<ulong> a = stackalloc ulong[6];
        arguments.CopyTo(a);
        ((IGuestEvents)Kernel).OnSyscall(thread, number, new SyscallArguments(a[0], a[1], a[2], a[3], a[4], a[5]));
        return thread;
    }

    /// <summary>Issues a call that must be answered at once.</summary>
    public long Do(Task task, int number, params ReadOnlySpan<ulong> arguments)
    {
        FakeThread thread = Call(task, number, arguments);
        Assert(thread.FakeState == GuestThreadState.Running, "the call blocks");
        return thread.Answers[^1];
    }

    /// <summary>Lets time pass and due timers run.</summary>
    public void Advance(long nanoseconds)
    {
        long end = Host.Now + nanoseconds;
        while (Host.Timer <= end)
        {
            Host.Now = Math.Max(Host.Now, Host.Timer);
            Kernel.OnTimer();
        }

        Host.Now = end;
    }

    private static void Assert(bool condition, string message)
    {
        if (!condition)
        {
            throw new InvalidOperationException(message);
        }
    }

    // For those who do not look at files.
    private MountNamespace Mounts => field ??= new MountNamespace(Kernel, new TmpfsFileSystem(Kernel, new TmpfsOptions()));

    private Task Add(ThreadGroup group, PidEntry pid, GuestThread thread, MemoryManager mm, FdTable files, FsContext fs)
    {
        var task = new Task(Kernel, group, pid.Number, thread, mm, files, fs, Credentials.Root(Credentials.AllCapabilities))
        {
            PidEntry = pid,
            Namespaces = new NamespaceSet(new UtsNamespace(), Mounts).WithIpc(Kernel.Ipc),
            State = TaskState.Running,
        };
        thread.Owner = task;
        pid.Task = task;
        mm.LimitsOf = group;
        ((FakeThread)thread).FakeState = GuestThreadState.Running;
        group.Tasks.Add(task);
        Kernel.Pids.TaskCount++;
        return task;
    }
}
