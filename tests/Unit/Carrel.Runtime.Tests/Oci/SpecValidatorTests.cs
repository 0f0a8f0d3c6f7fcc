using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using Carrel.Oci;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>What is wrong in a config.json is an error that names the field.</summary>
public sealed class SpecValidatorTests
{
    private static readonly string Bundle = MakeBundle();

    private const string Good = """
        {
          "ociVersion": "1.2.0",
          "process": { "args": ["sh"], "cwd": "/", "env": ["A=b"] },
          "root": { "path": "rootfs" },
          "mounts": [],
          "hooks": {},
          "annotations": {},
          "linux": { "namespaces": [{ "type": "pid" }, { "type": "uts" }, { "type": "mount" }, { "type": "ipc" }] }
        }
        """;

    [Theory]
    [InlineData("ociVersion", "\"2.0.0\"", "ociVersion: 2.0.0: not supported, only 1.x is")]
    [InlineData("ociVersion", "\"one\"", "ociVersion: not a version: one")]
    [InlineData("process.args", "[]", "process.args: missing or empty")]
    [InlineData("process.args", "[\"a\\u0000b\"]", "process.args[0]: has a NUL character")]
    [InlineData("process.cwd", "\"tmp\"", "process.cwd: not an absolute path: tmp")]
    [InlineData("process.rlimits", """[{"type":"RLIMIT_X","soft":1,"hard":1}]""", "process.rlimits[0].type: not known: RLIMIT_X")]
    [InlineData("process.rlimits", """[{"type":"RLIMIT_CPU","soft":2,"hard":1}]""", "process.rlimits[0].soft: 2 is more than the hard limit 1")]
    [InlineData("process.oomScoreAdj", "2000", "process.oomScoreAdj: not between -1000 and 1000: 2000")]
    [InlineData("process.ioPriority", """{"class":"IOPRIO_CLASS_BE","priority":9}""", "process.ioPriority.priority: not between 0 and 7: 9")]
    [InlineData("process.scheduler", """{"policy":"SCHED_ISO"}""", "process.scheduler.policy: SCHED_ISO: not supported by Linux")]
    [InlineData("process.scheduler", """{"policy":"SCHED_OTHER","priority":3}""", "process.scheduler.priority: 3: only for SCHED_FIFO and SCHED_RR")]
    [InlineData("process.selinuxLabel", "\"x:y:z\"", "process.selinuxLabel: SELinux is not supported")]
    [InlineData("root.path", "\"nowhere\"", "root.path: ")]
    [InlineData("mounts", """[{"type":"proc"}]""", "mounts[0].destination: missing")]
    [InlineData("mounts", """[{"destination":"/x","type":"bind"}]""", "mounts[0].source: missing")]
    [InlineData("mounts", """[{"destination":"/x","source":"/y","options":["bind","colour"]}]""", "mounts[0].options: colour: not an option of a bind mount")]
    [InlineData("mounts", """[{"destination":"/x"}]""", "mounts[0].type: missing")]
    [InlineData("mounts", """[{"destination":"/x","type":"tmpfs","options":["idmap"]}]""", "mounts[0].options: idmap: only for bind mounts")]
    [InlineData("hooks.prestart", """[{"path":"hook"}]""", "hooks.prestart[0].path: not an absolute path: hook")]
    [InlineData("hooks.poststop", """[{"path":"/hook","timeout":0}]""", "hooks.poststop[0].timeout: not more than 0: 0")]
    [InlineData("annotations", """{"":"x"}""", "annotations: an empty key")]
    [InlineData("linux.intelRdt", """{"closID":"x"}""", "linux.intelRdt: not supported")]
    [InlineData("linux.timeOffsets", """{"monotonic":{"secs":1}}""", "linux.timeOffsets: not supported")]
    [InlineData("linux.mountLabel", "\"x\"", "linux.mountLabel: SELinux is not supported")]
    [InlineData("linux.namespaces", """[{"type":"space"}]""", "linux.namespaces[0].type: space: not one of")]
    [InlineData("linux.namespaces", """[{"type":"pid"},{"type":"pid"}]""", "linux.namespaces[1].type: pid is there twice")]
    [InlineData("linux.namespaces", """[{"type":"network","path":"net"}]""", "linux.namespaces[0].path: not an absolute path: net")]
    [InlineData("linux.namespaces", """[{"type":"user"}]""", "linux.uidMappings: missing")]
    [InlineData("linux.uidMappings", """[{"containerID":0,"hostID":1,"size":1}]""", "linux.uidMappings: id mappings need a user namespace")]
    [InlineData("linux.gidMappings", """[{"containerID":0,"hostID":1,"size":0}]""", "linux.gidMappings[0].size: 0")]
    [InlineData("linux.devices", """[{"type":"x","path":"/dev/x"}]""", "linux.devices[0].type: x: not one of")]
    [InlineData("linux.devices", """[{"type":"c","path":"dev/x"}]""", "linux.devices[0].path: not an absolute path")]
    [InlineData("linux.maskedPaths", """["proc"]""", "linux.maskedPaths[0]: not an absolute path: proc")]
    [InlineData("linux.rootfsPropagation", "\"sideways\"", "linux.rootfsPropagation: sideways: not one of")]
    [InlineData("linux.personality", """{"domain":"BSD"}""", "linux.personality.domain: BSD: not one of")]
    [InlineData("linux.sysctl", """{"kernel.panic":"1"}""", "linux.sysctl: kernel.panic: not in a separate kernel namespace")]
    [InlineData("linux.sysctl", """{"net.ipv4.ip_forward":"1"}""", "linux.sysctl: net.ipv4.ip_forward: not in a separate kernel namespace")]
    [InlineData("linux.sysctl", """{"kernel.hostname":"x"}""", "linux.sysctl: kernel.hostname: conflicts with hostname")]
    [InlineData("linux.resources", """{"memory":{"limit":-2}}""", "linux.resources.memory.limit: out of range: -2")]
    [InlineData("linux.resources", """{"memory":{"limit":200,"swap":100}}""", "linux.resources.memory.swap: memory and swap together are less than the memory")]
    [InlineData("linux.resources", """{"blockIO":{"weight":5}}""", "linux.resources.blockIO.weight: not between 10 and 1000: 5")]
    [InlineData("linux.resources", """{"unified":{"../x":"1"}}""", "linux.resources.unified: ../x: not the name of a cgroup file")]
    [InlineData("linux.resources", """{"devices":[{"allow":true,"access":"x"}]}""", "linux.resources.devices[0].access: not of r, w and m: x")]
    [InlineData("linux.resources", """{"hugepageLimits":[{"pageSize":"2MiB","limit":1}]}""", "linux.resources.hugepageLimits[0].pageSize: not a size such as 2MB")]
    public void Setting_ThatCannotBe_IsAnErrorThatNamesIt(string field, string value, string message) =>
        Assert.StartsWith(message, Assert.Throws<OciException>(() => Check(Patch(field, value), [])).Message);

