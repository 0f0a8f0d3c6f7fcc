using System.Collections.Generic;

namespace Carrel.Oci;

/// <summary>config.md, "POSIX-platform Hooks".</summary>
internal static class HookValidator
{
    internal static void Check(OciHooks? hooks)
    {
        if (hooks is not null)
        {
            Check(hooks.Prestart, "prestart");
            Check(hooks.CreateRuntime, "createRuntime");
            Check(hooks.CreateContainer, "createContainer");
            Check(hooks.StartContainer, "startContainer");
            Check(hooks.Poststart, "poststart");
            Check(hooks.Poststop, "poststop");
        }
    }

    private static void Check(List<OciHook>? hooks, string kind)
    {
        for (int i = 0; i < (hooks?.Count ?? 0); i++)
        {
            OciHook hook = hooks![i];
            SpecValidator.CheckAbsolute(hook.Path, $"hooks.{kind}[{i}].path");
            hook.Args?.ForEach(text => SpecValidator.CheckText(text, $"hooks.{kind}[{i}].args"));
            hook.Env?.ForEach(text => SpecValidator.CheckText(text, $"hooks.{kind}[{i}].env"));
            if (hook.Timeout is <= 0)
            {
                throw new OciException($"hooks.{kind}[{i}].timeout: not more than 0: {hook.Timeout}");
            }
        }
    }
}
