using System;
using System.Collections.Generic;

namespace Carrel.Sandbox;

/// <summary>The environment of the first process: what the caller gave, completed by what a login would set.</summary>
internal static class GuestEnvironment
{
    internal const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    internal static List<string> Complete(ProcessSpec spec, GuestUser user, bool hasWorkingDirectory)
    {
        var environment = new List<string>(spec.Environment);
        if (Find(environment, "PATH") is null)
        {
            environment.Add("PATH=" + DefaultPath);
        }

        if (Find(environment, "HOME") is null)
        {
            environment.Add("HOME=" + (user.Home.Length > 0 ? user.Home : "/"));
        }

        if (spec.HasTerminal && Find(environment, "TERM") is null)
        {
            environment.Add("TERM=xterm");
        }

        if (!hasWorkingDirectory)
        {
            environment.RemoveAll(variable => variable.StartsWith("PWD=", StringComparison.Ordinal) || variable.StartsWith("OLDPWD=", StringComparison.Ordinal));
        }

        return environment;
    }

    /// <summary>The value of a variable, or null.</summary>
    internal static string? Find(List<string> environment, string name)
    {
        foreach (string variable in environment)
        {
            if (variable.Length > name.Length && variable[name.Length] == '=' && variable.StartsWith(name, StringComparison.Ordinal))
            {
                return variable[(name.Length + 1)..];
            }
        }

        return null;
    }
}
