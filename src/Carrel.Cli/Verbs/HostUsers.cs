using System;
using System.Globalization;
using System.IO;

namespace Carrel.Cli;

/// <summary>The host's /etc/passwd.</summary>
internal static class HostUsers
{
    /// <summary>The user's name, or # and the number as runc has it.</summary>
    internal static string NameOf(uint id)
    {
        if (id == 0)
        {
            return "root";
        }

        string number = id.ToString(CultureInfo.InvariantCulture);
        try
        {
            foreach (string line in File.ReadLines("/etc/passwd"))
            {
                string[] fields = line.Split(':');
                if (fields.Length > 2 && fields[2] == number)
                {
                    return fields[0];
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody has a name then.
        }

        return "#" + number;
    }
}
