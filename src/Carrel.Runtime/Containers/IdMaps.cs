using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>
/// The id maps of a new user namespace, user_namespaces(7): written by the runtime, by newuidmap(1) and newgidmap(1) for a user with subordinate ids, or, for
/// a user's own id alone, by himself after he gave up setgroups(2).
/// </summary>
internal sealed class IdMaps
{
    private readonly IReadOnlyList<OciIdMapping> _users, _groups;
    private readonly bool _isPrivileged;

    internal IdMaps(OciLinux? linux, bool isPrivileged)
    {
        _users = linux?.UidMappings is { Count: > 0 } users ? users : throw new RuntimeException("linux.uidMappings: a new user namespace needs them");
        _groups = linux.GidMappings is { Count: > 0 } groups ? groups : throw new RuntimeException("linux.gidMappings: a new user namespace needs them");
        _isPrivileged = isPrivileged;
    }

    /// <summary>Whether somebody is root in there.</summary>
    internal bool MapsRoot => _users.Any(IsRoot) && _groups.Any(IsRoot);

    /// <summary>setgroups(2) is switched off: a user may not drop groups that deny him something.</summary>
    internal bool DeniesGroups => !_isPrivileged && IsOwn(_groups, HostCredentials.GroupId);

    /// <summary>Writes the maps of a process that waits in its new namespace.</summary>
    internal void Write(int pid)
    {
        string process = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/");
        if (DeniesGroups)
        {
            WriteFile(process + "setgroups", "deny", "linux.gidMappings");
        }

        bool writesUsers = _isPrivileged || IsOwn(_users, HostCredentials.UserId);
        bool writesGroups = _isPrivileged || IsOwn(_groups, HostCredentials.GroupId);
        WriteMap(process + "uid_map", "newuidmap", pid, _users, writesUsers, "linux.uidMappings");
        WriteMap(process + "gid_map", "newgidmap", pid, _groups, writesGroups, "linux.gidMappings");
    }

    private static void WriteMap(string file, string program, int pid, IReadOnlyList<OciIdMapping> mappings, bool isDirect, string field)
    {
        if (isDirect)
        {
            WriteFile(file, string.Concat(mappings.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.ContainerID} {m.HostID} {m.Size}\n"))), field);
            return;
        }

        List<string> arguments = [program, pid.ToString(CultureInfo.InvariantCulture)];
        foreach (OciIdMapping mapping in mappings)
        {
            arguments.AddRange(new[] { mapping.ContainerID, mapping.HostID, mapping.Size }.Select(id => id.ToString(CultureInfo.InvariantCulture)));
        }

        Run(program, arguments, field);
    }

    private static void Run(string program, List<string> arguments, string field)
    {
        foreach (string folder in (ReadOnlySpan<string>)["/usr/bin/", "/bin/", "/usr/local/bin/", "/usr/sbin/"])
        {
            using var spawner = new HostSpawner();
            spawner.AddExec(At.AT_FDCWD, folder + program, arguments, []);
            SpawnOutcome outcome = spawner.Start();
            if (outcome.Pid <= 0)
            {
                throw ErrorText.Failure(program, (Errno)(-outcome.Pid));
            }

            HostProcess.WaitFor(outcome.Pid, out int status);

            if (outcome.Succeeded)
            {
                if (status != 0)
                {
                    throw new RuntimeException($"{field}: {string.Join(' ', arguments)} failed with status {status >> 8}: are these ids in /etc/sub{(program[3] == 'u' ? 'u' : 'g')}id?");
                }

                return;
            }
        }

        throw new RuntimeException($"{field}: more than one's own id takes {program}, which is not installed");
    }

    private static void WriteFile(string path, string text, string field)
    {
        int fd = ErrorText.Check(HostPath.OpenAt(At.AT_FDCWD, path, OpenFlags.O_WRONLY | OpenFlags.O_CLOEXEC), $"{field}: {path}");
        long n = HostFd.Write(fd, Encoding.ASCII.GetBytes(text));
        HostFd.Close(fd);
        ErrorText.Check(n, $"{field}: {path}");
    }

    private static bool IsRoot(OciIdMapping mapping) => mapping.ContainerID == 0 && mapping.Size > 0;

    private static bool IsOwn(IReadOnlyList<OciIdMapping> mappings, uint id) => mappings.Count == 1 && mappings[0].Size == 1 && mappings[0].HostID == id;
}
