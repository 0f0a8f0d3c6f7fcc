namespace Carrel.Oci;

/// <summary>config.md, "Process".</summary>
internal static class ProcessReader
{
    internal static bool Process(ref JsonCursor json, OciProcess process, string name)
    {
        switch (name)
        {
            case "terminal": process.Terminal = json.Bool(); break;
            case "consoleSize": process.ConsoleSize = json.Object<OciBox>(Box); break;
            case "user": process.User = json.Object<OciUser>(User); break;
            case "args": process.Args = json.Texts(); break;
            case "commandLine": process.CommandLine = json.Text(); break;
            case "env": process.Env = json.Texts(); break;
            case "cwd": process.Cwd = json.Text(); break;
            case "capabilities": process.Capabilities = json.Object<OciCapabilities>(Capabilities); break;
            case "rlimits": process.Rlimits = json.Objects<OciRlimit>(Limit); break;
            case "noNewPrivileges": process.NoNewPrivileges = json.Bool(); break;
            case "apparmorProfile": process.ApparmorProfile = json.Text(); break;
            case "oomScoreAdj": process.OomScoreAdj = json.OptionalInt32(); break;
            case "selinuxLabel": process.SelinuxLabel = json.Text(); break;
            case "scheduler": process.Scheduler = json.Object<OciScheduler>(Scheduler); break;
            case "ioPriority": process.IoPriority = json.Object<OciIoPriority>(IoPriority); break;
            case "execCPUAffinity": process.ExecCPUAffinity = json.Object<OciExecCpuAffinity>(Affinity); break;
            default: return false;
        }

        return true;
    }

    private static bool Box(ref JsonCursor json, OciBox box, string name)
    {
        switch (name)
        {
            case "height": box.Height = json.UInt32(); break;
            case "width": box.Width = json.UInt32(); break;
            default: return false;
        }

        return true;
    }

    private static bool User(ref JsonCursor json, OciUser user, string name)
    {
        switch (name)
        {
            case "uid": user.Uid = json.UInt32(); break;
            case "gid": user.Gid = json.UInt32(); break;
            case "umask": user.Umask = json.OptionalUInt32(); break;
            case "additionalGids": user.AdditionalGids = json.List(static (ref JsonCursor each) => each.UInt32()); break;
            case "username": user.Username = json.Text(); break;
            default: return false;
        }

        return true;
    }

    private static bool Capabilities(ref JsonCursor json, OciCapabilities sets, string name)
    {
        switch (name)
        {
            case "bounding": sets.Bounding = json.Texts(); break;
            case "effective": sets.Effective = json.Texts(); break;
            case "inheritable": sets.Inheritable = json.Texts(); break;
            case "permitted": sets.Permitted = json.Texts(); break;
            case "ambient": sets.Ambient = json.Texts(); break;
            default: return false;
        }

        return true;
    }

    private static bool Limit(ref JsonCursor json, OciRlimit limit, string name)
    {
        switch (name)
        {
            case "type": limit.Type = json.Text() ?? ""; break;
            case "hard": limit.Hard = json.UInt64(); break;
            case "soft": limit.Soft = json.UInt64(); break;
            default: return false;
        }

        return true;
    }

    private static bool Scheduler(ref JsonCursor json, OciScheduler scheduler, string name)
    {
        switch (name)
        {
            case "policy": scheduler.Policy = json.Text() ?? ""; break;
            case "nice": scheduler.Nice = json.Int32(); break;
            case "priority": scheduler.Priority = json.Int32(); break;
            case "flags": scheduler.Flags = json.Texts(); break;
            case "runtime": scheduler.Runtime = json.UInt64(); break;
            case "deadline": scheduler.Deadline = json.UInt64(); break;
            case "period": scheduler.Period = json.UInt64(); break;
            default: return false;
        }

        return true;
    }

    private static bool IoPriority(ref JsonCursor json, OciIoPriority priority, string name)
    {
        switch (name)
        {
            case "class": priority.Class = json.Text() ?? ""; break;
            case "priority": priority.Priority = json.Int32(); break;
            default: return false;
        }

        return true;
    }

    private static bool Affinity(ref JsonCursor json, OciExecCpuAffinity affinity, string name)
    {
        switch (name)
        {
            case "initial": affinity.Initial = json.Text(); break;
            case "final": affinity.Final = json.Text(); break;
            default: return false;
        }

        return true;
    }
}
