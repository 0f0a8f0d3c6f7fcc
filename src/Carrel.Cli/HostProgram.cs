using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>Small programs of the host, such as ps(1).</summary>
internal static class HostProgram
{
    /// <summary>Runs it with our stderr; its output, or an error if it fails.</summary>
    internal static string Run(string name, IEnumerable<string> arguments)
    {
        string path = Find(name) ?? throw new RuntimeException($"{name}: not found in $PATH");
        int output = HostError.Check(HostFd.CreateMemory("carrel-output", MemfdFlags.MFD_CLOEXEC), "memfd_create");
        try
        {
            using var spawner = new HostSpawner();
            spawner.Add(Nr.dup3, output, 1, 0);
            spawner.AddExec(At.AT_FDCWD, OciText.ToBytes(path), [name, .. arguments.Select(OciText.ToBytes)], RawProcessText.Environment());
            SpawnOutcome outcome = spawner.Start();
            int pid = HostError.Check(outcome.Pid, "clone");
            HostProcess.WaitFor(pid, out int status);

            return status == 0 ? ReadAll(output) : throw new RuntimeException($"{name}: failed with status {status >> 8}");
        }
        finally
        {
            HostFd.Close(output);
        }
    }

    /// <summary>The path of a program in $PATH, or null.</summary>
    internal static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':', StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static string ReadAll(int fd)
    {
        var text = new StringBuilder();
        var buffer = new byte[16 << 10];
        long at = 0, n;
        while ((n = HostFd.ReadAt(fd, buffer, at)) > 0)
        {
            text.Append(Encoding.Latin1.GetString(buffer.AsSpan(0, (int)n)));
            at += n;
        }

        return OciText.FromBytes(text.ToString());
    }
}
