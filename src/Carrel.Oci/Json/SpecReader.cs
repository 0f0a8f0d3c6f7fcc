namespace Carrel.Oci;

/// <summary>config.md as fields of the types in Spec/.</summary>
internal static class SpecReader
{
    internal static bool Spec(ref JsonCursor json, OciSpec spec, string name)
    {
        switch (name)
        {
            case "ociVersion": spec.OciVersion = json.Text(); break;
            case "process": spec.Process = json.Object<OciProcess>(ProcessReader.Process); break;
            case "root": spec.Root = json.Object<OciRoot>(Root); break;
            case "hostname": spec.Hostname = json.Text(); break;
            case "domainname": spec.Domainname = json.Text(); break;
            case "mounts": spec.Mounts = json.Objects<OciMount>(Mount); break;
            case "hooks": spec.Hooks = json.Object<OciHooks>(Hooks); break;
            case "annotations": spec.Annotations = json.TextMap(); break;
            case "linux": spec.Linux = json.Object<OciLinux>(LinuxReader.Linux); break;
            // Other platforms: not for us, by the specification's own word.
            case "solaris" or "windows" or "vm" or "zos": json.Any(); break;
            default: return false;
        }

        return true;
    }

    internal static bool IdMapping(ref JsonCursor json, OciIdMapping mapping, string name)
    {
        switch (name)
        {
            case "containerID": mapping.ContainerID = json.UInt32(); break;
            case "hostID": mapping.HostID = json.UInt32(); break;
            case "size": mapping.Size = json.UInt32(); break;
            default: return false;
        }

        return true;
    }

    private static bool Root(ref JsonCursor json, OciRoot root, string name)
    {
        switch (name)
        {
            case "path": root.Path = json.Text(); break;
            case "readonly": root.Readonly = json.Bool(); break;
            default: return false;
        }

        return true;
    }

    private static bool Mount(ref JsonCursor json, OciMount mount, string name)
    {
        switch (name)
        {
            case "destination": mount.Destination = json.Text(); break;
            case "type": mount.Type = json.Text(); break;
            case "source": mount.Source = json.Text(); break;
            case "options": mount.Options = json.Texts(); break;
            case "uidMappings": mount.UidMappings = json.Objects<OciIdMapping>(IdMapping); break;
            case "gidMappings": mount.GidMappings = json.Objects<OciIdMapping>(IdMapping); break;
            default: return false;
        }

        return true;
    }

    private static bool Hooks(ref JsonCursor json, OciHooks hooks, string name)
    {
        switch (name)
        {
            case "prestart": hooks.Prestart = json.Objects<OciHook>(Hook); break;
            case "createRuntime": hooks.CreateRuntime = json.Objects<OciHook>(Hook); break;
            case "createContainer": hooks.CreateContainer = json.Objects<OciHook>(Hook); break;
            case "startContainer": hooks.StartContainer = json.Objects<OciHook>(Hook); break;
            case "poststart": hooks.Poststart = json.Objects<OciHook>(Hook); break;
            case "poststop": hooks.Poststop = json.Objects<OciHook>(Hook); break;
            default: return false;
        }

        return true;
    }

    private static bool Hook(ref JsonCursor json, OciHook hook, string name)
    {
        switch (name)
        {
            case "path": hook.Path = json.Text(); break;
            case "args": hook.Args = json.Texts(); break;
            case "env": hook.Env = json.Texts(); break;
            case "timeout": hook.Timeout = json.OptionalInt32(); break;
            default: return false;
        }

        return true;
    }
}
