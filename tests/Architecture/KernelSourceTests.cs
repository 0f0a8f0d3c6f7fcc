using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Carrel.Tests.Architecture;

/// <summary>
/// The kernel's own source: no host call, nothing unsafe, nothing that waits. The compiler and the banned-symbols analyzer say the same;
/// this holds even where a pragma silenced them.
/// </summary>
public sealed class KernelSourceTests
{
    private static readonly string[] SafeProjects = ["Carrel.Abi", "Carrel.Kernel", "Carrel.Net"];

    private static readonly string[] BannedIdentifiers = ["DllImport", "DllImportAttribute", "LibraryImport", "LibraryImportAttribute", "Unsafe", "Marshal", "NativeLibrary", "NativeMemory"];

    private static readonly string[] BannedOfMemoryMarshal = ["CreateSpan", "CreateReadOnlySpan", "GetReference", "GetArrayDataReference", "AsRef"];

    [Fact]
    public void Source_NeedsNoTrust() =>
        Assert.Empty(from file in Sources()
                     from node in Violations(file.Tree)
                     select $"{file.Path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: {node.ToString().Split('\n')[0]}");

    [Theory]
    [InlineData("class C { [DllImport(\"c\")] static extern int F(); }")]
    [InlineData("class C { void F(ref int x) { System.Runtime.CompilerServices.Unsafe.Add(ref x, 1); } }")]
    [InlineData("class C { int F() => Marshal.SizeOf<int>(); }")]
    [InlineData("class C { void F(ref int x) { MemoryMarshal.CreateSpan(ref x, 9); } }")]
    [InlineData("using static System.Runtime.InteropServices.MemoryMarshal; class C { }")]
    [InlineData("class C { unsafe void F() { } }")]
    [InlineData("class C { async void F() { } }")]
    [InlineData("#pragma warning disable RS0030\nclass C { }")]
    public void Violations_AreFound(string source) => Assert.NotEmpty(Violations(CSharpSyntaxTree.ParseText(source).GetRoot()));

    [Theory]
    [InlineData("class C { void F(System.Span<byte> s) { MemoryMarshal.AsBytes(s); MemoryMarshal.Cast<byte, int>(s); MemoryMarshal.Read<int>(s); } }")]
    [InlineData("class C { void F(ref int x) { new System.Span<int>(ref x); } } // Unsafe.Add")]
    public void Violations_AreNotImagined(string source) => Assert.Empty(Violations(CSharpSyntaxTree.ParseText(source).GetRoot()));

    private static IEnumerable<SourceFile> Sources() => Repository.Sources.Where(file => file.IsProduct && SafeProjects.Contains(file.Project));

    private static IEnumerable<SyntaxNode> Violations(SyntaxNode tree) => tree.DescendantNodes(descendIntoTrivia: true).Where(IsViolation);

    private static bool IsViolation(SyntaxNode node) => node switch
    {
        IdentifierNameSyntax name => BannedIdentifiers.Contains(name.Identifier.Text) && !IsDeclaredHere(name),
        MemberAccessExpressionSyntax access => access.Expression.ToString().EndsWith("MemoryMarshal", System.StringComparison.Ordinal) && BannedOfMemoryMarshal.Contains(access.Name.Identifier.Text),
        UsingDirectiveSyntax directive => directive.StaticKeyword.IsKind(SyntaxKind.StaticKeyword) && directive.ToString().Contains("InteropServices", System.StringComparison.Ordinal),
        MemberDeclarationSyntax member => HasBannedModifier(member.Modifiers),
        LocalFunctionStatementSyntax function => HasBannedModifier(function.Modifiers),
        UnsafeStatementSyntax or AwaitExpressionSyntax => true,
        PragmaWarningDirectiveTriviaSyntax pragma => pragma.ErrorCodes.Any(code => code.ToString() == "RS0030"),
        _ => false,
    };

    private static bool HasBannedModifier(SyntaxTokenList modifiers) =>
        modifiers.Any(SyntaxKind.UnsafeKeyword) || modifiers.Any(SyntaxKind.ExternKeyword) || modifiers.Any(SyntaxKind.AsyncKeyword);

    // An argument name ("Unsafe: 1") or an object initialiser's property is not the class.
    private static bool IsDeclaredHere(IdentifierNameSyntax name) => name.Parent is NameColonSyntax or NameEqualsSyntax;
}
