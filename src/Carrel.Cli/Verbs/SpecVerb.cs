using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel spec.</summary>
internal sealed class SpecVerb : Verb
{
    internal override string Usage => "[--bundle DIR] [--rootless]";

    internal override string Description => "Writes a config.json to start from: a shell over the directory rootfs.";

    internal override IReadOnlyList<OptionSpec> Options =>
    [
        new("bundle", "DIR", "where to write it (default: the current directory)", 'b'),
        new("rootless", null, "for a user without privileges: with a user namespace"),
    ];

    internal override int Run(VerbCall call)
    {
        call.CheckArguments(0, 0);
        string path = Path.Combine(call.Options.Value("bundle") ?? ".", ConfigFile.Name);
        OciSpec spec = call.Options.Has("rootless") ? DefaultSpec.ForUser(HostCredentials.UserId, HostCredentials.GroupId) : DefaultSpec.ForRoot();
        string text = JsonSerializer.Serialize(spec, IndentedOciJson.Default.OciSpec) + "\n";
        try
        {
            using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
            return 0;
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new RuntimeException($"File {path} exists. Remove it first");
        }
        catch (System.Exception e) when (e is IOException or System.UnauthorizedAccessException)
        {
            throw new RuntimeException($"{path}: {e.Message}");
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, IndentCharacter = '\t', IndentSize = 1)]
[JsonSerializable(typeof(OciSpec))]
internal sealed partial class IndentedOciJson : JsonSerializerContext;
