using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;
using System.Reflection;

namespace Carrel.Tests.Abi;

/// <summary>One constant of Carrel.Abi and the C expression that has the same value.</summary>
internal sealed record Constant(Type Type, string Name, object Value, string Expression)
{
    public string Id => $"{Type.Name}.{Name}";

    public static IEnumerable<Constant> Of(Type type) =>
        from field in type.GetFields(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where field.IsLiteral
        select new Constant(type, field.Name, field.GetRawConstantValue()!, CNames.ForConstant(type, field.Name));

    /// <summary>True if the C value is ours: the same number, or the same bits where C's type has another sign.</summary>
    public bool Matches(string inC)
    {
        if (Value is string text)
        {
            return text == inC;
        }

        // C prints a signed 64-bit number.
        BigInteger ours = BigInteger.Parse(Convert.ToString(Value, CultureInfo.InvariantCulture)!, CultureInfo.InvariantCulture);
        BigInteger theirs = BigInteger.Parse(inC, CultureInfo.InvariantCulture);
        int bits = Value switch
        {
            byte => 8,
            ushort or short => 16,
            int or uint => 32,
            _ => 64,
        };
        bool fits = theirs >= -(BigInteger.One << (bits - 1)) && theirs < BigInteger.One << bits;
        BigInteger mask = (BigInteger.One << bits) - 1;
        return fits && (ours & mask) == (theirs & mask);
    }
}
