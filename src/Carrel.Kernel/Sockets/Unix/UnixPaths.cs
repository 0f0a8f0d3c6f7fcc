using Carrel.Abi;
using Carrel.Kernel.Vfs;

namespace Carrel.Kernel.Sockets.Unix;

/// <summary>Socket nodes in the file tree.</summary>
internal static class UnixPaths
{
    /// <summary>Makes the node of bind(2): mode 0777 less the umask. EEXIST if the name is taken.</summary>
    public static Result<Inode> CreateNode(Task task, string path) => Errno.EOPNOTSUPP;

    /// <summary>The node to connect to: write permission is needed; ECONNREFUSED if it is no socket.</summary>
    public static Result<Inode> Find(Task task, string path) => Errno.ECONNREFUSED;
}
