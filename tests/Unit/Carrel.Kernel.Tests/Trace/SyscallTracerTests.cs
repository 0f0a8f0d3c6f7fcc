using System.Collections.Generic;
using System.Text;
using System.Text.RegularExpressions;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Trace;
using Carrel.Tests.Kernel.Fakes;
using Xunit;

namespace Carrel.Tests.Kernel.Trace;

/// <summary>The lines of --strace.</summary>
public sealed class SyscallTracerTests
{
    private readonly TestKernel _kernel = new();
    private readonly Task _task;
    private readonly List<string> _lines = [];
    private readonly ulong _memory;

    public SyscallTracerTests()
    {
        _task = _kernel.NewProcess();
        _memory = (ulong)_kernel.Do(_task, Nr.mmap, 0, 8192, 3, 0x22, ulong.MaxValue, 0);
        _kernel.Kernel.Tracer = new SyscallTracer(_lines.Add);
    }

    private string Trace(int number, params ulong[] arguments)
    {
        _lines.Clear();
        _kernel.Call(_task, number, arguments);
        return Regex.Replace(Assert.Single(_lines).Trim(), " +=", " =");
    }

    private ulong Text(string text)
    {
        _task.Mm.Write(_memory, Encoding.Latin1.GetBytes(text + "\0"));
        return _memory;
    }

    [Fact]
    public void Result_IsPaddedToAColumn()
    {
        _kernel.Call(_task, Nr.getpid);
        Assert.Equal("    1 getpid()                                = 1", Assert.Single(_lines));
    }

    [Fact]
    public void Failure_HasNameAndText() => Assert.EndsWith("close(77) = -1 EBADF (Bad file descriptor)", Trace(Nr.close, 77));

    [Fact]
    public void Strings_AreQuoted() => Assert.Contains("access(\"a\\n\\\"\\377\", W_OK|R_OK|0x8) = -1 EINVAL", Trace(Nr.access, Text("a\n\"\xff"), 14));

    [Fact]
    public void BadPointers_StayAddresses() => Assert.Contains("access(0x8, F_OK) = -1 EFAULT (Bad address)", Trace(Nr.access, 8, 0));

    [Fact]
    public void Buffers_ShowASampleBefore() => Assert.Contains("write(77, \"hello\"..., 40)".Replace("\"hello\"...", "\"" + new string('x', 32) + "\"..."), Trace(Nr.write, 77, Text(new string('x', 50)), 40));

    [Fact]
    public void Outputs_ShowWhatTheKernelWrote()
    {
        string line = Trace(Nr.pipe2, _memory, 0x80000);
        Assert.Contains("pipe2([0<pipe:[", line);
        Assert.Contains("O_CLOEXEC) = 0", line);
    }

    [Fact]
    public void Outputs_OfAFailedCallAreAddresses() => Assert.Contains($"pipe2(0x{_memory:x}, O_WRONLY) = -1 EINVAL", Trace(Nr.pipe2, _memory, 1));

    [Fact]
    public void Structs_AreDecoded()
    {
        _task.Mm.Write(_memory, Marshalled.ToBytes(new TimeSpec { Sec = -1, Nsec = 5 }));
        Assert.Contains("nanosleep({tv_sec=-1, tv_nsec=5}, NULL) = -1 EINVAL", Trace(Nr.nanosleep, _memory, 0));
    }

    [Fact]
    public void UnknownNumbers_ShowRegisters() =>
        Assert.Contains("syscall_0x3e7(0x1, 0x2, 0x3, 0x0, 0x0, 0x0) = -1 ENOSYS (Function not implemented)", Trace(999, 1, 2, 3));

    [Fact]
    public void OpenMode_IsShownOnlyWhereItMeansSomething()
    {
        _task.Mm.Write(_memory, [0]);
        Assert.Contains("open(\"\", O_RDONLY) = -1", Trace(Nr.open, _memory, 0, 0x1ff));
        Assert.Contains("open(\"\", O_WRONLY|O_CREAT, 0777) = -1", Trace(Nr.open, _memory, 0x41, 0x1ff));
    }

    [Fact]
    public void DyingTask_ShowsItsUnfinishedCall()
    {
        _kernel.Call(_task, Nr.pipe, _memory);
        _lines.Clear();
        _kernel.Call(_task, Nr.read, 0, _memory, 10);
        Assert.Empty(_lines);
        _kernel.Kernel.TaskExit.BeginGroupExit(_task.Group, Signal.SIGKILL, null);
        _kernel.Kernel.Enter(static () => { });
        Assert.Contains(_lines, line => line.Contains("read(0<pipe:[") && line.Contains("= ? ERESTARTSYS"));
        Assert.EndsWith("+++ killed by SIGKILL +++", _lines[^1]);
    }

    [Fact]
    public void TaskThatDiesWithItsThread_ShowsItsUnfinishedCall()
    {
        _kernel.Call(_task, Nr.pipe, _memory);
        _lines.Clear();
        _kernel.Call(_task, Nr.read, 0, _memory, 10);
        _kernel.Kernel.TaskExit.ExitTask(_task, Signal.SIGKILL);
        Assert.Contains(_lines, line => line.Contains("<unfinished ...>)") && line.EndsWith("= ?", System.StringComparison.Ordinal));
    }

    [Fact]
    public void ExitGroup_HasNoResult()
    {
        _kernel.NewThread(_task);
        _kernel.Call(_task, Nr.exit_group, 3);
        Assert.Contains(_lines, line => line.Contains("exit_group(3)") && line.EndsWith("= ?", System.StringComparison.Ordinal));
        Assert.Contains(_lines, line => line.EndsWith("+++ exited with 3 +++", System.StringComparison.Ordinal));
    }
}
