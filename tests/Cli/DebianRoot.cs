using System;
using System.IO;
using System.Linq;
using System.Threading;

namespace Carrel.Tests.Cli;

/// <summary>
/// A Debian root file system other than the machine's own, made once by mmdebstrap from the configured mirror and kept in artifacts/.
/// <see cref="WhyNot"/> says why there is none.
/// </summary>
internal static class DebianRoot
{
    private const string Packages = "python3,perl,gcc,libc6-dev,make,patch,procps,git,sqlite3,xz-utils,gawk,redis-server,redis-tools";

    private static readonly string[] s_sources = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];
    private static readonly Lazy<string?> s_whyNot = new(Make, LazyThreadSafetyMode.ExecutionAndPublication);

    public static string Directory { get; } = Path.Combine(CommandRunner.Root, "artifacts/debian-root");

    public static string? WhyNot => s_whyNot.Value;

    /// <summary>A script of tests/Cli/programs in the root directory under the host's own kernel, with /dev and /proc.</summary>
    public static CommandResult RunNatively(string script) => CommandRunner.Run("unshare",
    [
        "--mount", "--propagation", "private", "/bin/sh", "-c",
        "mount --rbind /dev \"$0/dev\" && mount -t proc proc \"$0/proc\" && mount --rbind /sys \"$0/sys\" && exec chroot \"$0\" /bin/bash -c \"$1\" script",
        Directory, File.ReadAllText(script),
    ]);

    public static CommandResult RunInCarrel(string script) => CommandRunner.DoWith(["--rootfs", Directory], "/bin/bash", "-c", File.ReadAllText(script), "script");

    private static string? Make()
    {
        if (Environment.UserName != "root")
        {
            return "it takes root to make a root file system";
        }

        if (System.IO.Directory.Exists(Directory))
        {
            return null;
        }

        if (CommandRunner.Run("/bin/sh", ["-c", "command -v mmdebstrap && command -v unshare"]).Status != 0)
        {
            return "mmdebstrap is not on this machine";
        }

        if (s_sources.FirstOrDefault(path => File.Exists(path) && new FileInfo(path).Length > 0) is not { } sources)
        {
            return "no mirror is configured";
        }

        string fresh = $"{Directory}.{Environment.ProcessId}";
        CommandResult result = CommandRunner.Run("mmdebstrap", ["--quiet", "--variant=minbase", "--mode=root", $"--include={Packages}", "", fresh, sources]);
        if (result.Status != 0)
        {
            CommandRunner.Run("rm", ["-rf", "--one-file-system", fresh]);
            return $"mmdebstrap failed: {result.Error.Trim().Split('\n')[^1]}";
        }

        System.IO.Directory.Move(fresh, Directory);
        return null;
    }
}
