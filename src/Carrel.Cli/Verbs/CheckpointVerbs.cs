using System.Collections.Generic;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>carrel checkpoint and restore: there for the clients that ask whether they are.</summary>
internal sealed class CheckpointVerb(string what) : Verb
{
    internal override string Usage => "[options] ID";

    internal override string Description => $"Not supported: carrel cannot {what}.";

    internal override IReadOnlyList<OptionSpec> Options =>
    [
        new("image-path", "DIR", "ignored"), new("work-path", "DIR", "ignored"), new("parent-path", "DIR", "ignored"), new("bundle", "DIR", "ignored", 'b'),
        new("leave-running", null, "ignored"), new("tcp-established", null, "ignored"), new("ext-unix-sk", null, "ignored"), new("shell-job", null, "ignored"),
        new("lazy-pages", null, "ignored"), new("status-fd", "N", "ignored"), new("page-server", "ADDRESS", "ignored"), new("file-locks", null, "ignored"),
        new("pre-dump", null, "ignored"), new("manage-cgroups-mode", "MODE", "ignored"), new("empty-ns", "NAMES", "ignored"), new("auto-dedup", null, "ignored"),
        new("console-socket", "SOCKET", "ignored"), new("detach", null, "ignored", 'd'), new("pid-file", "FILE", "ignored"),
        new("no-subreaper", null, "ignored"), new("no-pivot", null, "ignored"), new("lsm-profile", "PROFILE", "ignored"), new("lsm-mount-context", "TEXT", "ignored"),
    ];

    internal override int Run(VerbCall call) => throw new RuntimeException($"checkpoint and restore are not supported: cannot {what}");
}
