using System;
using System.Globalization;
using System.IO;
using System.Text;
using Carrel.Abi;
using Carrel.Host;
using Carrel.Oci;

namespace Carrel.Runtime;

/// <summary>--pid-file: the decimal number without a newline. It appears complete, since its reader may be waiting for it.</summary>
public static class PidFile
{
    public static void Write(string path, int pid)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? "/";
        int directory = HostError.Check(
            HostPath.OpenAt(At.AT_FDCWD, OciText.ToBytes(folder), OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_CLOEXEC), $"--pid-file: {folder}");
        try
        {
            StateFile.Write(directory, OciText.ToBytes(Path.GetFileName(full)), Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture)), 0x1a4);
        }
        catch (RuntimeException e)
        {
            throw new RuntimeException("--pid-file: " + e.Message);
        }
        finally
        {
            HostFd.Close(directory);
        }
    }
}
