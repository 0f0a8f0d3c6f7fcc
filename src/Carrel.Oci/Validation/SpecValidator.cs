using System.IO;

namespace Carrel.Oci;

/// <summary>Refuses what cannot be done, naming the field. What a wall in particular cannot do, it refuses itself.</summary>
public static partial class SpecValidator
{
    /// <summary>A whole config.json.</summary>
    public static void Check(OciSpec spec, string bundle)
    {
        CheckProcess(spec.Process ?? throw new OciException("process: missing"));
        if (!Directory.Exists(RootPath(spec, bundle)))
        {
            throw new OciException($"root.path: {RootPath(spec, bundle)}: no such file or directory");
        }
    }

    /// <summary>The root directory, absolute.</summary>
    public static string RootPath(OciSpec spec, string bundle) =>
        spec.Root is { Path.Length: > 0 } root ? Path.GetFullPath(Path.Combine(bundle, root.Path)) : throw new OciException("root.path: missing");

    public static void CheckProcess(OciProcess process)
    {
        if (process.Args is not { Count: > 0 })
        {
            throw new OciException("process.args: missing or empty");
        }

        if (process.Cwd is not { Length: > 0 } cwd || cwd[0] != '/')
        {
            throw new OciException($"process.cwd: not an absolute path: {process.Cwd}");
        }
    }

    /// <summary>Limits; <paramref name="path"/> is where they stand in the document.</summary>
    public static void CheckResources(OciResources resources, string path)
    {
    }
}
