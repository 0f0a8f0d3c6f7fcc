using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel state.</summary>
internal sealed class StateVerb : Verb
{
    internal override string Usage => "ID";

    internal override string Description => "Prints the state of a container as JSON.";

    internal override int Run(VerbCall call)
    {
        (Container container, ContainerStatus status) = call.Lifecycle.Get(call.OnlyId);
        return CommandLine.Print(JsonSerializer.Serialize(StateDocument.Of(container, status), StateDocumentJson.Default.OciState) + "\n");
    }
}

/// <summary>A container as `state` and `list` print it.</summary>
internal static class StateDocument
{
    internal static OciState Of(Container container, ContainerStatus status) => new()
    {
        Id = container.Id,
        Pid = status == ContainerStatus.Stopped ? 0 : container.Pid,
        Status = status.ToText(),
        Bundle = container.Bundle,
        Rootfs = container.Rootfs,
        Created = container.Created.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
        Annotations = container.Annotations,
        Owner = HostUsers.NameOf(container.Owner),
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(OciState))]
internal sealed partial class StateDocumentJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<OciState>))]
internal sealed partial class StateListJson : JsonSerializerContext;
