using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Carrel.Oci;

/// <summary>Reads the property of that name into an object. False: there is no such property.</summary>
public delegate bool FieldReader<in T>(ref JsonCursor cursor, T target, string name);

/// <summary>Reads one value.</summary>
public delegate T ValueReader<out T>(ref JsonCursor cursor);

/// <summary>
/// Reads a JSON document into objects, by hand: System.Text.Json's serializer takes several milliseconds to make its descriptions of the types before it reads
/// the first byte, and a container's start is short. Knows where it is, so that an error names the field; what nobody takes becomes a warning.
/// </summary>
public ref struct JsonCursor
{
    private const int MostWarnings = 20;

    private readonly string _document;
    private readonly List<string>? _warnings;
    private readonly List<string> _path = [];
    private readonly ReadOnlySpan<byte> _text;
    private Utf8JsonReader _reader;

    private JsonCursor(ReadOnlySpan<byte> text, string document, List<string>? warnings)
    {
        // Some editors put a byte order mark in front.
        _text = text.StartsWith("\uFEFF"u8) ? text[3..] : text;
        _document = document;
        _warnings = warnings;
        _reader = new Utf8JsonReader(_text);
    }

    /// <summary>Reads a document that is one object.</summary>
    /// <param name="document">Its name, for messages.</param>
    /// <param name="warnings">Receives a line for each unknown property; null: they are let go.</param>
    public static T Read<T>(ReadOnlySpan<byte> text, string document, List<string>? warnings, FieldReader<T> field)
        where T : class, new()
    {
        var cursor = new JsonCursor(text, document, warnings);
        try
        {
            cursor._reader.Read();
            T value = cursor.Object(field) ?? throw new OciException($"{document}: the document is empty");
            cursor._reader.Read(); // what follows is an error
            return value;
        }
        catch (JsonException e)
        {
            throw new OciException($"{document}: not valid JSON at line {e.LineNumber + 1}{(cursor._path.Count > 0 ? $" ({cursor.Path})" : "")}");
        }
    }

    /// <summary>An object, or null.</summary>
    public T? Object<T>(FieldReader<T> field)
        where T : class, new()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.StartObject, "an object");
        var target = new T();
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = _reader.GetString()!;
            _path.Add(name);
            _reader.Read();
            if (!field(ref this, target, name))
            {
                if (_warnings is { Count: < MostWarnings })
                {
                    _warnings.Add($"unknown property {Path}: ignored");
                }

                _reader.Skip();
            }

            _path.RemoveAt(_path.Count - 1);
        }

        return target;
    }

    /// <summary>An array, or null.</summary>
    public List<T>? List<T>(ValueReader<T> value)
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.StartArray, "an array");
        List<T> list = [];
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            _path.Add("[" + list.Count.ToString(CultureInfo.InvariantCulture) + "]");
            list.Add(value(ref this));
            _path.RemoveAt(_path.Count - 1);
        }

        return list;
    }

    /// <summary>An array of objects, or null.</summary>
    public List<T>? Objects<T>(FieldReader<T> field)
        where T : class, new() => List((ref JsonCursor cursor) => cursor.Object(field) ?? throw cursor.Error("null"));

    /// <summary>An array of texts, or null.</summary>
    public List<string>? Texts() => List(static (ref JsonCursor cursor) => cursor.Text() ?? throw cursor.Error("null"));

    /// <summary>An object with one value for each name, or null.</summary>
    public Dictionary<string, T>? Map<T>(ValueReader<T> value)
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.StartObject, "an object");
        Dictionary<string, T> map = [];
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = _reader.GetString()!;
            _path.Add(name);
            _reader.Read();
            map[name] = value(ref this);
            _path.RemoveAt(_path.Count - 1);
        }

        return map;
    }

    public Dictionary<string, string>? TextMap() => Map(static (ref JsonCursor cursor) => cursor.Text() ?? throw cursor.Error("null"));

    public string? Text()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.String, "a text");
        return _reader.GetString();
    }

    public bool Bool() => _reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False or JsonTokenType.Null => false,
        _ => throw Error("not true or false"),
    };

    public bool? OptionalBool() => IsNull ? null : Bool();

    public long Int64() => IsNull ? 0 : _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out long value) ? value : throw NotANumber();

    public ulong UInt64() => IsNull ? 0 : _reader.TokenType == JsonTokenType.Number && _reader.TryGetUInt64(out ulong value) ? value : throw NotANumber();

    public int Int32() => IsNull ? 0 : _reader.TokenType == JsonTokenType.Number && _reader.TryGetInt32(out int value) ? value : throw NotANumber();

    public uint UInt32() => IsNull ? 0 : _reader.TokenType == JsonTokenType.Number && _reader.TryGetUInt32(out uint value) ? value : throw NotANumber();

    public ushort UInt16() => IsNull ? (ushort)0 : _reader.TokenType == JsonTokenType.Number && _reader.TryGetUInt16(out ushort value) ? value : throw NotANumber();

    public long? OptionalInt64() => IsNull ? null : Int64();

    public ulong? OptionalUInt64() => IsNull ? null : UInt64();

    public int? OptionalInt32() => IsNull ? null : Int32();

    public uint? OptionalUInt32() => IsNull ? null : UInt32();

    public ushort? OptionalUInt16() => IsNull ? null : UInt16();

    /// <summary>Whatever it is.</summary>
    public JsonElement Any() => JsonElement.ParseValue(ref _reader);

    /// <summary>An error at this place.</summary>
    public readonly OciException Error(string message) => new($"{_document}: {Path}: {message} (line {Line})");

    private readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    private readonly OciException NotANumber() =>
        Error(_reader.TokenType == JsonTokenType.Number ? $"not a whole number in range: {Encoding.UTF8.GetString(_reader.ValueSpan)}" : "not a number");

    private readonly void Expect(JsonTokenType type, string what)
    {
        if (_reader.TokenType != type)
        {
            throw Error("not " + what);
        }
    }

    private readonly int Line => 1 + _text[..(int)Math.Min(_reader.TokenStartIndex, _text.Length)].Count((byte)'\n');

    /// <summary>Such as linux.resources.memory.limit or mounts[3].options.</summary>
    private readonly string Path => string.Join('.', _path).Replace(".[", "[", StringComparison.Ordinal);
}
