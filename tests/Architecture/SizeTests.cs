using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Carrel.Tests.Architecture;

/// <summary>Files and types stay small enough to be read in one go.</summary>
public sealed class SizeTests(ITestOutputHelper output)
{
    private const int HardLimit = 800;

    [Fact]
    public void Files_HaveAtMost800Lines() =>
        Assert.Empty(Repository.Sources.Where(file => file.LineCount > HardLimit).Select(file => $"{file.Path}: {file.LineCount} lines"));

    [Fact]
    public void Types_HaveAtMost800LinesWithAllTheirParts()
    {
        var parts = from file in Repository.Sources
                    from type in file.Tree.DescendantNodes().OfType<BaseTypeDeclarationSyntax>()
                    let span = type.GetLocation().GetLineSpan()
                    select (Name: FullName(type) + " of " + file.Project, Lines: span.EndLinePosition.Line - span.StartLinePosition.Line + 1);
        Assert.Empty(parts.GroupBy(part => part.Name, part => part.Lines).Where(lines => lines.Sum() > HardLimit).Select(lines => $"{lines.Key}: {lines.Sum()} lines"));
    }

    /// <summary>The goal is a median of 120 and nine files in ten below 400; the tables of Carrel.Abi are not code.</summary>
    [Fact]
    public void Files_AreSmallOnTheWhole()
    {
        int[] lines = Repository.Sources.Where(file => file.IsProduct && file.Project != "Carrel.Abi").Select(file => file.LineCount).Order().ToArray();
        int median = lines[lines.Length / 2];
        int ninetieth = lines[lines.Length * 9 / 10];
        output.WriteLine($"{lines.Length} files, {lines.Sum()} lines, median {median}, 90th percentile {ninetieth}");
        Assert.True(median <= 150, $"median {median} lines");
        Assert.True(ninetieth <= 450, $"90th percentile {ninetieth} lines");
    }

    private static string FullName(BaseTypeDeclarationSyntax type)
    {
        IEnumerable<string> outer = type.Ancestors().OfType<BaseTypeDeclarationSyntax>().Select(ancestor => ancestor.Identifier.Text + ".").Reverse();
        string space = type.Ancestors().OfType<BaseNamespaceDeclarationSyntax>().FirstOrDefault()?.Name.ToString() ?? "";
        int arity = (type as TypeDeclarationSyntax)?.TypeParameterList?.Parameters.Count ?? 0;
        return $"{space}.{string.Concat(outer)}{type.Identifier.Text}" + (arity > 0 ? $"`{arity}" : "");
    }
}
