using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Carrel.Abi;
using Xunit;

namespace Carrel.Tests.Abi;

/// <summary>Every struct of Carrel.Abi has the size, member offsets and member sizes of its C counterpart.</summary>
public sealed class LayoutTests
{
    // Six bytes of an Ethernet address are all that anybody uses of sa_data's fourteen; a TimeSpec stands for two members.
    private static readonly string[] FieldsOfAnotherSize = ["IfReq.HwaddrData", "Stat.Atime", "Stat.Mtime", "Stat.Ctime"];

    private static readonly Lazy<Dictionary<string, Dictionary<string, string>>> InC = new(EvaluateAll);

    public static TheoryData<string> StructNames => [.. Structs().Select(type => type.Name)];

    [Theory]
    [MemberData(nameof(StructNames))]
    public void Layout_IsThatOfTheHeaders(string structName)
    {
        Type type = Structs().Single(t => t.Name == structName);
        Assert.True(CStruct.All.ContainsKey(structName), $"{structName}: no C type is known for it (CStruct.cs)");
        CStruct inC = CStruct.All[structName];
        HeaderSet set = HeaderSet.For(type).Single();
        FieldInfo[] fields = Fields(type).ToArray();
        Dictionary<string, string> values = InC.Value[set.Name];

        var errors = new List<string>();
        if (!values.TryGetValue(inC.Size, out string? size))
        {
            errors.Add($"{inC.Size} does not compile");
        }
        else if (size != SizeOf(type).ToString(CultureInfo.InvariantCulture))
        {
            errors.Add($"{structName} has {SizeOf(type)} bytes, {inC.Size} is {size}");
        }

        foreach (FieldInfo field in fields)
        {
            string id = $"{structName}.{field.Name}";
            string? offset = values.GetValueOrDefault(Offset(inC, field)) ?? AbsentList.Values.GetValueOrDefault(id);
            if (offset == null)
            {
                errors.Add($"{id}: {Offset(inC, field)} does not compile, and it is not in absent-from-headers.txt");
            }
            else if (offset != OffsetOf(field).ToString(CultureInfo.InvariantCulture))
            {
                errors.Add($"{id} is at {OffsetOf(field)}, {Offset(inC, field)} is {offset}");
            }

            if (values.TryGetValue(MemberSize(inC, field), out string? memberSize)
                && memberSize != SizeOf(field.FieldType).ToString(CultureInfo.InvariantCulture)
                && !FieldsOfAnotherSize.Contains(id))
            {
                errors.Add($"{id} has {SizeOf(field.FieldType)} bytes, {MemberSize(inC, field)} is {memberSize}");
            }
        }

        Assert.True(errors.Count == 0, string.Join('\n', errors));
    }

    [Fact]
    public void Structs_AreUnmanagedAndHaveAnExplicitLayout() =>
        Assert.All(Structs(), type => Assert.True(!type.IsAutoLayout && IsUnmanaged(type), type.Name));

    /// <summary>A hole would let stale bytes out when the struct is copied to a guest: padding is always a field.</summary>
    [Fact]
    public void Structs_HaveNoHoles()
    {
        foreach (Type type in Structs().Where(type => !type.IsExplicitLayout))
        {
            int end = 0;
            foreach (FieldInfo field in AllFields(type).OrderBy(OffsetOf))
            {
                Assert.True(OffsetOf(field) == end, $"{type.Name}: {end} to {OffsetOf(field)} is no field");
                end = OffsetOf(field) + SizeOf(field.FieldType);
            }

            Assert.True(end == SizeOf(type), $"{type.Name}: {end} to {SizeOf(type)} is no field");
        }
    }

    internal static IEnumerable<string> FieldIds() => Structs().SelectMany(Fields).Select(field => $"{field.DeclaringType!.Name}.{field.Name}");

    private static Dictionary<string, Dictionary<string, string>> EvaluateAll()
    {
        var expressions = from type in Structs()
                          where CStruct.All.ContainsKey(type.Name)
                          let inC = CStruct.All[type.Name]
                          from expression in Fields(type).SelectMany(field => new[] { Offset(inC, field), MemberSize(inC, field) }).Append(inC.Size)
                          select (Set: HeaderSet.For(type).Single(), Expression: expression);
        return expressions.GroupBy(pair => pair.Set).ToDictionary(group => group.Key.Name, group => CProgram.Evaluate(group.Key.Preamble, group.Select(pair => pair.Expression)));
    }

    private static IEnumerable<Type> Structs() =>
        typeof(Errno).Assembly.GetExportedTypes().Where(type => type is { IsValueType: true, IsEnum: false } && type.GetCustomAttribute<InlineArrayAttribute>() == null);

    private static IEnumerable<FieldInfo> Fields(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Instance);

    private static FieldInfo[] AllFields(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance);

    private static string Offset(CStruct inC, FieldInfo field) => $"offsetof({inC.Name}, {inC.Member(field.Name)})";

    private static string MemberSize(CStruct inC, FieldInfo field) => $"sizeof((({inC.Name} *)0)->{inC.Member(field.Name)})";

    private static bool IsUnmanaged(Type type) => type.IsPrimitive || type.IsEnum || (type.IsValueType && AllFields(type).All(field => IsUnmanaged(field.FieldType)));

    private static int SizeOf(Type type)
    {
        var method = new DynamicMethod("SizeOf", typeof(int), []);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Sizeof, type);
        il.Emit(OpCodes.Ret);
        return (int)method.Invoke(null, null)!;
    }

    /// <summary>The managed offset: the distance of a field's address from that of its struct. Marshal.OffsetOf tells the marshalled one.</summary>
    private static int OffsetOf(FieldInfo field)
    {
        var method = new DynamicMethod("OffsetOf", typeof(int), [], typeof(LayoutTests).Module, skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        LocalBuilder local = il.DeclareLocal(field.DeclaringType!);
        il.Emit(OpCodes.Ldloca, local);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Ldloca, local);
        il.Emit(OpCodes.Conv_U);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Conv_I4);
        il.Emit(OpCodes.Ret);
        return (int)method.Invoke(null, null)!;
    }
}
