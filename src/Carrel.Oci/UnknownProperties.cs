using System;
using System.Collections.Generic;
using System.Text.Json;

namespace Carrel.Oci;

/// <summary>What may stand in an object of a document, by property name. A null shape: anything.</summary>
internal sealed class SpecShape(params (string Name, SpecShape? Shape)[] properties)
{
    internal SpecShape? Find(string name, out bool isKnown)
    {
        foreach ((string known, SpecShape? shape) in properties)
        {
            if (known == name)
            {
                isKnown = true;
                return shape;
            }
        }

        isKnown = false;
        return null;
    }
}

/// <summary>
/// Finds properties that the specification does not know. It demands that they are not an error ("runtimes MUST NOT generate an error"), but a
/// misspelt limit that is silently no limit helps nobody: the caller gets their names.
/// </summary>
internal static class UnknownProperties
{
    private const int MostWarnings = 20;

    internal static void Find(byte[] document, SpecShape shape, List<string> warnings)
    {
        var reader = new Utf8JsonReader(document.AsSpan(document is [0xef, 0xbb, 0xbf, ..] ? 3 : 0));
        if (reader.Read())
        {
            Walk(ref reader, shape, "", warnings);
        }
    }

    // The reader stands on a value. The depth is bounded by the reader itself (64).
    private static void Walk(ref Utf8JsonReader reader, SpecShape? shape, string path, List<string> warnings)
    {
        if (shape is null || reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            reader.Skip();
            return;
        }

        if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
            {
                Walk(ref reader, shape, path, warnings);
            }

            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            SpecShape? inner = shape.Find(name, out bool isKnown);
            string full = path.Length == 0 ? name : path + "." + name;
            if (!isKnown && warnings.Count < MostWarnings)
            {
                warnings.Add($"unknown property {full}: ignored");
            }

            reader.Read();
            Walk(ref reader, inner, full, warnings);
        }
    }
}
