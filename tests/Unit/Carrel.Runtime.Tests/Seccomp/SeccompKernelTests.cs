using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Carrel.Abi;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>The running kernel takes our filters and decides as they say.</summary>
public sealed class SeccompKernelTests : IDisposable
{
    private const uint X32 = AuditArch.__X32_SYSCALL_BIT;
    private const int Getppid32 = 64;
    private const int Sigsys = 31;

    private readonly CPrograms _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public void Outcomes_AreThoseOfTheProfile()
    {
        var profile = new OciSeccomp
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls =
            [
                Rule("SCMP_ACT_ERRNO", 77, "getppid"),
                Rule("SCMP_ACT_KILL_PROCESS", null, "getpgrp"),
                Rule("SCMP_ACT_KILL_THREAD", null, "getsid"),
                Rule("SCMP_ACT_TRAP", null, "sched_yield"),
                Rule("SCMP_ACT_TRACE", null, "getuid"),
                Rule("SCMP_ACT_LOG", null, "getgid"),
                Rule("SCMP_ACT_ERRNO", 78, "personality", new OciSyscallArgument { Index = 0, Op = "SCMP_CMP_GE", Value = 0x5_00000000 }),
                Rule("SCMP_ACT_ERRNO", 79, "lseek", new OciSyscallArgument { Index = 2, Op = "SCMP_CMP_MASKED_EQ", Value = 0xF0, ValueTwo = 0x50 }),
            ],
        };
        Assert.Equal("errno 77", Call(profile, "x64", Nr.getppid));
        Assert.Equal($"signal {Sigsys}", Call(profile, "x64", Nr.getpgrp));
        Assert.Equal($"signal {Sigsys}", Call(profile, "x64", Nr.getsid));
        Assert.Equal($"signal {Sigsys}", Call(profile, "x64", Nr.sched_yield));
        Assert.Equal($"errno {(int)Errno.ENOSYS}", Call(profile, "x64", Nr.getuid)); // no tracer
        Assert.StartsWith("value", Call(profile, "x64", Nr.getgid), StringComparison.Ordinal);
        Assert.Equal("errno 78", Call(profile, "x64", Nr.personality, 0x5_FFFFFFFF));
        Assert.Equal("value 0", Call(profile, "x64", Nr.personality, 0x4_FFFFFFFF));
        Assert.Equal("errno 79", Call(profile, "x64", Nr.lseek, 0, 0, 0x15F));
        Assert.Equal($"errno {(int)Errno.EBADF}", Call(profile, "x64", Nr.lseek, 0xFFFF, 0, 0x16F));
        Assert.Equal($"signal {Sigsys}", Call(profile, "x86", Getppid32)); // architecture not listed
        Assert.Equal($"signal {Sigsys}", Call(profile, "x64", Nr.getpid | (int)X32));
    }

    [Fact]
    public void DefaultProfile_DecidesAllWaysIntoTheKernel()
    {
        OciSeccomp profile = DefaultSeccompProfile.Make(null);
        Assert.StartsWith("value", Call(profile, "x64", Nr.getppid), StringComparison.Ordinal);
        Assert.Equal("errno 1", Call(profile, "x64", Nr.acct));
        Assert.Equal("errno 1", Call(profile, "x64", Nr.socket, 38, 5, 0));
        Assert.Equal("errno 1", Call(profile, "x64", Nr.clone, (ulong)CloneFlags.CLONE_NEWUSER));
        Assert.Equal($"errno {(int)Errno.ENOSYS}", Call(profile, "x64", Nr.clone3));
        Assert.Equal($"errno {(int)Errno.ENOSYS}", Call(profile, "x64", 1000));
        Assert.Equal("errno 1", Call(profile, "x64", Nr.acct | (int)X32));
        Assert.Equal($"errno {(int)Errno.ENOSYS}", Call(profile, "x64", 1000 | (int)X32));
        string parent = Call(profile, "x86", Getppid32);
        Assert.SkipWhen(parent == "signal 11", "this kernel has no int 0x80");
        Assert.StartsWith("value", parent, StringComparison.Ordinal);
        Assert.Equal("errno 1", Call(profile, "x86", 51)); // acct
        Assert.Equal("errno 1", Call(profile, "x86", 359, 40, 1, 0)); // socket of AF_VSOCK
        Assert.Equal($"errno {(int)Errno.EFAULT}", Call(profile, "x86", 102, 1, 0)); // socketcall reaches the kernel
        Assert.Equal($"errno {(int)Errno.ENOSYS}", Call(profile, "x86", 1000));
    }

    [Fact]
    public void Notify_ReachesTheListener()
    {
        var profile = new OciSeccomp { DefaultAction = "SCMP_ACT_ALLOW", ListenerPath = "/run/agent", Syscalls = [Rule("SCMP_ACT_NOTIFY", null, "getppid")] };
        Assert.Equal($"notified {1000 + Nr.getppid}", Call(profile, "x64", Nr.getppid));
    }

    [Fact]
    public void LongestProgram_IsLoaded()
    {
        var profile = new OciSeccomp { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [] };
        for (uint i = 0; i < 450; i++)
        {
            profile.Syscalls.Add(Rule("SCMP_ACT_ERRNO", 5, "lseek",
                new OciSyscallArgument { Index = 1, Op = "SCMP_CMP_EQ", Value = i }, new OciSyscallArgument { Index = 2, Op = "SCMP_CMP_EQ", Value = i }));
        }

        Assert.InRange(SeccompCompiler.Compile(profile).Length, 3000, 4096);
        Assert.Equal("errno 5", Call(profile, "x64", Nr.lseek, 0xFFFF, 449, 449));
        Assert.Equal($"errno {(int)Errno.EBADF}", Call(profile, "x64", Nr.lseek, 0xFFFF, 449, 448));
    }

    private string Call(OciSeccomp profile, string abi, int number, params ulong[] arguments)
    {
        string program = _programs.PathOf("filtered");
        Assert.True(File.Exists(program) || _programs.Build("filtered") is not null, "filtered.c does not compile");
        CompiledSeccomp compiled = SeccompCompiler.Compile(profile);
        string filter = _programs.PathOf("filter");
        File.WriteAllBytes(filter, compiled.Program.ToArray());
        string[] call = [filter, compiled.Flags.ToString(), abi, number.ToString(), .. arguments.Select(argument => argument.ToString())];
        (int status, byte[] result, string errors) = CPrograms.Run(program, call, []);
        Assert.True(status == 0, $"filtered exited with {status}: {errors}");
        return Encoding.ASCII.GetString(result).Trim();
    }

    private static OciSyscall Rule(string action, uint? errno, string name, params List<OciSyscallArgument> arguments) =>
        new() { Names = [name], Action = action, ErrnoRet = errno, Args = arguments };
}
