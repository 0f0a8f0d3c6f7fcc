using System;
using System.Collections.Generic;
using System.Linq;
using Carrel.Abi;
using Xunit;

namespace Carrel.Tests.Abi;

/// <summary>Every public constant of Carrel.Abi has the value that the system's C headers give it.</summary>
public sealed class ConstantTests
{
    private static readonly Lazy<Dictionary<string, Dictionary<string, string>>> InC = new(EvaluateAll);

    public static TheoryData<string> TypeNames => [.. Types().Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(TypeNames))]
    public void Constants_HaveTheValuesOfTheHeaders(string typeName)
    {
        Type type = Types().Single(t => t.Name == typeName);
        var errors = new List<string>();
        foreach (Constant constant in Constant.Of(type))
        {
            string? inC = HeaderSet.For(type).Select(set => InC.Value[set.Name].GetValueOrDefault(constant.Expression)).FirstOrDefault(value => value != null);
            inC ??= AbsentList.Values.GetValueOrDefault(constant.Id);
            if (inC == null)
            {
                errors.Add($"{constant.Id}: not in the headers, and not in absent-from-headers.txt");
            }
            else if (!constant.Matches(inC))
            {
                errors.Add($"{constant.Id} is {constant.Value}, in C {constant.Expression} is {inC}");
            }
        }

        Assert.True(errors.Count == 0, string.Join('\n', errors));
    }

    [Fact]
    public void AbsentList_NamesOnlyWhatExists()
    {
        IEnumerable<string> known = Types().SelectMany(Constant.Of).Select(constant => constant.Id).Concat(LayoutTests.FieldIds());
        Assert.Empty(AbsentList.Values.Keys.Except(known));
    }

    [Theory]
    [InlineData(1, "1", true)]
    [InlineData(1, "2", false)]
    [InlineData(int.MinValue, "2147483648", true)]
    [InlineData(1, "4294967297", false)]
    [InlineData(uint.MaxValue, "-1", true)]
    [InlineData("user.", "user.", true)]
    [InlineData("user.", "trusted.", false)]
    public void Matches_OnlyTheSameValue(object value, string inC, bool expected) =>
        Assert.Equal(expected, new Constant(typeof(ConstantTests), "X", value, "X").Matches(inC));

    /// <summary>Types with constants: enums and static classes. Structs may have constants too.</summary>
    private static IEnumerable<Type> Types() => typeof(Errno).Assembly.GetExportedTypes().Where(type => Constant.Of(type).Any());

    private static Dictionary<string, Dictionary<string, string>> EvaluateAll()
    {
        List<Type> types = Types().ToList();
        return HeaderSet.All.ToDictionary(
            set => set.Name,
            set => CProgram.Evaluate(set.Preamble, types.Where(type => set.Types.Contains(type.Name)).SelectMany(Constant.Of).Select(constant => constant.Expression)));
    }
}
