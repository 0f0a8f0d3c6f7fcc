using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace Carrel.Tests.Architecture;

/// <summary>What must not be in the tree: notes of work left over, and names of image or package registries.</summary>
public sealed class UnfinishedTests
{
    // Spelled in parts, so that this file does not contain them.
    private static readonly string[] Markers = ["TO" + "DO", "FIX" + "ME", "HA" + "CK:", "HA" + "CK ", "Not" + "ImplementedException"];

    private static readonly string[] Registries =
    [
        "docker" + ".io", "docker" + ".com", "quay" + ".io", "ghcr" + ".io", "gcr" + ".io", "mcr.micro" + "soft.com", "public.ecr" + ".aws", "registry" + ".k8s",
        "nuget" + ".org", "npmjs" + ".org", "pypi" + ".org", "crates" + ".io", "deb.deb" + "ian.org",
    ];

    private static readonly string[] Extensions = [".cs", ".csproj", ".props", ".targets", ".c", ".h", ".sh", ".md", ".json", ".txt", ""];

    [Fact]
    public void Tree_HasNoNotesOfWorkLeftOver() => Assert.Empty(Occurrences(Markers));

    [Fact]
    public void Tree_NamesNoRegistry() => Assert.Empty(Occurrences(Registries));

    private static IEnumerable<string> Occurrences(string[] words) =>
        from path in TextFiles()
        from line in File.ReadLines(Path.Combine(Repository.Root, path)).Select((text, index) => (Text: text, Number: index + 1))
        from word in words
        where line.Text.Contains(word, StringComparison.Ordinal)
        select $"{path}:{line.Number}: {line.Text.Trim()}";

    private static IEnumerable<string> TextFiles()
    {
        IEnumerable<string> folders = new[] { "src", "tests", "docs", "benchmarks", ".ci" }.Where(folder => Directory.Exists(Path.Combine(Repository.Root, folder)));
        IEnumerable<string> inFolders = folders.SelectMany(folder => Repository.Files(folder, "*"));
        IEnumerable<string> atRoot = Directory.EnumerateFiles(Repository.Root).Select(path => Path.GetRelativePath(Repository.Root, path));
        return inFolders.Concat(atRoot).Where(path => Extensions.Contains(Path.GetExtension(path)) && !IsBinary(path));
    }

    private static bool IsBinary(string path)
    {
        using FileStream stream = File.OpenRead(Path.Combine(Repository.Root, path));
        Span<byte> head = stackalloc byte[512];
        return head[..stream.Read(head)].Contains((byte)0);
    }
}
