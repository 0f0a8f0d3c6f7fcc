using Carrel.Abi;

namespace Carrel.Host;

/// <summary>inotify(7) on one file or directory per descriptor. Failures are a negative errno.</summary>
public static class HostInotify
{
    /// <summary>A descriptor that becomes readable at these events; close-on-exec, not blocking.</summary>
    /// <param name="fd">An open descriptor of the file, so that no path is walked again.</param>
    public static unsafe int Watch(int fd, uint events)
    {
        int watcher = (int)HostCall.Invoke(Nr.inotify_init1, Inotify.IN_CLOEXEC | Inotify.IN_NONBLOCK);
        if (watcher < 0)
        {
            return watcher;
        }

        fixed (byte* path = CString.Of($"/proc/self/fd/{fd}"))
        {
            int result = (int)HostCall.Invoke(Nr.inotify_add_watch, watcher, (nint)path, events);
            if (result >= 0)
            {
                return watcher;
            }

            HostFd.Close(watcher);
            return result;
        }
    }
}
