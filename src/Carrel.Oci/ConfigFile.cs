using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Carrel.Oci;

/// <summary>Reads documents of the specification.</summary>
public static class ConfigFile
{
    public const string Name = "config.json";

    /// <summary>More than any real document has; the reader takes it into memory whole.</summary>
    private const int MaxSize = 64 << 20;

    /// <summary>config.json of a bundle.</summary>
    /// <param name="warnings">Receives a line for each property that the specification does not know.</param>
    /// <param name="document">The file as it is.</param>
    public static OciSpec Load(string bundle, List<string> warnings, out byte[] document)
    {
        string path = Path.Combine(bundle, Name);
        document = ReadFile(path);
        OciSpec spec = Parse(document, path, OciJson.Default.OciSpec);
        UnknownProperties.Find(document, SpecSchema.Config, warnings);
        return spec;
    }

    /// <summary>The document of `exec --process`.</summary>
    public static OciProcess LoadProcess(string path, List<string> warnings)
    {
        byte[] document = ReadFile(path);
        OciProcess process = Parse(document, path, OciJson.Default.OciProcess);
        UnknownProperties.Find(document, SpecSchema.Process, warnings);
        return process;
    }

    /// <summary>The document of `update --resources`.</summary>
    public static OciResources ParseResources(byte[] document, string name, List<string> warnings)
    {
        OciResources resources = Parse(document, name, OciJson.Default.OciResources);
        UnknownProperties.Find(document, SpecSchema.Resources, warnings);
        return resources;
    }

    /// <summary>A document of this type; <paramref name="name"/> is for the error message.</summary>
    public static T Parse<T>(ReadOnlySpan<byte> document, string name, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(WithoutMark(document), type) ?? throw new OciException($"{name}: the document is empty");
        }
        catch (JsonException e)
        {
            string field = e.Path is { Length: > 2 } where ? $" ({where[2..]})" : "";
            throw new OciException($"{name}: not valid at line {e.LineNumber + 1}{field}");
        }
    }

    public static byte[] ReadFile(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return stream.Length <= MaxSize ? ReadAll(stream) : throw new OciException($"{path}: larger than {MaxSize >> 20} MiB");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new OciException($"{path}: no such file or directory");
        }
        catch (UnauthorizedAccessException)
        {
            throw new OciException($"{path}: permission denied");
        }
        catch (IOException e)
        {
            throw new OciException($"{path}: {e.Message}");
        }
    }

    /// <summary>A stream to its end; a pipe has no length.</summary>
    public static byte[] ReadAll(Stream stream)
    {
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    // Some editors put a byte order mark in front, which the reader would refuse.
    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> document) => document.StartsWith("\uFEFF"u8) ? document[3..] : document;
}
