using System;
using System.Globalization;
using Carrel.Abi;

namespace Carrel.Kernel.Fs.Procfs;

/// <summary>Mount options of proc(5): who sees whose processes, and whether there is anything else.</summary>
internal sealed class ProcfsOptions
{
    /// <summary>hidepid=</summary>
    internal enum Hiding
    {
        Off = 0,
        /// <summary>Directories of others can be seen, not entered.</summary>
        NoAccess = 1,
        /// <summary>They cannot be seen.</summary>
        Invisible = 2,
        /// <summary>Nor those of the own processes that could not be traced.</summary>
        Ptraceable = 4,
    }

    public Hiding HidePid { get; private set; }

    /// <summary>gid=: members see everything.</summary>
    public uint Gid { get; private set; }

    /// <summary>subset=pid: processes only.</summary>
    public bool IsPidOnly { get; private set; }

    /// <summary>EINVAL for what procfs does not know (proc_parse_param()).</summary>
    public static Result<ProcfsOptions> Parse(Task task, string text)
    {
        var options = new ProcfsOptions();
        foreach (string each in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = each.Split('=', 2);
            if (pair.Length < 2 || !options.Apply(task, pair[0], pair[1]))
            {
                return Errno.EINVAL;
            }
        }

        return options;
    }

    private bool Apply(Task task, string name, string value)
    {
        switch (name)
        {
            case "hidepid":
                Hiding? hiding = value switch
                {
                    "0" or "off" => Hiding.Off,
                    "1" or "noaccess" => Hiding.NoAccess,
                    "2" or "invisible" => Hiding.Invisible,
                    "4" or "ptraceable" => Hiding.Ptraceable,
                    _ => null,
                };
                HidePid = hiding ?? Hiding.Off;
                return hiding is not null;
            case "gid":
                bool isNumber = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint gid);
                Gid = isNumber ? task.Credentials.User.Gids.ToKernel(gid) : 0;
                return isNumber && Gid != IdMap.None;
            case "subset":
                IsPidOnly = value == "pid";
                return IsPidOnly;
            default:
                return false;
        }
    }

    /// <summary>has_pid_permissions()</summary>
    public bool Allows(Task reader, Task target, Hiding least)
    {
        if (HidePid != Hiding.Ptraceable)
        {
            if (HidePid < least || reader.Credentials.IsInGroup(Gid))
            {
                return true;
            }
        }

        return ProcAccess.Check(reader, target) is Errno.OK or Errno.ESRCH;
    }

    /// <summary>proc_show_options()</summary>
    public override string ToString()
    {
        string text = Gid != 0 ? string.Create(CultureInfo.InvariantCulture, $",gid={Gid}") : "";
        text += HidePid switch
        {
            Hiding.NoAccess => ",hidepid=noaccess",
            Hiding.Invisible => ",hidepid=invisible",
            Hiding.Ptraceable => ",hidepid=ptraceable",
            _ => "",
        };
        return text + (IsPidOnly ? ",subset=pid" : "");
    }
}
