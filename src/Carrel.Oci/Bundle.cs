using System;
using System.IO;
using System.Text.Json;

namespace Carrel.Oci;

/// <summary>A bundle that cannot be used, with the one line to show for it.</summary>
public sealed class BundleException(string message) : Exception(message);

/// <summary>A directory with a config.json and a root file system.</summary>
public sealed class Bundle
{
    private Bundle(BundleConfig config, BundleProcess process, string rootPath)
    {
        Config = config;
        Process = process;
        RootPath = rootPath;
    }

    public BundleConfig Config { get; }

    public BundleProcess Process { get; }

    /// <summary>The root directory, absolute.</summary>
    public string RootPath { get; }

    /// <summary>Reads and checks what a start needs.</summary>
    public static Bundle Load(string directory)
    {
        string path = Path.Combine(directory, "config.json");
        BundleConfig? config;
        try
        {
            using FileStream stream = File.OpenRead(path);
            config = JsonSerializer.Deserialize(stream, BundleJson.Default.BundleConfig);
        }
        catch (JsonException e)
        {
            throw new BundleException($"{path}: not valid JSON for a bundle at line {e.LineNumber + 1}: {e.Path}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BundleException($"{path}: {e.Message}");
        }

        if (config?.Process is not { Args.Count: > 0 } process)
        {
            throw new BundleException($"{path}: process.args is missing");
        }

        if (config.Root is not { Path.Length: > 0 } root)
        {
            throw new BundleException($"{path}: root.path is missing");
        }

        if (process.Cwd is not { Length: > 0 } cwd || cwd[0] != '/')
        {
            throw new BundleException($"{path}: process.cwd must be an absolute path");
        }

        string rootPath = Path.GetFullPath(Path.Combine(Path.GetFullPath(directory), root.Path));
        return Directory.Exists(rootPath) ? new Bundle(config, process, rootPath) : throw new BundleException($"root.path: no such directory: {rootPath}");
    }
}
