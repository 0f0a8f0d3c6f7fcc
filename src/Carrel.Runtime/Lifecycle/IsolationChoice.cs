using System.Collections.Generic;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// Which wall a new container gets: the option, then the annotation, then the default of the program. Clients copy annotations from images, so an annotation may
/// only ask for a stronger wall than the default.
/// </summary>
internal static class IsolationChoice
{
    internal const string Annotation = "org.carrel.isolation";

    internal static Isolation Of(CreateOptions options, OciSpec spec)
    {
        if (options.Isolation is { } chosen)
        {
            return chosen;
        }

        if (spec.Annotations?.GetValueOrDefault(Annotation) is not { } named)
        {
            return options.DefaultIsolation;
        }

        Isolation asked = Walls.Parse(named, $"annotations.{Annotation}");
        // The enumeration goes from the strongest wall to the weakest.
        return asked <= options.DefaultIsolation
            ? asked
            : throw new RuntimeException($"annotations.{Annotation}: {named} is a weaker wall than {Walls.NameOf(options.DefaultIsolation)}; only --isolation can choose it");
    }
}
