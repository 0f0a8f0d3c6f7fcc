using System;
using System.Text;

namespace Carrel.Oci;

/// <summary>Texts of the specification (Unicode) on their way to the host, which wants bytes: strings in which each char is one byte.</summary>
public static class OciText
{
    /// <summary>The bytes of the text's UTF-8 form, one char each.</summary>
    public static string ToBytes(string text) => Ascii.IsValid(text) ? text : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The text of these bytes.</summary>
    public static string FromBytes(string bytes) => Ascii.IsValid(bytes) ? bytes : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(bytes));
}
