using System;
using System.Collections.Generic;
using System.IO;
using Carrel.Runtime;

namespace Carrel.Tests.Runtime;

/// <summary>A state directory, a bundle and a fake wall, for one test.</summary>
internal sealed class LifecycleBench : IDisposable
{
    private const string Standard = """
        { "ociVersion": "1.2.0", "process": { "args": ["sleep", "1000"], "cwd": "/", "env": ["A=1"] }, "root": { "path": "rootfs" }, "hooks": HOOKS }
        """;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("carrel-test-");

    public LifecycleBench(string hooks = "{}")
    {
        Directory.CreateDirectory(Path.Combine(Bundle, "rootfs"));
        WriteConfig(Standard.Replace("HOOKS", hooks, StringComparison.Ordinal));
        Lifecycle = new ContainerLifecycle(new ContainerStore(Root), Log);
        Walls.Override.Value = isolation => isolation == Isolation.Chroot ? Wall : null;
    }

    public string Root => Path.Combine(_directory.FullName, "state");

    public string Bundle => Path.Combine(_directory.FullName, "bundle");

    public FakeWall Wall { get; } = new();

    public CollectingLog Log { get; } = new();

    public ContainerLifecycle Lifecycle { get; }

    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    public void WriteConfig(string text) => File.WriteAllText(Path.Combine(Bundle, "config.json"), text);

    public CreateOptions Options(string id, string? pidFile = null) =>
        new() { Id = id, Bundle = Bundle, Isolation = Isolation.Chroot, PidFile = pidFile, IsDetached = true };

    public Container Create(string id) => Lifecycle.Create(Options(id), terminal: null);

    public string StatusOf(string id) => Lifecycle.Get(id).Status.ToText();

    public void Dispose()
    {
        foreach ((Container container, _) in Lifecycle.List())
        {
            Lifecycle.Delete(container.Id, force: true);
        }

        Walls.Override.Value = null;
        _directory.Delete(recursive: true);
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class CollectingLog : RuntimeLog
{
    public List<string> Warnings { get; } = [];

    public override void Warn(string message) => Warnings.Add(message);

    public override void Debug(Func<string> message)
    {
    }
}
