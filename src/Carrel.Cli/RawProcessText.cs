using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>Arguments and environment as bytes: what goes to the guest must not pass through a decoder that knows only UTF-8.</summary>
internal static class RawProcessText
{
    /// <summary>The command's arguments, one char per byte.</summary>
    internal static IReadOnlyList<string> Arguments(string[] decoded)
    {
        string[] raw = Read("/proc/self/cmdline");
        // The first is the program's own name.
        return raw.Length == decoded.Length + 1 ? raw[1..] : Array.ConvertAll(decoded, Bytes);
    }

    /// <summary>The program's name and its arguments, one char per byte.</summary>
    internal static IReadOnlyList<string> CommandLine() => Read("/proc/self/cmdline");

    /// <summary>NAME=VALUE strings, one char per byte.</summary>
    internal static IReadOnlyList<string> Environment() => Read("/proc/self/environ");

    /// <summary>The caller's directory; "/" if that is gone.</summary>
    internal static string CurrentDirectory()
    {
        try
        {
            return System.Environment.CurrentDirectory;
        }
        catch (IOException)
        {
            return "/";
        }
    }

    /// <summary>A string of ours as the bytes of its UTF-8 form, one char per byte.</summary>
    internal static string Bytes(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private static string[] Read(string path)
    {
        string text;
        try
        {
            text = Encoding.Latin1.GetString(File.ReadAllBytes(path));
        }
        catch (IOException)
        {
            throw new RuntimeException($"{path} cannot be read: /proc must be mounted");
        }

        return text.Length == 0 ? [] : text.TrimEnd('\0').Length == 0 && text.Length == 1 ? [""] : Split(text);
    }

    // Every string ends in a NUL; empty ones count.
    private static string[] Split(string text) => (text[^1] == '\0' ? text[..^1] : text).Split('\0');
}
