using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using Xunit;

namespace Carrel.Tests.Architecture;

/// <summary>Which project may use which: arrows point down only, and the kernel cannot reach the host.</summary>
public sealed class LayerTests
{
    // From the bottom up. A project may use those of lower layers, unless Exceptions says less.
    private static readonly string[][] Layers =
    [
        ["Carrel.Abi"],
        ["Carrel.Host"],
        ["Carrel.Machine"],
        ["Carrel.Net"],
        ["Carrel.Kernel", "Carrel.Oci", "Carrel.Files"],
        ["Carrel.Sandbox", "Carrel.Vmm"],
        ["Carrel.Runtime"],
        ["Carrel.Cli"],
    ];

    // All that these may use.
    private static readonly Dictionary<string, string[]> Exceptions = new()
    {
        ["Carrel.Net"] = ["Carrel.Abi"],
        ["Carrel.Kernel"] = ["Carrel.Abi", "Carrel.Machine", "Carrel.Net"],
        ["Carrel.Oci"] = ["Carrel.Abi", "Carrel.Host"],
        ["Carrel.Files"] = ["Carrel.Abi", "Carrel.Host"],
    };

    private static readonly string[] CompilerProjects = ["Carrel.Kernel.Generators"];

    private static readonly string[] UnsafeProjects = ["Carrel.Host", "Carrel.Machine"];

    public static TheoryData<string> Projects => [.. ProjectFile.Product.Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_PointDown(string name)
    {
        ProjectFile project = Project(name);
        if (CompilerProjects.Contains(name))
        {
            Assert.Empty(project.References);
            return;
        }

        int layer = LayerOf(name);
        Assert.True(layer >= 0, $"{name} has no layer yet: give it one in {nameof(LayerTests)}");
        string[] allowed = Exceptions.TryGetValue(name, out string[]? few) ? few : Layers.Take(layer).SelectMany(names => names).ToArray();
        Assert.Empty(project.References.Except(allowed));
        Assert.Empty(project.Analyzers.Except(CompilerProjects));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void UnsafeCode_OnlyInHostAndMachine(string name)
    {
        string? allows = Project(name).Property("AllowUnsafeBlocks");
        Assert.Equal(UnsafeProjects.Contains(name) ? "true" : null, allows);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_AreOnlyToProjectsAndPackages(string name)
    {
        ProjectFile project = Project(name);
        Assert.Empty(project.Xml.Descendants("Reference"));
        Assert.Empty(project.Xml.Descendants("HintPath"));
        Assert.Null(project.Property("DisableTransitiveProjectReferences"));
    }

    [Theory]
    [InlineData("Carrel.Abi")]
    [InlineData("Carrel.Kernel")]
    [InlineData("Carrel.Net")]
    public void SafeProjects_UseNoPackage(string name)
    {
        ProjectFile? project = ProjectFile.Product.SingleOrDefault(p => p.Name == name);
        Assert.Empty(project?.Packages ?? []);
    }

    [Fact]
    public void Kernel_IsCheckedForBannedSymbols()
    {
        XElement xml = Project("Carrel.Kernel").Xml;
        Assert.Contains(xml.Descendants("PackageReference"), item => (string?)item.Attribute("Include") == "Microsoft.CodeAnalysis.BannedApiAnalyzers");
        Assert.Contains(xml.Descendants("AdditionalFiles"), item => (string?)item.Attribute("Include") == "BannedSymbols.txt");
    }

    [Fact]
    public void Defaults_AreSafeAndStrict()
    {
        XElement defaults = XElement.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.Equal("false", (string?)defaults.Descendants("AllowUnsafeBlocks").Single());
        Assert.Equal("true", (string?)defaults.Descendants("DisableTransitiveProjectReferences").Single());
        Assert.Equal("true", (string?)defaults.Descendants("TreatWarningsAsErrors").Single());
        Assert.Empty(Repository.Files("src", "Directory.Build.*"));
    }

    private static ProjectFile Project(string name) => ProjectFile.Product.Single(project => project.Name == name);

    private static int LayerOf(string name)
    {
        for (int i = 0; i < Layers.Length; i++)
        {
            if (Layers[i].Contains(name))
            {
                return i;
            }
        }

        return -1;
    }
}