    [Fact]
    public void GoodConfiguration_HasNoErrorAndNoWarning()
    {
        List<string> warnings = [];
        Check(Good, warnings);
        Assert.Empty(warnings);
    }

    [Fact]
    public void HostName_WithoutANamespaceOfItsOwn_IsAnError()
    {
        string config = Patch("hostname", "\"desk\"");
        Check(config, []);
        string without = config.Replace("{\"type\":\"uts\"},", "", System.StringComparison.Ordinal);
        Assert.StartsWith("hostname: ", Assert.Throws<OciException>(() => Check(without, [])).Message);
    }

    [Fact]
    public void WrongType_NamesTheFieldAndTheLine() =>
        Assert.Contains("process.user.uid", Assert.Throws<OciException>(() => Check(Patch("process.user", """{"uid":"root"}"""), [])).Message);

    [Theory]
    [InlineData("process.user", """{"uid":-1}""", "process.user.uid: not a whole number in range: -1 (line 1)")]
    [InlineData("process.env", """["A=b", 5]""", "process.env[1]: not a text (line 1)")]
    [InlineData("linux.resources", """{"memory":{"limit":1.5}}""", "linux.resources.memory.limit: not a whole number in range: 1.5 (line 1)")]
    [InlineData("mounts", """[{"destination":"/x","options":"ro"}]""", "mounts[0].options: not an array (line 1)")]
    [InlineData("root.readonly", "\"yes\"", "root.readonly: not true or false (line 1)")]
    public void ValueOfTheWrongKind_IsAnErrorWithItsPlace(string field, string value, string message) =>
        Assert.EndsWith(message, Assert.Throws<OciException>(() => Check(Patch(field, value), [])).Message);

    [Theory]
    [InlineData("{ \"ociVersion\": \"1.2.0\", }", "not valid JSON at line 1")]
    [InlineData("{ \"process\":\n{ \"args\": [\"a\" ", "not valid JSON at line 2 (process.args)")]
    [InlineData("", "not valid JSON at line 1")]
    [InlineData("null", "the document is empty")]
    [InlineData("{} x", "not valid JSON at line 1")]
    public void BrokenDocument_IsAnErrorWithItsLine(string config, string message) =>
        Assert.EndsWith(message, Assert.Throws<OciException>(() => Check(config, [])).Message);

    [Fact]
    public void UnknownProperties_AreWarningsThatNameThem()
    {
        List<string> warnings = [];
        Check(Patch("linux.resources", """{"memory":{"limitt":5}}"""), warnings);
        Check(Patch("process.capabilities", """{"bounding":["CAP_FLY"]}"""), warnings);
        Assert.Equal(["unknown property linux.resources.memory.limitt: ignored", "process.capabilities: CAP_FLY: not known, ignored"], warnings);
    }

    private static void Check(string config, List<string> warnings)
    {
        File.WriteAllText(Path.Combine(Bundle, "config.json"), config);
        OciSpec spec = ConfigFile.Load(Bundle, warnings, out _);
        SpecValidator.Check(spec, Bundle, usesNamespaces: true, warnings);
    }

    private static string Patch(string field, string value)
    {
        JsonNode root = JsonNode.Parse(Good)!;
        string[] names = field.Split('.');
        JsonNode parent = root;
        foreach (string name in names[..^1])
        {
            parent = parent[name]!;
        }

        parent[names[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }

    private static string MakeBundle()
    {
        string bundle = Directory.CreateTempSubdirectory("carrel-test-").FullName;
        Directory.CreateDirectory(Path.Combine(bundle, "rootfs"));
        System.AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(bundle, recursive: true);
        return bundle;
    }
}
