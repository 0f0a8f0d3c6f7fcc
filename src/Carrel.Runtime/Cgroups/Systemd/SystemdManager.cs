using System;
using System.Collections.Generic;
using System.IO;

namespace Carrel.Runtime.Cgroups;

/// <summary>
/// The calls on a systemd manager (org.freedesktop.systemd1(5)). Its private socket needs no bus; the user's own manager has one, too, in $XDG_RUNTIME_DIR.
/// </summary>
internal sealed class SystemdManager(DBusConnection connection)
{
    private const string Destination = "org.freedesktop.systemd1";
    private const string Path = "/org/freedesktop/systemd1";
    private const string Manager = "org.freedesktop.systemd1.Manager";

    /// <exception cref="RuntimeException">There is no systemd.</exception>
    public static DBusConnection Connect(bool isRootless)
    {
        if (!Directory.Exists("/run/systemd/system")) // sd_booted(3)
        {
            throw new RuntimeException("--systemd-cgroup: this host does not run systemd (there is no /run/systemd/system)");
        }

        string? own = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        if (isRootless && string.IsNullOrEmpty(own))
        {
            throw new RuntimeException("--systemd-cgroup: XDG_RUNTIME_DIR is not set, so this user's systemd cannot be found");
        }

        return new DBusConnection(isRootless ? own + "/systemd/private" : "/run/systemd/private");
    }

    /// <summary>Starts a scope and waits until it stands.</summary>
    public void StartScope(string name, IReadOnlyCollection<KeyValuePair<string, object>> properties) =>
        Run(name, "StartTransientUnit", "ssa(sv)a(sa(sv))", writer =>
        {
            writer.String(name);
            writer.String("replace");
            writer.Properties(properties);
            writer.Array(Array.Empty<string>(), 8, writer.String); // no auxiliary units
        });

    public void SetProperties(string name, IReadOnlyCollection<KeyValuePair<string, object>> properties) =>
        Ask(name, "SetUnitProperties", "sba(sv)", writer =>
        {
            writer.String(name);
            writer.UInt32(1); // until the next start
            writer.Properties(properties);
        });

    /// <summary>Stops a unit, and has a failed one forgotten. One that is not there is no error.</summary>
    public void Stop(string name)
    {
        try
        {
            Run(name, "StopUnit", "ss", writer =>
            {
                writer.String(name);
                writer.String("replace");
            });
            connection.Call(Destination, Path, Manager, "ResetFailedUnit", "s", writer => writer.String(name));
        }
        catch (DBusException e) when (e.Name == "org.freedesktop.systemd1.NoSuchUnit")
        {
            // A scope goes by itself when its last process does.
        }
    }

    // The answer is the path of a job; the signal JobRemoved(id, job, unit, result) tells its end. It may come before the answer.
    private void Run(string unit, string member, string signature, Action<DBusWriter> arguments)
    {
        var ended = new Dictionary<string, string>();
        connection.SignalArrived = signal =>
        {
            if (signal.Member == "JobRemoved")
            {
                signal.UInt32();
                string job = signal.String();
                signal.String();
                ended[job] = signal.String();
            }
        };
        string path = Ask(unit, member, signature, arguments).String();
        connection.WaitFor(() => ended.ContainsKey(path));
        connection.SignalArrived = null;
        if (ended[path] != "done")
        {
            throw new RuntimeException($"systemd: {member} {unit}: {ended[path]}");
        }
    }

    private DBusMessage Ask(string unit, string member, string signature, Action<DBusWriter> arguments)
    {
        try
        {
            return connection.Call(Destination, Path, Manager, member, signature, arguments);
        }
        catch (DBusException e) when (e.Name != "org.freedesktop.systemd1.NoSuchUnit")
        {
            throw new RuntimeException($"systemd: {member} {unit}: {e.Message}");
        }
    }
}
