using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;

namespace Carrel.Tests.Architecture;

/// <summary>A project file, read as text: what is written there, not what MSBuild makes of it.</summary>
internal sealed record ProjectFile(string Path, string Name, XElement Xml)
{
    public static IReadOnlyList<ProjectFile> Product { get; } =
        Repository.Files("src", "*.csproj").Select(path => new ProjectFile(path, System.IO.Path.GetFileNameWithoutExtension(path), XElement.Load(System.IO.Path.Combine(Repository.Root, path)))).ToArray();

    /// <summary>Projects whose assembly this one uses, by name.</summary>
    public IEnumerable<string> References => ProjectReferences.Where(item => !IsAnalyzer(item)).Select(Target);

    /// <summary>Projects that only run in the compiler.</summary>
    public IEnumerable<string> Analyzers => ProjectReferences.Where(IsAnalyzer).Select(Target);

    /// <summary>Packages whose assemblies this one uses.</summary>
    public IEnumerable<string> Packages =>
        Xml.Descendants("PackageReference").Where(item => (string?)item.Attribute("PrivateAssets") != "all").Select(item => (string)item.Attribute("Include")!);

    private IEnumerable<XElement> ProjectReferences => Xml.Descendants("ProjectReference");

    public string? Property(string name) => Xml.Descendants(name).LastOrDefault()?.Value;

    private static bool IsAnalyzer(XElement item) =>
        (string?)item.Attribute("OutputItemType") == "Analyzer" && string.Equals((string?)item.Attribute("ReferenceOutputAssembly"), "false", StringComparison.OrdinalIgnoreCase);

    private static string Target(XElement item) => System.IO.Path.GetFileNameWithoutExtension((string)item.Attribute("Include")!);
}
