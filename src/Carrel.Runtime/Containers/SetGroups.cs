using System;
using System.Globalization;

namespace Carrel.Runtime;

/// <summary>Whether setgroups(2) may be called, user_namespaces(7): who made a user namespace without privileges gave it up for all in it.</summary>
internal static class SetGroups
{
    internal static bool IsDenied(int pid) =>
        ProcFile.ReadText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/setgroups"))?.StartsWith("deny", StringComparison.Ordinal) == true;
}
