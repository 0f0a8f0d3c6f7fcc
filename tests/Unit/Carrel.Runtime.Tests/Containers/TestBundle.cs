using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>What a program in a container printed and how it ended.</summary>
internal sealed record RunResult(int Status, string Output);

/// <summary>A bundle with busybox as its root, run through a wall without the command line.</summary>
internal sealed class TestBundle : IDisposable
{
    private const string Busybox = "/usr/bin/busybox";

    private static readonly string[] Paths = ["/bin", "/proc", "/sys", "/dev", "/etc", "/tmp"];

    private readonly string _directory = Directory.CreateTempSubdirectory("carrel-box-").FullName;

    public TestBundle(HostWall wall)
    {
        if (HostCredentials.UserId != 0 || !File.Exists(Busybox))
        {
            Assert.Skip("needs root and busybox-static");
        }

        Wall = wall;
        HostPath.ChangeModeAt(At.AT_FDCWD, _directory, 0x1ed); // for users of user namespaces
        foreach (string path in Paths)
        {
            Directory.CreateDirectory(Rootfs + path);
        }

        File.Copy(Busybox, Rootfs + "/bin/busybox");
        foreach (string applet in new[] { "sh", "cat", "ls", "id", "echo", "sleep", "true", "mkdir", "touch", "stat", "readlink", "hostname", "mount", "grep", "pwd", "ulimit", "test", "tty", "stty", "kill", "ps", "wc", "umask", "chroot", "mknod", "head", "env", "dd" })
        {
            File.CreateSymbolicLink($"{Rootfs}/bin/{applet}", "busybox");
        }

        File.WriteAllText(Rootfs + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n");
        Directory.CreateDirectory(State);
        Container = new Container
        {
            Id = "box-" + Guid.NewGuid().ToString("n")[..12],
            Isolation = wall.Isolation,
            Bundle = _directory,
            Rootfs = Rootfs,
            Directory = State,
            Spec = DefaultSpec(),
        };
    }

    public HostWall Wall { get; }

    public Container Container { get; }

    public OciSpec Spec => Container.Spec;

    public string Rootfs => _directory + "/rootfs";

    public string State => _directory + "/state";

    public string Folder => _directory;

    public List<HookPoint> Hooks { get; } = [];

    public Action<HookPoint, int>? OnHook { get; set; }

    /// <summary>Runs a shell script as the program and waits for it.</summary>
    public RunResult Run(string script)
    {
        Spec.Process!.Args = ["/bin/sh", "-c", script];
        return Finish(output => Start(startsAtOnce: true, output));
    }

    /// <summary>Creates, so that it waits for its start.</summary>
    public void Create(params string[] arguments)
    {
        Spec.Process!.Args = [.. arguments];
        Start(startsAtOnce: false, -1);
    }

    /// <summary>Runs a shell script in the running container.</summary>
    public RunResult Execute(string script, Action<OciProcess>? change = null, Action<int>? terminal = null)
    {
        OciProcess process = DefaultSpec().Process!;
        process.Args = ["/bin/sh", "-c", script];
        change?.Invoke(process);
        return Finish(output => Wall.Execute(new ExecuteRequest { Container = Container, Process = process, Stdio = [-1, output, output], Terminal = terminal }).Pid);
    }

    public int Start(bool startsAtOnce, int output, Action<int>? terminal = null)
    {
        int pid = Wall.Create(new CreateRequest
        {
            Container = Container,
            Stdio = [-1, output, output],
            StartsAtOnce = startsAtOnce,
            Terminal = terminal,
            RunHooks = (point, hookPid) =>
            {
                Hooks.Add(point);
                OnHook?.Invoke(point, hookPid);
            },
            PidKnown = Record,
        }).Pid;
        Record(pid);
        return pid;
    }

    /// <summary>Waits for the end of the first process.</summary>
    public int Wait() => Wait(Container.Pid);

    public void Dispose()
    {
        Wall.Destroy(Container);
        if (Container.Pid > 0)
        {
            HostProcess.Wait(Container.Pid, (int)WaitOptions.WNOHANG, out _);
        }

        Directory.Delete(_directory, recursive: true);
    }

    public static int Wait(int pid)
    {
        int status;
        while (HostProcess.Wait(pid, 0, out status) == -(int)Errno.EINTR)
        {
        }

        return (status & 0x7f) == 0 ? status >> 8 : 128 + (status & 0x7f);
    }

    private static RunResult Finish(Func<int, int> start)
    {
        int file = HostFd.CreateMemory("output", MemfdFlags.MFD_CLOEXEC);
        try
        {
            int status = Wait(start(file));
            var text = new byte[1 << 16];
            long length = HostFd.ReadAt(file, text, 0);
            return new RunResult(status, Encoding.UTF8.GetString(text.AsSpan(0, (int)length)));
        }
        finally
        {
            HostFd.Close(file);
        }
    }

    private void Record(int pid)
    {
        Container.Pid = pid;
        Container.PidStart = ProcFile.TryReadStat(pid, out _, out ulong start) ? start : 0;
    }

    private static OciSpec DefaultSpec()
    {
        string[] capabilities = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_NET_BIND_SERVICE", "CAP_MKNOD", "CAP_SYS_CHROOT"];
        return new OciSpec
        {
            OciVersion = "1.2.0",
            Root = new OciRoot { Path = "rootfs" },
            Hostname = "box",
            Process = new OciProcess
            {
                User = new OciUser(),
                Cwd = "/",
                Env = ["PATH=/bin"],
                NoNewPrivileges = true,
                Capabilities = new OciCapabilities { Bounding = [.. capabilities], Effective = [.. capabilities], Permitted = [.. capabilities] },
            },
            Mounts =
            [
                new OciMount { Destination = "/proc", Type = "proc", Source = "proc" },
                new OciMount { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "strictatime", "mode=755", "size=65536k"] },
                new OciMount { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
                new OciMount { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["nosuid", "noexec", "nodev", "ro"] },
            ],
            Linux = new OciLinux
            {
                Namespaces = [.. new[] { "pid", "ipc", "uts", "mount", "network", "cgroup" }.Select(type => new OciNamespace { Type = type })],
                MaskedPaths = ["/proc/cpuinfo", "/proc/acpi", "/sys/firmware", "/does/not/exist"],
                ReadonlyPaths = ["/proc/sys"],
            },
        };
    }
}
