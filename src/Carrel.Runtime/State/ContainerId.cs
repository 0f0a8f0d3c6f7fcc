using System;

namespace Carrel.Runtime;

/// <summary>Ids of containers: they become names of files, so only what is harmless there.</summary>
public static class ContainerId
{
    private const int MaxNameLength = 255;

    public static bool IsValid(string id)
    {
        if (id.Length is 0 or > MaxNameLength || id is "." or "..")
        {
            return false;
        }

        foreach (char c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '+' or '.' or '-'))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Throws for an id that cannot be one. A leading dash is an option that was meant otherwise.</summary>
    public static string Check(string id) => IsValid(id) && id[0] != '-' ? id : throw new RuntimeException($"invalid container ID format: {(id.Length == 0 ? "it is empty" : id)}");
}
