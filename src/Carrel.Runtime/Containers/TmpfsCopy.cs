using Carrel.Host;

namespace Carrel.Runtime;

/// <summary>tmpcopyup: what the image has in a directory is copied into the tmpfs that will lie over it.</summary>
internal static class TmpfsCopy
{
    internal static void Add(StepPlan plan, string name, StepArgument source, StepArgument target, ContainerContext context) =>
        throw new RuntimeException($"{name}: tmpcopyup is not supported");
}
