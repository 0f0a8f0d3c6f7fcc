using System;
using System.Collections.Generic;
using System.Text;
using Carrel.Oci;
using Carrel.Runtime;
using Xunit;

namespace Carrel.Tests.Runtime;

/// <summary>state.json keeps everything, and a damaged one is noticed.</summary>
public sealed class RecordDocumentTests
{
    [Fact]
    public void Record_ComesBackAsItWas()
    {
        var container = new Container
        {
            Id = "one", Isolation = Isolation.Chroot, Bundle = "/b \"ü\"", Rootfs = "/b/r", Created = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), Owner = 1000,
            Annotations = new Dictionary<string, string> { ["a.b"] = "c\n", ["\\"] = "\u0001\"\\ü" }, Pid = 77, PidStart = ulong.MaxValue, IsMade = true,
            Cgroup = new CgroupRecord { Manager = "systemd", Unit = "u.scope", Paths = new Dictionary<string, string> { [""] = "/x", ["memory"] = "/y" } },
        };
        Container read = RecordDocument.Read(RecordDocument.Write(container), "state.json");
        Assert.Equivalent(container, read);
        Assert.Equal(RecordDocument.Write(container), RecordDocument.Write(read));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"id":"one","isolation":"Kernel"}""")]
    [InlineData("""{"id":"one","created":"now","isolation":"kernel"}""")]
    public void Damaged_IsAnError(string text) => Assert.Throws<OciException>(() => RecordDocument.Read(Encoding.UTF8.GetBytes(text), "state.json"));
}
