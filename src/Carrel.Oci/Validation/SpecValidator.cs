using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Carrel.Oci;

/// <summary>Refuses what cannot be done, naming the field. What one wall in particular cannot do, that wall refuses itself.</summary>
public static class SpecValidator
{
    private const int MaxHostName = 64;

    /// <summary>A whole config.json.</summary>
    /// <param name="warnings">Receives what the specification wants to be a warning.</param>
    /// <param name="usesNamespaces">Whether the container is made of namespaces of the host's kernel, so that settings need their namespace.</param>
    public static void Check(OciSpec spec, string bundle, bool usesNamespaces, List<string> warnings)
    {
        CheckVersion(spec.OciVersion);
        CheckProcess(spec.Process ?? throw new OciException("process: missing"), warnings);
        string root = RootPath(spec, bundle);
        if (!Directory.Exists(root))
        {
            throw new OciException($"root.path: {root}: no such file or directory");
        }

        CheckAnnotations(spec.Annotations);
        HookValidator.Check(spec.Hooks);
        MountValidator.Check(spec.Mounts, warnings);
        if (spec.Linux is { } linux)
        {
            LinuxValidator.Check(linux, usesNamespaces);
        }

        if (usesNamespaces)
        {
            CheckHostName(spec.Hostname, "hostname", spec.Linux);
            CheckHostName(spec.Domainname, "domainname", spec.Linux);
        }
    }

    /// <summary>The root directory, absolute.</summary>
    public static string RootPath(OciSpec spec, string bundle) =>
        spec.Root is { Path.Length: > 0 } root ? Path.GetFullPath(Path.Combine(bundle, root.Path)) : throw new OciException("root.path: missing");

    public static void CheckProcess(OciProcess process, List<string> warnings) => ProcessValidator.Check(process, warnings);

    /// <summary>Limits; <paramref name="path"/> is where they stand in the document.</summary>
    public static void CheckResources(OciResources resources, string path) => ResourceValidator.Check(resources, path);

    /// <summary>A text that goes to the kernel: it cannot have a NUL inside.</summary>
    internal static void CheckText(string? text, string field)
    {
        if (text is not null && text.Contains('\0'))
        {
            throw new OciException($"{field}: has a NUL character");
        }
    }

    internal static void CheckAbsolute(string? path, string field)
    {
        CheckText(path, field);
        if (path is null || path.Length == 0 || path[0] != '/')
        {
            throw new OciException($"{field}: not an absolute path: {path}");
        }
    }

    internal static void CheckOneOf(string? value, string field, params ReadOnlySpan<string> allowed)
    {
        if (value is null || !allowed.Contains(value))
        {
            throw new OciException($"{field}: {(value is { Length: > 0 } ? value : "missing")}: not one of {string.Join(", ", allowed.ToArray())}");
        }
    }

    // Versions are semantic: all of 1.x can be read; what is newer than 1.2 brings properties that are reported as unknown.
    private static void CheckVersion(string? version)
    {
        string[] parts = (version ?? throw new OciException("ociVersion: missing")).Split('.', '-', '+');
        if (parts.Length < 3 || parts.Take(3).Any(part => part.Length == 0 || !part.All(char.IsAsciiDigit)))
        {
            throw new OciException($"ociVersion: not a version: {version}");
        }

        if (parts[0] != "1")
        {
            throw new OciException($"ociVersion: {version}: not supported, only 1.x is");
        }
    }

    private static void CheckAnnotations(Dictionary<string, string>? annotations)
    {
        if (annotations?.ContainsKey("") == true)
        {
            throw new OciException("annotations: an empty key");
        }
    }

    private static void CheckHostName(string? name, string field, OciLinux? linux)
    {
        CheckText(name, field);
        if (name is not { Length: > 0 })
        {
            return;
        }

        if (name.Length > MaxHostName)
        {
            throw new OciException($"{field}: longer than {MaxHostName} characters");
        }

        if (linux?.Namespaces?.Any(each => each.Type == "uts") != true)
        {
            throw new OciException($"{field}: unable to set it without a private UTS namespace (linux.namespaces)");
        }
    }
}
