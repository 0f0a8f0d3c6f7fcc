using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Carrel.Kernel.Syscalls;
using Carrel.Sandbox;
using Xunit;

namespace Carrel.Tests.Architecture;

/// <summary>Documents say what the tree is: printed ones are fresh, and every folder stands in one.</summary>
public sealed class DocumentTests
{
    [Fact]
    public void Syscalls_IsFresh() => AssertFresh("syscalls", SyscallDocument.Print());

    [Fact]
    public void HostSurface_IsFresh() => AssertFresh("host-surface", HostSurfaceDocument.Print());

    /// <summary>ARCHITECTURE.md or the README.md of an outer folder names it, by its path from there.</summary>
    [Fact]
    public void Folders_AreExplained() => Assert.Equal([], Folders().Where(folder => !IsExplained(folder)));

    private static void AssertFresh(string name, string text)
    {
        string file = Path.Combine(Repository.Root, $"docs/{name}.md");
        Assert.True(File.Exists(file) && File.ReadAllText(file) == text, $"docs/{name}.md is stale: ./carrel docs {name} >docs/{name}.md");
    }

    /// <summary>Folders of src and tests that hold files themselves; unit tests are named after what they test.</summary>
    private static IEnumerable<string> Folders() => new[] { "src", "tests" }
        .SelectMany(top => Directory.EnumerateFiles(Path.Combine(Repository.Root, top), "*", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(file)!))
        .Where(folder => folder.Contains('/') && !folder.Split('/').Any(part => part is "bin" or "obj") && !folder.StartsWith("tests/Unit/", StringComparison.Ordinal))
        .Distinct();

    private static bool IsExplained(string folder)
    {
        string[] parts = folder.Split('/');
        for (int outer = 0; outer < parts.Length; outer++)
        {
            string document = Path.Combine(Repository.Root, string.Join('/', parts[..outer]), outer == 0 ? "ARCHITECTURE.md" : "README.md");
            string inner = Regex.Escape(string.Join('/', parts[outer..]));
            if (File.Exists(document) && Regex.IsMatch(File.ReadAllText(document), $@"(?<![\w/.]){inner}(?![\w/.])"))
            {
                return true;
            }
        }

        return false;
    }
}
