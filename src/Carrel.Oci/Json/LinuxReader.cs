namespace Carrel.Oci;

/// <summary>config-linux.md without its limits.</summary>
internal static class LinuxReader
{
    internal static bool Linux(ref JsonCursor json, OciLinux linux, string name)
    {
        switch (name)
        {
            case "uidMappings": linux.UidMappings = json.Objects<OciIdMapping>(SpecReader.IdMapping); break;
            case "gidMappings": linux.GidMappings = json.Objects<OciIdMapping>(SpecReader.IdMapping); break;
            case "sysctl": linux.Sysctl = json.TextMap(); break;
            case "resources": linux.Resources = json.Object<OciResources>(ResourcesReader.Resources); break;
            case "cgroupsPath": linux.CgroupsPath = json.Text(); break;
            case "namespaces": linux.Namespaces = json.Objects<OciNamespace>(Namespace); break;
            case "devices": linux.Devices = json.Objects<OciDevice>(Device); break;
            case "seccomp": linux.Seccomp = json.Object<OciSeccomp>(Seccomp); break;
            case "rootfsPropagation": linux.RootfsPropagation = json.Text(); break;
            case "maskedPaths": linux.MaskedPaths = json.Texts(); break;
            case "readonlyPaths": linux.ReadonlyPaths = json.Texts(); break;
            case "mountLabel": linux.MountLabel = json.Text(); break;
            case "personality": linux.Personality = json.Object<OciPersonality>(Personality); break;
            case "intelRdt": linux.IntelRdt = json.Any(); break;
            case "timeOffsets": linux.TimeOffsets = json.Any(); break;
            case "netDevices": linux.NetDevices = json.Any(); break;
            default: return false;
        }

        return true;
    }

    /// <summary>config-linux.md, "Seccomp".</summary>
    internal static bool Seccomp(ref JsonCursor json, OciSeccomp seccomp, string name)
    {
        switch (name)
        {
            case "defaultAction": seccomp.DefaultAction = json.Text() ?? ""; break;
            case "defaultErrnoRet": seccomp.DefaultErrnoRet = json.OptionalUInt32(); break;
            case "architectures": seccomp.Architectures = json.Texts(); break;
            case "flags": seccomp.Flags = json.Texts(); break;
            case "listenerPath": seccomp.ListenerPath = json.Text(); break;
            case "listenerMetadata": seccomp.ListenerMetadata = json.Text(); break;
            case "syscalls": seccomp.Syscalls = json.Objects<OciSyscall>(Syscall); break;
            default: return false;
        }

        return true;
    }

    private static bool Namespace(ref JsonCursor json, OciNamespace space, string name)
    {
        switch (name)
        {
            case "type": space.Type = json.Text() ?? ""; break;
            case "path": space.Path = json.Text(); break;
            default: return false;
        }

        return true;
    }

    private static bool Device(ref JsonCursor json, OciDevice device, string name)
    {
        switch (name)
        {
            case "type": device.Type = json.Text() ?? ""; break;
            case "path": device.Path = json.Text() ?? ""; break;
            case "major": device.Major = json.Int64(); break;
            case "minor": device.Minor = json.Int64(); break;
            case "fileMode": device.FileMode = json.OptionalUInt32(); break;
            case "uid": device.Uid = json.OptionalUInt32(); break;
            case "gid": device.Gid = json.OptionalUInt32(); break;
            default: return false;
        }

        return true;
    }

    private static bool Personality(ref JsonCursor json, OciPersonality personality, string name)
    {
        switch (name)
        {
            case "domain": personality.Domain = json.Text() ?? ""; break;
            case "flags": personality.Flags = json.Texts(); break;
            default: return false;
        }

        return true;
    }

    private static bool Syscall(ref JsonCursor json, OciSyscall syscall, string name)
    {
        switch (name)
        {
            case "names": syscall.Names = json.Texts(); break;
            case "action": syscall.Action = json.Text() ?? ""; break;
            case "errnoRet": syscall.ErrnoRet = json.OptionalUInt32(); break;
            case "args": syscall.Args = json.Objects<OciSyscallArgument>(Argument); break;
            // Docker's profiles have them; who made config.json of one has acted on them already.
            case "comment" or "includes" or "excludes": json.Any(); break;
            default: return false;
        }

        return true;
    }

    private static bool Argument(ref JsonCursor json, OciSyscallArgument argument, string name)
    {
        switch (name)
        {
            case "index": argument.Index = json.UInt32(); break;
            case "value": argument.Value = json.UInt64(); break;
            case "valueTwo": argument.ValueTwo = json.UInt64(); break;
            case "op": argument.Op = json.Text() ?? ""; break;
            default: return false;
        }

        return true;
    }
}
