using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;
using Carrel.Runtime;

namespace Carrel.Cli;

/// <summary>--log, --log-format, --debug. Clients read the last error from the file and show it to their user.</summary>
internal sealed class CommandLog(string? path, bool isJson, bool isDebug) : RuntimeLog
{
    public override void Warn(string message) => Write("warning", message);

    public override void Debug(Func<string> message)
    {
        if (isDebug)
        {
            Write("debug", message());
        }
    }

    /// <summary>The reason why the command fails: into the log, and always to stderr.</summary>
    internal void Error(string message)
    {
        Write("error", message);
        if (!IsStandardError)
        {
            WriteTo(2, $"carrel: {message}\n");
        }
    }

    private bool IsStandardError => path is null or "" or "/dev/stderr";

    private void Write(string level, string message)
    {
        if (path is null or "")
        {
            WriteTo(2, level == "error" ? $"carrel: {message}\n" : $"carrel: {level}: {message}\n");
            return;
        }

        string time = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        string text = JsonEncodedText.Encode(message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
        string line = isJson ? $$"""{"level":"{{level}}","msg":"{{text}}","time":"{{time}}"}""" : $"time=\"{time}\" level={level} msg=\"{text}\"";
        int fd = HostPath.OpenAt(At.AT_FDCWD, OciText.ToBytes(Path.GetFullPath(path)), OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND | OpenFlags.O_CLOEXEC | OpenFlags.O_NOCTTY, 0x1a4);
        if (fd < 0)
        {
            WriteTo(2, $"carrel: --log: {path}: {HostError.Describe((Errno)(-fd))}\ncarrel: {level}: {message}\n");
            return;
        }

        WriteTo(fd, line + "\n");
        HostFd.Close(fd);
    }

    // Where even the log cannot be written, there is nobody to tell.
    private static void WriteTo(int fd, string text) => HostFd.WriteAll(fd, Encoding.UTF8.GetBytes(text));
}
