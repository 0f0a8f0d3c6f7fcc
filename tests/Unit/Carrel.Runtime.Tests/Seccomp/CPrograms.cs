using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;

namespace Carrel.Tests.Runtime;

/// <summary>Builds C programs that lie beside the tests, and runs them.</summary>
internal sealed class CPrograms : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("carrel-seccomp-").FullName;

    /// <summary>Path of the program; null: it does not compile here, because a library or the compiler is absent.</summary>
    public string? Build(string name, params string[] options)
    {
        string root = typeof(CPrograms).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(item => item.Key == "RepositoryRoot").Value!;
        string program = PathOf(name);
        string source = Path.Combine(root, "tests/Unit/Carrel.Runtime.Tests/Seccomp", name + ".c");
        return Run("gcc", ["-O1", "-w", "-o", program, source, .. options], []).Status == 0 ? program : null;
    }

    /// <summary>A path for a file of the test.</summary>
    public string PathOf(string name) => Path.Combine(_directory, name);

    public static (int Status, byte[] Output, string Errors) Run(string program, string[] arguments, string[] input)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        System.Threading.Tasks.Task<string> errors = process.StandardError.ReadToEndAsync();
        using var output = new MemoryStream();
        System.Threading.Tasks.Task copy = process.StandardOutput.BaseStream.CopyToAsync(output);
        foreach (string line in input)
        {
            process.StandardInput.Write(line + "\n");
        }

        process.StandardInput.Close();
        if (!process.WaitForExit(s_patience))
        {
            process.Kill();
        }

        copy.Wait();
        return (process.ExitCode, output.ToArray(), errors.Result);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
