using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Carrel.Tests.Architecture;

/// <summary>The source tree that this test was built from.</summary>
internal static class Repository
{
    public static readonly string Root =
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;

    private static readonly Lazy<SourceFile[]> Parsed = new(() => Files("src", "*.cs").Concat(Files("tests", "*.cs")).Select(SourceFile.Load).ToArray());

    /// <summary>Every C# file of src and tests.</summary>
    public static IReadOnlyList<SourceFile> Sources => Parsed.Value;

    /// <summary>Paths, relative to the root, of the files in a folder and below, without build output.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        from path in Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(Root, path)
        where !relative.Split('/').Any(part => part is "bin" or "obj" or "artifacts")
        orderby relative
        select relative;
}

/// <summary>One C# file.</summary>
internal sealed record SourceFile(string Path, string Text, SyntaxNode Tree)
{
    public int LineCount => Text.Count(c => c == '\n');

    /// <summary>The folder below src or tests: the project.</summary>
    public string Project => Path.Split('/')[1];

    public bool IsProduct => Path.StartsWith("src/", StringComparison.Ordinal);

    public static SourceFile Load(string path)
    {
        string text = File.ReadAllText(System.IO.Path.Combine(Repository.Root, path));
        return new SourceFile(path, text, CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview)).GetRoot());
    }
}
