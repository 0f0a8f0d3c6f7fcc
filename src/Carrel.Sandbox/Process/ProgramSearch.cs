using System.Collections.Generic;
using Carrel.Abi;
using Carrel.Kernel;
using Carrel.Kernel.Vfs;

namespace Carrel.Sandbox;

/// <summary>execvp(3) in the guest: a name without a slash is looked for in the guest's PATH, in the guest's root.</summary>
internal sealed class ProgramSearch(LinuxKernel kernel, MountNamespace mounts, string workingDirectory)
{
    /// <summary>The path to execute. ENOENT, or EACCES if only files that cannot be executed were found.</summary>
    internal Result<string> Find(string name, List<string> environment)
    {
        if (name.Contains('/'))
        {
            return name;
        }

        if (name.Length == 0)
        {
            return Errno.ENOENT;
        }

        Errno failure = Errno.ENOENT;
        foreach (string directory in (GuestEnvironment.Find(environment, "PATH") ?? GuestEnvironment.DefaultPath).Split(':'))
        {
            string candidate = directory.Length == 0 ? "./" + name : directory + "/" + name;
            Result<Path> found = KernelPath.Resolve(kernel, mounts, candidate.StartsWith('/') ? candidate : workingDirectory + "/" + candidate);
            if (found.Failed || !found.Value.Inode.IsRegular)
            {
                continue;
            }

            if ((found.Value.Inode.Mode & 0x49) != 0)
            {
                return candidate;
            }

            failure = Errno.EACCES;
        }

        return failure;
    }
}
