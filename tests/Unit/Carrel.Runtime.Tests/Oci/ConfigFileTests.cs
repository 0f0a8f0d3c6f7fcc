using System.Collections.Generic;
using System.Reflection;
using System.Text.Json;
using Carrel.Oci;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>The reader by hand knows every property of the types: what the serializer writes comes back.</summary>
public sealed class ConfigFileTests
{
    [Fact]
    public void Spec_WithEveryPropertySet_ComesBackWithoutAWarning()
    {
        var spec = (OciSpec)Fill(typeof(OciSpec), 0)!;
        byte[] document = JsonSerializer.SerializeToUtf8Bytes(spec, OciJson.Default.OciSpec);
        List<string> warnings = [];
        OciSpec read = ConfigFile.Parse(document, "config.json", warnings);
        Assert.Empty(warnings);
        Assert.Equal(System.Text.Encoding.UTF8.GetString(document), JsonSerializer.Serialize(read, OciJson.Default.OciSpec));
    }

    /// <summary>A value of the type that differs from its default, all the way down.</summary>
    private static object? Fill(System.Type type, int seed)
    {
        type = System.Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return $"text{seed}";
        }

        if (type == typeof(bool))
        {
            return true;
        }

        if (type == typeof(JsonElement))
        {
            return JsonDocument.Parse("""{"any":[1]}""").RootElement;
        }

        if (type.IsPrimitive)
        {
            return System.Convert.ChangeType(seed + 1, type, System.Globalization.CultureInfo.InvariantCulture);
        }

        object value = System.Activator.CreateInstance(type)!;
        if (value is System.Collections.IDictionary map)
        {
            map.Add($"key{seed}", Fill(type.GenericTypeArguments[1], seed));
        }
        else if (value is System.Collections.IList list)
        {
            list.Add(Fill(type.GenericTypeArguments[0], seed));
            list.Add(Fill(type.GenericTypeArguments[0], seed + 1));
        }
        else
        {
            foreach (PropertyInfo property in type.GetProperties())
            {
                property.SetValue(value, Fill(property.PropertyType, seed++));
            }
        }

        return value;
    }
}
