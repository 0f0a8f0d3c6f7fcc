using System.Collections.Generic;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>Which wall a new container gets: the option, then the annotation, then the default of the program.</summary>
internal static class IsolationChoice
{
    internal const string Annotation = "org.carrel.isolation";

    internal static Isolation Of(CreateOptions options, OciSpec spec) =>
        options.Isolation ?? (spec.Annotations?.GetValueOrDefault(Annotation) is { } named ? Walls.Parse(named, $"annotations.{Annotation}") : options.DefaultIsolation);
}
