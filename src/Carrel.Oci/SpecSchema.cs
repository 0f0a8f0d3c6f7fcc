namespace Carrel.Oci;

/// <summary>The properties that config.md, config-linux.md and the image of features know (specification 1.2), also those that Carrel refuses.</summary>
internal static class SpecSchema
{
    private static readonly SpecShape s_ids = Of("containerID hostID size");

    private static readonly SpecShape s_throttle = Of("major minor rate");

    internal static readonly SpecShape Resources = Of(
        "unified",
        ("devices", Of("allow type major minor access")),
        ("memory", Of("limit reservation swap kernel kernelTCP swappiness disableOOMKiller useHierarchy checkBeforeUpdate")),
        ("cpu", Of("shares quota burst period realtimeRuntime realtimePeriod cpus mems idle")),
        ("pids", Of("limit")),
        ("blockIO", Of(
            "weight leafWeight",
            ("weightDevice", Of("major minor weight leafWeight")),
            ("throttleReadBpsDevice", s_throttle),
            ("throttleWriteBpsDevice", s_throttle),
            ("throttleReadIOPSDevice", s_throttle),
            ("throttleWriteIOPSDevice", s_throttle))),
        ("hugepageLimits", Of("pageSize limit")),
        ("network", Of("classID", ("priorities", Of("name priority")))),
        ("rdma", null));

    internal static readonly SpecShape Process = Of(
        "terminal args commandLine env cwd noNewPrivileges apparmorProfile oomScoreAdj selinuxLabel",
        ("consoleSize", Of("height width")),
        ("user", Of("uid gid umask additionalGids username")),
        ("capabilities", Of("bounding effective inheritable permitted ambient")),
        ("rlimits", Of("type hard soft")),
        ("scheduler", Of("policy nice priority flags runtime deadline period")),
        ("ioPriority", Of("class priority")),
        ("execCPUAffinity", Of("initial final")));

    private static readonly SpecShape s_hook = Of("path args env timeout");

    private static readonly SpecShape s_linux = Of(
        "sysctl cgroupsPath rootfsPropagation maskedPaths readonlyPaths mountLabel intelRdt timeOffsets netDevices",
        ("uidMappings", s_ids),
        ("gidMappings", s_ids),
        ("resources", Resources),
        ("namespaces", Of("type path")),
        ("devices", Of("type path major minor fileMode uid gid")),
        ("seccomp", Of(
            "defaultAction defaultErrnoRet architectures flags listenerPath listenerMetadata",
            ("syscalls", Of("names action errnoRet comment includes excludes", ("args", Of("index value valueTwo op")))))),
        ("personality", Of("domain flags")));

    internal static readonly SpecShape Config = Of(
        "ociVersion hostname domainname annotations solaris windows vm zos",
        ("process", Process),
        ("root", Of("path readonly")),
        ("mounts", Of("destination type source options", ("uidMappings", s_ids), ("gidMappings", s_ids))),
        ("hooks", Of(
            "",
            ("prestart", s_hook), ("createRuntime", s_hook), ("createContainer", s_hook),
            ("startContainer", s_hook), ("poststart", s_hook), ("poststop", s_hook))),
        ("linux", s_linux));

    private static SpecShape Of(string plain, params (string Name, SpecShape? Shape)[] nested)
    {
        string[] names = plain.Length == 0 ? [] : plain.Split(' ');
        var all = new (string, SpecShape?)[names.Length + nested.Length];
        for (int i = 0; i < names.Length; i++)
        {
            all[i] = (names[i], null);
        }

        nested.CopyTo(all, names.Length);
        return new SpecShape(all);
    }
}
