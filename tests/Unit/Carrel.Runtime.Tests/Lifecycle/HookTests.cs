using System.Diagnostics;
using System.IO;
using System.Text.Json;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>Hooks: what they are given, in which order they run, what their failure does.</summary>
public sealed class HookTests
{
    private static string Shell(string script) => JsonSerializer.Serialize(new { path = "/bin/sh", args = new[] { "sh", "-c", script } });

    [Fact]
    public void Hooks_RunInOrderWithTheStateOnStandardInput()
    {
        string folder = Directory.CreateTempSubdirectory("carrel-test-").FullName;
        string Note(string name) => Shell($"echo {name} >>{folder}/order; cat >{folder}/{name}.json");
        using (var bench = new LifecycleBench($$"""
            { "prestart": [{{Note("p1")}}, {{Note("p2")}}], "createRuntime": [{{Note("runtime")}}], "poststart": [{{Note("started")}}], "poststop": [{{Note("gone")}}] }
            """))
        {
            Container container = bench.Create("one");
            bench.Lifecycle.Start("one");
            bench.Lifecycle.Delete("one", force: true);
            Assert.Equal("p1\np2\nruntime\nstarted\ngone\n", File.ReadAllText($"{folder}/order"));
            using JsonDocument state = JsonDocument.Parse(File.ReadAllText($"{folder}/runtime.json"));
            Assert.Equal("creating", state.RootElement.GetProperty("status").GetString());
            Assert.Equal("one", state.RootElement.GetProperty("id").GetString());
            Assert.Equal(container.Pid, state.RootElement.GetProperty("pid").GetInt32());
            Assert.Equal(bench.Bundle, state.RootElement.GetProperty("bundle").GetString());
            Assert.Contains("\"running\"", File.ReadAllText($"{folder}/started.json"));
            Assert.Contains("\"stopped\"", File.ReadAllText($"{folder}/gone.json"));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public void Create_WhenAHookFails_FailsAndIsUndone(string kind)
    {
        string trace = Path.GetTempFileName();
        using var bench = new LifecycleBench($$"""
            { "{{kind}}": [{{Shell("echo reason >&2; exit 3")}}], "poststop": [{{Shell($"echo poststop >{trace}")}}] }
            """);
        string message = Assert.Throws<RuntimeException>(() => bench.Create("one")).Message;
        Assert.Equal($"error running {kind} hook #0: exit status 3, output: reason", message);
        Assert.Empty(bench.Lifecycle.List());
        Assert.Contains("destroy", bench.Wall.Calls);
        Assert.Equal("poststop\n", File.ReadAllText(trace));
        File.Delete(trace);
    }

    [Fact]
    public void Poststart_ThatFails_IsAWarningAndTheOthersRun()
    {
        string trace = Path.GetTempFileName();
        using var bench = new LifecycleBench($$"""{ "poststart": [{{Shell("exit 1")}}, {{Shell($"echo second >{trace}")}}] }""");
        bench.Create("one");
        bench.Lifecycle.Start("one");
        Assert.Equal("running", bench.StatusOf("one"));
        Assert.Equal("second\n", File.ReadAllText(trace));
        Assert.Contains("exit status 1", Assert.Single(bench.Log.Warnings));
        File.Delete(trace);
    }

    [Fact]
    public void Hook_ThatTakesTooLong_IsKilled()
    {
        using var bench = new LifecycleBench("""{ "createRuntime": [{ "path": "/bin/sleep", "args": ["sleep", "100"], "timeout": 1 }] }""");
        var watch = Stopwatch.StartNew();
        Assert.Contains("ran past specified timeout of 1s", Assert.Throws<RuntimeException>(() => bench.Create("one")).Message);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, 30);
    }

    [Fact]
    public void Hook_Environment_IsTheGivenAlone()
    {
        string trace = Path.GetTempFileName();
        using var bench = new LifecycleBench($$"""{ "createRuntime": [{ "path": "/bin/sh", "args": ["sh", "-c", "/usr/bin/env >{{trace}}"], "env": ["ONLY=this"] }] }""");
        bench.Create("one");
        string environment = File.ReadAllText(trace);
        Assert.Contains("ONLY=this\n", environment);
        Assert.DoesNotContain("PATH=", environment);
        File.Delete(trace);
    }

    [Fact]
    public void Hook_ThatIsNotThere_IsNamed()
    {
        using var bench = new LifecycleBench("""{ "createRuntime": [{ "path": "/no/such/hook" }] }""");
        Assert.Equal("error running createRuntime hook #0: /no/such/hook: no such file or directory", Assert.Throws<RuntimeException>(() => bench.Create("one")).Message);
    }

    [Fact]
    public void StartContainer_Hook_RunsBeforeTheProgramAndCanStopIt()
    {
        using var bench = new LifecycleBench($$"""{ "startContainer": [{{Shell("exit 1")}}] }""");
        bench.Create("one");
        Assert.Contains("startContainer", Assert.Throws<RuntimeException>(() => bench.Lifecycle.Start("one")).Message);
        Assert.DoesNotContain("start", bench.Wall.Calls);
        Assert.Empty(bench.Lifecycle.List());
    }
}
