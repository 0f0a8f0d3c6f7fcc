using System;
using System.Text;
using Carrel.Abi;
using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>
/// Where a created container waits for `start`: two FIFOs in its state directory. Its init holds both open; `start` writes a byte into exec.fifo and learns from
/// exec.report what became of the execve: its end says it worked. Whether somebody waits is asked of the host: a FIFO without a reader cannot be opened.
/// </summary>
internal sealed class StartGate
{
    private const string GoName = "exec.fifo", ReportName = "exec.report";
    private const byte Go = (byte)'0';

    private readonly int _go, _report;

    private StartGate(int go, int report)
    {
        _go = go;
        _report = report;
    }

    /// <summary>Descriptor on which the init tells of a failure.</summary>
    internal int Report => _report;

    /// <summary>Makes the FIFOs. Both are opened for reading and writing, which neither waits nor ever sees an end.</summary>
    internal static StartGate Create(StepPlan plan, string directory) => new(Make(plan, $"{directory}/{GoName}"), Make(plan, $"{directory}/{ReportName}"));

    /// <summary>In the list before the init is executed: both survive it.</summary>
    internal void AddKeep(StepPlan plan)
    {
        plan.Add("keeping the FIFOs", Nr.fcntl, _go, Fcntl.F_SETFD, 0);
        plan.Add("keeping the FIFOs", Nr.fcntl, _report, Fcntl.F_SETFD, 0);
    }

    /// <summary>The descriptors that wait with the process.</summary>
    internal int[] Descriptors => [_go, _report];

    /// <summary>First in the init's list.</summary>
    internal void AddTaken(StepPlan plan)
    {
        plan.Add("setting up the start", Nr.fcntl, _go, Fcntl.F_SETFD, Fcntl.FD_CLOEXEC);
        plan.Add("setting up the start", Nr.fcntl, _report, Fcntl.F_SETFD, Fcntl.FD_CLOEXEC);
    }

    /// <summary>From now on failures are told here instead of where an init told them: the runtime's connection ends, `create` is done.</summary>
    internal void AddHandover(StepPlan plan, int connection) => plan.Add("setting up the start", Nr.dup3, _report, connection, (long)OpenFlags.O_CLOEXEC);

    /// <summary>The list goes on when `start` says so.</summary>
    internal void AddWait(StepPlan plan) => Wait(plan);

    /// <summary>The seccomp listener is fetched by `start` under the number that it is told, and the list goes on when that is done.</summary>
    internal void AddListener(StepPlan plan, StepArgument listener)
    {
        StepArgument number = plan.List.Buffer(8);
        plan.List.AddStore(number, listener);
        plan.Add("handing over the seccomp listener", Nr.write, _report, number, sizeof(long));
        Wait(plan);
    }

    /// <summary>Before the program is executed.</summary>
    internal void AddClose(StepPlan plan) => plan.Add("closing the FIFO", Nr.close, _go);

    internal static bool IsWaiting(string directory)
    {
        int fd = OpenGo(directory);
        if (fd < 0)
        {
            return false;
        }

        HostFd.Close(fd);
        return true;
    }

    /// <summary>Lets the program run.</summary>
    /// <param name="fetchListener">Called with the number that the init has its seccomp listener under, if it has one.</param>
    internal static void Open(string directory, Action<int> fetchListener)
    {
        string report = $"{directory}/{ReportName}";
        int go = OpenGo(directory);
        if (go < 0)
        {
            throw new RuntimeException("the container is not waiting for its start");
        }

        int reader = HostPath.OpenAt(At.AT_FDCWD, report, OpenFlags.O_RDONLY | OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);
        try
        {
            ErrorText.Check(reader, report);
            HostFd.Fcntl(reader, Fcntl.F_SETFL, 0);
            ErrorText.Check(HostFd.Write(go, [Go]), "start");
            ReadReport(reader, fd =>
            {
                fetchListener(fd);
                ErrorText.Check(HostFd.Write(go, [Go]), "start");
            });
        }
        finally
        {
            HostFd.Close(go);
            if (reader >= 0)
            {
                HostFd.Close(reader);
            }
        }
    }

    private static void ReadReport(int reader, Action<int> takeListener)
    {
        var number = new byte[sizeof(long)];
        while (ReadFully(reader, number) == number.Length)
        {
            long value = BitConverter.ToInt64(number);
            if (value >= 0)
            {
                takeListener((int)Math.Min(value, int.MaxValue));
                continue;
            }

            var name = new byte[4096];
            int length = ReadFully(reader, name);
            throw ErrorText.Failure(Encoding.UTF8.GetString(name.AsSpan(0, length)), (Errno)(int)Math.Clamp(-value, 1, 4095));
        }
    }

    private static int ReadFully(int fd, byte[] buffer)
    {
        int length = 0;
        while (length < buffer.Length)
        {
            long n = HostFd.Read(fd, buffer.AsSpan(length));
            if (n == -(int)Errno.EINTR)
            {
                continue;
            }

            if (n <= 0)
            {
                break;
            }

            length += (int)n;
        }

        return length;
    }

    private void Wait(StepPlan plan)
    {
        int read = plan.Add("waiting for the start", Nr.read, _go, plan.List.Buffer(8), 1);
        plan.List.Tolerate(read, Errno.EINTR);
        plan.List.OnFailure(read, read);
    }

    private static int OpenGo(string directory) =>
        HostPath.OpenAt(At.AT_FDCWD, $"{directory}/{GoName}", OpenFlags.O_WRONLY | OpenFlags.O_NONBLOCK | OpenFlags.O_CLOEXEC);

    private static int Make(StepPlan plan, string path)
    {
        HostPath.UnlinkAt(At.AT_FDCWD, path, 0);
        ErrorText.Check(HostPath.MakeNodeAt(At.AT_FDCWD, path, Mode.S_IFIFO | Mode.S_IRUSR | Mode.S_IWUSR, 0), path);
        return plan.Open(path, OpenFlags.O_RDWR, path);
    }
}
